package story

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// Many nouns have one stem in the singular, the dual and the plural, but "journalist
// killed" is other news than "journalists killed". So the phonetic key of such a word has
// two bits that say which it is, and a hash of the letters before its ending, because
// words with one meaning may have several. For Arabic and Persian the ending tells it; the
// plural in ات, which is that of things, is no such ending: outlets write "raid" for
// "raids". Other nouns are in counted_words.txt.
const (
	singular  = 1 << 2
	several   = 2 << 2 // the dual, and plurals that look like it
	plural    = 3 << 2 // of counted_words.txt
	ofNumber  = 3 << 2 // the two bits
	countBits = 0xfffc

	minCounted = 6 // bytes before the ending
)

// countKey returns the bits of the grammatical number of a word in Arabic letters; 0 for
// all others. A word in ي or ت is often a verb, whose number its place decides.
func countKey(w string) uint16 {
	if w[0] < 0xd8 || w[0] > 0xdb || len(w) < minCounted || strings.HasPrefix(w, "ي") || strings.HasPrefix(w, "ت") {
		return 0
	}
	base, count := w, uint16(singular)
	switch w[len(w)-4:] {
	case "ون", "ين", "ان":
		base, count = w[:len(w)-4], several
	default:
		base = strings.TrimSuffix(base, "ه")
	}
	base = strings.TrimSuffix(base, "ي")
	if len(base) < minCounted {
		base, count = w, singular
	}
	n := len(base)
	h := (uint32(base[n-1]) | uint32(base[n-2])<<8 | uint32(base[n-3])<<16 | uint32(base[n-4])<<24) * 2654435761
	return uint16(h>>16)&^0xf | count
}

// countsDiffer tells whether the headlines have a word in two of the singular, the dual
// and the plural, as in "journalist held" and "journalists held".
func (m *alignment) countsDiffer() bool {
	for i, t := range m.a {
		j := m.inB[i]
		if j < 0 || isSound(t.phonetic) || t.phonetic&countBits == 0 {
			continue
		}
		u := m.b[j]
		if differ := (t.phonetic ^ u.phonetic) & countBits; !isSound(u.phonetic) && u.phonetic&countBits != 0 && differ != 0 && differ&^ofNumber == 0 {
			return true
		}
	}
	return false
}

// arabicPrefixes may stand before a noun: the article, prepositions and "and".
var arabicPrefixes = [...]string{"", "ال", "و", "وال", "ب", "بال", "ل", "لل"}

// addCounted adds the numbers of the words in counted_words.txt to their senses. A line
// in square brackets has the endings of the singular, a colon, and those of the plural; it
// is for the beginnings of words below it. Other lines have the forms themselves.
func (l *lexicon) addCounted(r *lexiconReader) {
	var endings [2][]string
	for _, at := range r.file("counted_words") {
		text, isHeader := strings.CutPrefix(strings.TrimSuffix(at.text, "]"), "[")
		one, many, both := strings.Cut(text, ":")
		forms := [2][]string{strings.Fields(one), strings.Fields(many)}
		below := len(endings[0]) > 0
		switch {
		case isHeader && text == "words":
			endings = [2][]string{}
		case isHeader:
			endings = forms
		case below != both && len(forms[0]) > 0 && (below || len(forms[1]) > 0):
			l.addLine(forms, endings)
		default:
			r.fail(at, "want beginnings of words below endings, or forms of the singular, a colon, and forms of the plural")
		}
	}
}

// addLine adds the forms of a line, or those of the beginnings in it with endings.
func (l *lexicon) addLine(forms, endings [2][]string) {
	if len(endings[0]) == 0 {
		l.addForms(forms)
		return
	}
	for _, stem := range forms[0] {
		l.addForms([2][]string{withEndings(stem, endings[0]), withEndings(stem, endings[1])})
	}
}

// withEndings returns the forms of a word; - is no ending.
func withEndings(stem string, endings []string) []string {
	var out []string
	for _, e := range endings {
		out = append(out, stem+strings.TrimPrefix(e, "-"))
	}
	return out
}

// addForms adds the forms of the singular and the plural of one word. A form of both
// tells nothing.
func (l *lexicon) addForms(forms [2][]string) {
	first := fold(forms[0][0])
	key := countKey(first) &^ ofNumber
	if key == 0 {
		key = uint16(rootOf(first)>>16) &^ 0xf
	}
	for i, number := range [...]uint16{singular, plural} {
		for _, form := range forms[i] {
			if w := fold(form); !slices.Contains(forms[1-i], form) {
				l.addCount(w, key|number)
			}
		}
	}
}

// addCount adds the number of a form to its sense; of an Arabic form with all prefixes.
func (l *lexicon) addCount(w string, key uint16) {
	prefixes := arabicPrefixes[:]
	if w[0] < 0xd8 || w[0] > 0xdb {
		prefixes = prefixes[:1]
	}
	for _, p := range prefixes {
		if countKey(p+w)&countBits != key {
			t := l.token(p + w)
			l.senses[p+w] = sense{t.root, t.kind, scriptOf(w) | key}
		}
	}
}

func fold(w string) string { return words.Fold(words.Spelling(w, "")) }

// multiplies tells whether a number that only one headline has multiplies one that both
// have: "thousand" and "two thousand".
func (m *alignment) multiplies() bool {
	return multiplies(m.a, &m.inB) || multiplies(m.b, &m.inA)
}

func multiplies(tokens []token, paired *[maxTokens]int8) bool {
	for i := range len(tokens) - 1 {
		t, next := tokens[i], tokens[i+1]
		if t.kind == number && paired[i] < 0 && paired[i+1] >= 0 && lex().scaleRoots[next.root] && t.root != lex().one {
			return true
		}
	}
	return false
}

// numberRoots returns the roots of the words that multiply a number, and that of 1.
func (l *lexicon) numberRoots() (scales map[uint32]bool, one uint32) {
	scales = map[uint32]bool{}
	for _, w := range [...]string{"thousand", "million", "billion", "trillion"} {
		scales[l.token(w).root] = true
	}
	return scales, l.token("1").root
}
