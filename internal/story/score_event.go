package story

import (
	"cmp"
	"slices"
	"time"
)

// setHeadline sorts a headline's words for comparing them with events.
func (c *candidateSearch) setHeadline(tokens []token) {
	c.vector, c.roots = c.vector[:0], [4]uint64{}
	for _, t := range tokens {
		if w := t.topicWeight(); w > 0 {
			c.vector = append(c.vector, dimension{t.root, w})
			c.roots[t.root>>6&3] |= 1 << (t.root & 63)
		}
	}
	sortDims(c.vector)
	c.norm = norm(c.vector)
}

func sortDims(dims []dimension) {
	slices.SortFunc(dims, func(a, b dimension) int { return cmp.Compare(a.root, b.root) })
}

const (
	maxDims            = 64  // of an event's sum
	slackDims          = 96  // a sum is cut when it has more
	minEventScore      = 115 // thousandths of cosine that any event asks for
	extraForSmallEvent = 260 // more of them that an event of one story asks for, less with each
	minJoinScore       = 235 // thousandths between two events that a headline makes one
	extraPerDoubling   = 8   // more of them each time that the smaller has twice as many stories
	maxEventGap        = 72 * time.Hour
)

// addTokens adds a story's words to the sum.
func (e *event) addTokens(tokens []token) {
	for _, t := range tokens {
		if w := t.topicWeight(); w > 0 {
			e.addWeight(t.root, w)
		}
	}
	e.trim()
}

func (e *event) addWeight(root uint32, w int32) {
	i, ok := slices.BinarySearchFunc(e.vector, root, func(d dimension, r uint32) int { return cmp.Compare(d.root, r) })
	if ok {
		e.vector[i].weight += w
	} else {
		e.vector = slices.Insert(e.vector, i, dimension{root, w})
	}
}

// trim keeps the heaviest dimensions, of equal ones those with the lower roots, and
// takes the sum's length.
func (e *event) trim() {
	if len(e.vector) > slackDims {
		var ranks [slackDims + maxTokens]uint64
		n := 0
		for ; n < len(e.vector); n++ {
			ranks[n] = e.vector[n].rank()
		}
		slices.Sort(ranks[:n])
		least := ranks[n-maxDims]
		e.vector = slices.DeleteFunc(e.vector, func(d dimension) bool { return d.rank() < least })
	}
	e.norm = norm(e.vector)
}

type dimension struct {
	root   uint32
	weight int32
}

// rank is higher for what cut keeps rather; no two dimensions of a sum have one.
func (d dimension) rank() uint64 { return uint64(d.weight)<<32 | uint64(^d.root) }

func norm(dims []dimension) int64 {
	var sum uint64
	for _, d := range dims {
		sum += uint64(d.weight) * uint64(d.weight)
	}
	return int64(max(sqrt(sum), 1))
}

// topicWeight is a token's weight where it matters what a headline is about.
func (t token) topicWeight() int32 {
	if t.kind == functionWord {
		return 0
	}
	return int32(t.weight)
}

// eventScore is the cosine of a headline and an event in thousandths, 0 when that
// is not enough.
func (f *Fold) eventScore(s *signature, r comparison) int {
	t := &f.stories[r.story]
	score, size, last := 0, 1, t.at
	if e := t.event; e != nil {
		f.updateVector(e)
		score, size, last = int(dotProduct(e.vector, f.search.vector)*1000/(f.search.norm*e.norm)), len(e.stories), e.last
	} else {
		score = f.search.cosine(r.tokens)
	}
	if distance(last, s.at) > maxEventGap.Milliseconds() {
		return 0
	}
	if score < minEventScore+extraForSmallEvent*32/int(sqrt(uint64(size)*1024)) {
		return 0
	}
	return score
}

// dotProduct is the scalar product of two vectors, both in the order of roots.
func dotProduct(a, b []dimension) int64 {
	var sum int64
	i := 0
	for _, w := range b {
		for i < len(a) && a[i].root < w.root {
			i++
		}
		if i < len(a) && a[i].root == w.root {
			sum += int64(w.weight) * int64(a[i].weight)
		}
	}
	return sum
}

// cosine compares the headline with another in thousandths.
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
				sum += w * int64(d.weight)
			}
		}
	}
	return int(sum * 1000 / (c.norm * int64(max(sqrt(uint64(square)), 1))))
}

// eventSimilarity is the cosine of the events of two stories in thousandths.
func (f *Fold) eventSimilarity(i, j int32) int {
	a, an := f.eventVector(i)
	b, bn := f.eventVector(j)
	return int(dotProduct(a, b) * 1000 / (an * bn))
}

// eventVector is the sum of the event of story i, of its own tokens when it is alone.
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

// updateVector brings the sum up to date. Few of the events that a start loads are ever
// looked at.
func (x *index) updateVector(e *event) {
	for ; e.summed < len(e.stories); e.summed++ {
		e.addTokens(x.stories[e.stories[e.summed]].tokens)
	}
}

// minJoinScoreOf is the likeness that makes the events of two stories one. One headline like
// both is little reason where both are large.
func (x *index) minJoinScoreOf(i, j int32) int {
	smaller := min(x.eventSize(i), x.eventSize(j))
	return minJoinScore + extraPerDoubling*int(log2(uint64(smaller)))/256
}

// eventSize is how many stories are in the event of story i.
func (x *index) eventSize(i int32) int {
	if e := x.stories[i].event; e != nil {
		return len(e.stories)
	}
	return 1
}
