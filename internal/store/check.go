package store

import (
	"context"
	"fmt"
	"time"
)

// checkStep is about how many bytes Check reads in one transaction.
const checkStep = 1 << 20

// Check reads all rows, compares each with its checksum and each block with its sum, and
// returns the first fault. It reads up to perSecond bytes a second, so that it takes little
// from others; 0 is no bound. Its transactions are short, so the writer never waits for it.
func (s *Store) Check(ctx context.Context, perSecond int64) error {
	for b := range numBuckets {
		if err := s.checkBucket(ctx, b, perSecond); err != nil {
			return fmt.Errorf("check %s: %w", s.path, err)
		}
	}
	return nil
}

func (s *Store) checkBucket(ctx context.Context, b bucket, perSecond int64) error {
	for from := []byte{}; from != nil; {
		read := 0
		err := s.ViewContext(ctx, func(tx *Tx) (err error) {
			from, read, err = tx.checkRows(b, from)
			return err
		})
		if err != nil {
			return err
		}
		if perSecond > 0 {
			select {
			case <-time.After(time.Duration(float64(read) / float64(perSecond) * float64(time.Second))):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// checkRows checks the rows from a key on, about checkStep bytes of them and at least one
// block. It returns the key to go on with, nil after the last one, and the bytes it read.
func (r *rows) checkRows(b bucket, from []byte) (next []byte, read int, err error) {
	var block []byte // that of the row before
	c := r.bucket(b).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if read > checkStep && string(b.block(k)) != string(block) {
			next = append([]byte{}, k...)
			break
		}
		if err := b.check(k, v); err != nil {
			return nil, read, err
		}
		read, block = read+len(k)+len(v), b.block(k)
	}
	if r.checksRows(b) {
		_, err = r.checkBlocks(b, from, next)
	}
	return next, read, err
}
