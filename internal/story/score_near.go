package story

import (
	"cmp"
	"slices"
	"time"
)

// Two headlines of an event surely tell one happening when their cosine is minNear, in
// thousandths, and nearPerHour more for each hour between them.
const (
	minNear     = 290
	nearPerHour = 1
)

// nearStories returns the ids of the stories that surely tell the same as a new headline,
// the most similar first: at most one of each event that is now its event.
func (f *Fold) nearStories(s *signature) []string {
	type nearStory struct {
		story  int32
		cosine int
		birth  uint64
	}
	var near []nearStory
	for _, i := range f.search.candidates {
		_, birth := f.eventOf(i)
		if birth != s.eventBirth && !slices.Contains(s.joined, birth) {
			continue
		}
		t := &f.stories[i]
		hours := int(distance(t.at, s.at) / time.Hour.Milliseconds())
		if c := f.search.cosine(t.tokens) - nearPerHour*hours; c >= minNear {
			near = append(near, nearStory{i, c, birth})
		}
	}
	slices.SortStableFunc(near, func(a, b nearStory) int { return cmp.Compare(b.cosine, a.cosine) })
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
