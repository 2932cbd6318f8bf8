package membership

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// EventItem returns the story that is the item of an event in a topic; nil when there
// is none. A story that an editor hid counts, so that hiding it hides the event. A
// withdrawn story does not: a note replaces it, and another story becomes the item.
func EventItem(stories []*news.Story, topic string) *news.Story {
	for _, s := range stories {
		if _, in := s.Standing(topic); in && !s.IsWithdrawn() || s.IsHidden(topic) {
			return s
		}
	}
	return nil
}

// AsEventItem returns the decision d about a story in a topic with one item for each
// event: the story stays out if another one is the item.
func (d Decision) AsEventItem(s, item *news.Story) Decision {
	if d.In && item != nil && item != s {
		return out(OtherStory)
	}
	return d
}

// MayBeItem returns the stories of an event that are compared when it has no item in a
// topic: those that were its item before come first, then at most n others, the newest.
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

// ChooseEventItem decides which story of an event becomes its item in a topic that has
// none: the first that satisfies the rule and was not withdrawn. The event's outlets
// count together. at is its place; zero means the time of its first entry.
func ChooseEventItem(r Rule, candidates []Candidate, at time.Time) (*news.Story, Decision) {
	var all []*news.Story
	for i := range candidates {
		all = append(all, candidates[i].Story)
	}
	outlets := news.Voices(all...)
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

// SurplusItems returns the stories of an event that must leave a topic with one item
// for each event: all that are in it but the first. Notes of withdrawn stories stay.
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
