package main

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/websub"
)

// pushSubjects begins the subjects on which nodes pass on what the hubs of a partition's sources
// send. Only the node that has the partition listens, so that the others know at once when
// nobody has it.
const pushSubjects = "wire.push."

func pushSubject(c cluster.Claim) string { return pushSubjects + c.String() }

// pushPeers is what the work with the hubs of sources needs of the other nodes.
func (m *member) pushPeers() *websub.Peers {
	return &websub.Peers{
		Owns: m.node.Owns, CatchUp: m.side.CatchUp, Settle: m.side.Settle, Turn: m.hubTurn,
		Ask: func(ctx context.Context, address string, question []byte) ([]byte, error) {
			return m.wire.Ask(ctx, pushSubject(cluster.PartitionOf(address)), question)
		},
	}
}

// hubAnswers answers what other nodes pass on for the partitions of this node. One goroutine
// calls follow and end.
type hubAnswers struct {
	*member
	ends map[cluster.Claim]context.CancelFunc // what ends listening for a partition

	mu    sync.Mutex // guards ended, and that nothing begins after it
	ended bool
	work  sync.WaitGroup
}

// do does something unless nothing is to begin any more.
func (h *hubAnswers) do(fn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.work.Go(fn)
	}
}

// follow listens for the partitions that the node has now, and for no others.
func (h *hubAnswers) follow(ctx context.Context) {
	if h.ends == nil {
		h.ends = map[cluster.Claim]context.CancelFunc{}
	}
	for c := range cluster.Claim(cluster.Partitions) {
		end, listens := h.ends[c]
		switch holds := h.node.Holds(c); {
		case holds && !listens:
			ctx, end := context.WithCancel(ctx)
			h.ends[c] = end
			h.do(func() { h.listen(ctx, c) })
		case !holds && listens:
			end()
			delete(h.ends, c)
		}
	}
}

// listen answers for one partition until ctx ends. What it has begun to file is filed then.
func (h *hubAnswers) listen(ctx context.Context, c cluster.Claim) {
	_ = h.wire.AnswerLater(ctx, pushSubject(c), func(_ string, question []byte, answer func([]byte)) { // it has no error
		h.do(func() { answer(h.sourceHubs.Answer(context.WithoutCancel(ctx), question)) })
	})
}

// end ends listening, and waits for what is being filed.
func (h *hubAnswers) end() {
	for _, end := range h.ends {
		end()
	}
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.work.Wait()
}

// hubTurn waits for a turn at the host of a source's hub, from the node that visits sources of
// that host, so that all nodes together ask no host more often than one does.
func (m *member) hubTurn(ctx context.Context, hub, source string) (end func(), wait time.Duration) {
	q := poll.TurnRequest{ID: rand.Text(), Host: fetch.Domain(hub), Source: source}
	end = func() {
		q.Ended, q.NoPause = true, m.visits.hubs.lists(hub)
		_, _ = m.turnAt(context.WithoutCancel(ctx), hub, q) // if it is lost, the turn ends by itself
	}
	for {
		a, err := m.turnAt(ctx, hub, q)
		switch {
		case err != nil: // the answer may be lost, and not the turn
			end()
			return nil, 0
		case a.Granted:
			return end, 0
		case !a.RetryAfter.IsZero():
			return nil, a.RetryAfter.Sub(m.visits.Clock.Now())
		}
		pauseFor(ctx, max(a.Wait, turnLook))
	}
}

// turnLook is the least time between two requests for a turn.
const turnLook = 100 * time.Millisecond

// turnAt asks for a turn at the host of an address, whoever visits its sources.
func (m *member) turnAt(ctx context.Context, address string, q poll.TurnRequest) (a poll.TurnAnswer, err error) {
	if err := ctx.Err(); err != nil {
		return a, err
	}
	if m.node.Owns(address) {
		return m.visits.GiveTurn(q), nil
	}
	return m.askTurn(ctx, address, q)
}
