package story

import (
	"cmp"
	"slices"
	"time"
)

// setHeadline prepares a headline's tokens for comparison with events.
func (c *candidateSearch) setHeadline(tokens []token) {
	c.vector, c.roots = c.vector[:0], [4]uint64{}
	pairs := 0
	for _, t := range tokens {
		if t.kind == bigram {
			pairs++
		}
		if w := t.topicWeight(); w > 0 {
			c.vector = append(c.vector, dimension{t.root, uint32(w)})
			c.roots[t.root>>6&3] |= 1 << (t.root & 63)
		}
	}
	sortDims(c.vector)
	c.norm, c.isOfPairs = norm(c.vector), pairs > len(tokens)/2
}

func sortDims(dims []dimension) {
	slices.SortFunc(dims, func(a, b dimension) int { return cmp.Compare(a.root, b.root) })
}

const (
	maxDims          = 64  // of an event's vector
	slackDims        = 96  // a vector with more is trimmed
	partForPairs     = 800 // thousandths of it for headlines in pairs of characters, of which other words share fewer
	extraPerDoubling = 8   // that much more each time that the smaller event has twice as many stories
	maxEventGap      = 72 * time.Hour
)

// addTokens adds a story's tokens to the vector.
func (e *event) addTokens(tokens []token) {
	for _, t := range tokens {
		if w := t.topicWeight(); w > 0 {
			e.addWeight(t.root, w)
		}
	}
	e.trim()
}

func (e *event) addWeight(root uint32, w int32) {
	i := e.find(root)
	if i == len(e.vector) || e.vector[i].root != root {
		e.vector = slices.Insert(e.vector, i, dimension{root: root})
	}
	if d := &e.vector[i]; d.stories() < maxCounted {
		d.packed += 1<<bitsOfWeight + uint32(w)
	}
}

// find returns the index of a root in the vector, or where it belongs.
func (e *event) find(root uint32) int {
	i, end := 0, len(e.vector)
	for i < end { // much faster than slices.BinarySearchFunc
		if mid := int(uint(i+end) >> 1); e.vector[mid].root < root {
			i = mid + 1
		} else {
			end = mid
		}
	}
	return i
}

// trim keeps the maxDims heaviest dimensions, those with lower roots among equals,
// and computes the length of the vector.
func (e *event) trim() {
	if len(e.vector) > slackDims {
		var ranks [slackDims + 2*maxTokens]uint64
		n := 0
		for ; n < len(e.vector); n++ {
			ranks[n] = e.vector[n].rank()
		}
		least := nth(ranks[:n], n-maxDims)
		e.vector, e.trimmed = slices.DeleteFunc(e.vector, func(d dimension) bool { return d.rank() < least }), true
	}
	e.norm = norm(e.vector)
}

// nth returns the number that would be at place k if the numbers, all different, were
// sorted. It changes their order.
func nth(numbers []uint64, k int) uint64 {
	for len(numbers) > 1 {
		pivot, less := numbers[len(numbers)/2], 0
		numbers[len(numbers)/2] = numbers[len(numbers)-1]
		for i, x := range numbers[:len(numbers)-1] {
			if x < pivot {
				numbers[i], numbers[less] = numbers[less], x
				less++
			}
		}
		numbers[len(numbers)-1] = numbers[less]
		switch {
		case k == less:
			return pivot
		case k < less:
			numbers = numbers[:less]
		default:
			numbers, k = numbers[less+1:], k-less-1
		}
	}
	return numbers[0]
}

// dimension is the weight of a root in a vector, and in how many stories of the event it is.
type dimension struct {
	root   uint32
	packed uint32 // the stories above the lowest bitsOfWeight bits, which are the weight
}

const (
	bitsOfWeight = 20
	maxCounted   = 1<<(32-bitsOfWeight) - 1 // stories that are counted, at most; weights stay below 1<<bitsOfWeight
)

func (d dimension) weight() int64 { return int64(d.packed & (1<<bitsOfWeight - 1)) }
func (d dimension) stories() int  { return int(d.packed >> bitsOfWeight) }

// rank orders the dimensions of a vector. No two have the same rank.
func (d dimension) rank() uint64 { return uint64(d.weight())<<32 | uint64(^d.root) }

func norm(dims []dimension) int64 {
	var sum uint64
	for _, d := range dims {
		sum += uint64(d.weight()) * uint64(d.weight())
	}
	return int64(max(sqrt(sum), 1))
}

// topicWeight is the weight of a token in comparisons of subjects: function words
// have none.
func (t token) topicWeight() int32 {
	if t.kind == functionWord {
		return 0
	}
	return int32(t.weight)
}

// matchEvent compares a headline with an event. The score is made of its cosine with the
// event's nearest story and of that with the sum of all: the sum alone grows similar to
// everything that has its one heavy word.
//
// A match that is not enough and misses as much as s.reasons[1] or more is left incomplete.
func (f *Fold) matchEvent(s *signature, r comparison) eventMatch {
	t := &f.stories[r.story]
	m := eventMatch{story: r.story, birth: t.birth}
	x := &m.reason
	x.nearest, x.Score, x.Base = t.id, r.cosine, f.minEventScore+f.extraForSmallEvent
	size, began, last := 1, t.at, t.at
	if e := t.event; e != nil {
		f.updateVector(e)
		m.birth, size, began, last = e.birth, len(e.stories), e.began, e.last
		whole := int(dotProduct(e.vector, f.search.vector) * 1000 / (f.search.norm * e.norm))
		x.Score = (r.cosine*(1000-f.partOfEvent) + whole*f.partOfEvent) / 1000
		x.Base = f.minEventScore + f.extraForSmallEvent*32/int(sqrt(uint64(size)*1024))
	}
	if f.search.isOfPairs {
		x.Base = x.Base * partForPairs / 1000
	}
	if x.Score < x.Base && x.missing() >= s.reasons[1].missing() {
		return m
	}
	x.Time = f.neededByTime(s.at, began, last, size)
	if distance(last, s.at) > maxEventGap.Milliseconds() {
		x.Time += tooMuch
	}
	if x.Score >= x.Base+max(0, x.Time-maxMadeUp) {
		specificity := f.specificity(t, r.tokens)
		x.Time = max(0, x.Time-f.madeUpByWords(specificity))
		if x.isEnough() {
			x.Common = neededByWords(specificity)
		}
	}
	if x.isEnough() {
		x.guards = f.guards(s, t)
	}
	return m
}

// dotProduct multiplies two vectors whose dimensions are in the order of roots.
func dotProduct(a, b []dimension) int64 {
	var sum int64
	i := 0
	for _, w := range b {
		for i < len(a) && a[i].root < w.root {
			i++
		}
		if i < len(a) && a[i].root == w.root {
			sum += w.weight() * a[i].weight()
		}
	}
	return sum
}

// cosine compares the headline with another one, in thousandths.
func (c *candidateSearch) cosine(tokens []token) int {
	var sum, square int64
	for _, t := range tokens {
		w := int64(t.topicWeight())
		if w == 0 {
			continue
		}
		square += w * w
		if c.roots[t.root>>6&3]>>(t.root&63)&1 == 0 {
			continue // most words of most stories
		}
		for _, d := range c.vector {
			if d.root == t.root {
				sum += w * d.weight()
			}
		}
	}
	return int(sum * 1000 / (c.norm * int64(max(sqrt(uint64(square)), 1))))
}

// cosineOf is the cosine with the k-th candidate, whose tokens are given.
func (c *candidateSearch) cosineOf(k int, tokens []token) int {
	if c.cosines[k] < 0 {
		return c.cosine(tokens)
	}
	return c.cosines[k]
}

// eventSimilarity is the cosine of the events of two stories, in thousandths.
func (f *Fold) eventSimilarity(i, j int32) int {
	a, an := f.eventVector(i)
	b, bn := f.eventVector(j)
	return int(dotProduct(a, b) * 1000 / (an * bn))
}

// eventVector returns the vector of the event of story i and its length. A story
// alone in its event has a vector of its own tokens.
func (f *Fold) eventVector(i int32) ([]dimension, int64) {
	t := &f.stories[i]
	if t.event != nil {
		f.updateVector(t.event)
		return t.event.vector, t.event.norm
	}
	var e event
	e.addTokens(t.tokens)
	return e.vector, e.norm
}

// updateVector adds the stories that are not in the vector yet. Few of the events
// that Load brings back are ever compared.
func (x *index) updateVector(e *event) {
	for ; e.summed < len(e.stories); e.summed++ {
		e.addTokens(x.stories[e.stories[e.summed]].tokens)
	}
}

// minJoinScoreOf is the similarity at which the events of two stories join. For two
// large events one headline that is similar to both says little.
func (f *Fold) minJoinScoreOf(i, j int32) int {
	smaller := min(f.eventSize(i), f.eventSize(j))
	return f.minJoinScore + extraPerDoubling*int(log2(uint64(smaller)))/256
}

// storiesWith returns the stories of the event of story i.
func (x *index) storiesWith(i int32) []int32 {
	if e := x.stories[i].event; e != nil {
		return e.stories
	}
	return []int32{i}
}

// eventSize is how many stories are in the event of story i.
func (x *index) eventSize(i int32) int {
	if e := x.stories[i].event; e != nil {
		return len(e.stories)
	}
	return 1
}
