package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tx is one transaction. Methods that return no error keep the first one that
// they meet, and View or Update returns it.
type Tx struct {
	b        *bolt.Tx
	buckets  [numBuckets]*bolt.Bucket
	cursors  [numBuckets]*bolt.Cursor // for get alone
	err      error
	slab     []byte              // where values lie until the commit
	scratch  []byte              // where rows are encoded
	taken    map[claim]time.Time // see Claim
	standing map[string]standing // see stands
	known    *atomic.Pointer[knownRules]
	decoded  *Decoded // see Through
}

func newTx(b *bolt.Tx) *Tx { return &Tx{b: b} }

func (tx *Tx) bucket(b bucket) *bolt.Bucket {
	if tx.buckets[b] == nil {
		tx.buckets[b] = tx.openBucket(b)
		if tx.b.Writable() && fill[b] != 0 {
			tx.buckets[b].FillPercent = fill[b]
		}
	}
	return tx.buckets[b]
}

func (tx *Tx) openBucket(b bucket) *bolt.Bucket {
	if b.top() == "" {
		return tx.b.Bucket([]byte(names[b]))
	}
	return tx.b.Bucket([]byte(b.top())).Bucket([]byte(names[b]))
}

func (tx *Tx) keep(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// get returns the payload, nil when there is none. It is bbolt's memory.
func (tx *Tx) get(b bucket, key []byte) ([]byte, error) {
	if tx.cursors[b] == nil {
		tx.cursors[b] = tx.bucket(b).Cursor()
	}
	k, v := tx.cursors[b].Seek(key)
	if !bytes.Equal(k, key) {
		return nil, nil
	}
	return b.unseal(key, v)
}

func (tx *Tx) put(b bucket, key, payload []byte) error {
	if err := tx.bucket(b).Put(key, tx.seal(b, key, payload)); err != nil {
		return fmt.Errorf("put %s %q: %w", b, key, err)
	}
	return nil
}

const slabSize = 64 << 10

// seal keeps the small values of a transaction together: they all end with it.
func (tx *Tx) seal(b bucket, key, payload []byte) []byte {
	n := header + len(payload)
	if n > slabSize/4 {
		return b.seal(key, payload)
	}
	if cap(tx.slab)-len(tx.slab) < n {
		tx.slab = make([]byte, 0, slabSize)
	}
	from := len(tx.slab)
	tx.slab = b.appendSealed(tx.slab, key, payload)
	return tx.slab[from:len(tx.slab):len(tx.slab)]
}

func (tx *Tx) drop(b bucket, key []byte) error {
	if err := tx.bucket(b).Delete(key); err != nil {
		return fmt.Errorf("drop %s %q: %w", b, key, err)
	}
	return nil
}

func decode(b bucket, key, payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return fmt.Errorf("decode %s %q: %w: %w", b, key, err, ErrDamaged)
	}
	return nil
}

func (tx *Tx) write(b bucket, key []byte, v any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s %q: %w", b, key, err)
	}
	return tx.put(b, key, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// row reads and decodes one row, nil when there is none.
func row[T any](tx *Tx, b bucket, key []byte) (*T, error) {
	p, err := tx.get(b, key)
	if p == nil || err != nil {
		return nil, err
	}
	if tx.decoded == nil || b != stories && b != entries {
		return decodeRow[T](b, key, p)
	}
	v, err := tx.decoded.row(place{b, string(key)}, p, func() (any, error) { return decodeRow[T](b, key, p) })
	if err != nil {
		return nil, err
	}
	return v.(*T), nil
}

func decodeRow[T any](b bucket, key, payload []byte) (*T, error) {
	v := new(T)
	if err := decode(b, key, payload, v); err != nil {
		return nil, err
	}
	return v, nil
}

// rows reads all rows of a bucket in the order of their keys.
func rows[T any](tx *Tx, b bucket) ([]*T, error) {
	var all []*T
	err := tx.up(b, nil, nil, func(k, p []byte) (bool, error) {
		v := new(T)
		all = append(all, v)
		return true, decode(b, k, p, v)
	})
	return all, err
}

// up walks the rows whose keys begin with prefix, from the smallest not below
// from, until fn says false. The slices are bbolt's memory, and fn must not write.
func (tx *Tx) up(b bucket, prefix, from []byte, fn func(key, payload []byte) (more bool, err error)) error {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	c := tx.bucket(b).Cursor()
	for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if more, err := visit(b, k, v, fn); err != nil || !more {
			return err
		}
	}
	return nil
}

// down is up from the largest key below before.
func (tx *Tx) down(b bucket, prefix, before []byte, fn func(key, payload []byte) (more bool, err error)) error {
	c := tx.bucket(b).Cursor()
	first := c.Prev
	if k, _ := c.Seek(before); k == nil {
		first = c.Last
	}
	k, v := first()
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		if more, err := visit(b, k, v, fn); err != nil || !more {
			return err
		}
	}
	return nil
}

func visit(b bucket, k, v []byte, fn func(key, payload []byte) (bool, error)) (bool, error) {
	p, err := b.unseal(k, v)
	if err != nil {
		return false, err
	}
	return fn(k, p)
}

// dropWhile removes up to n rows, from the smallest key on, as long as of says so,
// and returns their keys and payloads.
func (tx *Tx) dropWhile(b bucket, n int, of func(key, payload []byte) bool) (dropped [][]byte, payloads [][]byte, err error) {
	err = tx.up(b, nil, nil, func(k, p []byte) (bool, error) {
		if len(dropped) == n || !of(k, p) {
			return false, nil
		}
		dropped, payloads = append(dropped, bytes.Clone(k)), append(payloads, bytes.Clone(p))
		return true, nil
	})
	for i := 0; err == nil && i < len(dropped); i++ {
		err = tx.drop(b, dropped[i])
	}
	return dropped, payloads, err
}
