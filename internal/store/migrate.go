package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// migrations make the file of schema n into one of schema n+1. The list only
// grows. All that are pending commit together with the version.
var migrations = []func(*bolt.Tx) error{
	makeBuckets,
	makeEvents,
	makeHub,
	makeArchives,
	makeReaders,
	makeNotices,
	packSpots,
	makeTokens,
	makeSeats,
}

func (s *Store) migrate(at time.Time) error {
	var from int
	err := s.db.View(func(b *bolt.Tx) (err error) {
		return guard(func() error { from, err = schema(b); return err })
	})
	if err != nil || from == len(migrations) {
		return err
	}
	if from > len(migrations) {
		return fmt.Errorf("%w: a newer Slugline wrote it (schema %d, this one knows %d); use that one", ErrNewer, from, len(migrations))
	}
	return s.db.Update(func(b *bolt.Tx) error { return guard(func() error { return bring(b, from, at) }) })
}

// schema is the file's version, 0 when it is new.
func schema(b *bolt.Tx) (int, error) {
	top := b.Bucket([]byte("meta"))
	if top == nil {
		if k, _ := b.Cursor().First(); k != nil {
			return 0, errForeign
		}
		return 0, nil
	}
	v := top.Get([]byte("schema"))
	if v == nil {
		return 0, errForeign
	}
	p, err := meta.unseal([]byte("schema"), v)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint32(p)), nil
}

func bring(b *bolt.Tx, from int, at time.Time) error {
	for i, m := range migrations[from:] {
		if err := m(b); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", from+i+1, err)
		}
	}
	top, err := b.CreateBucketIfNotExists([]byte("meta"))
	if err != nil {
		return err
	}
	if from == 0 {
		if err := top.Put([]byte("made"), meta.seal([]byte("made"), appendTime(nil, at))); err != nil {
			return err
		}
	}
	version := binary.BigEndian.AppendUint32(nil, uint32(len(migrations)))
	return top.Put([]byte("schema"), meta.seal([]byte("schema"), version))
}

func makeBuckets(b *bolt.Tx) error {
	for _, half := range []struct{ name, buckets string }{
		{"shared", "state applied filed sources topics born entries bodies keys texts fading stories timeline places claims changes signatures orders"},
		{"local", "spots"},
	} {
		top, err := b.CreateBucket([]byte(half.name))
		if err != nil {
			return err
		}
		for _, name := range bytes.Fields([]byte(half.buckets)) {
			if _, err := top.CreateBucket(name); err != nil {
				return err
			}
		}
	}
	return nil
}
