package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simFollower is a second node: it gets the records that the first one applied, one by one
// and hours later, and must come to the same state.
type simFollower struct {
	s       *simulation
	path    string
	store   *store.Store
	desk    *desk.Desk
	end     context.CancelFunc
	stopped chan error

	mu      sync.Mutex             // guards unknown
	unknown map[string]news.Record // filed, perhaps not applied
}

func newSimFollower(s *simulation) *simFollower {
	f := &simFollower{s: s, path: filepath.Join(s.folder, "follower.db"), unknown: map[string]news.Record{}}
	f.open()
	return f
}

func (f *simFollower) open() {
	var err error
	f.store, err = store.Open(f.path, store.Options{Created: time.Now()})
	f.s.must(err)
	f.desk, err = desk.Open(f.store, nil, nil, nil)
	f.s.must(err)
	var ctx context.Context
	ctx, f.end = context.WithCancel(context.Background())
	f.stopped = make(chan error, 1)
	go func() { f.stopped <- f.desk.Run(ctx) }()
}

func (f *simFollower) close() {
	f.end()
	if err := <-f.stopped; err != nil {
		f.s.fault("the follower's desk: %v", err)
	}
	f.s.must(f.store.Close())
}

// note remembers a record that is about to be filed.
func (f *simFollower) note(r news.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unknown[r.ID] = r
}

// settle applies what the first node has applied since the last time.
func (f *simFollower) settle() {
	type applied struct {
		seq    uint64
		record news.Record
	}
	var all []applied
	f.mu.Lock()
	defer f.mu.Unlock()
	f.s.must(f.s.node.store.View(func(tx *store.Tx) error {
		for id, r := range f.unknown {
			if seq := tx.Records.Seq(id); seq > 0 {
				all = append(all, applied{seq, r})
			}
		}
		return nil
	}))
	slices.SortFunc(all, func(a, b applied) int { return cmp.Compare(a.seq, b.seq) })
	for _, a := range all {
		delete(f.unknown, a.record.ID)
		if a.seq != f.store.Seq()+1 {
			f.s.fault("record %d follows %d", a.seq, f.store.Seq())
		}
		f.s.must(f.desk.File(context.Background(), a.record))
	}
	if f.s.rng.IntN(20) == 0 {
		f.close()
		f.open()
	}
}

// compare compares the follower's state with the digest of the first node, which has
// stopped: what it did not apply it never will.
func (f *simFollower) compare(digest string) {
	f.mu.Lock()
	clear(f.unknown)
	f.mu.Unlock()
	own, err := f.store.Digest()
	f.s.must(err)
	if own != digest {
		f.s.fault("the same records gave another state: record %d here, %d there", f.store.Seq(), f.s.node.store.Seq())
	}
}
