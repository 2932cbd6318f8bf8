package story

import "github.com/slugline/slugline/internal/words"

// Swap says in what one headline differs from another one that has the same words in all
// other places.
type Swap uint8

const (
	NoSwap   Swap = iota // in nothing, in other numbers, in an opposite, or in more words
	WordSwap             // in one word, such as a town
	PartSwap             // in the number of a part, which may be on one side only: part 2, matchday 12
)

// maxSwapped is how many pairs of characters one word changes at most in a script
// without spaces.
const maxSwapped = 3

// SwapOf compares two headlines that may be made after one template.
func SwapOf(headline, other string) Swap {
	a, b := newTemplateWords(headline), newTemplateWords(other)
	onlyA, onlyB := a.without(b), b.without(a)
	switch {
	case onlyA.parts > 0 || onlyB.parts > 0:
		return PartSwap
	case onlyA.words == 1 && onlyB.words == 1 && onlyA.pairs+onlyB.pairs == 0:
		return WordSwap
	case min(onlyA.pairs, onlyB.pairs) > 0 && max(onlyA.pairs, onlyB.pairs) <= maxSwapped && onlyA.words+onlyB.words == 0:
		return WordSwap
	}
	return NoSwap
}

// templateWords are the words of a headline that a template may fill, by root.
type templateWords map[uint32]templateWord

type templateWord struct {
	kind kind
	part bool // the number of a part
	name bool // letters with digits behind them: M5, S1
}

func newTemplateWords(headline string) templateWords {
	l, all := lex(), templateWords{}
	isPart := false
	for _, w := range pieces(headlineWords(nil, words.Fold(headline)), nil) {
		t := l.token(w)
		digits := hasDigit(w)
		starts := w[0] >= '0' && w[0] <= '9'
		all[t.root] = templateWord{kind: t.kind, part: isPart && (starts || t.kind == number), name: digits && !starts}
		isPart = l.partWords[w]
	}
	return all
}

// swapped counts what one headline has and another one lacks.
type swapped struct{ words, pairs, parts int }

func (t templateWords) without(other templateWords) swapped {
	var s swapped
	for root, w := range t {
		if _, ok := other[root]; ok {
			continue
		}
		switch {
		case w.part:
			s.parts++
		case w.kind == bigram:
			s.pairs++
		case w.name || w.kind != number && w.kind != opposite && w.kind != negation && w.kind != functionWord:
			s.words++
		}
	}
	return s
}
