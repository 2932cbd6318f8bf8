package story

import "strings"

// verbForm is what the ending of a Russian or Ukrainian verb tells of who does it.
type verbForm uint8

const (
	noVerb verbForm = iota
	singularVerb
	masculineVerb
	feminineVerb
	neuterVerb
	pluralVerb
)

// minVerbBytes is the length of the shortest verb whose form is looked at: four letters.
const minVerbBytes = 8

// verbEndings are looked up in this order. Bulgarian, which has no cases, has none of
// them in its tenses of news.
var verbEndings = [...]struct {
	ending string
	form   verbForm
}{
	{"лась", feminineVerb}, {"лося", neuterVerb}, {"лось", neuterVerb}, {"лися", pluralVerb}, {"лись", pluralVerb},
	{"лася", feminineVerb}, {"лся", masculineVerb}, {"вся", masculineVerb},
	{"ла", feminineVerb}, {"ло", neuterVerb}, {"ли", pluralVerb}, {"л", masculineVerb},
	{"ав", masculineVerb}, {"яв", masculineVerb}, {"ив", masculineVerb}, {"ів", masculineVerb}, {"ув", masculineVerb}, {"юв", masculineVerb},
	{"ют", pluralVerb}, {"ут", pluralVerb}, {"ють", pluralVerb}, {"уть", pluralVerb},
	{"ет", singularVerb}, {"ит", singularVerb}, {"ить", singularVerb}, {"ує", singularVerb}, {"ає", singularVerb},
}

// formsTell tells whether the forms of words say that x and y have the same roles on
// the other side of the verb m: in Russian and Ukrainian the object may come first.
func (d *direction) formsTell(x, m, y *block) bool {
	form := d.verbOf(m)
	if form == noVerb || d.cues[0].verbs() != d.cues[1].verbs() || !d.keepsForms(x) || !d.keepsForms(y) {
		return false
	}
	hx, hy := d.head(x), d.head(y)
	switch {
	case d.hasOneRole(hx), d.hasOneRole(hy):
		return true
	case hx < 0, hy < 0:
		return false
	case d.isThing(hx) != d.isThing(hy):
		return true
	}
	return d.agrees(x, hx, form) != d.agrees(y, hy, form)
}

// hasOneRole tells whether a noun of b would have another form in another role.
func (d *direction) hasOneRole(j int) bool {
	return j >= 0 && (isDeclined(d.pieces[j]) || d.words.people[d.b[j].root])
}

func (d *direction) isThing(j int) bool { return d.words.things[d.b[j].root] }

// verbOf returns the form of the verb of a block of b.
func (d *direction) verbOf(m *block) verbForm {
	for j := m.span[1].first; j <= m.span[1].last; j++ {
		if form := verbFormOf(d.pieces[j]); form != noVerb {
			return form
		}
	}
	return noVerb
}

// verbFormOf returns the form that the ending of a word shows; noVerb for most that are
// no verbs.
func verbFormOf(w string) verbForm {
	if len(w) < minVerbBytes || !isCyrillic(w) {
		return noVerb
	}
	for _, e := range verbEndings {
		if strings.HasSuffix(w, e.ending) {
			return e.form
		}
	}
	return noVerb
}

func isCyrillic(w string) bool { return w[0] >= 0xd0 && w[0] <= 0xd3 }

// keepsForms tells whether the words of a block have the same cases in both headlines,
// as far as their endings show.
func (d *direction) keepsForms(x *block) bool {
	for i := x.span[0].first; i <= x.span[0].last; i++ {
		if !d.isShared(0, i) {
			continue
		}
		if before, after := d.caseOf(i); before != after {
			return false
		}
	}
	return true
}

// adjectiveEndings are as folded: without the mark of й.
var adjectiveEndings = [...]string{"ого", "его", "ыи", "ии", "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю", "ої", "ською", "ські", "цькі", "ська", "ську", "цька", "цьку"}

// head returns the index in b of the noun of a block; -1 if it has none in Cyrillic.
func (d *direction) head(x *block) int {
	head := -1
	for j := x.span[1].first; j <= x.span[1].last; j++ {
		w := d.pieces[j]
		if !d.isShared(1, j) || !isCyrillic(w) {
			continue
		}
		head = j
		if !isAdjective(w) {
			break
		}
	}
	return head
}

// isAdjective tells whether a word may be an adjective.
func isAdjective(w string) bool {
	for _, e := range adjectiveEndings {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// isDeclined tells whether a noun is in a form that is never both the subject and the
// object.
func isDeclined(w string) bool {
	if undeclined[w] || len(w) < minCaseBytes {
		return false
	}
	for _, e := range [...]string{"а", "я", "у", "ю", "ого", "его"} {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// agrees tells whether the noun j of a block may be the subject of a verb of a form.
func (d *direction) agrees(x *block, j int, form verbForm) bool {
	w := d.pieces[j]
	if form == singularVerb || undeclined[w] || !strings.ContainsAny(w, "аеиіоуыэюяєї") {
		return true
	}
	if form == pluralVerb && d.hasAnd(x) {
		return true
	}
	last := w[len(w)-2:]
	switch form {
	case pluralVerb:
		return strings.Contains("ыиіїе", last)
	case neuterVerb:
		return strings.Contains("оеєи", last)
	case feminineVerb:
		return !strings.Contains("ы", last)
	}
	return !strings.Contains("ыеє", last)
}

// hasAnd tells whether "and" is between the words of a block of b.
func (d *direction) hasAnd(x *block) bool {
	for j := x.span[1].first; j <= x.span[1].last; j++ {
		if d.words.of[d.b[j].root].does == and {
			return true
		}
	}
	return false
}
