package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
)

// memberWork applies what package membership decides: it moves stories into topics and
// out of them, with their places and tombstones.
type memberWork struct{ *recordWork }

// placeAfterNews brings a story that news changed into the topics whose rules it
// satisfies. at is when it came to be what it is.
func (w memberWork) placeAfterNews(s *news.Story, at time.Time) error {
	if err := w.reviewEarly(s); err != nil {
		return err
	}
	var takes []membership.Take
	for _, rule := range w.rules.topics {
		if membership.Barred(rule.Topic, s) != "" {
			continue
		}
		if takes == nil {
			var err error
			if takes, err = w.takes(s); err != nil {
				return err
			}
		}
		if err := w.placeIn(rule, s, takes, at); err != nil {
			return err
		}
	}
	return nil
}

func (w memberWork) placeIn(rule membership.Rule, s *news.Story, takes []membership.Take, at time.Time) error {
	switch {
	case membership.HasEntryItems(rule.Fold):
		return w.placeEntryItems(rule, s, takes, at)
	case rule.Fold == news.FoldEvent:
		return w.placeEvent(rule, s, at)
	}
	d := membership.AfterNews(rule, s, takes, at)
	if !d.In {
		return nil
	}
	return w.enter(s, rule.Name, d.At)
}

// reviewAll decides about a story in every topic after an order changed it.
func (w memberWork) reviewAll(s *news.Story) error {
	var ordered time.Time
	if w.record.Order != nil {
		ordered = w.record.At
	}
	return w.reviewSince(s, ordered)
}

// reviewSince decides about a story in every topic after it changed at a time: a new
// place is no earlier.
func (w memberWork) reviewSince(s *news.Story, at time.Time) error {
	if s.MergedInto != "" {
		return nil
	}
	if err := w.reviewEarly(s); err != nil {
		return err
	}
	takes, err := w.takes(s)
	if err != nil {
		return err
	}
	for _, rule := range w.rules.topics {
		if err := w.reviewEntryItems(rule, s, takes); err != nil {
			return err
		}
		if err := w.review(rule, s, takes, at); err != nil {
			return err
		}
	}
	return nil
}

// review decides about a story in one topic after an order or a changed rule. A new
// place is no earlier than at.
func (w memberWork) review(rule membership.Rule, s *news.Story, takes []membership.Take, at time.Time) error {
	pinned, err := w.isPinned(s, rule.Name)
	if err != nil {
		return err
	}
	d := membership.Review(rule, s, takes, pinned, at)
	if d.In && rule.Fold == news.FoldEvent {
		all, err := w.itemStories(s)
		if err != nil {
			return err
		}
		d = d.AsEventItem(s, membership.EventItem(all, rule.Name))
	}
	return w.apply(s, rule.Name, d)
}

// apply brings a story into a topic or removes it, as decided.
func (w memberWork) apply(s *news.Story, topic string, d membership.Decision) error {
	_, is := s.Standing(topic)
	switch {
	case d.In && !is:
		return w.enter(s, topic, d.At)
	case !d.In && is:
		return w.remove(s, topic)
	}
	return nil
}

// enter brings a story into a topic: to the place that it had, else to a new one at a
// time.
func (w memberWork) enter(s *news.Story, topic string, at time.Time) error {
	p, had := s.Places[topic]
	switch {
	case !had:
		return w.addPlace(s, topic, at)
	case !p.Out:
		return nil
	}
	unreachable, err := w.isUnderSeal(s, topic)
	if err != nil {
		return err
	}
	if unreachable {
		return w.addPlace(s, topic, at)
	}
	return w.restorePlace(s, topic, p)
}

// addPlace gives a story a new place in a topic, above the topic's archive seal.
func (w memberWork) addPlace(s *news.Story, topic string, at time.Time) error {
	t, err := w.Topic(topic)
	if err != nil || t == nil {
		return err
	}
	at, updated, err := w.adoptedPlace(s, topic, at)
	if err != nil {
		return err
	}
	at = membership.AboveSeal(at, t.SealedUntil)
	updated = w.Tx.Topics.ClaimUpdated(topic, news.Later(at, updated), s.ID, s.Places[topic].Updated)
	w.setPlace(s, topic, news.Place{At: at, Seq: w.record.Seq, Updated: updated, Lead: w.freeLead(t, s)})
	if err := w.renew(topic, 1); err != nil {
		return err
	}
	return w.touch(s)
}

// freeLead returns the entry that leads a story in a topic that prefers free copies, if
// the story's own lead is behind a paywall: the best that is free. It is empty if the
// story's lead leads.
func (w memberWork) freeLead(t *news.TopicState, s *news.Story) string {
	if !t.PreferFree || !w.rules.isPaywalled(s.Source) {
		return ""
	}
	var best *news.Take
	for i := range s.Takes {
		one := &s.Takes[i]
		if one.IsWithdrawn() || one.IsHeld(t.Name) || s.IsSuperseded(one) || one.Link == "" || w.rules.isPaywalled(one.Source) || !t.Keyed && w.rules.isKeyed(one.Source) {
			continue
		}
		if best == nil || w.rules.rank(one.Source) > w.rules.rank(best.Source) {
			best = one
		}
	}
	if best == nil {
		return ""
	}
	return best.Entry
}

// preferFree lets the best free copy lead a published story in the topics that prefer one,
// while the outlets of its first round are read.
func (w memberWork) preferFree(s *news.Story) error {
	if !s.Published || s.Begun.IsZero() || w.record.At.Sub(s.Begun) > leadRound {
		return nil
	}
	for _, topic := range standing(s, news.Everywhere) {
		t, err := w.Topic(topic)
		if err != nil || t == nil {
			return err
		}
		p := s.Places[topic]
		lead := w.freeLead(t, s)
		if lead == p.Lead {
			continue
		}
		p.Lead = lead
		s.Places[topic] = p
		w.moveUpdated(s, topic)
	}
	return nil
}

func (w memberWork) setPlace(s *news.Story, topic string, p news.Place) {
	if s.Places == nil {
		s.Places = map[string]news.Place{}
	}
	s.Places[topic] = p
	s.Published = true
}

// restorePlace brings a story back to a place that it had.
func (w memberWork) restorePlace(s *news.Story, topic string, p news.Place) error {
	p.Out = false
	if p.Updated.IsZero() {
		p.Updated = w.Tx.Topics.ClaimUpdated(topic, p.At, s.ID, time.Time{})
	}
	s.Places[topic] = p
	noted, err := w.removeTombstone(s, topic)
	if err != nil {
		return err
	}
	if noted { // feed readers have the note
		w.moveUpdated(s, topic)
	}
	if err := w.renew(topic, 1); err != nil {
		return err
	}
	return w.touch(s)
}

// moveUpdated moves the updated time of a story in a topic to this record. A story whose
// entries have items of their own there has no such time.
func (w memberWork) moveUpdated(s *news.Story, topic string) {
	p := s.Places[topic]
	if p.Updated.IsZero() {
		return
	}
	p.Updated = w.Tx.Topics.ClaimUpdated(topic, news.Later(p.Updated.Add(time.Millisecond), w.record.At), s.ID, p.Updated)
	s.Places[topic] = p
}

// isUnderSeal tells whether a story's place in a topic is in the sealed part of its
// archive, while no page lists the story: nobody would find it there.
func (w memberWork) isUnderSeal(s *news.Story, topic string) (bool, error) {
	t, err := w.Topic(topic)
	if err != nil || t == nil || s.Places[topic].At.After(t.SealedUntil) {
		return false, err
	}
	listed, err := w.isArchived(t, s)
	return !listed && err == nil, err
}

// standing returns the topics that a story is in now, of those that name means: one
// topic, or news.Everywhere.
func standing(s *news.Story, name string) []string {
	var in []string
	for _, topic := range slices.Sorted(maps.Keys(s.Places)) {
		if _, is := s.Standing(topic); is && (name == news.Everywhere || name == topic) {
			in = append(in, topic)
		}
	}
	return in
}

// remove takes a story out of a topic's feed, or of all with news.Everywhere. The story
// keeps its place.
func (w memberWork) remove(s *news.Story, name string) error {
	for _, topic := range standing(s, name) {
		p := s.Places[topic]
		p.Out = true
		s.Places[topic] = p
		if err := w.renew(topic, -1); err != nil {
			return err
		}
	}
	return w.touch(s)
}

// removeWithTombstone removes a story and the items of its entries from a topic, or
// from all, with their pins. Each gets a tombstone.
func (w memberWork) removeWithTombstone(s *news.Story, name string) error {
	items, err := w.entryItems(s)
	if err != nil {
		return err
	}
	for _, one := range append(items, s) {
		for _, topic := range standing(one, name) {
			w.moveUpdated(one, topic)
		}
		if err := w.addTombstone(one, name); err != nil {
			return err
		}
		if err := w.remove(one, name); err != nil {
			return err
		}
		if err := w.removePin(one, name); err != nil {
			return err
		}
	}
	return nil
}

// addTombstone puts a tombstone into each topic that a story is in, of those that name
// means.
func (w memberWork) addTombstone(s *news.Story, name string) error {
	for _, topic := range standing(s, name) {
		t, err := w.Topic(topic)
		if err != nil || t == nil {
			return err
		}
		t.Tombstones = membership.AddTombstone(t.Tombstones, s, w.record.At)
		if err := w.renew(topic, 0); err != nil {
			return err
		}
	}
	return nil
}

// removeTombstone removes a story's tombstone from a topic, and tells whether there was
// one.
func (w memberWork) removeTombstone(s *news.Story, topic string) (had bool, err error) {
	t, err := w.Topic(topic)
	if err != nil || t == nil {
		return false, err
	}
	left := membership.RemoveTombstone(t.Tombstones, s.ID)
	if len(left) == len(t.Tombstones) {
		return false, nil
	}
	t.Tombstones = left
	return true, w.renew(topic, 0)
}

// expireTombstones removes the tombstones that a topic showed long enough.
func (w memberWork) expireTombstones(t *news.TopicState, at time.Time) error {
	had := len(t.Tombstones)
	if t.Tombstones = membership.ExpireTombstones(t.Tombstones, at); len(t.Tombstones) == had {
		return nil
	}
	return w.renew(t.Name, 0)
}

func (w memberWork) isPinned(s *news.Story, topic string) (bool, error) {
	t, err := w.Topic(topic)
	return err == nil && t != nil && membership.IsPinned(t.Pins, s.ID), err
}

// addPin pins a story above a topic's other pins and brings it into the topic.
func (w memberWork) addPin(s *news.Story, t *news.TopicState, until time.Time) error {
	pin := news.Pin{Story: s.ID, Order: w.record.Seq, Until: until}
	t.Pins = append([]news.Pin{pin}, membership.RemovePin(t.Pins, s.ID)...)
	if err := w.enter(s, t.Name, news.Later(s.First, w.record.At)); err != nil {
		return err
	}
	return w.renew(t.Name, 0)
}

// removePin removes a story's pin in a topic, or in all with news.Everywhere. The story
// stays in the topic.
func (w memberWork) removePin(s *news.Story, name string) error {
	for i := range w.rules.Topics {
		topic := w.rules.Topics[i].Name
		if name != news.Everywhere && name != topic {
			continue
		}
		t, err := w.Topic(topic)
		if err != nil {
			return err
		}
		if t == nil || !membership.IsPinned(t.Pins, s.ID) {
			continue
		}
		t.Pins = membership.RemovePin(t.Pins, s.ID)
		if err := w.renew(topic, 0); err != nil {
			return err
		}
	}
	return nil
}

// expirePins removes a topic's pins that have ended. Whether their stories stay is up
// to the topic's rule.
func (w memberWork) expirePins(t *news.TopicState) error {
	var ended []news.Pin
	t.Pins, ended = membership.ExpirePins(t.Pins, w.record.At)
	for _, p := range ended {
		if err := w.renew(t.Name, 0); err != nil {
			return err
		}
		s, err := w.Survivor(p.Story)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := w.reviewAll(s); err != nil {
			return err
		}
	}
	return nil
}
