package story

import (
	"cmp"
	"slices"
	"time"
)

const (
	maxDims            = 64  // of an event's sum
	slackDims          = 96  // a sum is cut when it has more
	minEventScore      = 115 // thousandths of cosine that any event asks for
	extraForSmallEvent = 260 // more of them that an event of one story asks for, less with each
	minJoinScore       = 235 // thousandths between two events that a headline makes one
	extraPerDoubling   = 8   // more of them each time that the smaller has twice as many stories
	maxEventGap        = 72 * time.Hour
)

// event is two stories or more about one happening, or what is left of them.
type event struct {
	id           id
	birth        uint64      // n of the headline that it began with
	stories      []int32     // live stories
	last         int64       // ms
	vector       []dimension // of their tokens' weights, in the order of roots; see weigh
	norm         int64       // length of sum
	summed       int         // how many of the stories are in sum
	comparedWith uint64      // n of the headline that looked at it last
}

type dimension struct {
	root   uint32
	weight int32
}

// eventOf is the id and birth of the event that story i is in.
func (x *index) eventOf(i int32) (id, uint64) {
	t := &x.stories[i]
	if t.event == nil {
		return t.id, t.birth
	}
	return t.event.id, t.event.birth
}

// enterEvent puts a story that was born into the event that its signature names.
func (x *index) enterEvent(i int32, s *signature) {
	if s.eventBirth != s.birth {
		e := x.eventBornWith(s.event, s.eventBirth)
		for _, n := range s.joined {
			x.mergeEvent(e, n)
		}
		x.addToEvent(i, e)
	}
}

// eventBornWith is the event that began with the n-th headline, made when there is none yet.
func (x *index) eventBornWith(name id, n uint64) *event {
	if e := x.events[n]; e != nil {
		return e
	}
	e := &event{id: name, birth: n}
	x.events[n] = e
	if i := x.storyBornWith(n); i >= 0 {
		x.addToEvent(i, e)
	}
	return e
}

func (x *index) addToEvent(i int32, e *event) {
	t := &x.stories[i]
	t.event = e
	e.stories = append(e.stories, i)
	if len(e.stories) == 1 || t.at > e.last {
		e.last = t.at
	}
}

// updateVector brings the sum up to date. Few of the events that a start loads are ever
// looked at.
func (x *index) updateVector(e *event) {
	for ; e.summed < len(e.stories); e.summed++ {
		e.addTokens(x.stories[e.stories[e.summed]].tokens)
	}
}

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

// mergeEvent puts the stories of the event, or the lone story, that began with the
// n-th headline into e.
func (x *index) mergeEvent(e *event, n uint64) {
	var of []int32
	if old := x.events[n]; old != nil {
		of = old.stories
		delete(x.events, n)
	} else if i := x.storyBornWith(n); i >= 0 {
		of = []int32{i}
	}
	for _, i := range of {
		x.stories[i].moved = true
		x.addToEvent(i, e)
	}
}

// findEvent finds the event of a new story: the one that it is most like, joined
// with the others that it is like when those are like each other.
func (f *Fold) findEvent(s *signature) []string {
	if s.noFold || s.flagged || countContentWords(s.tokens) < 2 {
		return nil
	}
	if s.linkTokens = f.linkTokens(s.link, s.tokens); len(s.linkTokens) > 0 {
		f.candidates(s.allTokens())
	}
	best, others := f.matchingEvents(s)
	if best.story < 0 {
		return nil
	}
	return f.assignEvent(s, best, others)
}

// eventMatch is an event, by one of its stories, that a headline is like.
type eventMatch struct {
	story int32
	score int
	birth uint64
}

// matchingEvents gives the event that s is most like and the others that it is like enough.
func (f *Fold) matchingEvents(s *signature) (eventMatch, []eventMatch) {
	var all []eventMatch
	f.search.setHeadline(s.allTokens())
	for _, r := range f.comparisons(s) {
		if p := (eventMatch{r.story, f.eventScore(s, r), 0}); p.score > 0 {
			_, p.birth = f.eventOf(r.story)
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return eventMatch{story: -1}, nil
	}
	slices.SortFunc(all, func(a, b eventMatch) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.birth, b.birth))
	})
	return all[0], all[1:]
}

// comparison is a story that a headline is compared with, or whose event is.
type comparison struct {
	story  int32
	tokens []token
}

// comparisons copies what is compared with s before anything is: the processor waits for
// memory once then, and not for each of them.
func (f *Fold) comparisons(s *signature) []comparison {
	c := &f.search
	c.comparisons, c.tokenBuf = c.comparisons[:0], c.tokenBuf[:0]
	for _, i := range c.candidates {
		t := &f.stories[i]
		if t.event == nil && c.shares[i] < minSingleShare || f.recurring.has(t.key) || f.alreadyCompared(s, t) {
			continue
		}
		from := len(c.tokenBuf)
		if t.event == nil {
			c.tokenBuf = append(c.tokenBuf, t.tokens...)
		}
		c.comparisons = append(c.comparisons, comparison{i, c.tokenBuf[from:]})
	}
	return c.comparisons
}

// alreadyCompared says that the event of t was compared with s before.
func (f *Fold) alreadyCompared(s *signature, t *liveStory) bool {
	if t.event == nil {
		return false
	}
	was := t.event.comparedWith == s.number
	t.event.comparedWith = s.number
	return was
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

// assignEvent names the event in s and gives the ids of those that it takes in. The
// oldest of them all gives the name.
func (f *Fold) assignEvent(s *signature, best eventMatch, others []eventMatch) []string {
	one := []eventMatch{best}
	for _, o := range others {
		if f.eventSimilarity(best.story, o.story) >= f.minJoinScoreOf(best.story, o.story) {
			one = append(one, o)
		}
	}
	slices.SortFunc(one, func(a, b eventMatch) int { return cmp.Compare(a.birth, b.birth) })
	s.event, s.eventBirth = f.eventOf(one[0].story)
	var joined []string
	for _, o := range one[1:] {
		name, birth := f.eventOf(o.story)
		joined = append(joined, string(name[:]))
		s.joined = append(s.joined, birth)
	}
	return joined
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
