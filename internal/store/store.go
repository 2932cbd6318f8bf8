// Package store keeps the state that records produce in one bbolt file.
//
// It promises:
//
//   - What Update wrote is on the disk when it returns, all of it or nothing.
//   - Damage is reported, not read: every value has a checksum that covers its bucket and
//     key, and a transaction that misses rows which were written ends with an error (see
//     sums.go). Open reads the whole file before it trusts it, unless a note beside it
//     (DATABASE.checked) says that nobody wrote to it since a clean Close. So it reads all
//     of it after a kill, after a restore, and after a write by another program. Damage
//     that a disk does later is found by Check and Verify, or when it is read.
//   - Two stores that applied the same records have the same Digest.
//
// It decides nothing: which story an entry joins is the desk's business, and times come
// with the records. It refuses files of a newer schema.
//
// The file has four top buckets. Numbers are big-endian; times are Unix milliseconds with
// the sign bit flipped, so that they sort; ids are 13 characters; a name that is followed
// by another part ends with a zero byte.
//
//	meta                                     about the file itself
//	  schema                                 version (4)
//	  made                                   time (8)
//	  dictionary                             for compressed rows; none in files with few rows
//	  rewrite                                how far rows of earlier schemas are rewritten, see oldrows.go; none when all are
//	log        number (8)                    what a commit changed in the buckets below, until a checkpoint; see log.go
//	shared                                   a function of the records alone
//	  state      seq                         seq (8) at (8) of the last record
//	             rules                       news.Rules
//	             fold                        the state of package story, opaque
//	             horizon                     time (8)
//	             rhythm                      news.Rhythm
//	  applied    record id                   seq (8)
//	  filed      seq (8)                     the first 4 characters of the record id; applied in order, for deleting
//	  sources    source id                   news.SourceState
//	  topics     topic name                  news.TopicState
//	  born       'e' entry id, 's' story id  seq (8) of the record that first stored it
//	  entries    seq (8) entry id            news.Entry without Body
//	  bodies     seq (8) entry id            Entry.Body
//	  keys       source 0 key (8)            entry id
//	  texts      source 0 key (8) entry id   nothing
//	  fading     0 or 1 when the text is deleted, unlisted (8) entry id  nothing
//	  stories    seq (8) story id            news.Story
//	  timeline   first (8) seq (8) story id  1 when merged into another story, else 0
//	  places     topic 0 at (8) seq (8) story id  nothing
//	  claims     topic 0 updated (8)         story id
//	  changes    seq (8)                     news.Change
//	  signatures seq (8) n (4)               at (8) and the signature, opaque
//	  orders     seq (8)                     news.Record
//	  events     event id                    news.Event
//	  archives   topic 0 number (4)          news.ArchivePage
//	  notices    seq (8) notice id           news.Notice
//	  rung       notice id                   seq (8) of the record that made it
//	  held       story id                    news.HeldStory
//	  restored   story id                    news.AdoptedStory
//	  restored-keys  key (8) story id        news.AdoptedEntry
//	local                                    this node's own
//	  spots      source id                   news.VisitState, encoded as in visit.go
//	  memories   source id                   package poll's data about its last document, opaque
//	  subscriptions  feed 0 callback         news.Subscription
//	  pushes     source id                   news.Push
//	  readers    feed 0 agent                news.FeedReader
//	  bells      notice id                   news.Notice about a source's trouble
//	  dispatches notice id                   news.Dispatch
//	  closed     target id                   news.ClosedTarget
//	  troubles   when 0 source id            news.Trouble
//	  recipients newsletter 0 recipient id   news.Recipient
//	  issues     newsletter 0 at (8)         news.Issue
//	  mails      newsletter 0 issue (8) recipient id  news.Mail
//	  rounds     newsletter                  news.NewsletterSchedule
//	  secrets    name                        bytes
//	  tokens     name                        news.Token
//	  seats      token name 0                news.ReadState
//	  windows    alert 0 target id           news.AlertWindow
//	  stars      token name 0 story id       news.Star
//	  starred    story id                    news.StarredStory, a copy that outlives the story
//	  wire       "position"                  news.WirePosition
//	  exchanged  bucket 0 hash of key (16)   revision (8) and mark (8) of a row that nodes exchange, and its key; see side.go
//	             0                           of which table the revisions are
//	  unsent     mark (8)                    bucket 0 key of such a row, until the others have its change
//	  sums       bucket 0 block              number of rows (8) and hash (8) of a block of rows of either half, see sums.go
//
// A value is a version byte, the CRC-32C of bucket, key and payload, and the payload, which
// may be compressed (compress.go): JSON
// where a type is named above. Neighbouring rows of applied, filed, born, keys, texts and
// fading, and of entries whose text is deleted, are together in one value (pack.go); all but
// this package's innermost functions see them as rows, and so does the digest. Large rows are stored by the seq that first stored them, so
// that new rows are next to each other at the bucket's end; born finds them by id. Bucket
// names never change; bucket.go says what the code calls them.
//
// Where the processor time of a record with one new entry goes, in percent of what it was when
// each commit wrote its rows to their buckets and entries were JSON (two profiles of package
// desk's BenchmarkRecords one/alone, the visits before it included; a line may be part of
// another):
//
//	                                            then  now
//	bbolt's commit without fdatasync              18    5
//	fdatasync                                      9    4
//	rows put to buckets, with their sums          11    7  at checkpoints
//	compression                                    -    7
//	JSON                                           9    2
//	article numbers of all listed entries         11    0  asked for when one is found again
//	fold                                          10    8
//	collector                                     12    5
//	all                                          100   61
//
// The files:
//
//	store.go       Store: View, Update, Close
//	ready.go       whether the file can be written; overwritten.go whether another program wrote it
//	open.go        opening a file: lock, check, clean note (cleannote.go), lock_*.go
//	migrate.go     the schema's versions
//	errors.go      what can be wrong with a file
//	tx.go          Tx: the tables, and the values that exist once
//	rows.go        reading and writing rows; bucket.go the buckets, key.go the keys
//	compress.go    rows with text are compressed
//	oldrows.go     rows in the form of earlier releases
//	pack.go        many short rows in one; packed.go reads them, repack.go writes them
//	log.go         the write-ahead log of what is not in its bucket yet; pending.go that in memory
//	room.go        how long files may grow beside a View that is open for minutes
//	sums.go        sums of rows, by which hidden rows are found
//	record.go      Records, Orders, Changes
//	source.go topic.go entry.go story.go place.go event.go archive.go fold.go hold.go adopted.go  the news
//	notice.go newsletter.go websub.go feedreader.go                   who gets it
//	visit.go token.go star.go                                         visits, users
//	wire.go                                                           the log that nodes share
//	side.go                                                           the rows of the local half that nodes exchange
//	coder.go coder_types.go                                           entries, stories and changes without JSON
//	rules.go                                                          the rules, mostly without encoding/json
//	partialdecode.go cache.go                                         decoding less
//	digest.go dump.go verify.go references.go check.go                reading all of it
//	copy.go compact.go replace.go salvage.go                          copies of the file
//	pagecheck/     checks the pages before bbolt opens the file
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Options says how a file is opened.
type Options struct {
	Timeout   time.Duration // how long to wait until another process closes the file; 0 means 2 s
	Created   time.Time     // the creation time of a new file; see Tx.Created
	Temporary bool          // the file is a copy that will be deleted: Close leaves it as it is and writes no note
	OpenFile  func(name string, flag int, perm os.FileMode) (*os.File, error)
}

// Store is an open file. Many goroutines may use it; one of them writes at a time.
type Store struct {
	db      *bolt.DB
	pending atomic.Pointer[pending] // what the log holds, after the last commits
	moving  sync.Mutex              // held during checkpoints
	limits  logLimits               // for Update alone

	compressor atomic.Pointer[compressor] // for the writing transaction alone; nil: the file may have no dictionary

	dictionaryTries int                          // that failed; for Update alone
	oldRows         atomic.Pointer[rewriteState] // see OldRows; nil: there are none
	waiting         atomic.Int32                 // calls of Update that wait for another

	path      string
	file      *os.File    // the one that bbolt has open
	identity  os.FileInfo // of file when it was opened
	cleanTx   uint64      // the last transaction of a file that Open found with a valid note and a list of free pages; 0 for none
	temporary bool

	initialMap int64 // of the file when it was opened

	written    atomic.Int64          // bytes since the last releaseMemory
	closing    atomic.Bool           // reads of open View transactions fail
	unusable   atomic.Bool           // a commit met damage: what bbolt has in memory can't be trusted
	unreadable atomic.Bool           // see begin
	damage     atomic.Pointer[error] // the first that was met
	rulesCache atomic.Pointer[decodedRules]
	seq        highest
	verified   [numBuckets]map[string]bool // by block: compared since Open; for Update alone
	oldest     oldestSignatures            // for Update alone
	failure    atomic.Pointer[error]       // of the last commit, if the disk refused it; see Ready
	failures   atomic.Int64                // commits that the disk refused
	begun      atomic.Uint64               // number of the newest transaction whose commit has begun
	committed  highest                     // of the newest one whose commit has succeeded
	probing    sync.Mutex                  // held while probe writes

	sideChanged func() // see ShareLocal; nil: this node is alone
}

// pageSize of new files. Bodies of a few KB fill pages of this size better than those of
// the machine's page size, with fewer writes.
const pageSize = 8 << 10

// growth is by how many bytes a full file grows. It is at the same time the most that a file is
// longer than it must be.
const growth = 4 << 20

// Open opens the file at path and creates it when there is none. The caller closes the
// store. The error says what to do.
func Open(path string, o Options) (*Store, error) {
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	s := &Store{path: path, temporary: o.Temporary, limits: logLimits{maxLog, maxMoved}, oldest: oldestSignatures{}}
	file := opener{openFile: o.OpenFile, timeout: o.Timeout}
	if err := s.open(&file); err != nil {
		return nil, withAdvice(path, err)
	}
	_ = os.Remove(probePath(path)) // there is none unless a process was killed
	if err := s.prepare(o.Created, file.created); err != nil {
		_ = s.db.Close()
		return nil, withAdvice(path, err)
	}
	if !o.Temporary {
		removeInterruptedCompact(path)
	}
	return s, nil
}

func (s *Store) open(o *opener) error {
	room := mapFor(sizeAt(s.path))
	s.initialMap = int64(room)
	return catchDamage(func() (err error) {
		s.db, err = bolt.Open(s.path, 0o600, &bolt.Options{
			Timeout:         o.timeout,
			NoFreelistSync:  true,
			FreelistType:    bolt.FreelistArrayType, // uses the lowest free pages, so that rows of one commit are next to each other
			InitialMmapSize: room,
			PageSize:        pageSize,
			OpenFile:        o.openLocked,
		})
		if err != nil {
			return err
		}
		s.db.AllocSize = growth
		s.file, s.cleanTx = o.file, o.cleanTx
		if s.identity, err = s.file.Stat(); err != nil {
			return errors.Join(err, s.db.Close())
		}
		return nil
	})
}

func (s *Store) prepare(at time.Time, created bool) error {
	if err := s.migrate(at); err != nil {
		return err
	}
	if err := s.readLog(); err != nil {
		return err
	}
	if err := s.View(func(tx *Tx) error { tx.Seq(); return nil }); err != nil {
		return err
	}
	if !created {
		return nil
	}
	return syncFolder(filepath.Dir(s.path))
}

// syncFolder makes sure that the name of a new or renamed file survives a power cut.
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

var errClosing = errors.New("the store is closing")

// Close ends open View transactions, whose reads fail from now on, waits for the writing
// one and closes the file. It empties the log, because older versions, which refuse the file,
// would take its rows for damage. It writes the clean note, so that the next Open is quick; if
// that fails, the next Open reads the whole file.
func (s *Store) Close() error {
	s.closing.Store(true)
	if !s.temporary && s.Damage() == nil && s.Ready() == nil {
		_ = s.Checkpoint() // if it fails, the next Open reads the log
		_ = s.writeCleanNote()
	}
	if s.unreadable.Load() {
		return s.file.Close() // bbolt's Close would wait for its locks
	}
	return s.db.Close()
}

// Path is the path of the file.
func (s *Store) Path() string { return s.path }

// Size is the file's size in bytes, 0 when the system does not tell it.
func (s *Store) Size() int64 { return sizeAt(s.path) }

// Seq is the Seq of the last committed record. It needs no transaction. What was made from
// the shared half is valid until Seq changes. It is never less than what Tx.Seq returned in
// a View that has ended.
func (s *Store) Seq() uint64 { return s.seq.Load() }

// highest is the greatest number that was noted, of records or commits. A View can see a commit
// before Update has noted it, and two Updates can note theirs in the wrong order.
type highest struct{ atomic.Uint64 }

func (l *highest) raise(seq uint64) {
	for old := l.Load(); old < seq && !l.CompareAndSwap(old, seq); old = l.Load() {
	}
}

// Damage returns the first damage that was met since Open, or nil. What a transaction
// returned without an error is not damaged.
func (s *Store) Damage() error {
	if err := s.damage.Load(); err != nil {
		return *err
	}
	return nil
}

// OpenViews is how many View transactions are open. A number that stays above zero means
// that one does not end, which makes the file grow.
func (s *Store) OpenViews() int { return s.db.Stats().OpenTxN }

// View runs fn in a transaction that sees one moment. It must be short: while it is open,
// pages that it can see are not used again, and the writer may have to wait. What the
// tables return stays valid after it.
func (s *Store) View(fn func(*Tx) error) error { return s.ViewContext(context.Background(), fn) }

// ViewContext is View for a caller who waits only until ctx ends: every read after that
// fails with ctx's error, and so does ViewContext.
func (s *Store) ViewContext(ctx context.Context, fn func(*Tx) error) error {
	ended := func() error {
		if s.closing.Load() {
			return errClosing
		}
		return ctx.Err()
	}
	b, p, err := s.beginView()
	if err != nil {
		return s.noteDamage(err)
	}
	defer func() { _ = b.Rollback() }() // it fails only after it was called before
	tx := newTx(b, &s.rulesCache)
	tx.pending, tx.ended, tx.committed = p, ended, &s.seq
	return s.noteDamage(runIn(tx, fn))
}

// readLog reads what the log holds, and how rows are and were stored.
func (s *Store) readLog() error {
	return s.db.View(func(b *bolt.Tx) error {
		return catchDamage(func() error {
			p, err := readLog(b)
			if err != nil {
				return err
			}
			s.pending.Store(p)
			s.begun.Store(uint64(b.ID()))
			s.committed.raise(uint64(b.ID()))
			c, err := readDictionary(b)
			if err != nil {
				return err
			}
			s.compressor.Store(c)
			old, err := (&rows{b: b}).rewriteState()
			s.oldRows.Store(old)
			return err
		})
	})
}

// beginView begins a transaction, and returns what the log holds in it.
func (s *Store) beginView() (*bolt.Tx, *pending, error) {
	for {
		least := s.committed.Load()
		b, err := s.begin(false)
		if err != nil {
			return nil, nil, err
		}
		id := uint64(b.ID())
		if p := s.pending.Load().at(id); p != nil {
			return b, p, nil
		}
		_ = b.Rollback() // two commits have come since
		if err := s.checkNumber(id, least); err != nil {
			return nil, nil, err
		}
	}
}

// begin begins a transaction. If the file can't be read at all any more, because it was cut
// off or its disk is gone, bbolt panics with its locks held: no other transaction may begin.
func (s *Store) begin(writable bool) (b *bolt.Tx, err error) {
	if s.unreadable.Load() {
		return nil, fmt.Errorf("%s can't be read: %w", s.path, ErrDamaged)
	}
	err = catchDamage(func() (err error) {
		b, err = s.db.Begin(writable)
		return err
	})
	if isDamage(err) {
		s.unreadable.Store(true)
	}
	return b, err
}

// Update runs fn in the one writing transaction and commits it to the disk, unless fn or a
// read in it fails. After an error of the commit itself, or of a checkpoint after it, the records
// may or may not be applied: ask Records.Applied.
func (s *Store) Update(fn func(*Tx) error) error {
	if err := s.update(fn); err != nil {
		return err
	}
	if p := s.pending.Load(); p == nil || p.size <= s.limits.log || !s.moving.TryLock() {
		return nil
	}
	defer s.moving.Unlock()
	return s.checkpoint()
}

// update is Update without a checkpoint after it.
func (s *Store) update(fn func(*Tx) error) error {
	if s.unusable.Load() {
		return fmt.Errorf("update %s: an earlier commit met damage: %w", s.path, ErrDamaged)
	}
	if err := s.Recover(); err != nil {
		return fmt.Errorf("update %s: %w", s.path, err)
	}
	least := s.committed.Load()
	s.waiting.Add(1)
	b, err := s.begin(true)
	s.waiting.Add(-1)
	if err != nil {
		return s.noteDamage(fmt.Errorf("update %s: %w", s.path, err))
	}
	// After a commit there is nothing to roll back.
	defer func() { _ = b.Rollback() }()
	id := uint64(b.ID())
	if err := s.checkNumber(id-1, least); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	before := s.pending.Load().at(id - 1)
	if before == nil {
		return fmt.Errorf("update: %w", s.foundOverwritten())
	}
	var seq uint64
	tx := newTx(b, &s.rulesCache)
	tx.pending = before.next(id)
	tx.oldest = s.oldest
	tx.verified, tx.limits, tx.compressor, tx.dictionaryTries = &s.verified, s.limits, s.compressor.Load(), &s.dictionaryTries
	tx.release = func() { s.releaseMemory(b) }
	tx.shares = s.sideChanged != nil
	err = runIn(tx, func(tx *Tx) (err error) {
		if tx.compressor == nil { // the commit before may have made it
			if tx.compressor, err = readDictionary(b); err != nil {
				return err
			}
		}
		err = fn(tx)
		seq = tx.Seq()
		if err != nil {
			return err
		}
		return tx.flush()
	})
	if err != nil {
		return s.noteDamage(err)
	}
	s.pending.Store(tx.pending) // first: a View may see the commit before it returns
	s.begun.Store(id)
	if err := s.noteDamage(catchDamage(b.Commit)); err != nil {
		return s.commitFailed(err)
	}
	s.committed.raise(id)
	if tx.compressor != nil { // another Update may have noted a newer one
		s.compressor.Store(tx.compressor)
	}
	s.seq.raise(seq)
	if tx.marked {
		s.sideChanged()
	}
	if err := s.present(); err != nil {
		return fmt.Errorf("commit: %w", err) // what lies in a removed file is lost
	}
	stats := b.Stats()
	if s.written.Add(stats.GetPageAlloc()) > releaseAfter {
		s.written.Store(0)
		_ = s.db.View(func(b *bolt.Tx) error { s.releaseMemory(b); return nil })
	}
	return nil
}

// commitFailed notes why a commit failed, and returns the error of Update.
func (s *Store) commitFailed(err error) error {
	if isDamage(err) {
		s.unusable.Store(true)
		return fmt.Errorf("commit to %s: %w", s.path, err)
	}
	err = writeError{fmt.Errorf("commit to %s: %w", s.path, WrapFull(err))}
	s.failure.Store(&err)
	s.failures.Add(1)
	return err
}

// releaseAfter is how many bytes are written between two calls of releaseMemory. A few
// hundred pages that are far apart are enough to map ten times as much memory, because a
// page fault also maps the pages around it.
const releaseAfter = 1 << 20

// releaseAfterFinds is how many single rows the writing transaction looks for between two
// calls of releaseMemory: most are in pages that are far apart.
const releaseAfterFinds = 256

// releaseMemory returns the memory of the pages that were read. Otherwise the system counts
// them as this process's until it is short of memory. The open transaction keeps the
// mapping in place. An error means that the memory is not returned, and is ignored.
func (s *Store) releaseMemory(b *bolt.Tx) { _ = releaseMemory(s.db.Info().Data, b.Size()) }

// runIn calls fn in a transaction. It catches panics before bbolt sees them: bbolt would
// walk the damaged file again, in a goroutine where nobody could catch the next panic.
func runIn(tx *Tx, fn func(*Tx) error) error {
	err := catchDamage(func() error { return fn(tx) })
	if tx.err != nil {
		return tx.err
	}
	return err
}
