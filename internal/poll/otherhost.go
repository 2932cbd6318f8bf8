package poll

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/slugline/slugline/internal/fetch"
)

const (
	askTimeout = 2 * time.Second // how long a visit waits for another node's answer
	lease      = 2 * time.Minute // for how long another node may have a turn without ending it
)

// TurnRequest asks the node that visits the sources of a host for a turn there, because a
// redirect or a move leads to it, or ends that turn.
type TurnRequest struct {
	ID         string    `json:"id"`              // of the turn
	Host       string    `json:"host"`            // registrable domain
	Source     string    `json:"source"`          // name of the source that leads there
	Ended      bool      `json:"ended,omitempty"` // no answer is needed
	NoPause    bool      `json:"near,omitempty"`  // with Ended: see Poller.NoPause
	RetryAfter time.Time `json:"after,omitzero"`  // with Ended: the host asked for no request before this
}

// TurnAnswer is what the other node says.
type TurnAnswer struct {
	Granted    bool          `json:"granted,omitempty"`
	Wait       time.Duration `json:"wait,omitempty"` // the host is busy: to be asked again after this
	RetryAfter time.Time     `json:"after,omitzero"` // the host asked for no request before this
}

// GiveTurn answers another node. What it grants counts as a request of this node, until it is
// ended or the lease is over.
func (p *Poller) GiveTurn(q TurnRequest) TurnAnswer {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	h, now := p.slots.named(q.Host), p.now()
	switch lent := p.lent[q.ID]; {
	case q.Ended:
		if h.delay(q.RetryAfter, q.Source) {
			p.logDelay(h)
		}
		p.endLent(q.ID, !q.NoPause)
		return TurnAnswer{}
	case lent != nil: // the answer was lost
		return TurnAnswer{Granted: true}
	case h.retryAfter.After(now):
		return TurnAnswer{RetryAfter: h.retryAfter}
	}
	if wait := p.slots.acquire(h, now); wait > 0 {
		return TurnAnswer{Wait: wait}
	}
	p.lend(q.ID, h)
	return TurnAnswer{Granted: true}
}

// lentTurn is a turn at a host that another node has.
type lentTurn struct {
	host *host
	over *time.Timer // ends the lease
}

func (p *Poller) lend(id string, h *host) {
	if p.lent == nil {
		p.lent = map[string]*lentTurn{}
	}
	p.lent[id] = &lentTurn{h, time.AfterFunc(lease, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.endLent(id, true)
	})}
}

func (p *Poller) endLent(id string, withPause bool) {
	lent := p.lent[id]
	if lent == nil {
		return
	}
	lent.over.Stop()
	delete(p.lent, id)
	lent.host.done(p.now(), withPause)
	p.advance(lent.host)
	p.wakeLoop()
}

// borrow asks the node that visits the host of an address for a turn there, if that is
// another one. The visit has the slot of this node already. Without an answer it goes on. If
// the host asked for no requests, the error is a *fetch.Problem.
func (t *turn) borrow(ctx context.Context, address string) error {
	p := t.p
	if p.AskTurn == nil || t.host.name == t.home || p.Owns(address) {
		return nil
	}
	q := TurnRequest{ID: rand.Text(), Host: t.host.name, Source: t.source}
	for {
		a, err := p.askTurn(ctx, address, q)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.Log.Debug("the node that visits a host does not answer: a redirect to it is followed after the pause of this node alone", "host", q.Host, "source", t.source, "err", err)
			return nil
		case a.Granted:
			t.borrowed = q.ID
			return nil
		case !a.RetryAfter.IsZero():
			p.mu.Lock()
			defer p.mu.Unlock()
			t.host.delay(a.RetryAfter, t.source)
			return t.host.forbids(address)
		}
		select {
		case <-time.After(max(a.Wait, pause/10)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Poller) askTurn(ctx context.Context, address string, q TurnRequest) (TurnAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return p.AskTurn(ctx, address, q)
}

// returned returns what ends the turn that the visit has from another node, and forgets that
// turn. ok is false if it has none. p.mu must be locked.
func (t *turn) returned(withPause bool) (q TurnRequest, ok bool) {
	if t.borrowed == "" {
		return q, false
	}
	q = TurnRequest{ID: t.borrowed, Host: t.host.name, Source: t.source, Ended: true, NoPause: !withPause}
	if t.host.retryAfter.After(t.p.now()) {
		q.RetryAfter = t.host.retryAfter
	}
	t.borrowed = ""
	return q, true
}

// forbids returns the problem of an address whose host asked for no requests.
func (h *host) forbids(address string) *fetch.Problem {
	return &fetch.Problem{Kind: fetch.RetryLater, Text: h.name + " asked for no requests for a time (Retry-After)", URL: address, RetryAfter: h.retryAfter}
}
