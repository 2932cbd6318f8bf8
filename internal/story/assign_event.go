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
	trimmed      bool        // vector lacks light dimensions, so the order of stories counts
	began        int64       // ms, when the oldest of stories began, also of those no longer live
	comparedWith uint64      // number of the headline that was compared with it last
	comparison   int         // index of that comparison
	ordered      bool        // an editor's order made it: no sweep splits it, and it joins no other such event
}

// isWhole tells whether the vector of an event is that of its stories in any order.
func (e *event) isWhole() bool { return !e.trimmed && e.summed == len(e.stories) }

func (e *event) forgetVector() { e.vector, e.norm, e.summed, e.trimmed = nil, 0, 0, false }

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
		e.began = earliest(e.began, s.eventBegan)
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
	e.began = earliest(e.began, t.at)
}

// earliest returns the earlier of two times, of which 0 is unknown.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
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
	f.readMore(s)
	best, others := f.matchingEvents(s)
	if best.story < 0 {
		return nil
	}
	return f.assignEvent(s, best, others)
}

// readMore reads what only events compare of a headline: its traits, and what its link, its
// summary and the places in them add to its tokens.
func (f *Fold) readMore(s *signature) {
	summary := summaryWords(s.summary)
	s.traits = f.traitsOf(s, summary)
	s.moreTokens = f.linkTokens(s.link, s.tokens)
	s.moreTokens = f.addSummaryTokens(s.moreTokens, s, summary)
	s.moreTokens = f.addCountries(s.moreTokens, s)
	if len(s.moreTokens) > 0 {
		s.all = s.allTokens()
	}
	f.moreCandidates(s.allTokens(), len(s.tokens))
}

// eventMatch is an event that a headline was compared with, by the nearest of its stories.
type eventMatch struct {
	story  int32
	birth  uint64
	reason eventReason
}

// compare orders matches: the most similar first, and the oldest of equal ones.
func (m eventMatch) compare(n eventMatch) int {
	return cmp.Or(cmp.Compare(n.reason.Score, m.reason.Score), cmp.Compare(m.birth, n.birth))
}

// matchingEvents returns the event that s is most similar to, and the others that it
// is similar enough to.
func (f *Fold) matchingEvents(s *signature) (eventMatch, []eventMatch) {
	var all []eventMatch
	f.search.setHeadline(s.allTokens())
	for _, r := range f.comparisons(s) {
		m := f.matchEvent(s, r)
		if m.reason.isEnough() {
			all = append(all, m)
		} else if m.reason.missing() < s.reasons[1].missing() {
			s.reasons[1] = m.reason
		}
	}
	if len(all) == 0 {
		return eventMatch{story: -1}, nil
	}
	slices.SortFunc(all, eventMatch.compare)
	s.reasons[0] = all[0].reason
	return all[0], all[1:]
}

// comparison is an event that a headline is compared with: its nearest story, and how
// similar that is, in thousandths.
type comparison struct {
	story     int32
	candidate int // its index among the candidates
	tokens    []token
	cosine    int
}

// comparisons returns the events of the candidates, each with the nearest of these. It
// copies the tokens of all before the first comparison: the processor then waits for memory
// once, and not for each story.
func (f *Fold) comparisons(s *signature) []comparison {
	c := &f.search
	c.comparisons, c.tokenBuf, c.cosines = c.comparisons[:0], c.tokenBuf[:0], c.cosines[:0]
	for k, i := range c.candidates {
		c.cosines = append(c.cosines, -1)
		t := &f.stories[i]
		if c.shares[i] < minEventShare || f.recurring.has(t.key) || t.traits.isForeign(&s.traits) {
			continue
		}
		from := len(c.tokenBuf)
		c.tokenBuf = append(c.tokenBuf, t.tokens...)
		c.comparisons = append(c.comparisons, comparison{story: i, candidate: k, tokens: c.tokenBuf[from:]})
	}
	return f.nearestOfEach(s.number)
}

// nearestOfEach keeps the nearest story of each event. number is that of the headline.
func (f *Fold) nearestOfEach(number uint64) []comparison {
	c := &f.search
	out := c.comparisons[:0]
	for _, r := range c.comparisons {
		r.cosine = c.cosine(r.tokens)
		c.cosines[r.candidate] = r.cosine
		e := f.stories[r.story].event
		switch {
		case e == nil:
			out = append(out, r)
		case e.comparedWith != number:
			e.comparedWith, e.comparison = number, len(out)
			out = append(out, r)
		case r.cosine > out[e.comparison].cosine:
			out[e.comparison] = r
		}
	}
	return out
}

// eventsJoin tells whether the events of two stories become one, now that a headline is
// similar to both.
func (f *Fold) eventsJoin(i, j int32) bool {
	return !f.stories[i].traits.isForeign(&f.stories[j].traits) && f.eventSimilarity(i, j) >= f.minJoinScoreOf(i, j) && !f.shareForm(i, j)
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
		if f.eventsJoin(best.story, o.story) {
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
