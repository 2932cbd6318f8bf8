// Package ledger holds the rows that one transaction of the desk reads and changes.
//
// A Ledger reads each source, story, event and topic once, hands out one copy of it,
// and writes those that changed when Flush is called. A Cache holds decoded stories
// and events between transactions. The ledger decides nothing: what a record means is
// the desk's business. A Ledger is for one goroutine and must not be used after its
// transaction.
//
//	ledger.go  cache, sources, topics, rhythm, Flush
//	story.go   stories, events, and the entries prepared for matching
package ledger

import (
	"maps"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// maxCached bounds the stories, and the events, that a Cache holds between
// transactions.
const maxCached = 4096

// Cache holds decoded stories and events between transactions. The zero value is
// ready to use. It must be reset when a transaction fails, because its copies may hold
// changes that were not written.
type Cache struct {
	stories map[string]*news.Story
	events  map[string]*news.Event
}

// Reset empties the cache.
func (c *Cache) Reset() { *c = Cache{} }

// Trim empties what grew too large. It is called after a commit.
func (c *Cache) Trim() {
	if len(c.stories) > maxCached {
		c.stories = nil
	}
	if len(c.events) > maxCached {
		c.events = nil
	}
}

// Ledger is the rows that one transaction works on.
type Ledger struct {
	Tx *store.Tx

	cache   *Cache
	sources map[string]*news.SourceState
	topics  map[string]*news.TopicState
	docs    map[string]*topic.Doc // by entry id
	rhythm  *news.Rhythm          // nil until it is read

	changedStories, changedEvents, changedTopics map[string]bool
}

// New returns the ledger of a transaction.
func New(tx *store.Tx, cache *Cache) *Ledger {
	return &Ledger{
		Tx: tx, cache: cache,
		sources: map[string]*news.SourceState{}, topics: map[string]*news.TopicState{}, docs: map[string]*topic.Doc{},
		changedStories: map[string]bool{}, changedEvents: map[string]bool{}, changedTopics: map[string]bool{},
	}
}

// Flush writes the stories, events and topics that changed, and the rhythm if it was
// read.
func (l *Ledger) Flush() error {
	for _, id := range slices.Sorted(maps.Keys(l.changedStories)) {
		if err := l.Tx.Stories.Put(l.cache.stories[id]); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.changedEvents)) {
		if err := l.Tx.Events.Put(l.cache.events[id]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.changedTopics)) {
		if err := l.Tx.Topics.Put(l.topics[name]); err != nil {
			return err
		}
	}
	clear(l.changedStories)
	clear(l.changedEvents)
	clear(l.changedTopics)
	if l.rhythm == nil {
		return nil
	}
	return l.Tx.Events.PutRhythm(l.rhythm)
}

// Reload flushes, then drops all copies but those of events: the next read comes from
// the store. It is called around changes that bypass the ledger.
func (l *Ledger) Reload() error {
	if err := l.Flush(); err != nil {
		return err
	}
	l.cache.stories = nil
	clear(l.sources)
	clear(l.topics)
	clear(l.docs)
	return nil
}

// ReloadAll is Reload, and drops the copies of events too.
func (l *Ledger) ReloadAll() error {
	if err := l.Reload(); err != nil {
		return err
	}
	l.cache.Reset()
	l.rhythm = nil
	return nil
}

// Source returns the transaction's copy of a source; nil when there is none.
func (l *Ledger) Source(id string) (*news.SourceState, error) {
	if s := l.sources[id]; s != nil {
		return s, nil
	}
	s, err := l.Tx.Sources.Get(id)
	if err != nil || s == nil {
		return nil, err
	}
	l.sources[id] = s
	return s, nil
}

// PutSource writes a source at once and makes s the transaction's copy.
func (l *Ledger) PutSource(s *news.SourceState) error {
	l.sources[s.ID] = s
	return l.Tx.Sources.Put(s)
}

// Topic returns the transaction's copy of a topic's state; nil when there is none.
func (l *Ledger) Topic(name string) (*news.TopicState, error) {
	if t := l.topics[name]; t != nil {
		return t, nil
	}
	t, err := l.Tx.Topics.Get(name)
	if err != nil || t == nil {
		return nil, err
	}
	c := *t
	l.topics[name] = &c
	return &c, nil
}

// ChangeTopic has Flush write the copy of a topic that Topic returned before.
func (l *Ledger) ChangeTopic(name string) { l.changedTopics[name] = true }

// Rhythm returns how fast events usually grow. The caller may change it: Flush writes
// it.
func (l *Ledger) Rhythm() (*news.Rhythm, error) {
	if l.rhythm != nil {
		return l.rhythm, nil
	}
	r, err := l.Tx.Events.Rhythm()
	if err != nil {
		return nil, err
	}
	l.rhythm = r
	return r, nil
}
