// Package side keeps the rows of the local half that all nodes of a cluster need (see
// store/side.go) the same on all of them, through a table that the nodes share.
//
// A node works with its own rows. What it changes is marked in the same transaction, and
// Mirror.Run writes marked rows to the table, in the order of their changes, each only if the
// table still has what the node knew. It stores what others wrote. A kill between the two repeats
// a write that changes nothing. While the table can't be reached, rows stay marked.
//
// If two nodes changed a row at once, the table's row wins; merge.go has the exceptions. A row
// that is deleted is purged from the table, whose keys are hashes: they disclose nothing.
//
// Once a node has heard all rows of the table, it deletes what was deleted while it was away,
// and writes what it had before it was one of several, unless the table has it.
package side

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// Table is what the nodes share: wire.Bucket. An error of a write means that nobody knows
// whether it was done.
type Table interface {
	Identity(ctx context.Context) (string, error)
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	Create(ctx context.Context, key string, value []byte) (revision uint64, ok bool, err error)
	Update(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error)
	Put(ctx context.Context, key string, value []byte) (revision uint64, err error)
	Purge(ctx context.Context, key string, revision uint64) (next uint64, ok bool, err error)
	Watch(ctx context.Context, prefix string, fn func(key string, value []byte, revision uint64) error) error
}

// Keys of the table. Others use it too.
const (
	prefix     = "side."
	rowPrefix  = "side.rows."
	seenPrefix = "side.seen." // see CatchUp
)

const (
	atOnce     = 256              // rows in one transaction, and in one round of writes
	inFlight   = 16               // writes to the table at the same time
	retryAfter = time.Second      // after the table could not be reached
	refusedFor = 30 * time.Second // then all rows are read again, which says why a write was refused
	listEvery  = 24 * time.Hour   // all rows are read again
	maxRow     = 8<<20 - 64<<10   // bytes of a row, so that a message has room for it
)

// Mirror exchanges this node's rows. Its fields must not change once it runs. Its store must
// have been told Changed by ShareLocal.
type Mirror struct {
	Store *store.Store
	Table Table
	Node  string
	Heard func(buckets map[string]bool) // called after rows of others were stored; nil: not called
	Log   *slog.Logger                  // nil: silent

	start sync.Once
	wake  chan struct{} // capacity 1: rows may be marked

	mu     sync.Mutex    // guards the fields below
	seen   uint64        // the last revision that was stored
	listed bool          // all rows of the table were
	moved  chan struct{} // closed when one of them changes, or rows were written

	// Used by Run's goroutine only.
	waiting map[string]time.Time // names of rows whose write was refused, until the table says why
	unsure  map[string]bool      // names of rows whose deletion may have been done
}

func (m *Mirror) init() {
	m.start.Do(func() {
		m.wake, m.moved = make(chan struct{}, 1), make(chan struct{})
		m.waiting, m.unsure = map[string]time.Time{}, map[string]bool{}
		if m.Log == nil {
			m.Log = slog.New(slog.DiscardHandler)
		}
		if m.Heard == nil {
			m.Heard = func(map[string]bool) {}
		}
	})
}

// Changed has Run write what was marked.
func (m *Mirror) Changed() {
	m.init()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Run exchanges rows until ctx ends.
func (m *Mirror) Run(ctx context.Context) error {
	m.init()
	for ctx.Err() == nil {
		err := m.follow(ctx)
		if ctx.Err() == nil && !errors.Is(err, errAgain) {
			m.Log.Warn("the rows that nodes exchange are read again", "err", err)
		}
		pause(ctx, retryAfter)
	}
	return nil
}

var (
	errAgain = errors.New("it is time to read all rows again")
	errEnded = errors.New("the watch ended")
)

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// event is what the table tells: a change, or with key "" that all rows were told.
type event struct {
	key      string
	value    []byte
	revision uint64
}

// watch is one watch of the table. Run's goroutine and that of the watch use it.
type watch struct {
	events chan event
	ended  chan struct{} // closed after err is set
	err    error

	told map[string]bool // names of the rows that were told; nil once all were
	last uint64          // the last revision that was stored
}

// follow hears all rows, and then each change, until the watch ends.
func (m *Mirror) follow(ctx context.Context) error {
	id, err := m.Table.Identity(ctx)
	if err != nil {
		return err
	}
	if err := m.meet(id); err != nil {
		return err
	}
	m.set(0, false)
	clear(m.waiting)
	w := &watch{events: make(chan event, atOnce), ended: make(chan struct{}), told: map[string]bool{}}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(w.ended)
		w.err = m.Table.Watch(ctx, prefix, func(key string, value []byte, revision uint64) error {
			select {
			case w.events <- event{key, value, revision}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	err = m.exchange(ctx, w)
	cancel()
	<-w.ended
	if errors.Is(err, errEnded) {
		return w.err
	}
	return err
}

func (m *Mirror) exchange(ctx context.Context, w *watch) error {
	retry, again := time.NewTimer(0), time.NewTimer(listEvery)
	defer retry.Stop()
	defer again.Stop()
	for {
		select {
		case e := <-w.events:
			if err := m.hear(ctx, w, drain(e, w.events)); err != nil {
				return err
			}
		case <-m.wake:
		case <-retry.C:
		case <-again.C:
			return errAgain
		case <-w.ended:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
		if w.told != nil {
			continue
		}
		more, err := m.write(ctx)
		switch {
		case err != nil:
			m.Log.Debug("rows wait for the table", "err", err)
			retry.Reset(retryAfter)
		case more:
			m.Changed()
		case m.refusedLong():
			return errAgain
		case len(m.waiting) > 0:
			retry.Reset(retryAfter)
		}
	}
}

// refusedLong reports whether the watch has not told for long why a write was refused.
func (m *Mirror) refusedLong() bool {
	for _, since := range m.waiting {
		if time.Since(since) > refusedFor {
			return true
		}
	}
	return false
}

// drain returns an event and those that wait behind it, as many as fit in a transaction.
func drain(e event, events <-chan event) []event {
	all := []event{e}
	for len(all) < atOnce {
		select {
		case e = <-events:
			all = append(all, e)
		default:
			return all
		}
	}
	return all
}

// set notes how far this node is.
func (m *Mirror) set(seen uint64, listed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !listed {
		m.seen = 0
	}
	m.seen, m.listed = max(m.seen, seen), listed
	close(m.moved)
	m.moved = make(chan struct{})
}

// state returns how far this node is, and what is closed when that changes.
func (m *Mirror) state() (seen uint64, listed bool, moved <-chan struct{}) {
	m.init()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen, m.listed, m.moved
}

// CatchUp waits until this node has stored all that other nodes wrote before the call.
func (m *Mirror) CatchUp(ctx context.Context) error {
	m.init()
	mark, err := m.Table.Put(ctx, seenPrefix+m.Node, nil)
	for err != nil {
		if ctx.Err() != nil {
			return err
		}
		pause(ctx, retryAfter)
		mark, err = m.Table.Put(ctx, seenPrefix+m.Node, nil)
	}
	for {
		seen, listed, moved := m.state()
		if listed && seen >= mark {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settle waits until the other nodes can read all that was committed here before the call.
func (m *Mirror) Settle(ctx context.Context) error {
	m.init()
	var last uint64
	for first := true; ; first = false {
		_, _, moved := m.state()
		var from, to uint64
		err := m.Store.View(func(tx *store.Tx) (err error) {
			from, to, err = tx.Side.Marks()
			return err
		})
		if err != nil {
			return err
		}
		if first {
			last = to
		}
		if from == 0 || from > last {
			return nil
		}
		m.Changed()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
