package store

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Records is the table of the records that were applied: their ids and Seqs, not their
// content.
type Records struct{ *rows }

// Applied reports whether the record with an id was applied and is not deleted yet.
func (t Records) Applied(id string) bool { return t.Seq(id) != 0 }

// Seq returns the Seq of the applied record with an id, 0 when there is none or it is
// deleted.
func (t Records) Seq(id string) uint64 {
	p, err := t.get(applied, []byte(id))
	if err != nil || p == nil {
		t.setErr(err)
		return 0
	}
	return readSeq(p)
}

// ID returns the id of the record with a Seq, empty when there is none or it is deleted.
func (t Records) ID(seq uint64) string {
	p, err := t.get(recordIDs, seqBytes(seq))
	if p == nil || err != nil {
		t.setErr(err)
		return ""
	}
	id, err := t.recordID(seq, p)
	t.setErr(err)
	return string(id)
}

// filedLength is how many of the recordIDSize characters of a record's id its row of filed has:
// enough to find few others in applied. Rows of schemas before 18 have all.
const (
	filedLength  = 4
	recordIDSize = 26
)

// filedID returns the payload of the row of filed for the record with an id, or for the payload
// of an older row.
func filedID[T string | []byte](id T) []byte {
	if len(id) == recordIDSize {
		id = id[:filedLength]
	}
	return []byte(id)
}

// recordID returns the id of the record with a Seq, of which its row of filed has the start.
func (r *rows) recordID(seq uint64, start []byte) ([]byte, error) {
	m := r.newMerge(applied, start, start, false)
	for k, v, sealed := m.next(); k != nil; k, v, sealed = m.next() {
		var is bool
		_, err := callRow(applied, k, v, sealed, func(_, p []byte) (bool, error) {
			is = len(p) == 8 && readSeq(p) == seq
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		if is {
			return bytes.Clone(k), nil
		}
	}
	return nil, mismatch(recordIDs, seqBytes(seq), "does not agree with applied")
}

// Add stores that a record was applied. Its Seq must be the next one, and its At not
// before that of the last record, unless it is a Heal.
func (t Records) Add(r *news.Record) error {
	seq, at := t.lastApplied()
	switch {
	case r.Seq != seq+1:
		return fmt.Errorf("apply record %s: seq %d after %d", r.ID, r.Seq, seq)
	case r.At.Before(at) && r.Heal == nil:
		return fmt.Errorf("apply record %s: at %v after %v", r.ID, r.At, at)
	}
	if err := t.put(applied, []byte(r.ID), seqBytes(r.Seq)); err != nil {
		return err
	}
	if err := t.put(recordIDs, seqBytes(r.Seq), filedID(r.ID)); err != nil {
		return err
	}
	return t.put(state, keySeq, appendTime(seqBytes(r.Seq), r.At))
}

// DeleteBefore deletes the ids of up to n records with a Seq below before, oldest first.
// It returns how many it deleted.
func (t Records) DeleteBefore(before uint64, n int) (int, error) {
	seqs, starts, err := t.deleteWhile(recordIDs, n, func(k, _ []byte) (bool, error) { return readSeq(k) < before, nil })
	for i := 0; err == nil && i < len(seqs); i++ {
		var id []byte
		if id, err = t.recordID(readSeq(seqs[i]), starts[i]); err == nil {
			err = t.delete(applied, id)
		}
	}
	return len(seqs), err
}

// Orders is the table of editors' orders, which are never deleted.
type Orders struct{ *rows }

// Get returns the record of the order with a Seq.
func (t Orders) Get(seq uint64) (*news.Record, error) {
	return getJSON[news.Record](t.rows, orders, seqBytes(seq))
}

// All returns the records of all orders, oldest first.
func (t Orders) All() ([]news.Record, error) {
	all, err := allJSON[news.Record](t.rows, orders, nil)
	if err != nil {
		return nil, err
	}
	out := make([]news.Record, len(all))
	for i, r := range all {
		out[i] = *r
	}
	return out, nil
}

// Newest returns the records of up to n orders, newest first; unless before is 0, of those
// with a smaller Seq.
func (t Orders) Newest(n int, before uint64) ([]*news.Record, error) {
	if before == 0 {
		before = math.MaxUint64
	}
	var all []*news.Record
	err := t.descend(orders, nil, seqBytes(before), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		r, err := decodeRow[news.Record](orders, k, p)
		all = append(all, r)
		return true, err
	})
	return all, err
}

// Put stores the record of an order under its Seq.
func (t Orders) Put(r *news.Record) error { return t.putJSON(orders, seqBytes(r.Seq), r) }

// Changes is the table of what each record changed.
type Changes struct{ *rows }

// After returns up to n changes with a Seq above seq, oldest first.
func (t Changes) After(seq uint64, n int) ([]news.Change, error) {
	var all []news.Change
	err := t.ascend(changes, nil, seqBytes(seq+1), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		var c news.Change
		err := decode(changes, k, p, &c)
		all = append(all, c)
		return true, err
	})
	return all, err
}

// Newest calls fn for the changes, newest first, until fn returns false.
func (t Changes) Newest(fn func(news.Change) (more bool)) error {
	return t.descend(changes, nil, seqBytes(math.MaxUint64), func(k, p []byte) (bool, error) {
		var c news.Change
		if err := decode(changes, k, p, &c); err != nil {
			return false, err
		}
		return fn(c), nil
	})
}

// Oldest returns the Seq of the oldest change, 0 when there is none.
func (t Changes) Oldest() (seq uint64) {
	t.setErr(t.ascend(changes, nil, nil, func(k, _ []byte) (bool, error) {
		seq = readSeq(k)
		return false, nil
	}))
	return seq
}

// Put stores what a record changed, under its Seq.
func (t Changes) Put(v news.Change) error {
	t.scratch = encodeValue(t.scratch[:0], func(c *coder) { describeChange(c, &v) })
	return t.put(changes, seqBytes(v.Seq), t.scratch)
}

// DeleteBefore deletes up to n changes with an At before a time, oldest first. It returns
// how many it deleted.
func (t Changes) DeleteBefore(before time.Time, n int) (int, error) {
	deleted, _, err := t.deleteWhile(changes, n, func(k, p []byte) (bool, error) {
		var c news.Change
		err := decode(changes, k, p, &c)
		return err == nil && c.At.Before(before), err
	})
	return len(deleted), err
}
