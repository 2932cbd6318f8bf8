package store

import (
	"sync"

	"github.com/cespare/xxhash/v2"
)

// Cache holds decoded stories and entries for callers that read the same ones again and
// again: decoding a row takes ten times as long as finding it. A cached value is used only
// while the stored bytes are the same. The zero Cache is ready to use, by many goroutines.
type Cache struct {
	mu            sync.Mutex // guards the fields below
	recent, older map[rowKey]cachedRow
}

// maxCached is the size of each of the two maps; a row takes some 3 KB. When recent is full
// it becomes older, and the rows in the previous older are no longer cached.
const maxCached = 2048

type rowKey struct {
	bucket
	key string
}

type cachedRow struct {
	sum   uint64 // of the payload
	value any
}

// WithCache makes tx read stories and entries through c, and returns tx. Callers share what
// they read this way, so nobody may change it.
func (tx *Tx) WithCache(c *Cache) *Tx {
	tx.cache = c
	return tx
}

// row returns the cached value of a row, or the value that decode returns.
func (c *Cache) row(key rowKey, payload []byte, decode func() (any, error)) (any, error) {
	sum := xxhash.Sum64(payload)
	if v, ok := c.get(key, sum); ok {
		return v, nil
	}
	v, err := decode()
	if err == nil {
		c.add(key, cachedRow{sum, v})
	}
	return v, err
}

func (c *Cache) get(key rowKey, sum uint64) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.recent[key]
	if !ok {
		if v, ok = c.older[key]; ok && v.sum == sum {
			c.set(key, v)
		}
	}
	return v.value, ok && v.sum == sum
}

func (c *Cache) add(key rowKey, v cachedRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(key, v)
}

// set needs the lock.
func (c *Cache) set(key rowKey, v cachedRow) {
	if c.recent == nil || len(c.recent) >= maxCached {
		c.recent, c.older = map[rowKey]cachedRow{}, c.recent
	}
	c.recent[key] = v
}
