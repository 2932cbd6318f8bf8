package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The write-ahead log. bbolt writes whole pages, so that a commit which changes a row in each
// of twenty buckets writes more than forty pages. Instead, Update stores all that it changed
// as one row of bucket log, and the rows are held in memory (pending.go). Once the log has
// maxLog bytes, a checkpoint writes them to their buckets, in the order of their keys, and
// empties the log in the same bbolt transaction.
//
// A row of log is numbered from 1 since the last checkpoint. It has for each bucket that was
// written to: the length of its name and the name, the number of changes, and for each the
// length of the key, the key, the length of the payload plus 1, or 0 for a deleted row, and the
// payload. Lengths and numbers are uvarints. The number of the last row is also the bbolt
// sequence of the bucket, so that rows which a flipped bit hides are missed.

// maxLog is how many bytes the log has at most. A checkpoint of so many takes some 20 ms, and
// Open reads them.
const maxLog = 1 << 20

// sizeOfChanges returns how many bytes appendChanges appends at most.
func sizeOfChanges(changed *[numBuckets][]*pendingRow) (size int) {
	for b, all := range changed {
		if len(all) == 0 {
			continue
		}
		size += len(names[b]) + 2*binary.MaxVarintLen32
		for _, row := range all {
			size += len(row.key) + len(row.payload) + 2*binary.MaxVarintLen32
		}
	}
	return size
}

// appendChanges appends rows that a transaction wrote, for a row of log.
func appendChanges(to []byte, changed *[numBuckets][]*pendingRow) []byte {
	for b, all := range changed {
		if len(all) == 0 {
			continue
		}
		to = appendBytes(to, names[b])
		to = binary.AppendUvarint(to, uint64(len(all)))
		for _, row := range all {
			to = appendBytes(to, row.key)
			if row.payload == nil {
				to = append(to, 0)
				continue
			}
			to = binary.AppendUvarint(to, uint64(len(row.payload))+1)
			to = append(to, row.payload...)
		}
	}
	return to
}

func appendBytes[T string | []byte](to []byte, v T) []byte {
	return append(binary.AppendUvarint(to, uint64(len(v))), v...)
}

// eachChange calls fn for the changes in a row of log. The slices are part of it.
func eachChange(p []byte, fn func(b bucket, key, payload []byte) error) error {
	r := logReader{p}
	for len(r.rest) > 0 {
		name, ok := r.bytes(0)
		n, counted := r.number()
		if !ok || !counted {
			return errEncoding
		}
		b, err := bucketNamed(string(name))
		if err != nil {
			return err
		}
		for ; n > 0; n-- {
			key, ok := r.bytes(0)
			payload, has := r.bytes(1)
			if !ok || !has {
				return errEncoding
			}
			if err := fn(b, key, payload); err != nil {
				return err
			}
		}
	}
	return nil
}

type logReader struct{ rest []byte }

func (r *logReader) number() (n uint64, ok bool) {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		return 0, false
	}
	r.rest = r.rest[size:]
	return n, true
}

// bytes reads a length to which more was added, and as many bytes: nil if it is less than
// more.
func (r *logReader) bytes(more uint64) (b []byte, ok bool) {
	n, ok := r.number()
	switch {
	case !ok:
		return nil, false
	case n < more:
		return nil, true
	case n-more > uint64(len(r.rest)):
		return nil, false
	}
	n -= more
	b, r.rest = r.rest[:n:n], r.rest[n:]
	return b, true
}

// readLog returns what the log holds.
func readLog(b *bolt.Tx) (*pending, error) {
	p := &pending{last: uint64(b.ID())}
	top := b.Bucket([]byte(names[logs]))
	if top == nil {
		return p, nil
	}
	c := top.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		payload, err := logs.unseal(k, v)
		if err != nil {
			return nil, err
		}
		if len(k) != 8 || readSeq(k) != p.number+1 {
			return nil, mismatch(logs, k, "is not the next row")
		}
		if err := p.add(payload); err != nil {
			return nil, decodeError(logs, k, err)
		}
	}
	if p.number != top.Sequence() {
		return nil, fmt.Errorf("%s: has %d rows where %d were written: %w", logs, p.number, top.Sequence(), ErrDamaged)
	}
	return p, nil
}

// add adds the changes of a row of log.
func (p *pending) add(payload []byte) error {
	p.number++
	p.size += len(payload)
	return eachChange(bytes.Clone(payload), func(b bucket, key, payload []byte) error {
		if p.rows[b] == nil {
			p.rows[b] = newPendingRows()
		}
		p.rows[b].Set(&pendingRow{key: key, payload: payload})
		return nil
	})
}

// Checkpoint writes the rows of the log to their buckets. Update does so by itself when the
// log is long.
func (s *Store) Checkpoint() error {
	return s.Update(func(tx *Tx) error {
		tx.Checkpoint()
		return nil
	})
}

// Checkpoint makes the commit of this transaction write its rows and those of the log to their
// buckets. Close would do that too: a transaction that is likely to be the last one saves it
// the second commit.
func (tx *Tx) Checkpoint() { tx.checkpointNow = true }

// emptyLog writes a checkpoint unless the log is empty. If that fails, the next Open reads it.
func (s *Store) emptyLog() {
	if p := s.pending.Load(); p != nil && p.number > 0 {
		_ = s.Checkpoint()
	}
}

// flush writes what the transaction changed to the log, or with all that is in the log to the
// buckets.
func (r *rows) flush() error {
	if r.pending == nil {
		return r.putSums()
	}
	p, size := r.pending, sizeOfChanges(&r.written)
	switch {
	case r.checkpointNow || p.size+size > r.maxLog:
		return r.checkpoint()
	case size == 0:
		return nil
	}
	logged := appendChanges(make([]byte, 0, size), &r.written)
	p.number++
	p.size += len(logged)
	top := r.bucket(logs)
	if err := top.SetSequence(p.number); err != nil {
		return err
	}
	return r.putStored(logs, seqBytes(p.number), logged)
}

// checkpoint writes the rows of the log, and what the transaction changed, to their buckets,
// and empties the log.
func (r *rows) checkpoint() (err error) {
	if r.compressor == nil {
		if err := r.makeDictionary(); err != nil {
			return err
		}
	}
	for b := range numBuckets {
		all := r.pending.rows[b]
		if all == nil {
			continue
		}
		if err := r.putPending(b, all); err != nil {
			return err
		}
		r.pending.rows[b] = nil
	}
	if err := r.putSums(); err != nil {
		return err
	}
	return r.emptyLog()
}

// putPending writes the rows of a bucket in the log to the bucket.
func (r *rows) putPending(b bucket, all *pendingRows) (err error) {
	if packings[b] != nil {
		changes := make([]packedRow, 0, all.Len())
		all.Scan(func(row *pendingRow) bool {
			changes = append(changes, packedRow{row.key, row.payload})
			return true
		})
		return r.putPacked(b, changes)
	}
	all.Scan(func(row *pendingRow) bool {
		if row.payload == nil {
			err = r.deleteStored(b, row.key)
		} else {
			err = r.putStored(b, row.key, row.payload)
		}
		return err == nil
	})
	return err
}

func (r *rows) emptyLog() error {
	r.pending.number, r.pending.size = 0, 0
	r.buckets[logs], r.cursors[logs] = nil, nil
	name := []byte(names[logs])
	if err := r.b.DeleteBucket(name); err != nil {
		return err
	}
	_, err := r.b.CreateBucket(name)
	return err
}
