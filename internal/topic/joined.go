package topic

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// Words that some write with a hyphen others write as one: wi-fi and wifi, cyber-attack
// and cyberattack. A text has such words both ways, and a query with a hyphen looks for
// both. Apart, as in cyber attack, they are also one word behind a combining form.

// joint is a word that a text has in several parts: words[at:at+n].
type joint struct {
	at, n int
	word  words.Word
}

// joints returns the joints of words, which are those of the texts in parts, in order.
func joints(ws []words.Word, lang string, parts []string) (all []joint) {
	for i := range len(ws) - 1 {
		if isCombining(ws[i].Text) && isLetters(ws[i+1].Text) {
			all = append(all, newJoint(ws, i, 2, lang))
		}
	}
	for _, p := range parts {
		if !hasHyphen(p) {
			continue
		}
		from := 0
		for _, run := range hyphenated(words.Fold(words.Spelling(p, lang))) {
			at := indexOf(ws, from, run)
			if at < 0 {
				continue
			}
			all = append(all, jointsOf(ws, at, len(run), lang)...)
			from = at
		}
	}
	slices.SortStableFunc(all, func(a, b joint) int { return a.at - b.at })
	return all
}

// jointsOf returns the joints of a hyphenated run of n words: all of it, and each pair,
// because in Wi-Fi-Netz two parts are one word.
func jointsOf(ws []words.Word, at, n int, lang string) (all []joint) {
	for i := at; i+1 < at+n; i++ {
		if canJoin(ws[i].Text, ws[i+1].Text) {
			all = append(all, newJoint(ws, i, 2, lang))
		}
	}
	if n > 2 && n == len(all)+1 {
		all = append(all, newJoint(ws, at, n, lang))
	}
	return all
}

func newJoint(ws []words.Word, at, n int, lang string) joint {
	var b strings.Builder
	for _, w := range ws[at : at+n] {
		b.WriteString(w.Text)
	}
	return joint{at, n, words.Word{Text: b.String(), Stem: stemOf(b.String(), lang)}}
}

// stemOf returns the stem of a joined word. The stem of F-35s is f35.
func stemOf(w, lang string) string {
	if n := len(w) - 1; w[n] == 's' && isDigit(w[n-1]) {
		return w[:n]
	}
	return words.Stem(w, lang)
}

// indexOf returns where the words of a run follow each other, -1 when they do not.
func indexOf(ws []words.Word, from int, run []string) int {
	for i := from; i+len(run) <= len(ws); i++ {
		if slices.EqualFunc(ws[i:i+len(run)], run, func(w words.Word, part string) bool { return w.Text == part }) {
			return i
		}
	}
	return -1
}

// joinedForm returns a folded term with its hyphenated words written as one, and those
// behind a combining form; the term as it is when there are none.
func joinedForm(folded string) string {
	for _, run := range hyphenated(folded) {
		ok := true
		for i := range len(run) - 1 {
			ok = ok && canJoin(run[i], run[i+1])
		}
		if ok {
			folded = strings.Replace(folded, strings.Join(run, "-"), strings.Join(run, ""), 1)
		}
	}
	if first, second, ok := strings.Cut(folded, " "); ok && goTogether(first, second) {
		return first + second
	}
	return folded
}

// goTogether reports whether two folded words are often written as one: a combining form
// and a word, a name and the number of its model, or a word of Persian and its ending.
func goTogether(first, second string) bool {
	switch second {
	case "ها", "هاي", "هايي", "اي", "تر", "ترين":
		return isArabicScript(first)
	}
	return isCombining(first) && isLetters(second) || isLetters(first) && isModel(second)
}

// isModel reports whether a folded word may be the number of a model.
func isModel(w string) bool {
	return len(w) > 0 && len(w) <= 4 && strings.Trim(w, "0123456789") == ""
}

// numberApart returns a folded name and the number that is written on to it apart, as
// iphone 18 for iphone18, and any other word as it is. A single letter is often a word
// of its own before a number.
func numberApart(folded string) string {
	name := strings.TrimRight(folded, "0123456789")
	if letters(name) < 2 || !isModel(folded[len(name):]) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) || !isLetters(name) {
		return folded
	}
	return name + " " + folded[len(name):]
}

// joinTerms lets two words that others write as one be one word too: cyber attack finds
// cyberattack, iPhone 18 finds iPhone18, and می شود finds می‌شود.
func joinTerms(parts []*node) []*node {
	for i := 0; i+1 < len(parts); i++ {
		a, b := parts[i], parts[i+1]
		if !a.isPlainWord() || !b.isPlainWord() || a.prefix || a.field != b.field {
			continue
		}
		if first, second := a.words[0].text, b.words[0].text; !goTogether(first, second) && !isHalves(first, second) {
			continue
		}
		joined := newTextNode(a.field, a.words[0].text+b.words[0].text, b.prefix)
		joined.setTerm(a.term + " " + b.term)
		both := &node{op: Or, parts: []*node{{op: And, parts: []*node{a, b}}, joined}}
		parts = slices.Concat(parts[:i], []*node{both}, parts[i+2:])
	}
	return parts
}

// isPlainWord reports whether n is one word that may be written in any way.
func (n *node) isPlainWord() bool { return n.op == Word && n.written == nil }

// pointless returns a number without the points that separate its thousands in many
// languages, any other term as it is.
func pointless(folded string) string {
	groups := strings.Split(folded, ".")
	for i, g := range groups {
		if strings.Trim(g, "0123456789") != "" || i == 0 && (g == "" || len(g) > 3) || i > 0 && len(g) != 3 {
			return folded
		}
	}
	return strings.Join(groups, "")
}

// doubledForm returns a Spanish abbreviation of a plural in its other spelling: EEUU for
// EE.UU. and EE. UU., and the other way round. Any other term stays as it is.
func doubledForm(folded string) string {
	letters := strings.NewReplacer(".", "", " ", "").Replace(folded)
	if len(letters) != 4 || letters[0] != letters[1] || letters[2] != letters[3] || strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz") != "" {
		return folded
	}
	if letters == folded {
		return letters[:2] + " " + letters[2:]
	}
	return letters
}

// splitForm returns a term with spaces in place of the half-spaces of Persian, which
// Fold removes.
func splitForm(s string) string { return strings.ReplaceAll(s, "\u200c", " ") }

// hasHyphen reports whether a text may have a hyphenated word.
func hasHyphen(s string) bool {
	return strings.IndexByte(s, '-') >= 0 || strings.Contains(s, "‐") || strings.Contains(s, "‑")
}

// hyphenated returns the parts of each run of words with hyphens in a folded text.
func hyphenated(folded string) (all [][]string) {
	for i := 0; i < len(folded); {
		end := runEnd(folded, i)
		if end == i {
			_, size := utf8.DecodeRuneInString(folded[i:])
			i += size
			continue
		}
		parts := []string{folded[i:end]}
		for end < len(folded) && folded[end] == '-' {
			next := runEnd(folded, end+1)
			if next == end+1 {
				break
			}
			parts, end = append(parts, folded[end+1:next]), next
		}
		if len(parts) > 1 {
			all = append(all, parts)
		}
		i = end
	}
	return all
}

// canJoin reports whether two words with a hyphen between them may be written as one.
// Two numbers are a score or a span. To re-sign is not to resign, so re- joins only a
// vowel.
func canJoin(first, second string) bool {
	a, _ := utf8.DecodeRuneInString(first)
	b, _ := utf8.DecodeRuneInString(second)
	switch {
	case Paired(a) || Paired(b) || unicode.IsDigit(a) && unicode.IsDigit(b):
		return false
	case first == "re":
		return strings.ContainsRune("aeiou", b)
	}
	return true
}

// isCombining reports whether a folded word is one that others are often written on to.
func isCombining(w string) bool {
	switch w {
	case "anti", "bio", "counter", "crypto", "cyber", "eco", "geo", "hyper", "macro", "mega", "micro",
		"mini", "mono", "multi", "nano", "neuro", "pseudo", "psycho", "semi", "socio", "super", "tele",
		"thermo", "ultra", "wi", "кибер", "анти", "супер", "мини", "микро", "крипто":
		return true
	}
	return false
}

// isLetters reports whether a folded word is of letters, in a script with spaces.
func isLetters(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsLetter(r) && !Paired(r)
}
