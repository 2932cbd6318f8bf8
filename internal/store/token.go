package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeTokens(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(tokens.top())).CreateBucketIfNotExists([]byte(names[tokens]))
	return err
}

// All returns all of them, by name.
func (t Tokens) All() ([]*news.Token, error) { return allRows[news.Token](t.rows, tokens) }

// Get returns the one of a name, nil when there is none.
func (t Tokens) Get(name string) (*news.Token, error) {
	return row[news.Token](t.rows, tokens, []byte(name))
}

// Put stores a token under its Name.
func (t Tokens) Put(k *news.Token) error { return t.write(tokens, []byte(k.Name), k) }

// Delete forgets it.
func (t Tokens) Delete(name string) error { return t.drop(tokens, []byte(name)) }
