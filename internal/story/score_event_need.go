package story

import (
	"encoding/binary"
	"math"
	"time"
)

// eventReason says why a headline is in an event or not: the score, and what it needs. All
// are in thousandths of cosine.
type eventReason struct {
	nearest id     // of the event's nearest story; zero for no reason
	Score   int    // the cosine with that story, and that with the event; see thresholds
	Base    int    // what is needed always; more of a small event
	Time    int    // more because the event is old, or was silent, less what rare words make up for
	Common  int    // more because the words that it shares with the story are common
	guards  guards // what is another one, and needs more
}

// tooMuch is more than any score.
const tooMuch = 2000

func (x *eventReason) needed() int    { return x.Base + x.Time + x.Common + x.guards.need() }
func (x *eventReason) isEnough() bool { return x.nearest != (id{}) && x.Score >= x.needed() }

// missing is how much the score lacks, very much if there is no reason.
func (x *eventReason) missing() int {
	if x.nearest == (id{}) {
		return math.MaxInt
	}
	return x.needed() - x.Score
}

const (
	perDayOfSilence       = 50  // for each day that nothing came, beyond freeSilence
	perDoublingAndSilence = 130 // that much more a day each time that the event has twice as many stories
	freeSilence           = 3 * time.Hour

	enoughSpecificity = 800 // thousandths; words that are less specific need more
	fullThird         = 2   // stories of an event; in a larger one a third word in common is more often chance and counts less
	maxMadeUp         = 80  // what rare words make up for time at most; see partMadeUp
)

// neededByTime is how much more similar a headline must be to an event that began long ago,
// or whose last story did, so that no event becomes a subject. What many outlets told and
// then nobody, is over; one that has a single story may have waited for a second. Times are
// in ms.
func (f *Fold) neededByTime(at, began, last int64, size int) int {
	day := (24 * time.Hour).Milliseconds()
	perDay := perDayOfSilence + perDoublingAndSilence*int64(log2(uint64(size)))>>8
	need := int(perDay * max(0, at-last-freeSilence.Milliseconds()) / day)
	if age := distance(began, at); age > day {
		need += f.perDoublingOfAge * int(log2(uint64(age<<8/day))-log2(1<<8)) >> 8
	}
	return min(need, tooMuch)
}

func neededByWords(specificity int) int {
	return max(0, enoughSpecificity-specificity) * 800 / 1000
}

// madeUpByWords is how much less similar a headline must be to an event that is old or was
// silent, because of the rare words that it shares with a story.
func (f *Fold) madeUpByWords(specificity int) int {
	return min(max(0, specificity-enoughSpecificity)*f.partMadeUp/1000, maxMadeUp)
}

// specificity is how much the words that the headline of the search shares with a story say
// about an event, in thousandths: the mean of the two that are used least outside of that
// event, and a part of the third. It holds however much the fold has seen.
func (f *Fold) specificity(t *liveStory, tokens []token) int {
	first, second, third := 0, 0, 0
	for _, u := range tokens {
		if u.topicWeight() == 0 || !f.search.has(u.root) {
			continue
		}
		inside := 1
		if t.event != nil {
			inside = t.event.count(u.root)
		}
		v := f.df.specificity(u, inside, f.common.class(u.root))
		first, v = max(first, v), min(first, v)
		second, v = max(second, v), min(second, v)
		third = max(third, v)
	}
	part, size := f.partOfThird, 1
	if t.event != nil {
		size = len(t.event.stories)
	}
	if size > fullThird {
		part = part * fullThird / size
	}
	return (first+second)/2 + third*part/1000
}

// count returns how many stories of an event have a root; 0 if it is not in the vector.
func (e *event) count(root uint32) int {
	if i := e.find(root); i < len(e.vector) && e.vector[i].root == root {
		return e.vector[i].stories()
	}
	return 0
}

// has tells whether a root is in the vector of the headline.
func (c *candidateSearch) has(root uint32) bool {
	if c.roots[root>>6&3]>>(root&63)&1 == 0 {
		return false
	}
	for _, d := range c.vector {
		if d.root == root {
			return true
		}
	}
	return false
}

func (x *eventReason) encode(b []byte) []byte {
	if x.nearest == (id{}) {
		return append(b, 0)
	}
	b = append(append(b, 1), x.nearest[:]...)
	for _, v := range [...]int{x.Score, x.Base, x.Time, x.Common} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return append(b, byte(x.guards))
}

func decodeReason(r *decoder) (x eventReason) {
	if r.byte() == 0 {
		return x
	}
	copy(x.nearest[:], r.next(len(x.nearest)))
	for _, v := range [...]*int{&x.Score, &x.Base, &x.Time, &x.Common} {
		n := r.uvarint()
		r.failed = r.failed || n > 2*tooMuch
		*v = int(n)
	}
	x.guards = guards(r.byte())
	r.failed = r.failed || x.guards > allGuards
	return x
}
