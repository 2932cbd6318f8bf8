package desk

import (
	"maps"
	"slices"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
)

// hide removes a story from the topics that are named, or everywhere. It stays out of
// named topics that it is not in yet, too.
func (w orderWork) hide(o *news.Order) error {
	s, names, err := w.storyAndTopics(o)
	if err != nil {
		return err
	}
	hidden := maps.Clone(s.Hidden)
	if hidden == nil {
		hidden = map[string]uint64{}
	}
	for _, name := range names {
		if hidden[name] == 0 {
			hidden[name] = w.record.Seq
		}
	}
	if len(hidden) == len(s.Hidden) {
		return refused("story %s is hidden already", s.ID)
	}
	s.Hidden = hidden
	for _, name := range names {
		if err := w.removeWithTombstone(s, name); err != nil {
			return err
		}
	}
	o.Args = append([]string{s.ID}, names...)
	return w.touch(s)
}

// storyAndTopics reads the arguments STORY [TOPIC ...]. Without a topic it returns
// news.Everywhere.
func (w orderWork) storyAndTopics(o *news.Order) (*news.Story, []string, error) {
	s, err := w.storyNamed(o.Args[0])
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
		if _, err := w.topicNamed(name); err != nil {
			return nil, nil, err
		}
	}
	return s, names, nil
}

// unhide lets a story come back to the places that it had, and to those that it would
// have by now. Without a topic it ends all hiding.
func (w orderWork) unhide(o *news.Order) error {
	s, names, err := w.storyAndTopics(o)
	if err != nil {
		return err
	}
	if len(o.Args) == 1 {
		names = slices.Sorted(maps.Keys(s.Hidden))
	} else if s.IsTakenDown() && !slices.Contains(names, news.Everywhere) {
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
	if err := w.reviewAll(s); err != nil {
		return err
	}
	return w.touch(s)
}

// pin puts a story on top of a topic, whatever the topic's rule says about it.
func (w orderWork) pin(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	rule, err := w.topicNamed(o.Args[1])
	if err != nil {
		return err
	}
	if err := w.mayPin(s, rule); err != nil {
		return err
	}
	if !o.Until.IsZero() && !o.Until.After(w.record.At) {
		return refused("the pin would end before it begins")
	}
	t, err := w.Topic(rule.Name)
	if err != nil {
		return err
	}
	if len(membership.RemovePin(t.Pins, s.ID)) >= membership.MaxPins {
		return refused("topic %s has %d pinned stories; undo one first", rule.Name, membership.MaxPins)
	}
	o.Args = []string{s.ID, rule.Name}
	if err := w.addPin(s, t, o.Until); err != nil {
		return err
	}
	return w.touch(s)
}

func (w orderWork) mayPin(s *news.Story, t *news.Topic) error {
	takes, err := w.takes(s)
	if err != nil {
		return err
	}
	d := membership.MayPin(t, s, takes)
	switch d.Reason {
	case membership.Hidden:
		return refused("story %s is hidden; unhide it first", s.ID)
	case membership.Withdrawn:
		return refused("story %s was withdrawn by its outlets", s.ID)
	case membership.Held:
		return refused("story %s is held; release it first", s.ID)
	case membership.PerEntry:
		return refused("topic %s has an item for each entry, not for a story", t.Name)
	case membership.KeyedOnly:
		return refused("all outlets of story %s are read with credentials, and topic %s is public", s.ID, t.Name)
	}
	return nil
}

// unpin ends a pin. Whether the story stays in the topic is up to the topic's rule.
func (w orderWork) unpin(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	pinned, err := w.isPinned(s, o.Args[1])
	if err != nil {
		return err
	}
	if !pinned {
		return refused("story %s is not pinned in %s", s.ID, o.Args[1])
	}
	if err := w.removePin(s, o.Args[1]); err != nil {
		return err
	}
	if err := w.reviewAll(s); err != nil {
		return err
	}
	return w.touch(s)
}
