package story

import (
	"cmp"
	"slices"
)

// What two headlines need beyond thresholds.minNear, in thousandths.
const (
	nearOfOne      = 20  // the event has one story so far
	nearBySummary  = 100 // the cosine of the headlines alone is less than minOfHeadlines
	minOfHeadlines = 250
)

// nearStories returns the ids of the stories in its event that surely tell the same as a
// new headline, the most similar first.
func (f *Fold) nearStories(s *signature) []string {
	type nearStory struct{ story, cosine int }
	var near []nearStory
	for k, i := range f.search.candidates {
		_, birth := f.eventOf(i)
		if birth != s.eventBirth && !slices.Contains(s.joined, birth) {
			continue
		}
		if c := f.search.cosineOf(k, f.stories[i].tokens); c >= f.minNear && f.isNear(s, &f.stories[i], c) {
			near = append(near, nearStory{int(i), c})
		}
	}
	slices.SortStableFunc(near, func(a, b nearStory) int { return cmp.Compare(b.cosine, a.cosine) })
	var ids []string
	for _, n := range near {
		ids = append(ids, string(f.stories[n.story].id[:]))
	}
	return ids
}

// isNear tells whether a headline surely tells the same as the story t.
func (f *Fold) isNear(s *signature, t *liveStory, cosine int) bool {
	need := f.minNear + neededByWords(f.specificity(t, t.tokens))/4
	if t.event == nil {
		need += nearOfOne
	}
	if cosine >= need && otherNumbers(s.tokens, t.headlineTokens()) {
		need += f.nearOfOtherNumbers
	}
	if cosine >= need && sharesOnlyHead(s, t) {
		need += f.nearOfOneHead
	}
	if cosine < need || cosine >= need+nearBySummary {
		return cosine >= need
	}
	var m alignment
	m.align(s.tokens, t.headlineTokens())
	return m.dot*1000/(vectorLength*vectorLength) >= minOfHeadlines
}

// otherNumbers tells whether each headline has a number, and they have none in common.
func otherNumbers(a, b []token) bool {
	own, their := false, false
	for _, t := range a {
		if t.kind != number {
			continue
		}
		if hasRoot(b, t.root) {
			return false
		}
		own = true
	}
	for _, t := range b {
		their = their || t.kind == number
	}
	return own && their
}

// sharesOnlyHead tells whether a headline and the story t begin with the same words before
// a colon ("Games latest:"), and have at most one word in common beside what they begin and
// end with.
func sharesOnlyHead(s *signature, t *liveStory) bool {
	own, their := s.cues.behindColon(), t.cues.behindColon()
	if own == 0 || their == 0 {
		return false
	}
	var a, b [maxTokens]framedWord
	x := removeFrame(framedWords(a[:0], s.tokens, &s.traits, own), framedWords(b[:0], t.headlineTokens(), &t.traits, their))
	shared := 0
	for _, w := range x.own {
		if slices.ContainsFunc(x.their, func(o framedWord) bool { return o.root == w.root }) {
			shared++
		}
	}
	return x.hasColon && shared <= 1
}

// IsLike tells whether the headline that was judged last is a new story, and like that of a
// live story in its event: the two may tell one happening.
func (f *Fold) IsLike(story string) bool {
	if len(f.stories) == 0 {
		return false
	}
	last := &f.stories[len(f.stories)-1]
	if last.birth != f.judged || last.event == nil {
		return false
	}
	i := slices.IndexFunc(last.event.stories, func(i int32) bool { return string(f.stories[i].id[:]) == story })
	return i >= 0 && f.search.cosine(f.stories[last.event.stories[i]].tokens) >= f.minAlike
}
