package store

import (
	"bytes"
	"time"
)

// Fold stores the state of package story, whose bytes it does not interpret.
type Fold struct{ *rows }

// State returns the state that PutState stored last, nil before the first.
func (t Fold) State() []byte {
	p, err := t.get(state, keyFold)
	t.setErr(err)
	return bytes.Clone(p)
}

// PutState stores the state that the last sweep returned.
func (t Fold) PutState(fold []byte) error { return t.put(state, keyFold, fold) }

// EachSignature calls fn for all signatures, in the order in which they were put. sig is
// valid during the call.
func (t Fold) EachSignature(fn func(sig []byte) error) error {
	return t.ascend(signatures, nil, nil, func(_, p []byte) (bool, error) { return true, fn(p[8:]) })
}

// Signature returns the n-th signature of a record, nil when there is none or it is
// deleted.
func (t Fold) Signature(seq uint64, n int) ([]byte, error) {
	p, err := t.get(signatures, signatureKey(seq, n))
	if err != nil || p == nil {
		return nil, err
	}
	return bytes.Clone(p[8:]), nil
}

// PutSignature stores the n-th signature of a record. DeleteSignaturesBefore deletes it
// when its time is after at.
func (t Fold) PutSignature(seq uint64, n int, at time.Time, sig []byte) error {
	p := append(appendTime(make([]byte, 0, 8+len(sig)), at), sig...)
	return t.put(signatures, signatureKey(seq, n), p)
}

// ChangeSignatures calls fn for all signatures with their times, and stores what it returns
// instead if change is true.
func (t Fold) ChangeSignatures(fn func(at time.Time, sig []byte) (newAt time.Time, newSig []byte, change bool, err error)) error {
	type row struct{ key, payload []byte }
	var changed []row
	err := t.ascend(signatures, nil, nil, func(k, p []byte) (bool, error) {
		at, sig, change, err := fn(readTime(p), p[8:])
		if change && err == nil {
			changed = append(changed, row{bytes.Clone(k), append(appendTime(nil, at), sig...)})
		}
		return true, err
	})
	for i := 0; err == nil && i < len(changed); i++ {
		err = t.put(signatures, changed[i].key, changed[i].payload)
	}
	return err
}

// DeleteSignaturesBefore deletes the signatures with an at before a time.
func (t Fold) DeleteSignaturesBefore(before time.Time) error {
	var old [][]byte
	err := t.ascend(signatures, nil, nil, func(k, p []byte) (bool, error) {
		if readTime(p).Before(before) {
			old = append(old, bytes.Clone(k))
		}
		return true, nil
	})
	for i := 0; err == nil && i < len(old); i++ {
		err = t.delete(signatures, old[i])
	}
	return err
}
