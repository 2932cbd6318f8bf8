package main

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/side"
)

// shareLocal begins to exchange the rows of the local half that all nodes need. It is called
// before anything is written.
func (m *member) shareLocal() {
	m.side = &side.Mirror{Store: m.store, Table: m.wire.Side, Node: m.node.Name, Log: m.logger}
	m.store.ShareLocal(m.side.Changed)
}

// exchangeRows has the services use what other nodes have changed, and tell them what they
// need before anything is sent. It is called before anything runs.
func (d *daemon) exchangeRows() {
	m := d.member
	d.notices.Settle, d.notices.Owns = m.side.Settle, m.node.Owns
	d.hub.Settle = m.side.Settle
	d.hub.While = func(ctx context.Context, run func(context.Context) error) error {
		return m.whileHolds(ctx, cluster.Hub, m.caughtUp(run))
	}
	m.side.Heard = func(buckets map[string]bool) {
		if buckets["subscriptions"] {
			d.hub.Reread()
		}
		if buckets["bells"] || buckets["dispatches"] || buckets["mails"] || buckets["closed"] {
			d.notices.Reread()
		}
	}
}

// caughtUp returns a service that begins when this node has what the one before has stored, so
// that nothing is sent twice but what was under way.
func (m *member) caughtUp(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := m.side.CatchUp(ctx); err != nil {
			return err
		}
		return run(ctx)
	}
}

// settleFor is how long a node that stops or gives a role back waits until the others have what it
// did.
const settleFor = 3 * time.Second

// runMirror exchanges rows until stop is called, which waits until the others have those of this
// node. ctx does not end it: services store how they ended.
func (m *member) runMirror(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = m.side.Run(ctx) // it has no error
	}()
	return func() {
		m.settle(ctx)
		cancel()
		<-ended
	}
}

// settle waits for a moment until the other nodes have what is stored here.
func (m *member) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	if err := m.side.Settle(ctx); err != nil {
		m.logger.Info("the other nodes do not have all that this one did yet", "err", err)
	}
}

// services are those that run because this node has a role.
type services struct {
	mu      sync.Mutex // guards running
	running map[cluster.Claim]chan struct{}
}

// begin notes that the service of a role runs, until ended is called.
func (s *services) begin(role cluster.Claim) (ended func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		s.running = map[cluster.Claim]chan struct{}{}
	}
	done := make(chan struct{})
	s.running[role] = done
	return func() { close(done) }
}

// leaveRole waits until the service of a role has stopped and the others have what it did.
func (m *member) leaveRole(ctx context.Context, role cluster.Claim) {
	m.services.mu.Lock()
	done := m.services.running[role]
	m.services.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
		m.settle(ctx)
	case <-ctx.Done():
	}
}

// eraseEvery is the time between looks whether deleted addresses are to be erased.
const eraseEvery = 10 * time.Minute

// clerk files sweeps and reviews of stories, and has the bytes of deleted addresses erased.
func (d *daemon) clerk(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.sweep(ctx) })
	g.Go(func() error { return d.review(ctx) })
	g.Go(func() error {
		for ctx.Err() == nil {
			if err := d.member.side.Erase(ctx); err != nil && ctx.Err() == nil {
				d.log.Warn("deleted addresses are not erased yet, will try again", "err", err)
			}
			pauseFor(ctx, eraseEvery)
		}
		return nil
	})
	return g.Wait()
}
