package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Copy writes the file as it stands at this moment to w. Writers go on. When w
// is not a file, the copy is made beside the store first and sent from there: what
// is slow to take it must not hold a transaction open.
func (s *Store) Copy(ctx context.Context, w io.Writer) error {
	if f, ok := w.(*os.File); ok {
		return s.copyTo(ctx, f)
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".slugline-copy-*")
	if err != nil {
		return fmt.Errorf("copy %s: %w", s.path, full(err))
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, err)
	}
	if err := s.copyTo(ctx, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, err)
	}
	if _, err := io.Copy(until{ctx, w}, f); err != nil {
		return fmt.Errorf("send copy of %s: %w", s.path, err)
	}
	return nil
}

func (s *Store) copyTo(ctx context.Context, w io.Writer) error {
	err := s.db.View(func(b *bolt.Tx) error {
		_, err := b.WriteTo(until{ctx, w})
		return err
	})
	if err = errors.Join(ctx.Err(), err); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, full(err))
	}
	return nil
}

// until is a writer that ends with its context.
type until struct {
	ctx context.Context
	w   io.Writer
}

func (u until) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}

// Digest is of all that the records made: two stores that were fed the same
// records have the same.
func (s *Store) Digest() (string, error) {
	h := sha256.New()
	err := s.View(func(tx *Tx) error {
		for b := state; b <= orders; b++ {
			if err := tx.digest(b, h); err != nil {
				return err
			}
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func (r *rows) digest(b bucket, h io.Writer) error {
	part(h, []byte(b.String()))
	return r.up(b, nil, nil, func(k, p []byte) (bool, error) {
		part(h, k)
		part(h, p)
		return true, nil
	})
}

// part keeps what is hashed apart by its length.
func part(h io.Writer, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	_, _ = h.Write(n[:])
	_, _ = h.Write(b)
}
