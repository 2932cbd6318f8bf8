package story

import (
	"fmt"
	"slices"
	"time"
)

// Explanation says how similar two headlines are, and why they are or are not one
// story.
type Explanation struct {
	SamePage      bool
	SameKey       bool         // the same word for word, without affixes
	Score         int          // similarity in thousandths
	SharedWords   []SharedWord // the heaviest first
	Conflict      string       // what in the words keeps them from being one story; empty for nothing
	OtherConflict string       // what else keeps them apart; empty for nothing
}

// SharedWord is a word that both have and what it adds to the score, in thousandths.
type SharedWord struct {
	Word  string
	Score int
}

// Explain compares two headlines by their signatures. The score is known for
// headlines that were compared when they were judged: the first of a story, and
// similar ones. The error means that a signature is damaged or of an unknown version.
func Explain(entry, first []byte) (Explanation, error) {
	a, err := decodeSignature(entry)
	if err != nil {
		return Explanation{}, err
	}
	b, err := decodeSignature(first)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{OtherConflict: otherConflict(&a, &b), SamePage: a.page != 0 && a.page == b.page, SameKey: a.key != 0 && a.key == b.key}
	if len(a.tokens) == 0 || len(b.tokens) == 0 {
		return x, nil
	}
	score, c := compareHeadlines(compared{b.tokens, b.stages, b.truncated}, b.cues, compared{a.tokens, a.stages, a.truncated}, a.cues, a.text)
	x.Score, x.Conflict, x.SharedWords = score, c.String(), sharedWords(&a, &b)
	return x, nil
}

// otherConflict says what keeps headlines apart beside their words.
func otherConflict(a, b *signature) string {
	hours := distance(a.at, b.at) / time.Hour.Milliseconds()
	switch {
	case a.noFold || b.noFold:
		return "one of them is from a source that is never folded (fold: none)"
	case (a.flagged || b.flagged) && hours >= int64(sameHeadlineWindow/time.Hour):
		return fmt.Sprintf("the headline recurs, and they are %d hours apart", hours)
	case hours >= int64(sameHeadlineWindow/time.Hour):
		return fmt.Sprintf("they are %d hours apart", hours)
	}
	return ""
}

func sharedWords(a, b *signature) []SharedWord {
	var m alignment
	m.align(a.tokens, b.tokens)
	var out []SharedWord
	for i, w := range pieces(headlineWords(nil, a.text), nil) {
		if i >= len(a.tokens) || m.inB[i] < 0 {
			continue
		}
		score := int(a.tokens[i].weight) * int(b.tokens[m.inB[i]].weight) * 1000 / (vectorLength * vectorLength)
		if score > 0 {
			out = append(out, SharedWord{w, score})
		}
	}
	slices.SortStableFunc(out, func(a, b SharedWord) int { return b.Score - a.Score })
	return out
}
