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
	key := signatureKey(seq, n)
	t.oldest.note(key, at)
	return t.put(signatures, key, p)
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
	clear(t.oldest)
	t.signaturesChanged = true
	for i := 0; err == nil && i < len(changed); i++ {
		err = t.put(signatures, changed[i].key, changed[i].payload)
	}
	return err
}

// oldestSignatures has a time for blocks of signatures: none of the block's has an at before it.
// It is kept from one Update to the next, also if one is rolled back.
type oldestSignatures map[string]time.Time

// note notes that a signature is put.
func (o oldestSignatures) note(key []byte, at time.Time) {
	block := signatures.block(key)
	if oldest, ok := o[string(block)]; ok && at.Before(oldest) {
		o[string(block)] = at
	}
}

// DeleteSignaturesBefore deletes the signatures with an at before a time. It reads only blocks
// that may have some.
func (t Fold) DeleteSignaturesBefore(before time.Time) error {
	var old [][]byte
	for from, more := []byte(nil), true; more; {
		b := signatureBlock{}
		err := t.ascend(signatures, nil, from, func(k, p []byte) (bool, error) {
			if b.block == nil {
				b.block = bytes.Clone(signatures.block(k))
			}
			if oldest, ok := t.oldest[string(b.block)]; !bytes.HasPrefix(k, b.block) || ok && !oldest.Before(before) {
				return false, nil
			}
			b.add(k, readTime(p), before)
			return true, nil
		})
		if err != nil {
			return err
		}
		switch {
		case len(b.old) > 0:
			delete(t.oldest, string(b.block))
		case !b.oldest.IsZero() && t.oldest != nil && !t.signaturesChanged:
			t.oldest[string(b.block)] = b.oldest
		}
		old = append(old, b.old...)
		from = prefixEnd(b.block)
		more = from != nil
	}
	for _, key := range old {
		if err := t.delete(signatures, key); err != nil {
			return err
		}
	}
	t.signaturesChanged = t.signaturesChanged || len(old) > 0
	return nil
}

// signatureBlock is what DeleteSignaturesBefore finds in a block.
type signatureBlock struct {
	block  []byte
	old    [][]byte // the keys of those to delete
	oldest time.Time
}

func (b *signatureBlock) add(key []byte, at, before time.Time) {
	if at.Before(before) {
		b.old = append(b.old, bytes.Clone(key))
	}
	if b.oldest.IsZero() || at.Before(b.oldest) {
		b.oldest = at
	}
}
