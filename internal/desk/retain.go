package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// standing tells which stories the topics' feeds show. Retention leaves them alone.
type standing struct {
	*edit
	low map[string]time.Time // by topic: the place of the lowest story that its feed shows
}

// room is how many stories the feeds can show: so many more rows are taken, that what
// stays may not stand in the way of what goes.
func (s *standing) room() int {
	n := sweepAtOnce
	for i := range s.rules.Topics {
		n += s.rules.Topics[i].Stories + maxPins
	}
	return n
}

// shows tells whether a feed has the story, as an item or in that of its event.
func (s *standing) shows(st *news.Story) (bool, error) {
	for i := range s.rules.Topics {
		t := &s.rules.Topics[i]
		if ok, err := s.has(t, st); ok || err != nil {
			return ok, err
		}
		if t.Fold != news.FoldEvent {
			continue
		}
		if ok, err := s.hasEvent(t, st); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (s *standing) has(t *news.Topic, st *news.Story) (bool, error) {
	p, ok := st.Places[t.Name]
	if !ok || p.Out {
		return false, nil
	}
	if s.pinned(st, t.Name) {
		return true, nil
	}
	low, err := s.lowest(t)
	return !p.At.Before(low), err
}

func (s *standing) hasEvent(t *news.Topic, st *news.Story) (bool, error) {
	ev, err := s.gathered(st.Event)
	if err != nil || ev == nil {
		return false, err
	}
	for _, id := range ev.Stories {
		other, err := s.tx.Stories.Get(id)
		if err != nil {
			return false, err
		}
		if other == nil {
			continue
		}
		if ok, err := s.has(t, other); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (s *standing) lowest(t *news.Topic) (time.Time, error) {
	if low, ok := s.low[t.Name]; ok {
		return low, nil
	}
	st, err := s.topicState(t.Name)
	if err != nil || st == nil {
		return time.Time{}, err
	}
	top, err := s.tx.Stories.InTopic(t.Name, t.Stories, news.Place{})
	if err != nil {
		return time.Time{}, err
	}
	low := st.WindowStart
	if len(top) == t.Stories && len(top) > 0 {
		low = later(low, top[len(top)-1].Places[t.Name].At)
	}
	s.low[t.Name] = low
	return low, nil
}

// fade takes the text of entries that their source no longer lists, and the keys of
// those that it has not listed for long. What a feed still shows keeps its text.
func (e *edit) fade(horizon time.Time) error {
	s := &standing{e, map[string]time.Time{}}
	texts, err := e.tx.Entries.UnlistedWithText(horizon.Add(-e.rules.Keep), s.room())
	if err != nil {
		return err
	}
	for _, en := range texts {
		shown, err := s.tells(en)
		if err != nil {
			return err
		}
		if shown {
			continue
		}
		if err := e.tx.Entries.DeleteText(en); err != nil {
			return err
		}
		e.retell(en.Story)
	}
	keys, err := e.tx.Entries.UnlistedWithoutText(horizon.Add(-keepKeys), sweepAtOnce)
	if err != nil {
		return err
	}
	for _, en := range keys {
		if err := e.tx.Entries.Delete(en); err != nil {
			return err
		}
		e.retell(en.Story)
	}
	return nil
}

// tells says whether a feed shows the entry's text: that of a lead, or of whoever
// stands for a lead that is read with credentials.
func (s *standing) tells(en *news.Entry) (bool, error) {
	st, err := s.tx.Stories.Get(en.Story)
	if err != nil || st == nil {
		return false, err
	}
	src, err := s.tx.Sources.Get(st.Source)
	if err != nil || st.Lead != en.ID && (src == nil || !src.Keyed) {
		return false, err
	}
	return s.shows(st)
}

// oldStories forgets stories past `archive`, but never what a feed still shows, nor
// what the fold may still put an entry into: its id would be published again as new.
func (e *edit) oldStories(horizon time.Time) error {
	if e.rules.Archive == 0 {
		return nil
	}
	s := &standing{e, map[string]time.Time{}}
	old, err := e.tx.Stories.OlderThan(horizon.Add(-max(e.rules.Archive, story.Horizon)), s.room())
	if err != nil {
		return err
	}
	for _, st := range old {
		shown, err := s.shows(st)
		if err != nil {
			return err
		}
		if shown {
			continue
		}
		if err := e.forget(st); err != nil {
			return err
		}
	}
	return nil
}
