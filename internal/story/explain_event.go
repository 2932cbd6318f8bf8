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

// EventVerdict says why a new story joined an event, or did not.
type EventVerdict struct {
	Story  string   // id of the event's most similar story
	Score  int      // from the similarity to that story and that to the whole event, in thousandths
	Base   int      // the score that any event of its size needs, in thousandths
	Needed int      // the score that was needed: Base and More
	More   []Reason // why more was needed
}

// Reason says in words why a score was not enough, and how much more was needed, in
// thousandths: more than 1000 if no score was enough.
type Reason struct {
	Text string
	More int
}

// ExplainVerdict returns why the story that began with a headline joined its event, and why
// it did not join the next likely one; nil where there was none. The error means that the
// signature is damaged or of an unknown version.
func ExplainVerdict(signature []byte) (joined, refused *EventVerdict, err error) {
	s, err := decodeSignature(signature)
	if err != nil {
		return nil, nil, err
	}
	return s.reasons[0].verdict(), s.reasons[1].verdict(), nil
}

func (x *eventReason) verdict() *EventVerdict {
	if x.nearest == (id{}) {
		return nil
	}
	v := &EventVerdict{Story: string(x.nearest[:]), Score: x.Score, Base: x.Base, Needed: x.needed()}
	for i, why := range guardTexts {
		if x.guards>>i&1 == 1 {
			v.More = append(v.More, Reason{why, needs[i]})
		}
	}
	if x.Common > 0 {
		v.More = append(v.More, Reason{"the words that they share are common", x.Common})
	}
	if x.Time > 0 {
		v.More = append(v.More, Reason{"the event was old or silent for long", x.Time})
	}
	return v
}

// guardTexts are the guards in words, in the order of their bits.
var guardTexts = [...]string{
	"they name other places",
	"each names a place that the other does not",
	"each names other people or firms",
	"all that they share is one name",
	"all that they share is one word or phrase",
	"it is the same sentence with other names",
	"they are of one series",
	"one is of men, the other of women",
}
