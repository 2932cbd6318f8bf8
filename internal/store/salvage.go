package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// Salvaged is what could be read of a file that may be damaged. One of the pointers is set.
type Salvaged struct {
	Story        *news.Story        `json:",omitempty"`
	AdoptedStory *news.AdoptedStory `json:",omitempty"`
	AdoptedEntry *news.AdoptedEntry `json:",omitempty"`
	Entry        *news.Entry        `json:",omitempty"` // with its Body, if that can be read
	Order        *news.Record       `json:",omitempty"`
	Withheld     *news.AdoptedStory `json:",omitempty"` // of an older record, and hidden or withdrawn

	Notice   *news.Notice             `json:",omitempty"`
	Schedule *news.NewsletterSchedule `json:",omitempty"`
	Mail     *news.Mail               `json:",omitempty"` // that was sent or given up
}

// Salvage calls fn for what readers know from before an earlier restore, and then for the
// stories, the orders and the entries that records after a Seq first stored, in their order,
// and for what was sent, as far as they can be read: rows and pages that are damaged are left out. It returns an error if anything was left out. Nothing that it reads
// should end the process; but bbolt reads the file too, so a caller that must not end calls
// it in a child process. Nobody may write to the file meanwhile.
func Salvage(path string, after uint64, fn func(Salvaged) error) error {
	if fi, err := os.Stat(path); err == nil && fi.Size() == 0 { // bbolt would write into it
		return fmt.Errorf("%s is empty", path)
	}
	var db *bolt.DB
	err := catchDamage(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
		return err
	})
	if err != nil {
		return withAdvice(path, err)
	}
	defer func() { _ = db.Close() }()
	return catchDamage(func() error {
		return db.View(func(b *bolt.Tx) error {
			s := salvage{rows: rows{b: b}, after: after, fn: fn}
			return errors.Join(s.readLog(), s.adopted(), s.stories(), s.withheld(), s.orders(), s.entries(), s.sent(), s.left())
		})
	})
}

type salvage struct {
	rows
	after   uint64
	fn      func(Salvaged) error
	leftOut int // rows, and ends of tables
}

func (s *salvage) left() error {
	if s.leftOut == 0 {
		return nil
	}
	return fmt.Errorf("%d rows or pages can't be read: %w", s.leftOut, ErrDamaged)
}

func (s *salvage) adopted() error {
	return errors.Join(
		salvageRows(s, adoptedStories, nil, func(v *news.AdoptedStory) Salvaged { return Salvaged{AdoptedStory: v} }),
		salvageRows(s, adoptedEntries, nil, func(v *news.AdoptedEntry) Salvaged { return Salvaged{AdoptedEntry: v} }),
	)
}

func (s *salvage) stories() error {
	return salvageRows(s, stories, seqBytes(s.after+1), func(v *news.Story) Salvaged { return Salvaged{Story: v} })
}

// withheld reads the older stories, of which those are told that are hidden or withdrawn.
func (s *salvage) withheld() error {
	return salvageSome(s, stories, func(v *news.Story) bool { return v.Seq <= s.after && len(v.WithheldFrom()) > 0 && v.MergedInto == "" }, func(v *news.Story) Salvaged {
		a := news.AdoptStory(v)
		return Salvaged{Withheld: &a}
	})
}

func (s *salvage) orders() error {
	return salvageRows(s, orders, seqBytes(s.after+1), func(v *news.Record) Salvaged { return Salvaged{Order: v} })
}

// sent reads the notices that are newer or were sent, the times of newsletters, and the mails
// that no longer wait.
func (s *salvage) sent() error {
	return errors.Join(
		salvageSome(s, notices, func(v *news.Notice) bool { return v.Seq > s.after || !v.Sent.IsZero() }, func(v *news.Notice) Salvaged { return Salvaged{Notice: v} }),
		salvageSome(s, schedules, func(*news.NewsletterSchedule) bool { return true }, func(v *news.NewsletterSchedule) Salvaged { return Salvaged{Schedule: v} }),
		salvageSome(s, mails, func(v *news.Mail) bool { return !v.Sent.IsZero() || v.Dead }, func(v *news.Mail) Salvaged { return Salvaged{Mail: v} }),
	)
}

// salvageSome calls fn for those rows of a bucket that wanted accepts.
func salvageSome[T any](s *salvage, b bucket, wanted func(*T) bool, wrap func(*T) Salvaged) error {
	return s.each(b, nil, func(k, p []byte) error {
		v, err := decodeRow[T](b, k, p)
		switch {
		case err != nil:
			s.leftOut++
		case wanted(v):
			return s.fn(wrap(v))
		}
		return nil
	})
}

// salvageRows calls fn for the rows of a bucket from a key on.
func salvageRows[T any](s *salvage, b bucket, from []byte, wrap func(*T) Salvaged) error {
	return s.each(b, from, func(k, p []byte) error {
		v, err := decodeRow[T](b, k, p)
		if err != nil {
			s.leftOut++
			return nil
		}
		return s.fn(wrap(v))
	})
}

func (s *salvage) entries() error {
	return s.each(entries, seqBytes(s.after+1), func(k, p []byte) error {
		en, err := decodeRow[news.Entry](entries, k, p)
		if err != nil {
			s.leftOut++
			return nil
		}
		err = catchDamage(func() error {
			body, err := s.get(bodies, k)
			en.Body = string(body)
			return err
		})
		if err != nil {
			s.leftOut++
			s.cursors[bodies] = nil
		}
		return s.fn(Salvaged{Entry: en})
	})
}

// readLog reads what can be read of the log, and the dictionary.
func (s *salvage) readLog() error {
	if _, err := readDictionary(s.b); err != nil {
		s.leftOut++
	}
	p := &pending{}
	err := s.each(logs, nil, func(_, payload []byte) error {
		if p.add(payload) != nil {
			s.leftOut++
		}
		return nil
	})
	s.pending = p
	return err
}

// each calls fn for the rows of a bucket from a key on, and where that ends at a damaged
// page, from the last one back to it; then for those that are only in the log, which are newer.
// Files of older versions lack some buckets.
func (s *salvage) each(b bucket, from []byte, fn func(key, payload []byte) error) error {
	if s.openBucket(b) == nil {
		return nil
	}
	passed := map[*pendingRow]bool{}
	err := s.eachStored(b, from, func(key, payload []byte) error {
		if row := s.pending.row(b, key); row != nil {
			passed[row] = true
			if payload = row.payload; payload == nil {
				return nil
			}
		}
		return fn(key, payload)
	})
	if s.pending == nil || s.pending.rows[b] == nil {
		return err
	}
	s.pending.rows[b].Ascend(&pendingRow{key: from}, func(row *pendingRow) bool {
		if err == nil && row.payload != nil && !passed[row] {
			err = fn(row.key, row.payload)
		}
		return err == nil
	})
	return err
}

func (s *salvage) eachStored(b bucket, from []byte, fn func(key, payload []byte) error) error {
	last, err := s.walk(b, from, false, fn)
	if !isDamage(err) {
		return err
	}
	s.leftOut++
	if last == nil {
		last = from
	}
	if _, err = s.walk(b, last, true, fn); isDamage(err) {
		return nil
	}
	return err
}

// walk calls fn for the rows from a key on, or those above it from the last one down, and
// returns the key of the last one. Keys that are not in order end it: the pages may form a
// circle.
func (s *salvage) walk(b bucket, key []byte, down bool, fn func(key, payload []byte) error) (last []byte, err error) {
	var failed error // of fn: not to be taken for damage
	err = catchDamage(func() error {
		c := s.newCursor(b)
		step, at := c.next, c.seek(key)
		if down {
			step, at = c.prev, c.last()
		}
		for ; at.key != nil && (!down || bytes.Compare(at.key, key) > 0); at = step() {
			k := at.key
			if c := bytes.Compare(k, last); last != nil && (c == 0 || c < 0 != down) {
				return ErrDamaged
			}
			last = bytes.Clone(k)
			p, err := at.payload(b)
			if row := s.pending.row(b, k); row != nil {
				p, err = row.payload, nil // whatever the older one is
			}
			if err != nil || len(k) < 8 {
				s.leftOut++
				continue
			}
			if failed = fn(k, p); failed != nil {
				return nil
			}
		}
		return nil
	})
	return last, errors.Join(failed, err)
}
