package ledger

import (
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// maxMerges bounds how many merges Survivor follows.
const maxMerges = 100

// Story returns the transaction's copy of a story; nil when there is none.
func (l *Ledger) Story(id string) (*news.Story, error) {
	if s := l.cache.stories[id]; s != nil {
		return s, nil
	}
	s, err := l.Tx.Stories.Get(id)
	if err != nil || s == nil {
		return nil, err
	}
	l.AddStory(s)
	return s, nil
}

// AddStory makes s the transaction's copy. It is written only if ChangeStory is called
// too.
func (l *Ledger) AddStory(s *news.Story) {
	if l.cache.stories == nil {
		l.cache.stories = map[string]*news.Story{}
	}
	l.cache.stories[s.ID] = s
}

// ChangeStory has Flush write the copy of a story.
func (l *Ledger) ChangeStory(id string) { l.changedStories[id] = true }

// CopyOf returns the transaction's copy of a story that the caller has read from Tx. It is s
// itself if there was none.
func (l *Ledger) CopyOf(s *news.Story) *news.Story {
	if known := l.cache.stories[s.ID]; known != nil {
		return known
	}
	l.AddStory(s)
	return s
}

// Release flushes, then drops the copies of all stories and events, and all prepared entries.
// A walk over all stories calls it now and then to bound memory: each story brings in others.
func (l *Ledger) Release() error {
	if err := l.Flush(); err != nil {
		return err
	}
	l.cache.Reset()
	clear(l.docs)
	return nil
}

// Survivor returns the story, or the one that it was merged into; nil when there is
// none.
func (l *Ledger) Survivor(id string) (*news.Story, error) {
	for range maxMerges {
		s, err := l.Story(id)
		if err != nil || s == nil || s.MergedInto == "" {
			return s, err
		}
		id = s.MergedInto
	}
	return nil, nil
}

// StoredEvent returns the transaction's copy of an event, or of the one that it was
// merged into; nil when none is stored, because the event has one story.
func (l *Ledger) StoredEvent(id string) (*news.Event, error) {
	for {
		ev, err := l.EventRow(id)
		if err != nil || ev == nil {
			return nil, err
		}
		if ev.MergedInto == "" {
			l.addEvent(ev)
			return ev, nil
		}
		id = ev.MergedInto
	}
}

// EventRow returns the transaction's copy of what is stored under an event's id, without
// following merges; nil when nothing is.
func (l *Ledger) EventRow(id string) (*news.Event, error) {
	if ev := l.cache.events[id]; ev != nil {
		return ev, nil
	}
	return l.Tx.Events.Row(id)
}

// Event returns the stored event, or a new one that has only the story with that id.
func (l *Ledger) Event(id string) (*news.Event, error) {
	ev, err := l.StoredEvent(id)
	if err == nil && ev == nil {
		ev = &news.Event{ID: id, Stories: []string{id}}
	}
	return ev, err
}

// ChangeEvent makes ev the transaction's copy and has Flush write it.
func (l *Ledger) ChangeEvent(ev *news.Event) {
	l.addEvent(ev)
	l.changedEvents[ev.ID] = true
}

func (l *Ledger) addEvent(ev *news.Event) {
	if l.cache.events == nil {
		l.cache.events = map[string]*news.Event{}
	}
	l.cache.events[ev.ID] = ev
}

// Doc prepares an entry of a source for matching, and caches it by the entry's id.
func (l *Ledger) Doc(en *news.Entry, src *news.SourceState) *topic.Doc {
	shown := src.Source
	shown.Title = src.Label()
	d := topic.NewDoc(en, &shown)
	if en.ID != "" {
		l.docs[en.ID] = d
	}
	return d
}

// DropDoc removes an entry that is about to change from the cache of Doc and TakeDoc.
func (l *Ledger) DropDoc(entry string) { delete(l.docs, entry) }

// TakeDoc returns a take's entry prepared for matching. If the entry is no longer
// stored, only headline, link and language can match.
func (l *Ledger) TakeDoc(t *news.Take, src *news.SourceState) (*topic.Doc, error) {
	if d := l.docs[t.Entry]; d != nil {
		return d, nil
	}
	en, err := l.Tx.Entries.Get(t.Entry)
	if err != nil {
		return nil, err
	}
	if en == nil {
		en = t.EntryWithoutText()
	}
	return l.Doc(en, src), nil
}
