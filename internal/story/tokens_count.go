package story

import "strings"

// Arabic and Persian nouns have one stem in the singular, the dual and the plural, but
// "journalist killed" is other news than "journalists killed". So the phonetic key of
// such a word has two bits that say which it is, and a hash of the letters before its
// ending, because words with one meaning may have several. The plural in ات, which is
// that of things, is no such ending: outlets write "raid" for "raids".
const (
	singular  = 1 << 2
	several   = 2 << 2
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

// countsDiffer tells whether one headline has the singular and the other the dual or
// plural of a word that stands alone, as in "journalist held" and "journalists held".
func (m *alignment) countsDiffer() bool {
	for i, t := range m.a {
		j := m.inB[i]
		if j < 0 || isSound(t.phonetic) || t.phonetic&countBits == 0 {
			continue
		}
		u := m.b[j]
		if !isSound(u.phonetic) && u.phonetic&countBits != 0 && (t.phonetic^u.phonetic)&countBits == singular^several {
			return true
		}
	}
	return false
}

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
