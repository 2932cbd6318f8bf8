package story

import "strings"

// verbForm is what the ending of a Russian or Ukrainian verb tells of who does it.
type verbForm uint8

const (
	noVerb verbForm = iota
	masculineVerb
	feminineVerb
	neuterVerb
	pluralVerb
	singularNow // of the present or future
	pluralNow
)

func (f verbForm) isNotPast() bool { return f >= singularNow }

func (f verbForm) isPlural() bool { return f == pluralVerb || f == pluralNow }

// minVerbBytes is the length of the shortest verb whose form is looked at: four letters.
const minVerbBytes = 8

// verbEndings are looked up in this order, behind which "ся" may stand. Bulgarian, which
// has no cases, has none of them in its tenses of news.
var verbEndings = [...]struct {
	ending string
	form   verbForm
}{
	{"ла", feminineVerb}, {"ло", neuterVerb}, {"ли", pluralVerb}, {"л", masculineVerb},
	{"ав", masculineVerb}, {"яв", masculineVerb}, {"ив", masculineVerb}, {"ів", masculineVerb}, {"ув", masculineVerb}, {"юв", masculineVerb},
	{"ют", pluralNow}, {"ут", pluralNow}, {"ят", pluralNow}, {"шат", pluralNow}, {"жат", pluralNow}, {"чат", pluralNow}, {"щат", pluralNow},
	{"ють", pluralNow}, {"уть", pluralNow}, {"ять", pluralNow}, {"жать", pluralNow}, {"шать", pluralNow}, {"чать", pluralNow},
	{"ет", singularNow}, {"ит", singularNow}, {"даст", singularNow},
	{"ить", singularNow}, {"їть", singularNow}, {"ує", singularNow}, {"ює", singularNow}, {"ає", singularNow}, {"яє", singularNow}, {"дасть", singularNow}, {"тись", singularNow},
	{"веде", singularNow}, {"несе", singularNow}, {"іиде", singularNow}, {"аиде", singularNow}, {"ииме", singularNow}, {"зьме", singularNow}, {"німе", singularNow}, {"гляне", singularNow}, {"чне", singularNow}, {"кине", singularNow}, {"каже", singularNow}, {"пише", singularNow}, {"верне", singularNow}, {"сягне", singularNow}, {"стане", singularNow}, {"назве", singularNow}, {"може", singularNow}, {"ється", singularNow}, {"еться", singularNow}, {"иться", singularNow},
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
	if len(w) < minVerbBytes || !isCyrillic(w) || lex().roles.nouns[w] {
		return noVerb
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(w, "ся"), "сь")
	for _, e := range verbEndings {
		if strings.HasSuffix(stem, e.ending) {
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
	if form == singularNow || undeclined[w] || !strings.ContainsAny(w, "аеиіоуыэюяєї") {
		return true
	}
	if form.isPlural() && d.hasAnd(x) {
		return true
	}
	last := w[len(w)-2:]
	switch form {
	case pluralVerb, pluralNow:
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

// tensesDiffer tells whether a verb of both headlines is in the past tense in one of
// them and not in the other: "Odal will open the bridge", "Odal opened the bridge". text
// is the text of b.
func tensesDiffer(a, b []token, cuesA, cuesB cues, text string) bool {
	if cuesA == cuesB || cuesA.verbs() == 0 || cuesB.verbs() == 0 {
		return false
	}
	of := pieces(headlineWords(nil, text), nil)
	if len(of) != len(b) {
		return false // another version of the code made b
	}
	var m alignment
	m.align(a, b)
	for j, w := range of {
		if m.inA[j] < 0 || b[j].kind == functionWord || b[j].kind == number {
			continue
		}
		form := verbFormOf(w)
		if form != noVerb && form.isNotPast() != (cuesA.caseOf(int(m.inA[j])) == obliqueCase) {
			return true
		}
	}
	return false
}
