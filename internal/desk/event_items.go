package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// A topic with `fold: event` has one item for the stories of an event that surely tell one
// happening: each is near another one, and like the one that the item began with. A story
// that joined the event with less certainty begins an item of its own, so that no news is
// missing from the feed because of a wrong guess. Story.ItemOf says which stories share an
// item.

// chooseItem sets the ItemOf of a new story in the event of others.
func (w *recordWork) chooseItem(s *news.Story, v story.Verdict) error {
	if v.Level != news.LevelNew || v.Event == v.Story {
		return nil
	}
	s.ItemOf = s.ID
	ev, err := w.Event(v.Event)
	if err != nil {
		return err
	}
	item, err := w.nearItem(ev, v.Near)
	if err != nil || item == nil {
		return err
	}
	s.ItemOf, err = w.itemKey(item)
	return err
}

// nearItem returns one of the stories of an event that share an item which the headline
// that was judged last surely belongs to; nil if there is none. near are the stories that
// it is near, the most similar first.
func (w *recordWork) nearItem(ev *news.Event, near []string) (*news.Story, error) {
	if len(near) == 0 {
		return nil, nil
	}
	groups, err := w.eventItems(ev)
	if err != nil {
		return nil, err
	}
	for _, id := range near {
		s, err := w.Survivor(id)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(groups, func(all []*news.Story) bool { return slices.Contains(all, s) })
		if i < 0 {
			continue
		}
		if first := firstOpen(groups[i]); first == nil || first == s || w.fold.IsLike(first.ID) {
			return s, nil
		}
	}
	return nil, nil
}

// firstOpen returns the first story that was not withdrawn.
func firstOpen(all []*news.Story) *news.Story {
	i := slices.IndexFunc(all, func(s *news.Story) bool { return !s.IsWithdrawn() })
	if i < 0 {
		return nil
	}
	return all[i]
}

// keepItems lets the stories of an event that joins another one keep their item, unless a
// headline surely belongs to the items that both events began with.
func (w *recordWork) keepItems(ev *news.Event, joined string, near []string) error {
	other, err := w.Event(joined)
	if err != nil || other.ID == ev.ID {
		return err
	}
	share, err := w.isNearFirstItems(near, ev, other)
	if err != nil || share {
		return err
	}
	all, err := w.eventStories(other)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ItemOf == "" {
			s.ItemOf = other.ID
			w.ChangeStory(s.ID)
		}
	}
	return nil
}

// isNearFirstItems tells whether a headline that is near stories surely belongs to the item
// that each of the events began with.
func (w *recordWork) isNearFirstItems(near []string, events ...*news.Event) (bool, error) {
	for _, ev := range events {
		s, err := w.nearItem(ev, near)
		if err != nil || s == nil {
			return false, err
		}
		key, err := w.itemKey(s)
		if err != nil || key != "" {
			return false, err
		}
	}
	return true, nil
}

// divideItems divides the items of an event from which stories move to another one. Stories
// on one side share an item as before. Those whose item began with a story on the other
// side share the item of their event.
func (w *recordWork) divideItems(ev *news.Event, moved map[string]bool) error {
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	known, keys := map[string]bool{}, map[string]string{}
	for _, s := range all {
		known[s.ID] = true
		if keys[s.ID], err = w.itemKey(s); err != nil {
			return err
		}
	}
	for _, s := range all {
		key := keys[s.ID]
		if known[key] && moved[key] != moved[s.ID] {
			key = ""
		}
		if s.ItemOf != key {
			s.ItemOf = key
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
	next := firstOpen(all)
	if next == nil {
		return nil
	}
	for _, rule := range w.rules.topics {
		if _, in := s.Standing(rule.Name); !in || rule.Fold != news.FoldEvent {
			continue
		}
		if err := w.placeEvent(rule, next, time.Time{}); err != nil {
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
	first := firstOpen(all)
	if first == nil {
		return nil
	}
	for _, rule := range w.rules.topics {
		if rule.Fold != news.FoldEvent {
			continue
		}
		if err := w.placeEvent(rule, first, at); err != nil {
			return err
		}
	}
	return nil
}
