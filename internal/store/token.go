package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeTokens(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(tokens.top())).CreateBucketIfNotExists([]byte(names[tokens]))
	return err
}

// Tokens returns all of them, by name.
func (tx *Tx) Tokens() ([]*news.Token, error) { return rows[news.Token](tx, tokens) }

// Token returns the one of a name, nil when there is none.
func (tx *Tx) Token(name string) (*news.Token, error) {
	return row[news.Token](tx, tokens, []byte(name))
}

// PutToken stores a token under its Name.
func (tx *Tx) PutToken(t *news.Token) error { return tx.write(tokens, []byte(t.Name), t) }

// DropToken forgets it.
func (tx *Tx) DropToken(name string) error { return tx.drop(tokens, []byte(name)) }
