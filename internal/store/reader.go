package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeReaders(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(readers.top())).CreateBucketIfNotExists([]byte(names[readers]))
	return err
}

// FeedReaders returns all of them, by feed.
func (tx *Tx) FeedReaders() ([]*news.FeedReader, error) { return rows[news.FeedReader](tx, readers) }

// PutFeedReader stores a reader under its Feed and Agent.
func (tx *Tx) PutFeedReader(r *news.FeedReader) error {
	return tx.write(readers, append(scope(r.Feed), r.Agent...), r)
}

// DeleteFeedReader forgets it.
func (tx *Tx) DeleteFeedReader(r *news.FeedReader) error {
	return tx.drop(readers, append(scope(r.Feed), r.Agent...))
}
