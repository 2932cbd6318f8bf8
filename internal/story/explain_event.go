package story

import "slices"

// EventReason says what a headline has in common with the most similar one of its event.
type EventReason struct {
	Nearest     int          // which of the others it is; -1 for none
	Score       int          // how similar they are, in thousandths
	SharedWords []SharedWord // the heaviest first
}

// ExplainEvent compares the signature of a headline with those of other stories of its
// event. The error means that a signature is damaged or of an unknown version.
func ExplainEvent(headline []byte, others [][]byte) (EventReason, error) {
	out := EventReason{Nearest: -1}
	a, err := decodeSignature(headline)
	if err != nil {
		return out, err
	}
	var c candidateSearch
	c.setHeadline(a.tokens)
	var nearest signature
	for i, o := range others {
		b, err := decodeSignature(o)
		if err != nil {
			return out, err
		}
		if score := c.cosine(b.tokens); score > out.Score {
			out.Nearest, out.Score, nearest = i, score, b
		}
	}
	if out.Nearest >= 0 {
		out.SharedWords = sharedSubjects(&a, &nearest)
	}
	return out, nil
}

// sharedSubjects returns the shared words of two headlines that count for events, and what
// each adds to their similarity.
func sharedSubjects(a, b *signature) []SharedWord {
	var out []SharedWord
	for i, w := range pieces(headlineWords(nil, a.text), nil) {
		if i >= len(a.tokens) || !isFirstWithRoot(a.tokens, i) {
			continue
		}
		at := slices.IndexFunc(b.tokens, func(t token) bool { return t.root == a.tokens[i].root })
		if at < 0 {
			continue
		}
		if score := int(a.tokens[i].topicWeight()) * int(b.tokens[at].topicWeight()) * 1000 / (vectorLength * vectorLength); score > 0 {
			out = append(out, SharedWord{w, score})
		}
	}
	slices.SortStableFunc(out, func(a, b SharedWord) int { return b.Score - a.Score })
	return out
}
