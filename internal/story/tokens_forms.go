package story

import "slices"

// In German and the Romance languages a stem is too little to tell names apart
// (Ludwigsburg and Ludwigshafen), and so is their sound: Landau and Lindau, Bellini and
// Belloni, Francesco and Francesca. There the cues of a headline hold, in place of cases
// that these languages do not have, a check sum for each word that is not in the
// lexicon. It is one of the vowels where the phonetic key tells of the consonants.

const (
	bitsOfForm = 4
	maskOfForm = 1<<bitsOfForm - 1
	maxForms   = maxTokens*bitsOfCase/bitsOfForm - 1 // words of a headline that have one
	formSums   = 15                                  // a sum is from 1 to this; 0 for none

	minCutWord = 7 // letters of a word of which the stem is only a part

	// formsMark stands at the place of the last token, which few headlines have.
	formsMark cues = maskOfCase << (bitsOfCase * (maxTokens - 1))
	casesMask cues = 1<<colonBits - 1
)

// haveForms are the languages whose headlines have check sums of words.
var haveForms = func() langs {
	out := langs(0)
	for i, l := range stageLanguages {
		if slices.Contains([]string{"de", "es", "fr", "it", "pt"}, l.code) {
			out |= 1 << i
		}
	}
	return out
}()

// addForms sets the check sums of the words of a headline that is in one of the
// languages in.
func (c *cues) addForms(in langs, of []string, tokens []token) {
	if in&haveForms == 0 || in&^(haveForms|1) != 0 || len(tokens) == maxTokens {
		return
	}
	forms, n := formsMark, 0
	for i, t := range tokens {
		if t.kind != plain {
			continue
		}
		if n == maxForms {
			break
		}
		forms |= cues(formSum(of[i], t)) << (bitsOfForm * n)
		n++
	}
	*c = *c&^casesMask | forms
}

// formSum is the check sum of a word; 0 for one of the lexicon, and for a short one
// without a phonetic key.
func formSum(w string, t token) uint8 {
	switch {
	case isSound(t.phonetic):
		return vowelSum(w)
	case len(w) < minCutWord || rootOf(lex().stem(w)) != t.root:
		return 0
	}
	return uint8(rootOf(w)%formSums) + 1
}

// vowelSum is a check sum of the vowels of a folded word and of their places. Two
// words that differ in one vowel have different sums. An e behind a, o or u counts as
// none, because it may be the other half of an umlaut.
func vowelSum(w string) uint8 {
	weights := [...]int{1, 2, 4, 7, 8, 11, 13, 14} // with no factor in common with formSums
	sum := 0
	for i := range len(w) {
		v := 0
		switch w[i] {
		case 'a':
			v = 1
		case 'e':
			if i == 0 || w[i-1] != 'a' && w[i-1] != 'o' && w[i-1] != 'u' {
				v = 3
			}
		case 'i', 'y':
			v = 5
		case 'o':
			v = 7
		case 'u':
			v = 11
		}
		sum += v * weights[i%len(weights)]
	}
	return uint8(sum%formSums) + 1
}

func (c cues) hasForms() bool { return c&formsMark == formsMark }

// withoutForms returns the cues of which caseOf is true.
func (c cues) withoutForms() cues {
	if c.hasForms() {
		return c &^ casesMask
	}
	return c
}

// formsOf returns the check sums by token.
func formsOf(tokens []token, c cues) (out [maxTokens]uint8) {
	n := 0
	for i, t := range tokens {
		if t.kind == plain && n < maxForms {
			out[i] = uint8(c >> (bitsOfForm * n) & maskOfForm)
			n++
		}
	}
	return out
}
