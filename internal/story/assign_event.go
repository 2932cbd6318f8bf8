package story

import (
	"cmp"
	"slices"
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
