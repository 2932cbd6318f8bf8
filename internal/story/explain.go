package story

import (
	"fmt"
	"slices"
	"time"
)

// Explanation says how alike two headlines are and why they may or may not be one story.
type Explanation struct {
	SamePage bool
	SameKey  bool    // word for word, without affixes
	Score    int     // thousandths of likeness
	Words    []Share // that both have, the heaviest first
	Guard    string  // what forbids that they are one story; empty when nothing does
	Apart    string  // what else keeps them apart, whatever they say; empty when nothing does
}

// Share is what a word adds to the score, in thousandths.
type Share struct {
	Word  string
	Score int
}

// Explain compares two headlines by their signatures. Likeness is known of
// headlines that were compared when they were judged: those of new stories and of lightly edited ones.
func Explain(entry, first []byte) (Explanation, error) {
	a, err := decode(entry)
	if err != nil {
		return Explanation{}, err
	}
	b, err := decode(first)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Apart: apartness(&a, &b), SamePage: a.page != 0 && a.page == b.page, SameKey: a.key != 0 && a.key == b.key}
	if len(a.tokens) == 0 || len(b.tokens) == 0 {
		return x, nil
	}
	score, g := likeness(b.tokens, a.tokens, b.cut, a.cut)
	x.Score, x.Guard, x.Words = score, g.String(), shares(&a, &b)
	return x, nil
}

// apartness is what keeps headlines apart beside their words.
func apartness(a, b *signature) string {
	hours := apart(a.at, b.at) / time.Hour.Milliseconds()
	switch {
	case a.alone || b.alone:
		return "the headlines of its source are never folded (fold: none)"
	case (a.flagged || b.flagged) && hours >= int64(sameDay/time.Hour):
		return fmt.Sprintf("the headline comes again and again, and they are %d hours apart", hours)
	case hours >= int64(sameDay/time.Hour):
		return fmt.Sprintf("they are %d hours apart", hours)
	}
	return ""
}

func shares(a, b *signature) []Share {
	var m match
	m.pair(a.tokens, b.tokens)
	var out []Share
	for i, w := range pieces(nil, nil, a.text) {
		if i >= len(a.tokens) || m.ofA[i] < 0 {
			continue
		}
		score := int(a.tokens[i].weight) * int(b.tokens[m.ofA[i]].weight) * 1000 / (unit * unit)
		if score > 0 {
			out = append(out, Share{w, score})
		}
	}
	slices.SortStableFunc(out, func(a, b Share) int { return b.Score - a.Score })
	return out
}
