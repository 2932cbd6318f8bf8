package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// A topic with `fold: event` has one item for the stories of an event that surely tell one
// happening. A story that joined the event with less certainty begins an item of its own,
// so that no news is missing from the feed because of a wrong guess. Story.ItemOf says
// which stories share an item.

// chooseItem sets the ItemOf of a new story in the event of others.
func (w *recordWork) chooseItem(s *news.Story, v story.Verdict) error {
	if v.Level != news.LevelNew || v.Event == v.Story {
		return nil
	}
	s.ItemOf = s.ID
	if len(v.Near) == 0 {
		return nil
	}
	near, err := w.Survivor(v.Near[0])
	if err != nil || near == nil {
		return err
	}
	s.ItemOf, err = w.itemKey(near)
	return err
}

// keepItems lets the stories of an event that joins another one keep their item, unless a
// headline surely tells the same as stories of both.
func (w *recordWork) keepItems(ev *news.Event, joined string, near []string) error {
	other, err := w.Event(joined)
	if err != nil || other.ID == ev.ID {
		return err
	}
	all, err := w.eventStories(other)
	if err != nil {
		return err
	}
	isNear := func(s string) bool { return slices.Contains(near, s) }
	if slices.ContainsFunc(other.Stories, isNear) && slices.ContainsFunc(ev.Stories, isNear) {
		return nil
	}
	for _, s := range all {
		if s.ItemOf == "" {
			s.ItemOf = other.ID
			w.ChangeStory(s.ID)
		}
	}
	return nil
}

// itemKey returns what the stories of an event that share an item have in common.
func (w *recordWork) itemKey(s *news.Story) (string, error) {
	for range maxItemLinks {
		if s.ItemOf == "" || s.ItemOf == s.ID {
			return s.ItemOf, nil
		}
		next, err := w.Survivor(s.ItemOf)
		if err != nil {
			return "", err
		}
		if next == nil || next == s {
			return s.ItemOf, nil
		}
		s = next
	}
	return s.ID, nil
}

// maxItemLinks bounds how many links from story to story are followed. Only merges and
// splits make a chain of them.
const maxItemLinks = 100

// eventItems returns the stories of an event, the oldest first, in groups that share an
// item.
func (w *recordWork) eventItems(ev *news.Event) ([][]*news.Story, error) {
	all, err := w.eventStories(ev)
	if err != nil {
		return nil, err
	}
	var groups [][]*news.Story
	number := map[string]int{}
	for _, s := range all {
		key, err := w.itemKey(s)
		if err != nil {
			return nil, err
		}
		n, known := number[key]
		if !known {
			n = len(groups)
			number[key], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], s)
	}
	return groups, nil
}

// itemStories returns the stories that share an item with s, s included, the oldest first.
func (w *recordWork) itemStories(s *news.Story) ([]*news.Story, error) {
	ev, err := w.Event(s.Event)
	if err != nil {
		return nil, err
	}
	groups, err := w.eventItems(ev)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if slices.Contains(g, s) {
			return g, nil
		}
	}
	return []*news.Story{s}, nil
}

// placeEvent brings one of the stories that share an item with s into a topic with items
// of events. The item keeps the id with which it entered. If there is an item already, its
// edition is new: it lists the event's stories. at is the place of a new item; the zero
// time means that of its first entry.
func (w memberWork) placeEvent(rule membership.Rule, s *news.Story, at time.Time) error {
	all, err := w.itemStories(s)
	if err != nil {
		return err
	}
	if membership.EventItem(all, rule.Name) != nil {
		return w.renew(rule.Name, 0)
	}
	event, err := w.siblings(s.Event)
	if err != nil || membership.IsEventHidden(event, rule.Name) {
		return err
	}
	candidates, err := w.candidates(membership.MayBeItem(all, rule.Name, maxSiblings))
	if err != nil {
		return err
	}
	item, d := membership.ChooseEventItem(rule, candidates, news.Voices(event...), at)
	if !d.In {
		return nil
	}
	return w.enter(item, rule.Name, d.At)
}

func (w memberWork) candidates(stories []*news.Story) ([]membership.Candidate, error) {
	var all []membership.Candidate
	for _, s := range stories {
		takes, err := w.takes(s)
		if err != nil {
			return nil, err
		}
		all = append(all, membership.Candidate{Story: s, Takes: takes})
	}
	return all, nil
}

// replaceEventItem brings another story into the topics where a withdrawn one was the item
// of both. That story is no news: it gets the place that it would have had.
func (w memberWork) replaceEventItem(s *news.Story) error {
	all, err := w.itemStories(s)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(one *news.Story) bool { return !one.IsWithdrawn() })
	if i < 0 {
		return nil
	}
	for _, rule := range w.rules.topics {
		if _, in := s.Standing(rule.Name); !in || rule.Fold != news.FoldEvent {
			continue
		}
		if err := w.placeEvent(rule, all[i], time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// removeSurplusItems removes items of an event from topics with items of events, where two
// stories share an item and both are one: the oldest stays.
func (w memberWork) removeSurplusItems(ev *news.Event) error {
	groups, err := w.eventItems(ev)
	if err != nil {
		return err
	}
	for _, rule := range w.rules.topics {
		if rule.Fold != news.FoldEvent {
			continue
		}
		for _, all := range groups {
			for _, s := range membership.SurplusItems(all, rule.Name) {
				if err := w.remove(s, rule.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// placeParts gives the stories of events that changed an item in each topic with items of
// events. The item that was there stays the item of its story. at is the place of a new
// one, the zero time that of its first entry.
func (w memberWork) placeParts(at time.Time, parts ...*news.Event) error {
	for _, ev := range parts {
		groups, err := w.eventItems(ev)
		if err != nil {
			return err
		}
		for _, all := range groups {
			if err := w.placeItem(all, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// placeItem brings one of the stories that share an item into each topic with items of
// events.
func (w memberWork) placeItem(all []*news.Story, at time.Time) error {
	i := slices.IndexFunc(all, func(s *news.Story) bool { return !s.IsWithdrawn() })
	if i < 0 {
		return nil
	}
	for _, rule := range w.rules.topics {
		if rule.Fold != news.FoldEvent {
			continue
		}
		if err := w.placeEvent(rule, all[i], at); err != nil {
			return err
		}
	}
	return nil
}
