package store

import (
	"sync"

	"github.com/cespare/xxhash/v2"
)

// Cache keeps stories and entries as they were decoded, for those who read the same
// ones again and again: decoding takes ten times as long as finding them. What is
// kept counts only while the stored bytes are the same. Zero is ready.
type Cache struct {
	mu       sync.Mutex // guards the fields below
	now, old map[place]decoded
}

// maxDecoded is how many rows are kept at least; twice as many at most, some 3 KB each.
const maxDecoded = 2048

type place struct {
	bucket
	key string
}

type decoded struct {
	sum   uint64 // of the payload
	value any
}

// WithCache lets stories and entries be read through d. They are shared then: nobody
// may change them.
func (tx *Tx) WithCache(d *Cache) *Tx {
	tx.decoded = d
	return tx
}

// row is row of tx, without decoding where the bytes are known.
func (d *Cache) row(at place, payload []byte, decode func() (any, error)) (any, error) {
	sum := xxhash.Sum64(payload)
	if v, ok := d.find(at, sum); ok {
		return v, nil
	}
	v, err := decode()
	if err == nil {
		d.keep(at, decoded{sum, v})
	}
	return v, err
}

func (d *Cache) find(at place, sum uint64) (any, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.now[at]
	if !ok {
		if v, ok = d.old[at]; ok && v.sum == sum {
			d.put(at, v)
		}
	}
	return v.value, ok && v.sum == sum
}

func (d *Cache) keep(at place, v decoded) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(at, v)
}

func (d *Cache) put(at place, v decoded) {
	if d.now == nil || len(d.now) >= maxDecoded {
		d.now, d.old = map[place]decoded{}, d.now
	}
	d.now[at] = v
}
