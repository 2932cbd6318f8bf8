package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"
)

// migrations turn a file of schema n, their index, into one of schema n+1. The list only
// grows. All pending ones commit together with the version.
var migrations = []func(*bolt.Tx) error{
	createFirst,
	creates(events),
	creates(subscriptions, pushes),
	creates(archives),
	creates(feedReaders),
	creates(notices, noticeSeqs, localNotices, dispatches, closedTargets, troubles, recipients, issues, mails, schedules, secrets),
	encodeVisitStates,
	creates(tokens),
	creates(readStates),
	creates(alertWindows),
	splitHeld,
	creates(adoptedStories, adoptedEntries),
	sumRows,
	creates(stars, starred),
	createLog,
	both(noteOldRows, creates(wirePosition)),
	creates(sideRows, sideMarks),
	nothing, // entries have Path since
}

// Schema is the version of the files that this Slugline writes. Digests of files of different
// schemas can't be compared.
func Schema() int { return len(migrations) }

// migrate brings the file to the newest schema. created is the creation time of a new file.
func (s *Store) migrate(created time.Time) error {
	var from int
	err := s.db.View(func(b *bolt.Tx) (err error) {
		return catchDamage(func() error { from, err = schema(b); return err })
	})
	if err != nil || from == len(migrations) {
		return err
	}
	if from > len(migrations) {
		return fmt.Errorf("%w: a newer Slugline wrote it (schema %d, this one knows %d); use that one", ErrNewer, from, len(migrations))
	}
	return s.db.Update(func(b *bolt.Tx) error {
		return catchDamage(func() error { return runMigrations(b, from, created) })
	})
}

// schema returns the file's version, 0 when the file is new.
func schema(b *bolt.Tx) (int, error) {
	top := b.Bucket([]byte("meta"))
	if top == nil {
		if k, _ := b.Cursor().First(); k != nil {
			return 0, ErrForeign
		}
		return 0, nil
	}
	v := top.Get(keySchema)
	if v == nil {
		return 0, ErrForeign
	}
	p, err := meta.unseal(keySchema, v)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint32(p)), nil
}

func runMigrations(b *bolt.Tx, from int, created time.Time) error {
	if err := applyLog(b); err != nil {
		return err
	}
	for i, migration := range migrations[from:] {
		if err := migration(b); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", from+i+1, err)
		}
	}
	top, err := b.CreateBucketIfNotExists([]byte("meta"))
	if err != nil {
		return err
	}
	if from == 0 {
		if err := top.Put(keyCreated, meta.seal(keyCreated, appendTime(nil, created))); err != nil {
			return err
		}
	}
	version := binary.BigEndian.AppendUint32(nil, uint32(len(migrations)))
	return top.Put(keySchema, meta.seal(keySchema, version))
}

// createFirst creates the buckets of the first schema.
func createFirst(b *bolt.Tx) error {
	for _, top := range []string{"shared", "local"} {
		if _, err := b.CreateBucket([]byte(top)); err != nil {
			return err
		}
	}
	return createIn(b, state, applied, recordIDs, sources, topics, firstSeqs, entries, bodies, keys, texts, unlisted,
		stories, timeline, places, claims, changes, signatures, orders, visitStates)
}

// creates returns a migration that creates buckets.
func creates(all ...bucket) func(*bolt.Tx) error {
	return func(b *bolt.Tx) error { return createIn(b, all...) }
}

// nothing is a migration after which rows may have what older versions do not know.
func nothing(*bolt.Tx) error { return nil }

func both(first, second func(*bolt.Tx) error) func(*bolt.Tx) error {
	return func(b *bolt.Tx) error { return errors.Join(first(b), second(b)) }
}

func createIn(b *bolt.Tx, all ...bucket) error {
	for _, in := range all {
		if _, err := b.Bucket([]byte(in.top())).CreateBucketIfNotExists([]byte(names[in])); err != nil {
			return err
		}
	}
	return nil
}

func createLog(b *bolt.Tx) error {
	_, err := b.CreateBucketIfNotExists([]byte(names[logs]))
	return err
}

// applyLog moves the rows of the log to their buckets, where migrations read them.
func applyLog(b *bolt.Tx) error {
	p, err := readLog(b)
	if err != nil || p.number == 0 {
		return err
	}
	r := &rows{b: b, pending: p, dictionaryTries: new(int)}
	if r.compressor, err = readDictionary(b); err != nil {
		return err
	}
	return r.move(new(moving), math.MaxInt)
}
