package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

type half struct {
	name    string
	buckets []string
}

var halves = []half{
	{"meta", nil},
	{"shared", []string{
		"state", "applied", "filed", "sources", "topics", "entries", "bodies", "keys", "texts", "fading",
		"stories", "timeline", "places", "claims", "changes", "signatures", "orders",
	}},
	{"local", []string{"spots"}},
}

// Tx is one transaction. Methods that return no error keep the first one that
// they meet, and View or Update returns it.
type Tx struct {
	b       *bolt.Tx
	buckets map[string]*bolt.Bucket
	err     error
}

func newTx(b *bolt.Tx) *Tx {
	return &Tx{b: b, buckets: make(map[string]*bolt.Bucket, 24)}
}

func (tx *Tx) bucket(name string) *bolt.Bucket {
	if b, ok := tx.buckets[name]; ok {
		return b
	}
	top := "shared"
	if name == "spots" {
		top = "local"
	}
	b := tx.b.Bucket([]byte(top)).Bucket([]byte(name))
	tx.buckets[name] = b
	return b
}

func (tx *Tx) keep(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// get returns the payload, nil when there is none. It is bbolt's memory.
func (tx *Tx) get(bucket string, key []byte) ([]byte, error) {
	v := tx.bucket(bucket).Get(key)
	if v == nil {
		return nil, nil
	}
	return unseal(bucket, key, v)
}

func (tx *Tx) put(bucket string, key, payload []byte) error {
	if err := tx.bucket(bucket).Put(key, seal(bucket, key, payload)); err != nil {
		return fmt.Errorf("put %s %q: %w", bucket, key, err)
	}
	return nil
}

func (tx *Tx) drop(bucket string, key []byte) error {
	if err := tx.bucket(bucket).Delete(key); err != nil {
		return fmt.Errorf("drop %s %q: %w", bucket, key, err)
	}
	return nil
}

// read decodes a row into v and says whether there is one.
func (tx *Tx) read(bucket string, key []byte, v any) (bool, error) {
	p, err := tx.get(bucket, key)
	if p == nil || err != nil {
		return false, err
	}
	return true, decode(bucket, key, p, v)
}

func decode(bucket string, key, payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return fmt.Errorf("decode %s %q: %w: %w", bucket, key, err, ErrDamaged)
	}
	return nil
}

func (tx *Tx) write(bucket string, key []byte, v any) error {
	p, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode %s %q: %w", bucket, key, err)
	}
	return tx.put(bucket, key, p)
}

// up walks the rows whose keys begin with prefix, from the smallest not below
// from, until fn says false. The slices are bbolt's memory.
func (tx *Tx) up(bucket string, prefix, from []byte, fn func(key, payload []byte) (bool, error)) error {
	c := tx.bucket(bucket).Cursor()
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	k, v := c.Seek(from)
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		p, err := unseal(bucket, k, v)
		if err != nil {
			return err
		}
		if more, err := fn(k, p); err != nil || !more {
			return err
		}
	}
	return nil
}

// down walks the rows whose keys begin with prefix and are below before, from the
// largest, until fn says false.
func (tx *Tx) down(bucket string, prefix, before []byte, fn func(key, payload []byte) (bool, error)) error {
	c := tx.bucket(bucket).Cursor()
	k, v := c.Seek(before)
	if k == nil {
		k, v = c.Last()
	}
	for k != nil && bytes.Compare(k, before) >= 0 {
		k, v = c.Prev()
	}
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		p, err := unseal(bucket, k, v)
		if err != nil {
			return err
		}
		if more, err := fn(k, p); err != nil || !more {
			return err
		}
	}
	return nil
}
