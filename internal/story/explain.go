package story

import "slices"

// Explanation says how alike two headlines are and why they may or may not be one story.
type Explanation struct {
	SamePage bool
	SameKey  bool    // word for word, without affixes
	Score    int     // thousandths of likeness
	Words    []Share // that both have, the heaviest first
	Guard    string  // what forbids that they are one story; empty when nothing does
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
	x := Explanation{SamePage: a.page != 0 && a.page == b.page, SameKey: a.key != 0 && a.key == b.key}
	if len(a.tokens) == 0 || len(b.tokens) == 0 {
		return x, nil
	}
	score, g := likeness(b.tokens, a.tokens, b.cut, a.cut)
	x.Score, x.Guard, x.Words = score, g.String(), shares(&a, &b)
	return x, nil
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
