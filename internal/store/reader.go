package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeReaders(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(readers.top())).CreateBucketIfNotExists([]byte(names[readers]))
	return err
}

// All returns all of them, by feed.
func (t FeedReaders) All() ([]*news.FeedReader, error) {
	return allRows[news.FeedReader](t.rows, readers)
}

// Put stores a reader under its Feed and Agent.
func (t FeedReaders) Put(r *news.FeedReader) error {
	return t.write(readers, append(scope(r.Feed), r.Agent...), r)
}

// Delete forgets it.
func (t FeedReaders) Delete(r *news.FeedReader) error {
	return t.drop(readers, append(scope(r.Feed), r.Agent...))
}
