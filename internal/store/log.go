package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"
)

// The write-ahead log. bbolt writes whole pages, so that a commit which changes a row in each
// of twenty buckets writes more than forty pages. Instead, Update stores all that it changed
// as one row of bucket log, and the rows are held in memory (pending.go). Once the log has
// more than maxLog bytes, a checkpoint writes them to their buckets, in the order of their
// keys. It takes several bbolt transactions, because bbolt holds all pages in memory that one
// of them changes; the last one empties the log. Rows that were moved before a kill are in the
// log too, and are moved again. A commit of more than maxLog bytes is not logged: it writes
// all to the buckets at once.
//
// A row of log is numbered from 1 since the last checkpoint; a commit of many changes has
// several. It has for each bucket that was written to: the length of its name and the name, the
// number of changes, and for each the length of the key, the key, the length of the payload plus
// 1, or 0 for a deleted row, and the payload. Lengths and numbers are uvarints. The number of
// the last row is also the bbolt sequence of the bucket, so that rows which a flipped bit hides
// are missed.

// maxLog is how many bytes the log has before a checkpoint, and how many one commit adds, at
// most. Open reads them.
const maxLog = 4 << 20

// maxLogRow is how many bytes of changes a row of log has, unless a single one is larger. bbolt
// writes the last three rows again with the next.
const maxLogRow = 32 << 10

// maxMoved is how many nodes of bbolt, which are pages that it decodes, one transaction of a
// checkpoint has, or a few more. A node takes some 30 KB.
const maxMoved = 256

// logLimits are maxLog and maxMoved, which are less in tests.
type logLimits struct{ log, moved int }

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

// divideChanges calls fn for parts of what a transaction wrote, each for one row of log.
func divideChanges(changed *[numBuckets][]*pendingRow, fn func(part *[numBuckets][]*pendingRow) error) error {
	var part [numBuckets][]*pendingRow
	size := 0
	for b, all := range changed {
		from := 0
		for i, row := range all {
			if size += len(row.key) + len(row.payload); size < maxLogRow {
				continue
			}
			part[b] = all[from : i+1]
			if err := fn(&part); err != nil {
				return err
			}
			part, size, from = [numBuckets][]*pendingRow{}, 0, i+1
		}
		part[b] = all[from:]
	}
	if size == 0 {
		return nil
	}
	return fn(&part)
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

// moving is how far a checkpoint has come.
type moving struct {
	began uint64 // the bbolt transaction that began it; 0: none yet
	in    bucket
	from  []byte // the next key of bucket in; nil: the first
	done  bool   // all are moved, and the log is empty
}

// Checkpoint writes the rows of the log to their buckets. Update does so by itself when the
// log is long.
func (s *Store) Checkpoint() error {
	s.moving.Lock()
	defer s.moving.Unlock()
	return s.checkpoint()
}

// checkpoint is Checkpoint for a caller that has locked moving. Others may write meanwhile.
func (s *Store) checkpoint() error {
	if p := s.pending.Load(); p == nil || p.number == 0 {
		return nil
	}
	for m := (moving{}); !m.done; {
		err := s.update(func(tx *Tx) error { tx.moving = &m; return nil })
		if err != nil {
			return fmt.Errorf("move rows from the log: %w", err)
		}
	}
	return nil
}

// Checkpoint makes the commit of this transaction write its rows and those of the log to their
// buckets, unless they are many. Close would do that too: a transaction that is likely to be
// the last one saves it the second commit.
func (tx *Tx) Checkpoint() { tx.checkpointNow = true }

// flush writes what the transaction changed to the log, or with all that is in the log to the
// buckets.
func (r *rows) flush() error {
	if r.pending == nil {
		return r.putSums()
	}
	p, size := r.pending, sizeOfChanges(&r.written)
	switch {
	case r.moving != nil:
		return r.move(r.moving, r.limits.moved)
	case size > r.limits.log || r.checkpointNow && p.size+size <= maxLog/4:
		return r.move(new(moving), math.MaxInt)
	case size == 0:
		return nil
	}
	if err := divideChanges(&r.written, r.log); err != nil {
		return err
	}
	return r.bucket(logs).SetSequence(p.number)
}

// log appends a row to the log.
func (r *rows) log(changed *[numBuckets][]*pendingRow) error {
	logged := appendChanges(make([]byte, 0, sizeOfChanges(changed)), changed)
	r.pending.number++
	r.pending.size += len(logged)
	return r.putStored(logs, seqBytes(r.pending.number), logged)
}

// move writes rows of the log to their buckets, from m on and until the transaction has limit
// nodes. After the last one it writes what others have written since m began, and empties the
// log.
func (r *rows) move(m *moving, limit int) error {
	if m.began == 0 {
		m.began = r.pending.last
	}
	if r.compressor == nil {
		if err := r.makeDictionary(); err != nil {
			return err
		}
	}
	for ; m.in < numBuckets; m.in, m.from = m.in+1, nil {
		if r.nodes() >= limit {
			return r.putSums()
		}
		if err := r.moveBucket(m, limit); err != nil {
			return err
		}
		if m.from != nil {
			return r.putSums()
		}
	}
	m.done = true
	if err := r.moveSince(m.began); err != nil {
		return err
	}
	if err := r.putSums(); err != nil {
		return err
	}
	return r.emptyLog()
}

// moveSince writes the rows that later transactions than began have written.
func (r *rows) moveSince(began uint64) (err error) {
	for b, all := range r.pending.rows {
		if all == nil {
			continue
		}
		all.Scan(func(row *pendingRow) bool {
			if row.by > began {
				err = r.moveRow(bucket(b), row)
			}
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) moveRow(b bucket, row *pendingRow) error {
	if row.payload == nil {
		return r.deleteStored(b, row.key)
	}
	return r.putStored(b, row.key, row.payload)
}

// moveBucket is move for bucket m.in. It leaves m.from nil after the last row. Rows that are
// packed together are moved at once.
func (r *rows) moveBucket(m *moving, limit int) (err error) {
	all := r.pending.rows[m.in]
	if all == nil {
		return nil
	}
	if packings[m.in] != nil {
		changes := make([]packedRow, 0, all.Len())
		all.Scan(func(row *pendingRow) bool {
			changes = append(changes, packedRow{row.key, row.payload})
			return true
		})
		return r.putPacked(m.in, changes)
	}
	from := m.from
	m.from = nil
	all.Ascend(&pendingRow{key: from}, func(row *pendingRow) bool {
		if r.nodes() >= limit {
			m.from = row.key
			return false
		}
		err = r.moveRow(m.in, row)
		return err == nil
	})
	return err
}

// nodes returns how many nodes the transaction has.
func (r *rows) nodes() int {
	stats := r.b.Stats()
	return int(stats.GetNodeCount())
}

func (r *rows) emptyLog() error {
	r.pending.number, r.pending.size, r.pending.rows = 0, 0, [numBuckets]*pendingRows{}
	r.buckets[logs], r.cursors[logs] = nil, nil
	name := []byte(names[logs])
	if err := r.b.DeleteBucket(name); err != nil {
		return err
	}
	_, err := r.b.CreateBucket(name)
	return err
}
