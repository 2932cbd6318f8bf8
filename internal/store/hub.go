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

// All returns all of them, by feed.
func (t Subscriptions) All() ([]*news.Subscription, error) {
	return allRows[news.Subscription](t.rows, subscriptions)
}

// Put stores a subscription under its Feed and Callback.
func (t Subscriptions) Put(s *news.Subscription) error {
	return t.write(subscriptions, subscriptionKey(s.Feed, s.Callback), s)
}

// Delete forgets it.
func (t Subscriptions) Delete(feed, callback string) error {
	return t.drop(subscriptions, subscriptionKey(feed, callback))
}

// Get returns what was asked of a source's hub, nil when nothing was.
func (t Pushes) Get(source string) (*news.Push, error) {
	return row[news.Push](t.rows, pushes, []byte(source))
}

// All returns all of them, by source id.
func (t Pushes) All() ([]*news.Push, error) { return allRows[news.Push](t.rows, pushes) }

// Put stores what was asked of a source's hub.
func (t Pushes) Put(p *news.Push) error { return t.write(pushes, []byte(p.Source), p) }

// Delete forgets it.
func (t Pushes) Delete(source string) error { return t.drop(pushes, []byte(source)) }
