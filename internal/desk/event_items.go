package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
)

// placeEvent brings one story of s's event into a topic with one item for each event.
// The item keeps the id with which it entered. If there is an item already, its edition
// is new: it lists the event's stories. at is the place of a new item; the zero time means
// that of its first entry.
func (w memberWork) placeEvent(rule membership.Rule, s *news.Story, at time.Time) error {
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	if !slices.Contains(all, s) {
		all = append(all, s)
	}
	if membership.EventItem(all, rule.Name) != nil {
		return w.renew(rule.Name, 0)
	}
	candidates, err := w.candidates(membership.MayBeItem(all, rule.Name, maxSiblings))
	if err != nil {
		return err
	}
	item, d := membership.ChooseEventItem(rule, candidates, at)
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

// replaceEventItem brings another story of its event into the topics where a withdrawn
// one was the event's item. That story is no news: it gets the place that it would have
// had.
func (w memberWork) replaceEventItem(s *news.Story) error {
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	all, err := w.eventStories(ev)
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

// removeSurplusItems keeps one item of an event in each topic with one item for each
// event: the oldest.
func (w memberWork) removeSurplusItems(ev *news.Event) error {
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	for _, rule := range w.rules.topics {
		if rule.Fold != news.FoldEvent {
			continue
		}
		for _, s := range membership.SurplusItems(all, rule.Name) {
			if err := w.remove(s, rule.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// placeParts gives each part of an event that came apart an item in each topic with one
// item for each event. The item that was there stays the item of its story. at is the
// place of a new one, the zero time that of its first entry.
func (w memberWork) placeParts(at time.Time, parts ...*news.Event) error {
	for _, ev := range parts {
		all, err := w.eventStories(ev)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s *news.Story) bool { return !s.IsWithdrawn() })
		if i < 0 {
			continue
		}
		for _, rule := range w.rules.topics {
			if rule.Fold != news.FoldEvent {
				continue
			}
			if err := w.placeEvent(rule, all[i], at); err != nil {
				return err
			}
		}
	}
	return nil
}
