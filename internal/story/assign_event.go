package story

import (
	"cmp"
	"slices"
)

// event is two or more stories about one happening, or what remains of them.
type event struct {
	id           id
	birth        uint64      // number of its first headline
	stories      []int32     // live ones
	last         int64       // ms, when the newest of stories began
	vector       []dimension // sum of the weights of their tokens, in the order of roots; see updateVector
	norm         int64       // length of vector
	summed       int         // how many of stories are in vector
	comparedWith uint64      // number of the headline that was compared with it last
	ordered      bool        // an editor's order made it: no sweep splits it, and it joins no other such event
}

// eventOf returns the id and the birth of the event of story i.
func (x *index) eventOf(i int32) (id, uint64) {
	t := &x.stories[i]
	if t.event == nil {
		return t.id, t.birth
	}
	return t.event.id, t.event.birth
}

// enterEvent puts a new story into the event that its signature names.
func (x *index) enterEvent(i int32, s *signature) {
	if s.eventBirth != s.birth || s.ordered {
		e := x.eventBornWith(s.event, s.eventBirth)
		e.ordered = e.ordered || s.ordered
		for _, n := range s.joined {
			x.mergeEvent(e, n)
		}
		if x.stories[i].event == nil {
			x.addToEvent(i, e)
		}
	}
}

// eventBornWith returns the event that began with the n-th headline, and creates it
// when there is none. That headline's story may have left the event.
func (x *index) eventBornWith(name id, n uint64) *event {
	if e := x.events[n]; e != nil {
		return e
	}
	e := &event{id: name, birth: n}
	x.events[n] = e
	if i := x.storyBornWith(n); i >= 0 && x.stories[i].event == nil {
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

// mergeEvent moves into e the stories of the event that began with the n-th headline,
// or the story alone that began with it.
func (x *index) mergeEvent(e *event, n uint64) {
	var of []int32
	if old := x.events[n]; old != nil {
		of = old.stories
		e.ordered = e.ordered || old.ordered
		delete(x.events, n)
	} else if i := x.storyBornWith(n); i >= 0 {
		of = []int32{i}
	}
	for _, i := range of {
		x.stories[i].moved = true
		x.addToEvent(i, e)
	}
}

// findEvent finds the event of a new story: the one it is most similar to. Other
// events join that one when they are similar to the story and to each other. It
// returns the ids of those that joined.
func (f *Fold) findEvent(s *signature) []string {
	if s.noFold || s.flagged || s.bare || countContentWords(s.tokens) < 2 {
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

// eventMatch is an event that a headline is similar to, by one of its stories.
type eventMatch struct {
	story int32
	score int
	birth uint64
}

// matchingEvents returns the event that s is most similar to, and the others that it
// is similar enough to.
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

// comparison is a story that a headline is compared with; tokens is empty when the
// headline is compared with the story's event.
type comparison struct {
	story  int32
	tokens []token
}

// comparisons copies the tokens to compare with before the first comparison. The
// processor then waits for memory once, and not for each story.
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

// alreadyCompared tells whether s was compared with the event of t before.
func (f *Fold) alreadyCompared(s *signature, t *liveStory) bool {
	if t.event == nil {
		return false
	}
	was := t.event.comparedWith == s.number
	t.event.comparedWith = s.number
	return was
}

// assignEvent sets the event of s and returns the ids of the events that join it. The
// oldest one gives the event its id.
func (f *Fold) assignEvent(s *signature, best eventMatch, others []eventMatch) []string {
	merged := []eventMatch{best}
	ordered := f.isOrdered(best.story)
	for _, o := range others {
		if ordered && f.isOrdered(o.story) {
			continue // an editor may have split them
		}
		if f.eventSimilarity(best.story, o.story) >= f.minJoinScoreOf(best.story, o.story) {
			merged = append(merged, o)
			ordered = ordered || f.isOrdered(o.story)
		}
	}
	slices.SortFunc(merged, func(a, b eventMatch) int { return cmp.Compare(a.birth, b.birth) })
	s.event, s.eventBirth = f.eventOf(merged[0].story)
	var joined []string
	for _, o := range merged[1:] {
		name, birth := f.eventOf(o.story)
		joined = append(joined, string(name[:]))
		s.joined = append(s.joined, birth)
	}
	return joined
}
