package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeEvents(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(events.top())).CreateBucketIfNotExists([]byte(names[events]))
	return err
}

// Event returns the event with an id, or the one that took it in; nil when there
// is none: the event of a single story is not stored.
func (tx *Tx) Event(id string) (*news.Event, error) {
	for {
		e, err := row[news.Event](tx, events, []byte(id))
		if err != nil || e == nil || e.MergedInto == "" {
			return e, err
		}
		id = e.MergedInto
	}
}

// PutEvent stores an event. Into names an older event, so that no two name each
// other.
func (tx *Tx) PutEvent(e *news.Event) error { return tx.write(events, []byte(e.ID), e) }

// DropEvent forgets an event.
func (tx *Tx) DropEvent(id string) error { return tx.drop(events, []byte(id)) }
