// Package store keeps what the records made in one bbolt file.
//
// What Update wrote is on the disk when it returns, all of it or nothing. Every
// value carries a checksum that covers its key, so damage is reported, not read.
// Open reads the whole file before it trusts it, unless a note beside it
// (DATABASE.checked) says that nobody wrote to it since a clean Close: after a
// kill, a restored backup or another program's write it does. What a disk changes
// by itself meanwhile is found by Verify, or when it is read.
// Two stores that were fed the same records have the same Digest. The store
// decides nothing: which entry joins which story is desk's business, and the
// time comes in with the records.
//
// The file has three top buckets. Numbers are big-endian; times are Unix
// milliseconds with the sign bit flipped, so that they sort; ids are 13
// characters; names end at a zero byte.
//
//	meta                                     of the file itself
//	  schema                                 version (4)
//	  made                                   time (8)
//	shared                                   a function of the records alone
//	  state      seq                         seq (8) at (8) of the last record
//	             rules                       news.Rules
//	             fold                        the fold's state, as story gave it
//	             horizon                     time (8)
//	             rhythm                      news.Rhythm
//	  applied    record id                   seq (8)
//	  filed      seq (8)                     record id: applied in order, for trimming
//	  sources    source id                   news.SourceState
//	  topics     topic name                  news.TopicState
//	  born       'e' entry id, 's' story id  seq (8) of the record that bore it
//	  entries    seq (8) entry id            news.Entry without Body
//	  bodies     seq (8) entry id            Entry.Body
//	  keys       source 0 key (8)            entry id
//	  texts      source 0 key (8) entry id   nothing
//	  fading     bare (1) unlisted (8) entry id  nothing
//	  stories    seq (8) story id            news.Story
//	  timeline   first (8) seq (8) story id  1 when another story took it in, else 0
//	  places     topic 0 at (8) seq (8) story id  nothing
//	  claims     topic 0 updated (8)         story id
//	  changes    seq (8)                     news.Change
//	  signatures seq (8) n (4)               at (8) and the signature, as story gave it
//	  orders     seq (8)                     news.Record
//	  events     event id                    news.Event
//	  archives   topic 0 number              news.Page
//	  notices    seq (8) notice id           news.Notice
//	  rung       notice id                   seq (8) of the record that made it
//	local                                    this node's own
//	  spots      source id                   news.Spot, as spot.go writes it
//	  memories   source id                   of its last document, as poll gave it
//	  subscriptions  feed 0 callback         news.Subscription
//	  pushes     source id                   news.Push
//	  readers    feed 0 agent                news.Reader
//	  bells      notice id                   news.Notice of a source's trouble
//	  dispatches notice id                   news.Dispatch
//	  closed     target id                   news.Closed
//	  troubles   when 0 source id            news.Trouble
//	  recipients newsletter 0 recipient id   news.Recipient
//	  issues     newsletter 0 at (8)         news.Issue
//	  mails      newsletter 0 issue (8) recipient id  news.Mail
//	  rounds     newsletter                  news.Round
//	  secrets    name                        bytes
//	  seats      token name 0                news.Seat
//
// A value is a version byte, the CRC-32C of bucket, key and payload, and the
// payload: JSON where a type is named above. What is large is kept by the seq
// that bore it, so that new rows stand together at a bucket's end; born finds
// them by id.
package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Options says how a file is opened.
type Options struct {
	Timeout   time.Duration // how long to wait for another process to let go of the file; 0 means 2 s
	Created   time.Time     // noted in a file that this Open makes; see Tx.Made
	Temporary bool          // a copy that is soon gone: Close leaves it as it is, and nothing beside it
	OpenFile  func(name string, flag int, perm os.FileMode) (*os.File, error)
}

// Store is an open file. It may be used by many goroutines; one of them writes
// at a time.
type Store struct {
	db      *bolt.DB
	path    string
	file    *os.File // bbolt's, to ask for its state
	settled uint64   // the transaction that Open found checked and with its list of free pages; 0 for none
	passing bool
	written atomic.Int64 // bytes since the last release
	broken  atomic.Bool  // a commit met damage: what bbolt holds in memory can't be trusted
	doubted atomic.Bool  // anything met damage
	known   atomic.Pointer[knownRules]
	seq     atomic.Uint64
}

// initialMap is address space, not memory. While the file is smaller, a reader
// can't make the writer wait.
const initialMap = 1 << 30

// pageSize of new files: bodies of a few KB fill pages that are larger than the
// machine's, and there are fewer writes.
const pageSize = 8 << 10

// Open opens the file at path and makes it when there is none. The caller closes
// the store.
func Open(path string, o Options) (*Store, error) {
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	s := &Store{path: path, passing: o.Temporary}
	t := taker{open: o.OpenFile, timeout: o.Timeout}
	if err := s.open(&t); err != nil {
		return nil, explain(path, err)
	}
	if err := s.migrate(o.Created); err != nil {
		_ = s.db.Close()
		return nil, explain(path, err)
	}
	if err := s.View(func(tx *Tx) error { s.seq.Store(tx.Seq()); return nil }); err != nil {
		_ = s.db.Close()
		return nil, explain(path, err)
	}
	if t.made {
		if err := syncFolder(filepath.Dir(path)); err != nil {
			_ = s.db.Close()
			return nil, explain(path, err)
		}
	}
	return s, nil
}

func (s *Store) open(t *taker) error {
	return guard(func() (err error) {
		s.db, err = bolt.Open(s.path, 0o600, &bolt.Options{
			Timeout:         t.timeout,
			NoFreelistSync:  true,
			FreelistType:    bolt.FreelistArrayType, // takes the lowest pages: what is written together stays together
			InitialMmapSize: initialMap,
			PageSize:        pageSize,
			OpenFile:        t.take,
		})
		s.file, s.settled = t.file, t.settled
		return err
	})
}

// syncFolder makes a new or renamed file's name outlive a power cut.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// Close waits for open transactions and gives the file back. It settles the file,
// so that the next Open is quick; where it can't, that one reads the whole file.
func (s *Store) Close() error {
	if !s.passing && !s.doubted.Load() {
		_ = s.settle()
	}
	return s.db.Close()
}

// Path is where the file lies.
func (s *Store) Path() string { return s.path }

// Size is the file's size in bytes, 0 when it can't be told.
func (s *Store) Size() int64 {
	fi, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return fi.Size()
}

// Seq is that of the last record committed. It asks no transaction: what was made
// of the records can be served until it is another.
func (s *Store) Seq() uint64 { return s.seq.Load() }

// OpenViews is how many View transactions are open: more than a moment's worth
// means that one was forgotten, and that the file grows for its sake.
func (s *Store) OpenViews() int { return s.db.Stats().OpenTxN }

// View runs fn in a transaction that sees one moment. It must be short: while it
// is open nothing that it sees can be overwritten, and the writer may have to
// wait. What a Tx returns does not end with it.
func (s *Store) View(fn func(*Tx) error) error {
	return s.doubt(s.db.View(func(b *bolt.Tx) error { return s.run(b, fn) }))
}

// Update runs fn in the one writing transaction and commits it to the disk,
// unless fn or a read in it fails. After an error of the commit itself the
// records may or may not be applied: ask Applied.
func (s *Store) Update(fn func(*Tx) error) error {
	if s.broken.Load() {
		return fmt.Errorf("update %s: an earlier commit met damage: %w", s.path, ErrDamaged)
	}
	b, err := s.db.Begin(true)
	if err != nil {
		return fmt.Errorf("update %s: %w", s.path, err)
	}
	// After a commit there is nothing left to roll back.
	defer func() { _ = b.Rollback() }()
	var seq uint64
	err = s.run(b, func(tx *Tx) error {
		err := fn(tx)
		seq = tx.Seq()
		return err
	})
	if err != nil {
		return s.doubt(err)
	}
	if err := s.doubt(guard(b.Commit)); err != nil {
		s.broken.CompareAndSwap(false, isDamage(err))
		return fmt.Errorf("commit to %s: %w", s.path, full(err))
	}
	s.seq.Store(seq)
	stats := b.Stats()
	if s.written.Add(stats.GetPageAlloc()) > releaseAfter {
		s.written.Store(0)
		s.release()
	}
	return nil
}

// releaseAfter is how many bytes are written between two calls of release. Some
// hundred pages that lie apart are enough to map ten times as much: a fault maps
// what the system has at hand around it.
const releaseAfter = 4 << 20

// release gives back the memory of the pages that were read. The system counts
// them as ours, and takes them back only when it must. While a transaction is open
// the mapping stays where it is. Where it fails, the memory is not given back.
func (s *Store) release() {
	_ = s.db.View(func(b *bolt.Tx) error { return forget(s.db.Info().Data, b.Size()) })
}

// run guards fn by itself: a panic that reached bbolt would make it walk the
// damaged file again, in a goroutine where nobody could catch the next.
func (s *Store) run(b *bolt.Tx, fn func(*Tx) error) error {
	tx := newTx(b, &s.known)
	err := guard(func() error { return fn(tx) })
	if tx.err != nil {
		return tx.err
	}
	return err
}
