package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// rows reads and writes the rows of one transaction. It also holds what the tables cache
// until the transaction ends.
type rows struct {
	b       *bolt.Tx
	buckets [numBuckets]*bolt.Bucket
	cursors [numBuckets]*bolt.Cursor // see cursor
	err     error                    // the first one, see setErr
	ended   func() error             // why reads must end, nil while they need not; nil in writing transactions
	slab    []byte                   // values that are needed until the transaction ends
	scratch []byte                   // for encoding one row

	pending       *pending                  // what is in the log; nil where it is not read, and writes go to the buckets
	written       [numBuckets][]*pendingRow // what this transaction wrote to the log; see appendChanges
	limits        logLimits                 // the store's
	compressor    *compressor               // nil: there is no dictionary yet
	checkpointNow bool                      // see Tx.Checkpoint
	moving        *moving                   // flush moves rows from the log to their buckets, from here on; nil: none

	unpacked        unpackedRow // the pack that was read last
	dictionaryTries *int        // the store's; nil outside Update

	changed [numBuckets]map[string]*sum // by block: what this transaction adds to the sums
	sound   [numBuckets]map[string]bool // by block: whether it was compared with its sum; not in writing transactions
	hashed  []byte                      // for sumOf

	verified *[numBuckets]map[string]bool // by block: the store's, for checkBlockOnce; nil in View
	found    int                          // single rows that were looked for in their buckets since the last release
	release  func()                       // returns the memory of the pages that were read; nil in View

	oldest            oldestSignatures // the store's; nil in View
	signaturesChanged bool             // some were deleted or got another at, and that may be rolled back

	claimed      map[claim]time.Time           // see Topics.ClaimUpdated
	storyIndexes map[string]storyIndex         // see Stories.storedIndex
	rulesCache   *atomic.Pointer[decodedRules] // the store's
	cache        *Cache                        // see Tx.WithCache

	shares     bool   // rows that nodes exchange are marked when they change; see side.go
	applying   bool   // not those that came from another node
	marked     bool   // some were
	mostMarked uint64 // the last mark; 0: not read yet, or none
}

func (r *rows) bucket(b bucket) *bolt.Bucket {
	if r.buckets[b] == nil {
		r.buckets[b] = r.openBucket(b)
		if r.b.Writable() && fillPercent[b] != 0 {
			r.buckets[b].FillPercent = fillPercent[b]
		}
	}
	return r.buckets[b]
}

func (r *rows) openBucket(b bucket) *bolt.Bucket {
	if b.top() == "" {
		return r.b.Bucket([]byte(names[b]))
	}
	return r.b.Bucket([]byte(b.top())).Bucket([]byte(names[b]))
}

// hasEnded returns why the transaction must not read on; see Store.ViewContext.
func (r *rows) hasEnded() error {
	if r.ended == nil {
		return nil
	}
	return r.ended()
}

// setErr stores the first error of the methods that return none.
func (r *rows) setErr(err error) {
	if r.err == nil {
		r.err = err
	}
}

// get returns the payload of a row, nil when there is no row. The slice is bbolt's memory:
// it is valid until the transaction ends and must not be changed.
func (r *rows) get(b bucket, key []byte) ([]byte, error) {
	if err := r.hasEnded(); err != nil {
		return nil, err
	}
	if row := r.pending.row(b, key); row != nil {
		return row.payload, nil
	}
	return r.getStored(b, key)
}

// getStored returns the payload of a row as it is in its bucket.
func (r *rows) getStored(b bucket, key []byte) ([]byte, error) {
	if r.found++; r.found > releaseAfterFinds && r.release != nil {
		r.found = 0
		r.release()
	}
	k, v := r.cursor(b).Seek(key)
	switch {
	case k != nil && bytes.Equal(k, key) && isPack(v):
		return r.firstPacked(b, key, v)
	case k != nil && bytes.Equal(k, key): // an empty key is in no bucket
		return b.unseal(key, v)
	case packings[b] != nil:
		if p, err := r.getPacked(b, key, k); p != nil || err != nil {
			return p, err
		}
		k, _ = r.cursor(b).Seek(key)
	}
	return nil, r.checkMissing(b, key, k)
}

// cursor returns the cursor that finds single rows.
func (r *rows) cursor(b bucket) *bolt.Cursor {
	if r.cursors[b] == nil {
		r.cursors[b] = r.bucket(b).Cursor()
	}
	return r.cursors[b]
}

func (r *rows) put(b bucket, key, payload []byte) error {
	if r.pending == nil {
		return r.putStored(b, key, payload)
	}
	if err := r.markChange(b, key, payload); err != nil {
		return err
	}
	return r.write(b, key, r.keep(payload))
}

// write stores a row in the log; a nil payload deletes it.
func (r *rows) write(b bucket, key, payload []byte) error {
	if !r.b.Writable() {
		return fmt.Errorf("put %s %q: %w", b, key, berrors.ErrTxNotWritable)
	}
	p := r.pending
	switch {
	case len(r.written[b]) > 0:
	case p.rows[b] == nil:
		p.rows[b] = newPendingRows()
	default:
		p.rows[b] = p.rows[b].Copy()
	}
	if first := p.put(p.last, b, r.keep(key), payload); first != nil {
		r.written[b] = append(r.written[b], first)
	}
	return nil
}

// keep copies a key or a payload to where it stays until the transaction ends, and after it
// as long as it is needed.
func (r *rows) keep(v []byte) []byte {
	n := len(v)
	if n > slabSize/4 {
		return bytes.Clone(v)
	}
	if r.slab == nil || cap(r.slab)-len(r.slab) < n {
		r.slab = make([]byte, 0, slabSize)
	}
	from := len(r.slab)
	r.slab = append(r.slab, v...)
	return r.slab[from:len(r.slab):len(r.slab)]
}

// putStored stores a row in its bucket.
func (r *rows) putStored(b bucket, key, payload []byte) error {
	if packings[b] != nil {
		return r.putPacked(b, []packedRow{{key, payload}})
	}
	return r.putRow(b, key, r.seal(b, key, payload))
}

const slabSize = 64 << 10

// seal is bucket.seal, with one allocation for many small values: all are needed until the
// transaction ends.
func (r *rows) seal(b bucket, key, payload []byte) []byte {
	format := byte(plain)
	if b.compresses() {
		if frame, ok := r.compressor.compress(payload); ok {
			payload, format = frame, compressed
		}
	}
	n := headerSize + len(payload)
	if n > slabSize/4 {
		return b.appendSealed(make([]byte, 0, n), key, payload, format)
	}
	if cap(r.slab)-len(r.slab) < n {
		r.slab = make([]byte, 0, slabSize)
	}
	from := len(r.slab)
	r.slab = b.appendSealed(r.slab, key, payload, format)
	return r.slab[from:len(r.slab):len(r.slab)]
}

// delete deletes a row, if there is one.
func (r *rows) delete(b bucket, key []byte) error {
	if r.pending == nil {
		return r.deleteStored(b, key)
	}
	if err := r.markChange(b, key, nil); err != nil {
		return err
	}
	return r.write(b, key, nil)
}

// deleteStored deletes a row from its bucket, if there is one.
func (r *rows) deleteStored(b bucket, key []byte) error {
	if packings[b] != nil {
		return r.putPacked(b, []packedRow{{key, nil}})
	}
	return r.deleteRow(b, key)
}

// deleteWhile deletes up to n rows from the smallest key on, while match returns true. It
// returns their keys and payloads.
func (r *rows) deleteWhile(b bucket, n int, match func(key, payload []byte) (bool, error)) (deleted, payloads [][]byte, err error) {
	err = r.ascend(b, nil, nil, func(k, p []byte) (bool, error) {
		if len(deleted) == n {
			return false, nil
		}
		ok, err := match(k, p)
		if ok {
			deleted, payloads = append(deleted, bytes.Clone(k)), append(payloads, bytes.Clone(p))
		}
		return ok, err
	})
	for i := 0; err == nil && i < len(deleted); i++ {
		err = r.delete(b, deleted[i])
	}
	return deleted, payloads, err
}

// ascend calls fn for the rows whose keys begin with prefix and are not below from, in
// ascending order, until fn returns false. The slices are bbolt's memory, and fn must not
// write. A row that should have been among them and was not is an error after the last one.
func (r *rows) ascend(b bucket, prefix, from []byte, fn func(key, payload []byte) (more bool, err error)) error {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	m, end := r.newMerge(b, prefix, from, false), prefixEnd(prefix)
	for k, v, sealed := m.next(); k != nil; k, v, sealed = m.next() {
		if err := r.hasEnded(); err != nil {
			return err
		}
		more, err := callRow(b, k, v, sealed, fn)
		if err != nil {
			return err
		}
		if !more {
			end = append(bytes.Clone(k), 0)
			break
		}
	}
	if err := r.hasEnded(); err != nil {
		return err
	}
	return r.checkRead(b, from, end, m.stored)
}

// descend is like ascend, in descending order from the largest key below before.
func (r *rows) descend(b bucket, prefix, before []byte, fn func(key, payload []byte) (more bool, err error)) error {
	m, low := r.newMerge(b, prefix, before, true), prefix
	for k, v, sealed := m.next(); k != nil; k, v, sealed = m.next() {
		if err := r.hasEnded(); err != nil {
			return err
		}
		more, err := callRow(b, k, v, sealed, fn)
		if err != nil {
			return err
		}
		if !more {
			low = k
			break
		}
	}
	if err := r.hasEnded(); err != nil {
		return err
	}
	return r.checkRead(b, low, before, m.stored)
}

func callRow(b bucket, k, v []byte, sealed bool, fn func(key, payload []byte) (bool, error)) (bool, error) {
	if !sealed {
		return fn(k, v)
	}
	p, err := b.unseal(k, v)
	if err != nil {
		return false, err
	}
	return fn(k, p)
}

// count returns the number of rows in a bucket.
func (r *rows) count(b bucket) (n int) {
	r.setErr(r.ascend(b, nil, nil, func(_, _ []byte) (bool, error) { n++; return true, nil }))
	return n
}

// firstSeq returns the Seq of the record that first stored an entry ('e') or a story
// ('s'): part of the key of its rows.
func (r *rows) firstSeq(kind byte, id string) (seq uint64, ok bool, err error) {
	p, err := r.get(firstSeqs, firstSeqKey(kind, id))
	if p == nil || err != nil {
		return 0, false, err
	}
	return readSeq(p), true, nil
}

// decode decodes a row. Rows of older versions are JSON in every bucket.
func decode(b bucket, key, payload []byte, v any) error {
	if isEncoded(payload) {
		return decodeError(b, key, decodeTyped(key, payload, v))
	}
	return decodeError(b, key, json.Unmarshal(payload, v))
}

// decodeError wraps an error of decoding a row: its checksum is right, and yet it is not
// what was written.
func decodeError(b bucket, key []byte, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("decode %s %q: %w: %w", b, key, err, ErrDamaged)
}

// putJSON stores v as JSON.
func (r *rows) putJSON(b bucket, key []byte, v any) error {
	p, err := encodeJSON(b, key, v)
	if err != nil {
		return err
	}
	return r.put(b, key, p)
}

// encodeJSON returns the payload of a row that is v as JSON.
func encodeJSON(b bucket, key []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %s %q: %w", b, key, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// getJSON decodes one row, nil when there is none.
func getJSON[T any](r *rows, b bucket, key []byte) (*T, error) {
	p, err := r.get(b, key)
	if p == nil || err != nil {
		return nil, err
	}
	if r.cache == nil || b != stories && b != entries {
		return decodeRow[T](b, key, p)
	}
	v, err := r.cache.row(rowKey{b, string(key)}, p, func() (any, error) { return decodeRow[T](b, key, p) })
	if err != nil {
		return nil, err
	}
	return v.(*T), nil
}

// allJSON decodes the rows whose keys begin with prefix, in the order of their keys. A nil
// prefix means all rows.
func allJSON[T any](r *rows, b bucket, prefix []byte) ([]*T, error) {
	var all []*T
	err := r.ascend(b, prefix, nil, func(k, p []byte) (bool, error) {
		v, err := decodeRow[T](b, k, p)
		all = append(all, v)
		return true, err
	})
	return all, err
}

func decodeRow[T any](b bucket, key, payload []byte) (*T, error) {
	v := new(T)
	if err := decode(b, key, payload, v); err != nil {
		return nil, err
	}
	return v, nil
}
