package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/news"
)

var (
	keySeq     = []byte("seq")
	keyRules   = []byte("rules")
	keyFold    = []byte("fold")
	keyHorizon = []byte("horizon")
	keyRhythm  = []byte("rhythm")
	keyMade    = []byte("made")
)

// Made is Options.At of the Open that made the file.
func (tx *Tx) Made() time.Time { return tx.moment(meta, keyMade) }

func (tx *Tx) moment(b bucket, key []byte) time.Time {
	p, err := tx.get(b, key)
	if err != nil || p == nil {
		tx.keep(err)
		return time.Time{}
	}
	return timeAt(p)
}

// Seq is that of the last record applied, 0 when there is none.
func (tx *Tx) Seq() uint64 { seq, _ := tx.last(); return seq }

// At is that of the last record applied, zero when there is none.
func (tx *Tx) At() time.Time { _, at := tx.last(); return at }

func (tx *Tx) last() (uint64, time.Time) {
	p, err := tx.get(state, keySeq)
	if err != nil || p == nil {
		tx.keep(err)
		return 0, time.Time{}
	}
	return binary.BigEndian.Uint64(p), timeAt(p[8:])
}

// Applied says whether the record with this id was applied and is not yet
// forgotten.
func (tx *Tx) Applied(recordID string) bool {
	p, err := tx.get(applied, []byte(recordID))
	tx.keep(err)
	return p != nil
}

// SeqOf is the Seq of the applied record with this id, 0 when there is none or it is
// forgotten.
func (tx *Tx) SeqOf(recordID string) uint64 {
	p, err := tx.get(applied, []byte(recordID))
	if err != nil || p == nil {
		tx.keep(err)
		return 0
	}
	return binary.BigEndian.Uint64(p)
}

// Filed is the id of the record with a Seq, empty when there is none or it is
// forgotten.
func (tx *Tx) Filed(seq uint64) string {
	p, err := tx.get(filed, number(seq))
	tx.keep(err)
	return string(p)
}

// Apply notes that a record was applied. Its Seq must be the next one, and its At
// not before the last.
func (tx *Tx) Apply(r *news.Record) error {
	seq, at := tx.last()
	switch {
	case r.Seq != seq+1:
		return fmt.Errorf("apply record %s: seq %d after %d", r.ID, r.Seq, seq)
	case r.At.Before(at):
		return fmt.Errorf("apply record %s: at %v after %v", r.ID, r.At, at)
	}
	if err := tx.put(applied, []byte(r.ID), number(r.Seq)); err != nil {
		return err
	}
	if err := tx.put(filed, number(r.Seq), []byte(r.ID)); err != nil {
		return err
	}
	return tx.put(state, keySeq, appendTime(number(r.Seq), r.At))
}

// ForgetApplied forgets the ids of up to n records with a Seq below before, the
// oldest first, and says how many it forgot.
func (tx *Tx) ForgetApplied(before uint64, n int) (int, error) {
	_, ids, err := tx.dropWhile(filed, n, func(k, _ []byte) bool { return binary.BigEndian.Uint64(k) < before })
	for i := 0; err == nil && i < len(ids); i++ {
		err = tx.drop(applied, ids[i])
	}
	return len(ids), err
}

// knownRules are the rules that were decoded last.
type knownRules struct {
	hash  uint64 // of their row
	rules *news.Rules
}

// Rules returns the rules in force, nil when there are none yet. Others are given
// the same: they must not be changed. With a thousand sources they take longer to
// decode than a page to make.
func (tx *Tx) Rules() (*news.Rules, error) {
	p, err := tx.get(state, keyRules)
	if p == nil || err != nil {
		return nil, err
	}
	hash := xxhash.Sum64(p)
	if k := tx.known.Load(); k != nil && k.hash == hash {
		return k.rules, nil
	}
	r := new(news.Rules)
	if err := decode(state, keyRules, p, r); err != nil {
		return nil, err
	}
	tx.known.Store(&knownRules{hash, r})
	return r, nil
}

// PutRules puts rules in force.
func (tx *Tx) PutRules(r *news.Rules) error { return tx.write(state, keyRules, r) }

// Orders returns all orders, oldest first.
func (tx *Tx) Orders() ([]news.Record, error) {
	all, err := rows[news.Record](tx, orders)
	out := make([]news.Record, len(all))
	for i, r := range all {
		out[i] = *r
	}
	return out, err
}

// Order returns the record of an order by its Seq, nil when there is none.
func (tx *Tx) Order(seq uint64) (*news.Record, error) {
	return row[news.Record](tx, orders, number(seq))
}

// PutOrder stores the record of an order for good.
func (tx *Tx) PutOrder(r *news.Record) error { return tx.write(orders, number(r.Seq), r) }

// Changes returns up to n changes with a Seq above after, oldest first.
func (tx *Tx) Changes(after uint64, n int) ([]news.Change, error) {
	var all []news.Change
	err := tx.up(changes, nil, number(after+1), func(k, p []byte) (bool, error) {
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

// OldestChange is the Seq of the oldest change kept, 0 when there is none.
func (tx *Tx) OldestChange() (seq uint64) {
	tx.keep(tx.up(changes, nil, nil, func(k, _ []byte) (bool, error) {
		seq = binary.BigEndian.Uint64(k)
		return false, nil
	}))
	return seq
}

// PutChange stores what a record touched.
func (tx *Tx) PutChange(c news.Change) error { return tx.write(changes, number(c.Seq), c) }

// DropChanges removes up to n changes with an At before a time, oldest first, and
// says how many it removed.
func (tx *Tx) DropChanges(before time.Time, n int) (int, error) {
	var bad error
	dropped, _, err := tx.dropWhile(changes, n, func(k, p []byte) bool {
		var c news.Change
		bad = decode(changes, k, p, &c)
		return bad == nil && c.At.Before(before)
	})
	if bad != nil {
		err = bad
	}
	return len(dropped), err
}

// FoldState is what PutFoldState got last, nil before.
func (tx *Tx) FoldState() []byte {
	p, err := tx.get(state, keyFold)
	tx.keep(err)
	return bytes.Clone(p)
}

// PutFoldState stores the state that the last sweep returned.
func (tx *Tx) PutFoldState(fold []byte) error { return tx.put(state, keyFold, fold) }

// Signatures calls fn for each stored signature, in the order in which they were
// put. sig is no more after fn.
func (tx *Tx) Signatures(fn func(sig []byte) error) error {
	return tx.up(signatures, nil, nil, func(_, p []byte) (bool, error) { return true, fn(p[8:]) })
}

// Signature returns the n-th signature of a record; nil when there is none any
// more.
func (tx *Tx) Signature(seq uint64, n int) ([]byte, error) {
	p, err := tx.get(signatures, binary.BigEndian.AppendUint32(number(seq), uint32(n)))
	if err != nil || p == nil {
		return nil, err
	}
	return bytes.Clone(p[8:]), nil
}

// PutSignature stores the n-th signature of a record, to be kept until
// DropSignatures comes with a time after at.
func (tx *Tx) PutSignature(seq uint64, n int, at time.Time, sig []byte) error {
	p := append(appendTime(make([]byte, 0, 8+len(sig)), at), sig...)
	return tx.put(signatures, binary.BigEndian.AppendUint32(number(seq), uint32(n)), p)
}

// DropSignatures removes the signatures with an at before a time.
func (tx *Tx) DropSignatures(before time.Time) error {
	var old [][]byte
	err := tx.up(signatures, nil, nil, func(k, p []byte) (bool, error) {
		if timeAt(p).Before(before) {
			old = append(old, bytes.Clone(k))
		}
		return true, nil
	})
	for i := 0; err == nil && i < len(old); i++ {
		err = tx.drop(signatures, old[i])
	}
	return err
}

// Horizon is the time that retention counts from; zero before the first sweep.
func (tx *Tx) Horizon() time.Time { return tx.moment(state, keyHorizon) }

// PutHorizon moves the horizon.
func (tx *Tx) PutHorizon(t time.Time) error { return tx.put(state, keyHorizon, appendTime(nil, t)) }

// Rhythm is how fast events usually grow; empty before the first grew.
func (tx *Tx) Rhythm() (*news.Rhythm, error) {
	r, err := row[news.Rhythm](tx, state, keyRhythm)
	if r == nil {
		r = new(news.Rhythm)
	}
	return r, err
}

// PutRhythm stores it.
func (tx *Tx) PutRhythm(r *news.Rhythm) error { return tx.write(state, keyRhythm, r) }
