package wire_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/wire"
)

// simLog is a log in memory.
type simLog struct {
	mu       sync.Mutex // guards the fields below
	identity string
	first    uint64
	messages []wire.Message // from number 1 on, those before first included
	lost     map[uint64]bool
	changed  chan struct{} // closed when a message is added
}

func newSimLog() *simLog {
	return &simLog{identity: "log 1", first: 1, lost: map[uint64]bool{}, changed: make(chan struct{})}
}

func (l *simLog) append(d wire.Draft) (seq uint64, again bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last uint64
	for _, m := range l.messages {
		if m.ID == d.ID {
			return m.Seq, true, nil
		}
		if m.Subject == d.Subject {
			last = m.Seq
		}
	}
	if d.Follows != nil && *d.Follows != last {
		return 0, false, fmt.Errorf("last is %d: %w", last, wire.ErrStale)
	}
	l.messages = append(l.messages, wire.Message{Seq: uint64(len(l.messages)) + 1, Subject: d.Subject, ID: d.ID, Time: time.Now(), Data: d.Data})
	close(l.changed)
	l.changed = make(chan struct{})
	return uint64(len(l.messages)), false, nil
}

// after returns the first message after a number that is not lost. If there is none yet, more
// is closed when there may be one.
func (l *simLog) after(seq uint64) (m wire.Message, more chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for seq = max(seq, l.first-1); seq < uint64(len(l.messages)); seq++ {
		if !l.lost[seq+1] {
			return l.messages[seq], nil
		}
	}
	return m, l.changed
}

func (l *simLog) message(seq uint64) (wire.Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq < l.first || seq > uint64(len(l.messages)) || l.lost[seq] {
		return wire.Message{}, wire.ErrMissing
	}
	return l.messages[seq-1], nil
}

func (l *simLog) state() wire.LogState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return wire.LogState{Identity: l.identity, First: l.first, Last: uint64(len(l.messages))}
}

// simClient is a node's way to a log: slow, and as bad as trouble says.
type simClient struct {
	log *simLog

	mu      sync.Mutex // guards the fields below
	missing int        // what the node's own replica lacks
	random  *rand.Rand
	stalls  int     // how many of the next Reads get nothing
	trouble float64 // how many of 1 calls fail, and messages are repeated, left out or followed by a cut
}

var errCut = errors.New("the connection was cut")

// be makes the client bad and its replica damaged, or well.
func (c *simClient) be(trouble float64, missing int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble, c.missing = trouble, missing
}

// fails waits a little and reports whether trouble comes now.
func (c *simClient) fails(ctx context.Context) bool {
	c.mu.Lock()
	wait, fails := time.Duration(c.random.IntN(20))*time.Millisecond, c.random.Float64() < c.trouble
	c.mu.Unlock()
	select {
	case <-time.After(wait):
		return fails
	case <-ctx.Done():
		return true
	}
}

func (c *simClient) Append(ctx context.Context, d wire.Draft) (seq uint64, again bool, err error) {
	if c.fails(ctx) {
		return 0, false, errCut // it never came
	}
	seq, again, err = c.log.append(d)
	if c.fails(ctx) {
		return 0, false, errCut // the answer never came
	}
	return seq, again, err
}

func (c *simClient) Read(ctx context.Context, after uint64, fn func(wire.Message) error) error {
	c.mu.Lock()
	stalls := c.stalls > 0
	c.stalls -= min(c.stalls, 1)
	c.mu.Unlock()
	if stalls {
		<-ctx.Done()
		return ctx.Err()
	}
	for {
		m, more := c.log.after(after)
		if more != nil {
			select {
			case <-more:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if c.fails(ctx) {
			return errCut
		}
		if c.fails(ctx) {
			after++ // this replica does not have it
			continue
		}
		after = m.Seq
		if err := fn(m); err != nil {
			return err
		}
		if c.fails(ctx) {
			after -= min(after, 3) // once more
		}
	}
}

func (c *simClient) Message(ctx context.Context, seq uint64) (wire.Message, error) {
	if c.fails(ctx) {
		return wire.Message{}, errCut
	}
	return c.log.message(seq)
}

func (c *simClient) State(ctx context.Context) (wire.LogState, error) {
	if c.fails(ctx) {
		return wire.LogState{}, errCut
	}
	s := c.log.state()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Missing, s.Replica = c.missing, "n1"
	return s, nil
}
