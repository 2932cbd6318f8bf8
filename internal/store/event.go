package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeEvents(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(events.top())).CreateBucketIfNotExists([]byte(names[events]))
	return err
}

// Get returns the event with an id, or the one that took it in; nil when there
// is none: the event of a single story is not stored.
func (t Events) Get(id string) (*news.Event, error) {
	for {
		e, err := row[news.Event](t.rows, events, []byte(id))
		if err != nil || e == nil || e.MergedInto == "" {
			return e, err
		}
		id = e.MergedInto
	}
}

// Put stores an event. Into names an older event, so that no two name each
// other.
func (t Events) Put(e *news.Event) error { return t.write(events, []byte(e.ID), e) }

// Delete forgets an event.
func (t Events) Delete(id string) error { return t.drop(events, []byte(id)) }
