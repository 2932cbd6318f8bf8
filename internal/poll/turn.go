package poll

import (
	"context"
	"errors"
	"time"

	"github.com/slugline/slugline/internal/fetch"
)

// turn is a visit's place among the visits under way and its slot at a host.
type turn struct {
	p      *Poller
	source string // its name
	home   string // the host of the source, which this node visits
	host   *host  // whose slot it has; nil: none

	borrowed string // id of the turn that another node gave for host; empty: none

	at      string // the address of the request in that slot
	near    bool   // NoPause of nearURL; for the goroutine of the visit alone
	nearURL string // see isNear; empty: none

	timer         *time.Timer // counts the visit as slow
	slow, counted bool        // see inFlight; Poller.mu guards them
}

// start counts the visit as under way. Poller.mu must be locked, also for end.
func (t *turn) start() {
	t.p.inFlight.start(t)
	t.timer = time.AfterFunc(slowAfter, func() {
		t.p.mu.Lock()
		defer t.p.mu.Unlock()
		if t.p.inFlight.setSlow(t) {
			t.p.wakeLoop()
		}
	})
}

// end stops counting the visit.
func (t *turn) end() {
	t.timer.Stop()
	t.p.inFlight.end(t)
}

// isNear is Poller.NoPause for an address that was requested. It keeps the answer for the
// address of the last call, because a visit asks several times. Before the request of a name
// the answer may not be known yet.
func (t *turn) isNear(url string) bool {
	if t.nearURL != url {
		t.nearURL, t.near = url, t.p.NoPause(url)
	}
	return t.near
}

// get makes a request in the slot that the visit has and gives the slot back. If a
// redirect leads to another host, it waits for a slot there, and for a turn if another node
// visits that host.
func (t *turn) get(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
	t.at = r.URL
	r.BeforeRedirect = func(ctx context.Context, to string) error {
		if fetch.Domain(to) == t.host.name {
			return nil
		}
		t.requestDone()
		t.at = to
		return t.move(ctx, to)
	}
	var res *fetch.Result
	err := t.borrow(ctx, r.URL)
	if err == nil {
		res, err = t.p.Get(ctx, r, now)
		t.delayHost(err) // before another visit gets the slot
	}
	if t.host != nil {
		t.requestDone()
		t.host = nil
	}
	return res, err
}

// requestDone ends the request and lets the next source at the host go.
func (t *turn) requestDone() {
	withPause := !t.isNear(t.at)
	t.p.mu.Lock()
	q, borrowed := t.returned(withPause)
	t.host.done(t.p.now(), withPause)
	t.p.advance(t.host)
	t.p.wakeLoop()
	t.p.mu.Unlock()
	if borrowed {
		_, _ = t.p.AskTurn(context.Background(), t.at, q) // it does not wait; if it is lost, the lease ends
	}
}

// delayHost keeps all visits away from a host that answered that it wants that.
func (t *turn) delayHost(err error) {
	var p *fetch.Problem
	if !errors.As(err, &p) || p.Kind != fetch.RetryLater {
		return
	}
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.delayHost(p.URL, p.RetryAfter, t.source)
}

// move waits for a slot at another host. The visit does not count as under way while it
// waits, because many sources may redirect to one host.
func (t *turn) move(ctx context.Context, to string) error {
	t.host = nil
	t.p.mu.Lock()
	t.end()
	t.p.wakeLoop()
	t.p.mu.Unlock()
	err := t.acquire(ctx, to)
	if err == nil {
		err = t.borrow(ctx, to)
	}
	t.p.mu.Lock()
	t.start()
	t.p.mu.Unlock()
	return err
}

// acquire waits for a slot at the host of an address. If that host asked for no requests,
// the error is a *fetch.Problem.
func (t *turn) acquire(ctx context.Context, address string) error {
	for {
		wait, err := t.tryAcquire(address)
		if err != nil || wait <= 0 {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryAcquire takes a slot if there is one. Otherwise it returns how long to wait before
// the next try.
func (t *turn) tryAcquire(address string) (wait time.Duration, err error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	h, now := t.p.slots.at(address), t.p.now()
	if h.retryAfter.After(now) {
		return 0, h.forbids(address)
	}
	if wait = t.p.slots.acquire(h, now); wait == 0 {
		t.host = h
	}
	return wait, nil
}
