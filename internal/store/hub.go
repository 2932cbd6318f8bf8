package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeHub(b *bolt.Tx) error {
	for _, in := range []bucket{subscriptions, pushes} {
		if _, err := b.Bucket([]byte(in.top())).CreateBucketIfNotExists([]byte(names[in])); err != nil {
			return err
		}
	}
	return nil
}

func subscriptionKey(feed, callback string) []byte { return append(scope(feed), callback...) }

// Subscriptions returns all of them, by feed.
func (tx *Tx) Subscriptions() ([]*news.Subscription, error) {
	return rows[news.Subscription](tx, subscriptions)
}

// PutSubscription stores a subscription under its Feed and Callback.
func (tx *Tx) PutSubscription(s *news.Subscription) error {
	return tx.write(subscriptions, subscriptionKey(s.Feed, s.Callback), s)
}

// DropSubscription forgets it.
func (tx *Tx) DropSubscription(feed, callback string) error {
	return tx.drop(subscriptions, subscriptionKey(feed, callback))
}

// Push returns what was asked of a source's hub, nil when nothing was.
func (tx *Tx) Push(source string) (*news.Push, error) {
	return row[news.Push](tx, pushes, []byte(source))
}

// Pushes returns all of them, by source id.
func (tx *Tx) Pushes() ([]*news.Push, error) { return rows[news.Push](tx, pushes) }

// PutPush stores what was asked of a source's hub.
func (tx *Tx) PutPush(p *news.Push) error { return tx.write(pushes, []byte(p.Source), p) }

// DropPush forgets it.
func (tx *Tx) DropPush(source string) error { return tx.drop(pushes, []byte(source)) }
