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

// ReadState returns what is remembered for a token's name; an empty one when that is nothing.
func (tx *Tx) ReadState(token string) (*news.ReadState, error) {
	s, err := row[news.ReadState](tx, seats, seatKey(token))
	if s == nil {
		s = &news.ReadState{Token: token}
	}
	return s, err
}

// PutReadState stores a seat under its Token.
func (tx *Tx) PutReadState(s *news.ReadState) error { return tx.write(seats, seatKey(s.Token), s) }

// DeleteReadState forgets it.
func (tx *Tx) DeleteReadState(token string) error { return tx.drop(seats, seatKey(token)) }
