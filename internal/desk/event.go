package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/topic"
)

// maxSiblings is how many stories of an event are asked whether one of them stands
// for it in a topic; the newest are.
const maxSiblings = 100

// joinEvents notes that a story is one of an event, and that events became one: the
// older id survives.
func (e *edit) joinEvents(v story.Verdict) error {
	if v.Level != news.LevelNew && len(v.Joined) == 0 || v.Event == v.Story && len(v.Joined) == 0 {
		return nil
	}
	ev, err := e.event(v.Event)
	if err != nil {
		return err
	}
	ev.Stories = withStory(ev.Stories, v.Story)
	for _, id := range v.Joined {
		if err := e.takeIn(ev, id); err != nil {
			return err
		}
	}
	ev.Stories = ev.Stories[max(0, len(ev.Stories)-news.MaxEvent):]
	ev.Last = later(ev.Last, e.rec.At)
	if e.putEvent(ev); len(v.Joined) == 0 {
		return nil
	}
	return e.uniteItems(ev)
}

// uniteEvents makes one event of those of two stories.
func (e *edit) uniteEvents(into, taken *news.Story) error {
	a, err := e.event(into.Event)
	if err != nil {
		return err
	}
	b, err := e.event(taken.Event)
	if err != nil || a.ID == b.ID {
		return err
	}
	return e.joinEvents(story.Verdict{Story: into.ID, Level: news.LevelOrder, Event: a.ID, Joined: []string{b.ID}})
}

func withStory(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// kept is the events that were read and changed, as of stories.
type kept struct {
	events map[string]*news.Event
	dirty  map[string]bool
}

func (k *kept) keep(ev *news.Event) {
	if k.events == nil {
		k.events = map[string]*news.Event{}
	}
	k.events[ev.ID] = ev
}

// gathered returns the group's copy of an event, or of the one that took it in; nil
// when none is stored.
func (e *edit) gathered(id string) (*news.Event, error) {
	for {
		ev := e.kept.events[id]
		if ev == nil {
			var err error
			if ev, err = e.tx.Events.Get(id); ev == nil || err != nil {
				return nil, err
			}
			if newer := e.kept.events[ev.ID]; newer != nil {
				ev = newer
			}
			e.kept.keep(ev)
		}
		if ev.MergedInto == "" {
			return ev, nil
		}
		id = ev.MergedInto
	}
}

// putEvent says that the record changed an event: it is written at the end.
func (e *edit) putEvent(ev *news.Event) {
	e.kept.keep(ev)
	if e.kept.dirty == nil {
		e.kept.dirty = map[string]bool{}
	}
	e.kept.dirty[ev.ID] = true
}

func (e *edit) flushEvents() error {
	for _, id := range sortedKeys(e.kept.dirty) {
		if err := e.tx.Events.Put(e.kept.events[id]); err != nil {
			return err
		}
	}
	e.kept.dirty = nil
	return nil
}

// event is the stored event, or that of a story which was alone in it.
func (e *edit) event(id string) (*news.Event, error) {
	ev, err := e.gathered(id)
	if err == nil && ev == nil {
		ev = &news.Event{ID: id, Stories: []string{id}}
	}
	return ev, err
}

func (e *edit) takeIn(ev *news.Event, id string) error {
	other, err := e.event(id)
	if err != nil || other.ID == ev.ID {
		return err
	}
	for _, s := range other.Stories {
		ev.Stories = withStory(ev.Stories, s)
	}
	for _, key := range other.MatchedAlerts {
		if !slices.Contains(ev.MatchedAlerts, key) {
			ev.MatchedAlerts = append(ev.MatchedAlerts, key)
		}
	}
	if ev.Claim == nil {
		ev.Claim = other.Claim
	}
	for _, in := range []*news.Event{ev, other} {
		if err := e.hear(in, ""); err != nil {
			return err
		}
	}
	for _, v := range other.Voices {
		ev.Voices, _ = news.WithVoice(ev.Voices, v)
	}
	if ev.Breaking.Before(other.Breaking) {
		ev.Breaking, ev.Surge = other.Breaking, other.Surge
	}
	other.Stories, other.MergedInto = nil, ev.ID
	e.putEvent(other)
	return nil
}

// siblings are the stories of an event that stand for themselves, the oldest first.
func (e *edit) siblings(event string) ([]*news.Story, error) {
	ev, err := e.event(event)
	if err != nil {
		return nil, err
	}
	var out []*news.Story
	for _, id := range ev.Stories[max(0, len(ev.Stories)-maxSiblings):] {
		s, err := e.story(id)
		if err != nil {
			return nil, err
		}
		if s != nil && s.MergedInto == "" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *news.Story) int {
		if older(a, b) {
			return -1
		}
		return 1
	})
	return out, nil
}

// standsFor is the story that is an event's item in a topic, nil when there is none.
// One that an editor hid keeps its event out; of one that was withdrawn a note stands
// there, and the others are told by another item.
func standsFor(all []*news.Story, name string) *news.Story {
	for _, s := range all {
		if p, ok := s.Places[name]; ok && !p.Out && s.Killed.IsZero() || s.IsHidden(name) {
			return s
		}
	}
	return nil
}

// placeEvent lets one story of an event into a topic. The item keeps the id with
// which it entered; who joins later makes its edition another.
func (e *edit) placeEvent(s *news.Story, i int, at time.Time) error {
	t := &e.rules.Topics[i]
	all, err := e.siblings(s.Event)
	if err != nil {
		return err
	}
	if !slices.Contains(all, s) {
		all = append(all, s)
	}
	if standsFor(all, t.Name) != nil {
		return e.bump(t.Name, 0)
	}
	outlets := news.Voices(all...)
	for _, one := range all {
		ok, err := e.fits(one, e.rules.topics[i], t, outlets)
		if err != nil {
			return err
		}
		if ok && one.Killed.IsZero() {
			return e.stand(one, t.Name, at)
		}
	}
	return nil
}

// succeed lets another story of its event stand where a withdrawn one stood for all.
func (e *edit) succeed(s *news.Story) error {
	all, err := e.siblings(s.Event)
	if err != nil {
		return err
	}
	for i := range e.rules.Topics {
		t := &e.rules.Topics[i]
		if p, ok := s.Places[t.Name]; !ok || p.Out || t.Fold != news.FoldEvent {
			continue
		}
		for _, one := range all {
			if one.Killed.IsZero() {
				if err := e.placeEvent(one, i, later(one.First, e.rec.At)); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func (e *edit) fits(s *news.Story, rule *topic.Rule, t *news.Topic, outlets int) (bool, error) {
	docs, err := e.docs(s)
	return err == nil && satisfied(rule, t, docs, outlets), err
}

// uniteItems leaves one item of an event in each topic that folds events: the oldest.
func (e *edit) uniteItems(ev *news.Event) error {
	all, err := e.siblings(ev.ID)
	if err != nil {
		return err
	}
	for _, t := range e.rules.Topics {
		if t.Fold != news.FoldEvent {
			continue
		}
		first := standsFor(all, t.Name)
		for _, s := range all {
			if s == first || !s.Killed.IsZero() {
				continue
			}
			if p, ok := s.Places[t.Name]; ok && !p.Out {
				if err := e.leave(s, t.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
