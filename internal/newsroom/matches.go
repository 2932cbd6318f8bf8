package newsroom

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	maxFilters     = 100     // whose matches are kept
	maxKeptMatches = 200_000 // of all filters together
)

// matchCache keeps which stories satisfy the filters that were used last. The zero value is
// ready.
type matchCache struct {
	mu    sync.Mutex // guards the field below
	known []*keptMatches
}

// keptMatches are the matches of a filter. Requests for them take turns.
type keptMatches struct {
	view.Matches
	key  string
	turn *semaphore.Weighted
	size int // how many they were after the last request; guarded by matchCache.mu
}

// of returns the matches of a filter by its key.
func (c *matchCache) of(key string) *keptMatches {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.known {
		if m.key == key {
			copy(c.known[1:], c.known[:i])
			c.known[0] = m
			return m
		}
	}
	m := &keptMatches{key: key, turn: semaphore.NewWeighted(1)}
	c.known = append([]*keptMatches{m}, c.known...)
	return m
}

// done ends the turn of a request. It drops what was not used for longest, if there is too
// much.
func (c *matchCache) done(m *keptMatches) {
	c.mu.Lock()
	m.size = m.Len()
	total := 0
	for i, k := range c.known {
		if total += k.size; i > 0 && (i >= maxFilters || total > maxKeptMatches) {
			clear(c.known[i:])
			c.known = c.known[:i]
			break
		}
	}
	c.mu.Unlock()
	m.turn.Release(1)
}

// matchesOf returns the matches of a filter when it is this request's turn, and what ends
// it. They are nil if they can't be kept.
func (d *Desk) matchesOf(ctx context.Context, f *view.Filter) (m *view.Matches, done func(), err error) {
	if !f.IsLasting() {
		return nil, func() {}, nil
	}
	key := f.Key()
	if f.AsksForStars() {
		key += "\x00\x00" + callerOf(ctx).name
	}
	kept := d.matches.of(key)
	if err := kept.turn.Acquire(ctx, 1); err != nil {
		return nil, nil, err
	}
	return &kept.Matches, func() { d.matches.done(kept) }, nil
}

// readBatches reads what view reads in several transactions: quickReads of them at once, the
// others in turn with other requests. open returns it in the first transaction.
func (d *Desk) readBatches(ctx, limited context.Context, query string, open func(tx *store.Tx) (batchReader, error)) error {
	var r batchReader
	more := true
	err := d.readFirst(ctx, query, func(tx *store.Tx) (err error) {
		if r, err = open(tx); err != nil {
			return err
		}
		for i := 0; i < quickReads && more && err == nil; i++ {
			more, err = r.Read(limited, tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.readRest(ctx, limited, r, more)
}
