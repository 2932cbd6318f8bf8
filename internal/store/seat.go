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

// Seat returns what is remembered for a token's name; an empty one when that is nothing.
func (tx *Tx) Seat(token string) (*news.Seat, error) {
	s, err := row[news.Seat](tx, seats, seatKey(token))
	if s == nil {
		s = &news.Seat{Token: token}
	}
	return s, err
}

// PutSeat stores a seat under its Token.
func (tx *Tx) PutSeat(s *news.Seat) error { return tx.write(seats, seatKey(s.Token), s) }

// DropSeat forgets it.
func (tx *Tx) DropSeat(token string) error { return tx.drop(seats, seatKey(token)) }
