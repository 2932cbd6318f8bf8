package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeReaders(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(readers.top())).CreateBucketIfNotExists([]byte(names[readers]))
	return err
}

// Readers returns all of them, by feed.
func (tx *Tx) Readers() ([]*news.Reader, error) { return rows[news.Reader](tx, readers) }

// PutReader stores a reader under its Feed and Agent.
func (tx *Tx) PutReader(r *news.Reader) error {
	return tx.write(readers, append(scope(r.Feed), r.Agent...), r)
}

// DropReader forgets it.
func (tx *Tx) DropReader(r *news.Reader) error {
	return tx.drop(readers, append(scope(r.Feed), r.Agent...))
}
