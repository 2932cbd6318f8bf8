package story

import (
	"cmp"
	"slices"
)

// minNear is how similar two headlines of an event are, in thousandths of cosine, that
// surely tell one happening.
const minNear = 370

// nearStories returns the ids of the stories that surely tell the same as a new headline,
// the most similar first: at most one of each event that is now its event.
func (f *Fold) nearStories(s *signature) []string {
	var near []eventMatch
	for _, i := range f.search.candidates {
		_, birth := f.eventOf(i)
		if birth != s.eventBirth && !slices.Contains(s.joined, birth) {
			continue
		}
		if c := f.search.cosine(f.stories[i].tokens); c >= minNear {
			near = append(near, eventMatch{i, c, birth})
		}
	}
	slices.SortStableFunc(near, func(a, b eventMatch) int { return cmp.Compare(b.score, a.score) })
	var ids []string
	seen := map[uint64]bool{}
	for _, m := range near {
		if !seen[m.birth] {
			seen[m.birth] = true
			ids = append(ids, string(f.stories[m.story].id[:]))
		}
	}
	return ids
}
