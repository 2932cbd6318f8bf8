package cluster_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// bucket is a KV in memory, with one order of changes and an optional TTL. As the real one it
// keeps the last change of each key only: who was away is not told the earlier ones.
type bucket struct {
	ttl time.Duration

	mu      sync.Mutex // guards the fields below
	order   []change   // all changes; the revision of one is its place, from 1
	keys    map[string]change
	last    map[string]uint64 // the last revision of each key, deleted ones included
	changed chan struct{}     // closed at the next change
}

type change struct {
	key      string
	value    []byte // nil: deleted
	revision uint64
	at       time.Time
}

func newBucket(ttl time.Duration) *bucket {
	return &bucket{ttl: ttl, keys: map[string]change{}, last: map[string]uint64{}, changed: make(chan struct{})}
}

// write appends a change. It is called with mu locked.
func (b *bucket) write(key string, value []byte) uint64 {
	c := change{key, value, uint64(len(b.order) + 1), time.Now()}
	b.order = append(b.order, c)
	b.keys[key], b.last[key] = c, c.revision
	if value == nil {
		delete(b.keys, key)
	}
	close(b.changed)
	b.changed = make(chan struct{})
	return c.revision
}

// expire deletes the keys that are older than the TTL, by a clock that is ahead.
func (b *bucket) expire(ahead time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, c := range b.keys {
		if b.ttl > 0 && time.Since(c.at)+ahead >= b.ttl {
			b.write(key, nil)
		}
	}
}

// next returns the change after a revision that the bucket still has, or a channel that is
// closed when there is one.
func (b *bucket) next(revision uint64) (change, chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.order[revision:] {
		if c.revision == b.last[c.key] {
			return c, nil
		}
	}
	return change{}, b.changed
}

// list returns the keys in order of their revisions, and the newest revision.
func (b *bucket) list() ([]change, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []change
	for _, c := range b.keys {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b change) int { return int(a.revision) - int(b.revision) })
	return all, uint64(len(b.order))
}

// faults are those of one node's connection. The zero value has none, and no latency.
type faults struct {
	mu      sync.Mutex
	random  *rand.Rand
	latency time.Duration // at most, of each call and each telling
	lag     time.Duration // of each telling, beyond that
	lost    float64       // chance that a request is lost, and the same for its answer
	broken  float64       // chance that a watch ends after a telling
	twice   float64       // chance that a change is told twice
	deaf    bool          // answers to writes are lost
	silent  chan struct{} // closed when watches tell again; nil: they do
	up      chan struct{} // closed: the bucket can be reached; nil: it can
}

func newFaults(seed uint64) *faults {
	return &faults{random: rand.New(rand.NewPCG(seed, 7)), latency: 40 * time.Millisecond, lost: 0.03, broken: 0.01, twice: 0.02}
}

// cut makes the bucket unreachable until the function that it returns is called.
func (f *faults) cut() (mend func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	up := make(chan struct{})
	f.up = up
	return func() { close(up) }
}

// travel waits as long as a message is on its way; for ever if there is no connection.
func (f *faults) travel(ctx context.Context) error {
	f.mu.Lock()
	up, wait := f.up, time.Duration(0)
	if f.latency > 0 {
		wait = time.Duration(f.random.Int64N(int64(f.latency)))
	}
	f.mu.Unlock()
	if up != nil {
		select {
		case <-up:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *faults) happens(chance float64) bool {
	if chance == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.Float64() < chance
}

var errLost = errors.New("no answer")

// client is a bucket as one node reaches it: a cluster.KV.
type client struct {
	*bucket
	*faults
}

// call does a request. What it did stays done if the answer is lost.
func (c client) call(ctx context.Context, do func()) error {
	if err := c.travel(ctx); err != nil {
		return err
	}
	if c.happens(c.lost) {
		return errLost
	}
	c.bucket.mu.Lock()
	do()
	c.bucket.mu.Unlock()
	if err := c.travel(ctx); err != nil {
		return err
	}
	if c.happens(c.lost) {
		return errLost
	}
	return nil
}

func (c client) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	err = c.call(ctx, func() {
		if old, ok := c.keys[key]; ok {
			value, revision = old.value, old.revision
		}
	})
	return value, revision, err
}

func (c client) Create(ctx context.Context, key string, value []byte) (revision uint64, ok bool, err error) {
	return c.Update(ctx, key, value, 0)
}

func (c client) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, ok bool, err error) {
	err = c.call(ctx, func() {
		if ok = c.keys[key].revision == last; ok {
			revision = c.write(key, slices.Clone(value))
		}
	})
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	if c.deaf {
		return 0, false, errLost
	}
	return revision, ok && err == nil, err
}

func (c client) Delete(ctx context.Context, key string, last uint64) (ok bool, err error) {
	err = c.call(ctx, func() {
		if ok = c.keys[key].revision == last && last > 0; ok {
			c.write(key, nil)
		}
	})
	return ok && err == nil, err
}

func (c client) Watch(ctx context.Context, _ string, fn func(string, []byte, uint64) error) error {
	if err := c.travel(ctx); err != nil {
		return err
	}
	listed, at := c.list()
	for _, x := range append(listed, change{}) {
		if err := fn(x.key, x.value, x.revision); err != nil {
			return err
		}
	}
	for {
		x, wait := c.next(at)
		c.faults.mu.Lock()
		if c.silent != nil {
			wait = c.silent
		}
		c.faults.mu.Unlock()
		if wait != nil {
			select {
			case <-wait:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		if err := c.tell(ctx, x, fn); err != nil {
			return err
		}
		at = x.revision
	}
}

func (c client) tell(ctx context.Context, x change, fn func(string, []byte, uint64) error) error {
	if err := c.travel(ctx); err != nil {
		return err
	}
	c.faults.mu.Lock()
	late, broken := c.lag-time.Since(x.at), c.broken
	c.faults.mu.Unlock()
	sleep(ctx, late)
	times := 1
	if c.happens(c.twice) {
		times = 2
	}
	for range times {
		if err := fn(x.key, x.value, x.revision); err != nil {
			return err
		}
	}
	if c.happens(broken) {
		return errLost
	}
	return nil
}

// silence has watches tell nothing until the function that it returns is called.
func (f *faults) silence() (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	silent := make(chan struct{})
	f.silent = silent
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.silent = nil
		close(silent)
	}
}

// setDeaf sets whether answers to writes are lost, though they are done.
func (f *faults) setDeaf(deaf bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deaf = deaf
}

// breakWatches sets the chance that a watch ends after a telling.
func (f *faults) breakWatches(chance float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = chance
}

// The bucket of the tests does what the packages rely on.
func TestBucket(t *testing.T) {
	b, ctx := newBucket(time.Minute), t.Context()
	c := client{b, &faults{}}
	r1, ok, _ := c.Create(ctx, "a", []byte("1"))
	if _, again, _ := c.Create(ctx, "a", []byte("2")); !ok || again {
		t.Errorf("created %v, and again %v", ok, again)
	}
	r2, ok, _ := c.Update(ctx, "a", []byte("2"), r1)
	if _, stale, _ := c.Update(ctx, "a", []byte("3"), r1); !ok || stale || r2 <= r1 {
		t.Errorf("updated %v to revision %d after %d, with a stale revision %v", ok, r2, r1, stale)
	}
	if ok, _ := c.Delete(ctx, "a", r1); ok {
		t.Error("deleted a revision that is not the last")
	}
	b.expire(0)
	if v, _, _ := c.Get(ctx, "a"); string(v) != "2" {
		t.Errorf("got %q, want 2", v)
	}
	b.expire(time.Hour)
	if _, r, _ := c.Get(ctx, "a"); r != 0 {
		t.Errorf("an expired key has revision %d", r)
	}
	if _, ok, _ := c.Create(ctx, "a", []byte("4")); !ok {
		t.Error("an expired key can't be created")
	}
}
