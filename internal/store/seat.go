package store

import (
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeSeats(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(seats.top())).CreateBucketIfNotExists([]byte(names[seats]))
	return err
}

// seatKey is never empty, whoever has no token included.
func seatKey(token string) []byte { return append([]byte(token), 0) }

// Get returns what is remembered for a token's name; an empty one when that is nothing.
func (t ReadStates) Get(token string) (*news.ReadState, error) {
	s, err := row[news.ReadState](t.rows, seats, seatKey(token))
	if s == nil {
		s = &news.ReadState{Token: token}
	}
	return s, err
}

// Put stores a seat under its Token.
func (t ReadStates) Put(s *news.ReadState) error { return t.write(seats, seatKey(s.Token), s) }

// Delete forgets it.
func (t ReadStates) Delete(token string) error { return t.drop(seats, seatKey(token)) }
