package membership

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// EventItem returns the one of the stories that share an item which is that item in a
// topic; nil when none is. A story that an editor hid counts, so that hiding it hides the event. A
// withdrawn story does not: a note replaces it, and another story becomes the item.
func EventItem(stories []*news.Story, topic string) *news.Story {
	for _, s := range stories {
		if _, in := s.Standing(topic); in && !s.IsWithdrawn() || s.IsHidden(topic) {
			return s
		}
	}
	return nil
}

// IsEventHidden tells whether an editor hid a story of an event in a topic.
func IsEventHidden(stories []*news.Story, topic string) bool {
	return slices.ContainsFunc(stories, func(s *news.Story) bool { return s.IsHidden(topic) })
}

// AsEventItem returns the decision d about a story in a topic with items of events: the
// story stays out if another one is the item.
func (d Decision) AsEventItem(s, item *news.Story) Decision {
	if d.In && item != nil && item != s {
		return out(OtherStory)
	}
	return d
}

// MayBeItem returns those of the stories that share an item that are compared when none
// is in a topic: those that were its item before come first, then at most n others, the newest.
func MayBeItem(stories []*news.Story, topic string, n int) []*news.Story {
	var before, others []*news.Story
	for _, s := range stories {
		if p, had := s.Places[topic]; had && !p.Updated.IsZero() {
			before = append(before, s)
		} else {
			others = append(others, s)
		}
	}
	return append(before, others[max(0, len(others)-n):]...)
}

// Candidate is a story of an event with its takes prepared for matching.
type Candidate struct {
	*news.Story
	Takes []Take
}

// ChooseEventItem decides which of the stories that share an item becomes it in a topic:
// the first that satisfies the rule and was not withdrawn. outlets is how many the event
// has: they count together. at is its place; zero means the time of its first entry.
func ChooseEventItem(r Rule, candidates []Candidate, outlets int, at time.Time) (*news.Story, Decision) {
	for i := range candidates {
		c := &candidates[i]
		if !c.IsWithdrawn() && r.matches(c.Takes, outlets) {
			if at.IsZero() {
				at = c.First
			}
			return c.Story, in(at, Matches)
		}
	}
	return nil, out(NoMatch)
}

// SurplusItems returns those of the stories that share an item that must leave a topic:
// all that are in it but the first. Notes of withdrawn stories stay.
func SurplusItems(stories []*news.Story, topic string) []*news.Story {
	var surplus []*news.Story
	first := EventItem(stories, topic)
	for _, s := range stories {
		if _, in := s.Standing(topic); in && s != first && !s.IsWithdrawn() {
			surplus = append(surplus, s)
		}
	}
	return surplus
}
