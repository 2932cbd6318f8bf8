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

// Created is Options.At of the Open that made the file.
func (tx *Tx) Created() time.Time { return tx.moment(meta, keyMade) }

func (r *rows) moment(b bucket, key []byte) time.Time {
	p, err := r.get(b, key)
	if err != nil || p == nil {
		r.keep(err)
		return time.Time{}
	}
	return timeAt(p)
}

// Seq is that of the last record applied, 0 when there is none.
func (tx *Tx) Seq() uint64 { seq, _ := tx.last(); return seq }

// At is that of the last record applied, zero when there is none.
func (tx *Tx) At() time.Time { _, at := tx.last(); return at }

func (r *rows) last() (uint64, time.Time) {
	p, err := r.get(state, keySeq)
	if err != nil || p == nil {
		r.keep(err)
		return 0, time.Time{}
	}
	return binary.BigEndian.Uint64(p), timeAt(p[8:])
}

// Applied says whether the record with this id was applied and is not yet
// forgotten.
func (t Records) Applied(recordID string) bool {
	p, err := t.get(applied, []byte(recordID))
	t.keep(err)
	return p != nil
}

// Seq is the Seq of the applied record with this id, 0 when there is none or it is
// forgotten.
func (t Records) Seq(recordID string) uint64 {
	p, err := t.get(applied, []byte(recordID))
	if err != nil || p == nil {
		t.keep(err)
		return 0
	}
	return binary.BigEndian.Uint64(p)
}

// ID is the id of the record with a Seq, empty when there is none or it is
// forgotten.
func (t Records) ID(seq uint64) string {
	p, err := t.get(filed, number(seq))
	t.keep(err)
	return string(p)
}

// Add notes that a record was applied. Its Seq must be the next one, and its At
// not before the last.
func (t Records) Add(r *news.Record) error {
	seq, at := t.last()
	switch {
	case r.Seq != seq+1:
		return fmt.Errorf("apply record %s: seq %d after %d", r.ID, r.Seq, seq)
	case r.At.Before(at):
		return fmt.Errorf("apply record %s: at %v after %v", r.ID, r.At, at)
	}
	if err := t.put(applied, []byte(r.ID), number(r.Seq)); err != nil {
		return err
	}
	if err := t.put(filed, number(r.Seq), []byte(r.ID)); err != nil {
		return err
	}
	return t.put(state, keySeq, appendTime(number(r.Seq), r.At))
}

// DeleteBefore forgets the ids of up to n records with a Seq below before, the
// oldest first, and says how many it forgot.
func (t Records) DeleteBefore(before uint64, n int) (int, error) {
	_, ids, err := t.dropWhile(filed, n, func(k, _ []byte) bool { return binary.BigEndian.Uint64(k) < before })
	for i := 0; err == nil && i < len(ids); i++ {
		err = t.drop(applied, ids[i])
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
func (tx *Tx) Rules() (*news.Rules, error) { return tx.rules() }

func (r *rows) rules() (*news.Rules, error) {
	p, err := r.get(state, keyRules)
	if p == nil || err != nil {
		return nil, err
	}
	hash := xxhash.Sum64(p)
	if k := r.known.Load(); k != nil && k.hash == hash {
		return k.rules, nil
	}
	rules := new(news.Rules)
	if err := decode(state, keyRules, p, rules); err != nil {
		return nil, err
	}
	r.known.Store(&knownRules{hash, rules})
	return rules, nil
}

// PutRules puts rules in force.
func (tx *Tx) PutRules(r *news.Rules) error { return tx.write(state, keyRules, r) }

// All returns all orders, oldest first.
func (t Orders) All() ([]news.Record, error) {
	all, err := allRows[news.Record](t.rows, orders)
	out := make([]news.Record, len(all))
	for i, r := range all {
		out[i] = *r
	}
	return out, err
}

// Get returns the record of an order by its Seq, nil when there is none.
func (t Orders) Get(seq uint64) (*news.Record, error) {
	return row[news.Record](t.rows, orders, number(seq))
}

// Put stores the record of an order for good.
func (t Orders) Put(r *news.Record) error { return t.write(orders, number(r.Seq), r) }

// After returns up to n changes with a Seq above after, oldest first.
func (t Changes) After(after uint64, n int) ([]news.Change, error) {
	var all []news.Change
	err := t.up(changes, nil, number(after+1), func(k, p []byte) (bool, error) {
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

// Oldest is the Seq of the oldest change kept, 0 when there is none.
func (t Changes) Oldest() (seq uint64) {
	t.keep(t.up(changes, nil, nil, func(k, _ []byte) (bool, error) {
		seq = binary.BigEndian.Uint64(k)
		return false, nil
	}))
	return seq
}

// Put stores what a record touched.
func (t Changes) Put(c news.Change) error { return t.write(changes, number(c.Seq), c) }

// DeleteBefore removes up to n changes with an At before a time, oldest first, and
// says how many it removed.
func (t Changes) DeleteBefore(before time.Time, n int) (int, error) {
	var bad error
	dropped, _, err := t.dropWhile(changes, n, func(k, p []byte) bool {
		var c news.Change
		bad = decode(changes, k, p, &c)
		return bad == nil && c.At.Before(before)
	})
	if bad != nil {
		err = bad
	}
	return len(dropped), err
}

// State is what PutFoldState got last, nil before.
func (t Fold) State() []byte {
	p, err := t.get(state, keyFold)
	t.keep(err)
	return bytes.Clone(p)
}

// PutState stores the state that the last sweep returned.
func (t Fold) PutState(fold []byte) error { return t.put(state, keyFold, fold) }

// EachSignature calls fn for each stored signature, in the order in which they were
// put. sig is no more after fn.
func (t Fold) EachSignature(fn func(sig []byte) error) error {
	return t.up(signatures, nil, nil, func(_, p []byte) (bool, error) { return true, fn(p[8:]) })
}

// Signature returns the n-th signature of a record; nil when there is none any
// more.
func (t Fold) Signature(seq uint64, n int) ([]byte, error) {
	p, err := t.get(signatures, binary.BigEndian.AppendUint32(number(seq), uint32(n)))
	if err != nil || p == nil {
		return nil, err
	}
	return bytes.Clone(p[8:]), nil
}

// PutSignature stores the n-th signature of a record, to be kept until
// DropSignatures comes with a time after at.
func (t Fold) PutSignature(seq uint64, n int, at time.Time, sig []byte) error {
	p := append(appendTime(make([]byte, 0, 8+len(sig)), at), sig...)
	return t.put(signatures, binary.BigEndian.AppendUint32(number(seq), uint32(n)), p)
}

// DeleteSignaturesBefore removes the signatures with an at before a time.
func (t Fold) DeleteSignaturesBefore(before time.Time) error {
	var old [][]byte
	err := t.up(signatures, nil, nil, func(k, p []byte) (bool, error) {
		if timeAt(p).Before(before) {
			old = append(old, bytes.Clone(k))
		}
		return true, nil
	})
	for i := 0; err == nil && i < len(old); i++ {
		err = t.drop(signatures, old[i])
	}
	return err
}

// Horizon is the time that retention counts from; zero before the first sweep.
func (tx *Tx) Horizon() time.Time { return tx.moment(state, keyHorizon) }

// PutHorizon moves the horizon.
func (tx *Tx) PutHorizon(t time.Time) error { return tx.put(state, keyHorizon, appendTime(nil, t)) }

// Rhythm is how fast events usually grow; empty before the first grew.
func (t Events) Rhythm() (*news.Rhythm, error) {
	r, err := row[news.Rhythm](t.rows, state, keyRhythm)
	if r == nil {
		r = new(news.Rhythm)
	}
	return r, err
}

// PutRhythm stores it.
func (t Events) PutRhythm(r *news.Rhythm) error { return t.write(state, keyRhythm, r) }
