package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Files of schemas before 16 have rows in the form of earlier releases: JSON where coder.go has
// a shorter encoding, not compressed, and not in packs. They are read in both forms. Row "rewrite" of bucket
// meta says how far they are rewritten; a file without it has none that are left.
//
// A step moves some old rows from their bucket to the log, and then writes a checkpoint. That
// stores them as if they were new, in full pages. If they were rewritten where they are, pages
// that are half empty would stay so.

var keyRewrite = []byte("rewrite")

// rewritten are the buckets with rows that have another form in earlier releases, in the order
// in which they are rewritten.
var rewritten = []bucket{
	bodies, entries, stories, changes, sources, orders, events, archives, starred,
	applied, recordIDs, firstSeqs, keys, texts, unlisted,
}

// rewriteState says how far old rows are rewritten.
type rewriteState struct {
	Bucket string `json:"bucket"`          // by its name in the file; the buckets before it are done
	After  []byte `json:"after,omitempty"` // the key of its last row that is done
	Done   int64  `json:"done"`            // rows that were looked at, of all buckets
	Rows   int64  `json:"rows"`            // that all buckets had at the beginning
	Seq    uint64 `json:"seq"`             // of the last record then: what later ones stored first is not old
}

// noteOldRows is the migration that notes that all rows are to be rewritten. It does not read
// them.
func noteOldRows(b *bolt.Tx) error {
	r := &rows{b: b}
	seq, _ := r.lastApplied()
	state := rewriteState{Bucket: rewritten[0].String(), Seq: seq}
	for _, in := range rewritten {
		n, err := r.sumOfBucket(in)
		if err != nil {
			return err
		}
		state.Rows += n.rows
	}
	if state.Rows == 0 || r.err != nil {
		return r.err
	}
	return r.putRewriteState(&state)
}

// sumOfBucket adds up the sums of a bucket.
func (r *rows) sumOfBucket(b bucket) (all sum, err error) {
	prefix := sumKey(b, nil)
	c := r.bucket(sums).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		p, err := sums.unseal(k, v)
		if err != nil {
			return sum{}, err
		}
		if len(p) != sumSize {
			return sum{}, mismatch(sums, k, "has a wrong length")
		}
		all.add(readSum(p))
	}
	return all, nil
}

// rewriteState returns how far old rows are rewritten, nil when there are none.
func (r *rows) rewriteState() (*rewriteState, error) {
	p, err := r.getStored(meta, keyRewrite)
	if p == nil || err != nil {
		return nil, err
	}
	return decodeRow[rewriteState](meta, keyRewrite, p)
}

// putRewriteState stores the state in its bucket, with what the transaction rewrites; nil
// deletes it.
func (r *rows) putRewriteState(s *rewriteState) error {
	if s == nil {
		return r.deleteStored(meta, keyRewrite)
	}
	p, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return r.putStored(meta, keyRewrite, p)
}

// Bounds of one step. A writer waits for a step at most as long as for a checkpoint.
const (
	rewriteBytes = 128 << 10 // of rows that are moved
	rewriteRows  = 1000
	rewriteRead  = 1 << 20               // bytes of rows that are looked at
	rewriteTime  = 10 * time.Millisecond // for looking at them
)

// Rewrite pauses after a step rewriteIdle times as long as the step took, and at least
// minRewritePause. While others wait to write it pauses again, but not for ever: up to
// maxRewriteYields times. It begins again retryRewrite after the disk refused a step.
const (
	rewriteIdle      = 4
	minRewritePause  = 10 * time.Millisecond
	maxRewriteYields = 20
	retryRewrite     = time.Minute
)

// OldRows returns how many rows are still to be rewritten by Rewrite, of how many: 0 when that
// is done. Some of them may have come since, or have their form already.
func (s *Store) OldRows() (left, of int64) {
	state := s.oldRows.Load()
	if state == nil {
		return 0, 0
	}
	return max(1, state.Rows-state.Done), state.Rows
}

// Rewrite gives the rows of earlier releases the form of this one. What they say, and the
// digest, stay the same. It works in small steps with pauses and gives way to others who
// write. It returns nil when all rows are rewritten. If ctx or the process ends before, the next
// call goes on from the last step. A step that the disk refuses is tried again; other errors
// are returned.
func (s *Store) Rewrite(ctx context.Context) error {
	step := func() (time.Duration, error) { return 0, s.makeDictionaryOfRows() }
	for yields := 0; s.oldRows.Load() != nil; yields++ {
		pause := minRewritePause
		if s.waiting.Load() == 0 || yields == maxRewriteYields {
			yields = 0
			took, err := step()
			switch {
			case err == nil:
				pause, step = max(pause, rewriteIdle*took), s.rewriteStep
			case errors.Is(err, ErrNotWritten), errors.Is(err, ErrGone):
				pause = retryRewrite
			default:
				return err
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// rewriteAll is Rewrite without pauses.
func (s *Store) rewriteAll() error {
	if err := s.makeDictionaryOfRows(); err != nil {
		return err
	}
	for s.oldRows.Load() != nil {
		if _, err := s.rewriteStep(); err != nil {
			return err
		}
	}
	return nil
}

// rewriteStep rewrites the next rows, and returns how long that took.
func (s *Store) rewriteStep() (took time.Duration, err error) {
	var began time.Time
	var next *rewriteState
	var moved int
	err = s.Update(func(tx *Tx) (err error) {
		began = time.Now()
		next, moved, err = tx.rewriteNext()
		return err
	})
	if err == nil && moved > 0 {
		err = s.Checkpoint()
	}
	if err != nil {
		return 0, err
	}
	s.oldRows.Store(next)
	return time.Since(began), nil
}

// rewriteNext moves the next old rows to the log, and returns the new state and how many rows
// it has moved.
func (r *rows) rewriteNext() (next *rewriteState, moved int, err error) {
	state, err := r.rewriteState()
	if state == nil || err != nil {
		return nil, 0, err
	}
	b, err := bucketNamed(state.Bucket)
	if err != nil {
		return nil, 0, decodeError(meta, keyRewrite, err)
	}
	old, ended, err := r.findOldRows(b, state)
	if err != nil {
		return nil, 0, err
	}
	for _, row := range old {
		if err := errors.Join(r.put(b, row.key, row.payload), r.deleteRow(b, row.key)); err != nil {
			return nil, 0, err
		}
	}
	if ended {
		state = state.nextBucket(b)
	}
	return state, len(old), errors.Join(r.putSums(), r.putRewriteState(state))
}

// nextBucket returns the state after the last row of bucket b, nil after that of the last one.
func (s *rewriteState) nextBucket(b bucket) *rewriteState {
	i := slices.Index(rewritten, b) + 1
	if i == len(rewritten) {
		return nil
	}
	return &rewriteState{Bucket: rewritten[i].String(), Done: s.Done, Rows: s.Rows, Seq: s.Seq}
}

// findOldRows returns the next old rows of a bucket, with the payloads that they will have, and
// whether they are its last. It notes in state which rows it has looked at.
func (r *rows) findOldRows(b bucket, state *rewriteState) (old []pendingRow, ended bool, err error) {
	deadline := time.Now().Add(rewriteTime)
	c := r.bucket(b).Cursor()
	k, v := c.Seek(append(bytes.Clone(state.After), 0))
	if state.After == nil {
		k, v = c.First()
	}
	for size, read := 0, 0; k != nil && !state.isLater(b, k); k, v = c.Next() {
		payload, ok, err := r.renew(b, k, v)
		if err != nil {
			return nil, false, err
		}
		if ok {
			old = append(old, pendingRow{key: bytes.Clone(k), payload: payload})
			size += len(payload)
		}
		state.After = bytes.Clone(k)
		state.Done++
		if read += len(k) + len(v); size >= rewriteBytes || len(old) == rewriteRows || read >= rewriteRead || time.Now().After(deadline) {
			return old, false, nil
		}
	}
	return old, true, nil
}

// isLater reports whether a row was first stored after the file was given its schema.
func (s *rewriteState) isLater(b bucket, key []byte) bool {
	switch b {
	case bodies, entries, stories, changes, orders, recordIDs:
		return len(key) >= 8 && readSeq(key) > s.Seq
	}
	return false
}

// renew returns the payload of a row of bbolt as it is written today. ok is false if the row has
// the form already, or if the log has another in its place.
func (r *rows) renew(b bucket, key, value []byte) (payload []byte, ok bool, err error) {
	packing := packings[b]
	if isPack(value) || packing == nil && len(value) > 0 && value[0] == compressed || r.pending.row(b, key) != nil {
		return nil, false, nil
	}
	if payload, err = b.unseal(key, value); err != nil {
		return nil, false, err
	}
	switch {
	case newTyped(b) != nil && !isEncoded(payload):
		payload, err = current(b, key, payload)
		return payload, true, err
	case packing != nil && packing.accepts(payload):
		return payload, true, nil
	case b.compresses() && value[0] == plain:
		_, ok = r.compressor.compress(payload)
	}
	return payload, ok, nil
}

// makeDictionaryOfRows makes a dictionary for a file with old rows that has none, of rows from
// all parts of it. If none can be made, rows are rewritten without one.
func (s *Store) makeDictionaryOfRows() error {
	if s.oldRows.Load() == nil || s.compressor.Load() != nil {
		return nil
	}
	var all [][]byte
	err := s.View(func(tx *Tx) error {
		for _, b := range sampled {
			if err := tx.sampleRows(b, &all); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	dictionary := train(all)
	if dictionary == nil {
		return nil
	}
	return s.Update(func(tx *Tx) error {
		if tx.compressor != nil {
			return nil
		}
		return tx.useDictionary(dictionary)
	})
}

// sampleRows appends rows with text from all parts of a bucket, as they are written today.
func (r *rows) sampleRows(b bucket, all *[][]byte) error {
	c := r.newCursor(b)
	first, last := c.seek(nil).key, c.last().key
	if len(first) < 8 || len(last) < 8 {
		return nil
	}
	next, step := bytes.Clone(first), (readSeq(last)-readSeq(first))/minTrained
	for i := range uint64(minTrained) {
		if at := seqBytes(readSeq(first) + i*step); bytes.Compare(at, next) > 0 {
			next = at
		}
		row := c.seek(next)
		if row.key == nil {
			return nil
		}
		next = append(bytes.Clone(row.key), 0)
		p, err := row.payload(b)
		if err == nil {
			p, err = current(b, row.key, p)
		}
		if err != nil {
			return err
		}
		if len(p) >= minCompressed {
			*all = append(*all, bytes.Clone(p[:min(len(p), maxTrained)]))
		}
	}
	return nil
}
