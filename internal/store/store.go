// Package store keeps what the records made in one bbolt file.
//
// What Update wrote is on the disk when it returns, all of it or nothing. Every
// value carries a checksum that covers its key, so damage is reported, not read.
// Two stores that were fed the same records have the same Digest. The store
// decides nothing: which entry joins which story is desk's business, and the
// time comes in with the records.
//
// The file has three top buckets. Numbers are big-endian; times are Unix
// milliseconds with the sign bit flipped, so that they sort; ids are 13
// characters; names end at a zero byte.
//
//	meta                                   of the file itself
//	  schema                               version (4)
//	  made                                 time (8)
//	shared                                 a function of the records alone
//	  state      seq                       seq (8) at (8) of the last record
//	             rules                     news.Rules
//	             fold                      the fold's state, as story gave it
//	  applied    record id                 seq (8)
//	  filed      seq (8)                   record id: applied in order, for trimming
//	  sources    source id                 news.SourceState
//	  topics     topic name                news.TopicState
//	  entries    entry id                  news.Entry without Body
//	  bodies     entry id                  Entry.Body
//	  keys       source 0 key (8)          entry id
//	  texts      source 0 key (8) entry    nothing
//	  fading     bare (1) unlisted (8) entry   nothing
//	  stories    story id                  news.Story
//	  timeline   first (8) seq (8) story   1 when another story took it in, else 0
//	  places     topic 0 at (8) seq (8) story  nothing
//	  claims     topic 0 updated (8)       story id
//	  changes    seq (8)                   news.Change
//	  signatures seq (8) n (4)             at (8) and the signature, as story gave it
//	  orders     seq (8)                   news.Record
//	local                                  this node's own
//	  spots      source id                 news.Spot
//
// A value is a version byte, the CRC-32C of bucket, key and payload, and the
// payload: JSON where a type is named above.
package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// What keeps a file from being opened or written. Each comes wrapped in a
// sentence that says what to do.
var (
	ErrHeld    = errors.New("database in use")      // another process has it open
	ErrNewer   = errors.New("database too new")     // a newer version of Slugline wrote it
	ErrDamaged = errors.New("database damaged")     // what is read is not what was written
	ErrFull    = errors.New("no space on the disk") // the same handle goes on when there is
)

// Options says how a file is opened.
type Options struct {
	Timeout  time.Duration // how long to wait for another process to let go of the file; 0 means 2 s
	At       time.Time     // written into a file that is made by this Open
	OpenFile func(name string, flag int, perm os.FileMode) (*os.File, error)
}

// Store is an open file. It may be used by many goroutines; one of them writes
// at a time.
type Store struct {
	db *bolt.DB
}

// Open opens the file at path and makes it when there is none. The caller closes
// the store.
func Open(path string, o Options) (*Store, error) {
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout:        o.Timeout,
		NoFreelistSync: true,
		FreelistType:   bolt.FreelistMapType,
		OpenFile:       o.OpenFile,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) prepare() error {
	return s.db.Update(func(b *bolt.Tx) error {
		for _, half := range halves {
			top, err := b.CreateBucketIfNotExists([]byte(half.name))
			if err != nil {
				return err
			}
			for _, name := range half.buckets {
				if _, err := top.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Close waits for open transactions and gives the file back.
func (s *Store) Close() error { return s.db.Close() }

// Path is where the file lies.
func (s *Store) Path() string { return s.db.Path() }

// Size is the file's size in bytes.
func (s *Store) Size() int64 {
	fi, err := os.Stat(s.db.Path())
	if err != nil {
		return 0
	}
	return fi.Size()
}

// View runs fn in a transaction that sees one moment. It must be short: while it
// is open the writer may have to wait. Nothing that a Tx returns ends with it.
func (s *Store) View(fn func(*Tx) error) error {
	return s.db.View(func(b *bolt.Tx) error {
		tx := newTx(b)
		return errors.Join(fn(tx), tx.err)
	})
}

// Update runs fn in the one writing transaction and commits it to the disk,
// unless fn or a read in it fails. After an error of the commit itself the
// records may or may not be applied: ask Applied.
func (s *Store) Update(fn func(*Tx) error) error {
	return s.db.Update(func(b *bolt.Tx) error {
		tx := newTx(b)
		return errors.Join(fn(tx), tx.err)
	})
}
