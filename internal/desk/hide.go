package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	keepGraves = 24 * time.Hour // a tombstone stands this long
	maxGraves  = 100            // in a topic; the oldest goes first
	maxPins    = 10             // in a topic
)

// hide takes a story out of the topics that are named, or down everywhere. It holds
// for topics that it does not stand in yet.
func (e *edit) hide(o *news.Order) error {
	s, names, err := e.aim(o)
	if err != nil {
		return err
	}
	hidden := maps.Clone(s.Hidden)
	if hidden == nil {
		hidden = map[string]uint64{}
	}
	for _, name := range names {
		if hidden[name] == 0 {
			hidden[name] = e.rec.Seq
		}
	}
	if len(hidden) == len(s.Hidden) {
		return refused("story %s is hidden already", s.ID)
	}
	s.Hidden = hidden
	for _, name := range names {
		if err := e.takeDown(s, name); err != nil {
			return err
		}
	}
	o.Args = append([]string{s.ID}, names...)
	return e.touch(s)
}

// aim reads STORY [TOPIC ...]; without a topic Everywhere is meant.
func (e *edit) aim(o *news.Order) (*news.Story, []string, error) {
	s, err := e.named(o.Args[0])
	if err != nil {
		return nil, nil, err
	}
	names := o.Args[1:]
	if len(names) == 0 {
		return s, []string{news.Everywhere}, nil
	}
	for _, name := range names {
		if name == news.Everywhere {
			continue
		}
		if _, err := e.ruled(name); err != nil {
			return nil, nil, err
		}
	}
	return s, names, nil
}

// takeDown takes a story and what stands for its single entries out of a topic, or
// of all. Each leaves a grave.
func (e *edit) takeDown(s *news.Story, name string) error {
	singles, err := e.singles(s)
	if err != nil {
		return err
	}
	for _, one := range append(singles, s) {
		if err := e.bury(one, name); err != nil {
			return err
		}
		if err := e.leave(one, name); err != nil {
			return err
		}
		if err := e.unpinAt(one, name); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a story out of a topic's feed, or of all. It keeps its place.
func (e *edit) leave(s *news.Story, name string) error {
	for _, at := range slices.Sorted(maps.Keys(s.Places)) {
		p := s.Places[at]
		if p.Out || name != news.Everywhere && name != at {
			continue
		}
		p.Out = true
		s.Places[at] = p
		if err := e.bump(at, -1); err != nil {
			return err
		}
	}
	return e.touch(s)
}

// bury marks where a story stood.
func (e *edit) bury(s *news.Story, name string) error {
	for _, at := range slices.Sorted(maps.Keys(s.Places)) {
		if s.Places[at].Out || name != news.Everywhere && name != at {
			continue
		}
		t, err := e.topicState(at)
		if err != nil || t == nil {
			return err
		}
		g := append(slices.Clone(t.Tombstones), news.Tombstone{Story: s.ID, URI: s.URI, At: e.rec.At})
		t.Tombstones = g[max(0, len(g)-maxGraves):]
		if err := e.bump(at, 0); err != nil {
			return err
		}
	}
	return nil
}

// dig takes a story's grave away: it stands in the topic again.
func (e *edit) dig(s *news.Story, name string) error {
	t, err := e.topicState(name)
	if err != nil || t == nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(t.Tombstones), func(g news.Tombstone) bool { return g.Story == s.ID })
	if len(left) == len(t.Tombstones) {
		return nil
	}
	t.Tombstones = left
	return e.bump(name, 0)
}

// unhide lets a story back to the places that it had, and to those that it would
// have got meanwhile. Without a topic it ends all hiding.
func (e *edit) unhide(o *news.Order) error {
	s, names, err := e.aim(o)
	if err != nil {
		return err
	}
	if len(o.Args) == 1 {
		names = slices.Sorted(maps.Keys(s.Hidden))
	} else if s.Hidden[news.Everywhere] != 0 && !slices.Contains(names, news.Everywhere) {
		return refused("story %s is hidden everywhere; unhide it without naming a topic", s.ID)
	}
	hidden := maps.Clone(s.Hidden)
	for _, name := range names {
		delete(hidden, name)
	}
	if len(hidden) == len(s.Hidden) {
		return refused("story %s is not hidden", s.ID)
	}
	s.Hidden = hidden
	if len(hidden) == 0 {
		s.Hidden = nil
	}
	o.Args = append([]string{s.ID}, names...)
	if err := e.reconsiderAll(s); err != nil {
		return err
	}
	return e.touch(s)
}

// pin puts a story on top of a topic, whatever the topic's rule says of it.
func (e *edit) pin(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	i, err := e.ruled(o.Args[1])
	if err != nil {
		return err
	}
	t := &e.rules.Topics[i]
	if err := e.mayPin(s, t); err != nil {
		return err
	}
	if !o.Until.IsZero() && !o.Until.After(e.rec.At) {
		return refused("the pin would end before it begins")
	}
	st, err := e.topicState(t.Name)
	if err != nil {
		return err
	}
	pins := slices.DeleteFunc(slices.Clone(st.Pins), func(p news.Pin) bool { return p.Story == s.ID })
	if len(pins) >= maxPins {
		return refused("topic %s has %d pinned stories; undo one first", t.Name, maxPins)
	}
	st.Pins = append([]news.Pin{{Story: s.ID, Order: e.rec.Seq, Until: o.Until}}, pins...)
	o.Args = []string{s.ID, t.Name}
	if err := e.stand(s, t.Name, later(s.First, e.rec.At)); err != nil {
		return err
	}
	if err := e.bump(t.Name, 0); err != nil {
		return err
	}
	return e.touch(s)
}

// mayPin keeps what was read with credentials out of public topics.
func (e *edit) mayPin(s *news.Story, t *news.Topic) error {
	switch {
	case s.IsHidden(t.Name):
		return refused("story %s is hidden; unhide it first", s.ID)
	case !s.Killed.IsZero():
		return refused("story %s was withdrawn by its outlets", s.ID)
	case t.Fold == news.FoldNone || t.Fold == news.FoldLink:
		return refused("topic %s has an item for each entry, not for a story", t.Name)
	}
	docs, err := e.docs(s)
	if err != nil {
		return err
	}
	if !t.Keyed && !slices.ContainsFunc(docs, func(d doc) bool { return !d.keyed }) {
		return refused("all outlets of story %s are read with credentials, and topic %s is public", s.ID, t.Name)
	}
	return nil
}

// stand gives a story its place in a topic, or its old one back.
func (e *edit) stand(s *news.Story, name string, at time.Time) error {
	p, had := s.Places[name]
	switch {
	case !had:
		return e.put(s, name, at)
	case !p.Out:
		return nil
	}
	if moved, err := e.replaced(s, name, at); moved || err != nil {
		return err
	}
	p.Out = false
	if p.Updated.IsZero() {
		p.Updated = e.tx.Topics.ClaimUpdated(name, p.At, s.ID, time.Time{})
	}
	s.Places[name] = p
	if err := e.dig(s, name); err != nil {
		return err
	}
	if err := e.bump(name, 1); err != nil {
		return err
	}
	return e.touch(s)
}

// unpin ends a pin. Whether the story stays is the rule's to say again.
func (e *edit) unpin(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	if !e.pinned(s, o.Args[1]) {
		return refused("story %s is not pinned in %s", s.ID, o.Args[1])
	}
	if err := e.unpinAt(s, o.Args[1]); err != nil {
		return err
	}
	if err := e.reconsiderAll(s); err != nil {
		return err
	}
	return e.touch(s)
}

// unpinAt removes a story's pin in a topic, or in all.
func (e *edit) unpinAt(s *news.Story, name string) error {
	for _, t := range e.rules.Topics {
		if name != news.Everywhere && name != t.Name || !e.pinned(s, t.Name) {
			continue
		}
		st, err := e.topicState(t.Name)
		if err != nil {
			return err
		}
		st.Pins = slices.DeleteFunc(slices.Clone(st.Pins), func(p news.Pin) bool { return p.Story == s.ID })
		if err := e.bump(t.Name, 0); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) pinned(s *news.Story, name string) bool {
	t, err := e.topicState(name)
	return err == nil && t != nil && slices.ContainsFunc(t.Pins, func(p news.Pin) bool { return p.Story == s.ID })
}

// expire takes graves away that stood for a day, and pins whose time is over.
func (e *edit) expire(horizon time.Time) error {
	for _, rule := range e.rules.Topics {
		t, err := e.topicState(rule.Name)
		if err != nil || t == nil {
			return err
		}
		n := len(t.Tombstones)
		t.Tombstones = slices.DeleteFunc(slices.Clone(t.Tombstones), func(g news.Tombstone) bool { return !g.At.After(horizon.Add(-keepGraves)) })
		if len(t.Tombstones) != n {
			if err := e.bump(t.Name, 0); err != nil {
				return err
			}
		}
		if err := e.endPins(t); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) endPins(t *news.TopicState) error {
	over := func(p news.Pin) bool { return !p.Until.IsZero() && !p.Until.After(e.rec.At) }
	was := t.Pins
	t.Pins = slices.DeleteFunc(slices.Clone(t.Pins), over)
	for _, p := range was {
		if !over(p) {
			continue
		}
		if err := e.bump(t.Name, 0); err != nil {
			return err
		}
		s, err := e.survivor(p.Story)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := e.reconsiderAll(s); err != nil {
			return err
		}
	}
	return nil
}
