package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// rows reads and writes the rows of one transaction. It holds what the transaction
// needs to do so, and what its tables remember until it ends.
type rows struct {
	b        *bolt.Tx
	buckets  [numBuckets]*bolt.Bucket
	cursors  [numBuckets]*bolt.Cursor // for get alone
	err      error
	slab     []byte              // where values lie until the commit
	scratch  []byte              // where rows are encoded
	taken    map[claim]time.Time // see Claim
	standing map[string]standing // see stands
	known    *atomic.Pointer[knownRules]
	decoded  *Cache // see WithCache
}

func (r *rows) bucket(b bucket) *bolt.Bucket {
	if r.buckets[b] == nil {
		r.buckets[b] = r.openBucket(b)
		if r.b.Writable() && fill[b] != 0 {
			r.buckets[b].FillPercent = fill[b]
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

func (r *rows) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// get returns the payload, nil when there is none. It is bbolt's memory.
func (r *rows) get(b bucket, key []byte) ([]byte, error) {
	if r.cursors[b] == nil {
		r.cursors[b] = r.bucket(b).Cursor()
	}
	k, v := r.cursors[b].Seek(key)
	if !bytes.Equal(k, key) {
		return nil, nil
	}
	return b.unseal(key, v)
}

func (r *rows) put(b bucket, key, payload []byte) error {
	if err := r.bucket(b).Put(key, r.seal(b, key, payload)); err != nil {
		return fmt.Errorf("put %s %q: %w", b, key, err)
	}
	return nil
}

const slabSize = 64 << 10

// seal keeps the small values of a transaction together: they all end with it.
func (r *rows) seal(b bucket, key, payload []byte) []byte {
	n := header + len(payload)
	if n > slabSize/4 {
		return b.seal(key, payload)
	}
	if cap(r.slab)-len(r.slab) < n {
		r.slab = make([]byte, 0, slabSize)
	}
	from := len(r.slab)
	r.slab = b.appendSealed(r.slab, key, payload)
	return r.slab[from:len(r.slab):len(r.slab)]
}

func (r *rows) drop(b bucket, key []byte) error {
	if err := r.bucket(b).Delete(key); err != nil {
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

func (r *rows) write(b bucket, key []byte, v any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s %q: %w", b, key, err)
	}
	return r.put(b, key, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// row reads and decodes one row, nil when there is none.
func row[T any](r *rows, b bucket, key []byte) (*T, error) {
	p, err := r.get(b, key)
	if p == nil || err != nil {
		return nil, err
	}
	if r.decoded == nil || b != stories && b != entries {
		return decodeRow[T](b, key, p)
	}
	v, err := r.decoded.row(place{b, string(key)}, p, func() (any, error) { return decodeRow[T](b, key, p) })
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
func allRows[T any](r *rows, b bucket) ([]*T, error) {
	var all []*T
	err := r.up(b, nil, nil, func(k, p []byte) (bool, error) {
		v := new(T)
		all = append(all, v)
		return true, decode(b, k, p, v)
	})
	return all, err
}

// up walks the rows whose keys begin with prefix, from the smallest not below
// from, until fn says false. The slices are bbolt's memory, and fn must not write.
func (r *rows) up(b bucket, prefix, from []byte, fn func(key, payload []byte) (more bool, err error)) error {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	c := r.bucket(b).Cursor()
	for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if more, err := visit(b, k, v, fn); err != nil || !more {
			return err
		}
	}
	return nil
}

// down is up from the largest key below before.
func (r *rows) down(b bucket, prefix, before []byte, fn func(key, payload []byte) (more bool, err error)) error {
	c := r.bucket(b).Cursor()
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
func (r *rows) dropWhile(b bucket, n int, of func(key, payload []byte) bool) (dropped [][]byte, payloads [][]byte, err error) {
	err = r.up(b, nil, nil, func(k, p []byte) (bool, error) {
		if len(dropped) == n || !of(k, p) {
			return false, nil
		}
		dropped, payloads = append(dropped, bytes.Clone(k)), append(payloads, bytes.Clone(p))
		return true, nil
	})
	for i := 0; err == nil && i < len(dropped); i++ {
		err = r.drop(b, dropped[i])
	}
	return dropped, payloads, err
}
