package story

import "strings"

const (
	minVerbBase = 3 // letters of a verb before its ending
	maxSpan     = 3 // words that are replaced in one place
)

// formsDiffer tells whether two headlines in German or a Romance language have words of
// one stem or sound that are neither the same nor forms of one verb, or differ in what
// stands in one place. text is the text of b.
func formsDiffer(a, b []token, cuesA, cuesB cues, text string) bool {
	if !cuesA.hasForms() || !cuesB.hasForms() {
		return false
	}
	var m alignment
	m.align(a, b)
	if m.replacesSpan() {
		return true
	}
	inA, inB := formsOf(a, cuesA), formsOf(b, cuesB)
	var of []string
	for i, t := range a {
		j := m.inB[i]
		if j < 0 || inA[i] == 0 || inB[j] == 0 || inA[i] == inB[j] && t.phonetic == b[j].phonetic {
			continue
		}
		if of == nil {
			of = pieces(headlineWords(nil, text), nil)
		}
		if len(of) != len(b) || !isVerbFormOf(of[j], t, inA[i]) {
			return true
		}
	}
	return false
}

// isVerbFormOf tells whether w with another ending is the word of the token t with the
// check sum sum.
func isVerbFormOf(w string, t token, sum uint8) bool {
	for _, forms := range lex().verbEndings {
		for k, endings := range forms {
			for _, e := range endings {
				if base, ok := strings.CutSuffix(w, e); ok && len(base) >= minVerbBase && hasOtherForm(base, forms, k, t, sum) {
					return true
				}
			}
		}
	}
	return false
}

// hasOtherForm tells whether one of the forms but the k-th makes the word of t of base.
func hasOtherForm(base string, forms [][]string, k int, t token, sum uint8) bool {
	for i, endings := range forms {
		for _, e := range endings {
			if w := base + e; i != k && rootOf(lex().stem(w)) == t.root && formSum(w, t) == sum && phoneticKey(w) == t.phonetic {
				return true
			}
		}
	}
	return false
}

// replacesSpan tells whether the headlines are the same but for words in one place, of
// which neither has many: "fire in Lorne", "fire in San Odalen".
func (m *alignment) replacesSpan() bool {
	x, y := m.differences()
	if min(x.words, y.words) == 0 || max(x.words, y.words) > maxSpan || m.shared == 0 {
		return false
	}
	return m.anyGap(func(onlyA, onlyB int) bool { return onlyA == x.words && onlyB == y.words })
}
