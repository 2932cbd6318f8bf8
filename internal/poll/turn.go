package poll

import (
	"context"
	"time"

	"github.com/slugline/slugline/internal/fetch"
)

// ask makes a request in the turn that the visit has at a host, and gives the turn
// back. Where a redirect leads to another host, it waits for its turn there.
func (v *visit) ask(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
	at := r.URL
	r.BeforeRedirect = func(ctx context.Context, to string) error {
		if fetch.Domain(to) == v.host.name {
			return nil
		}
		v.landed(v.host, at)
		at = to
		return v.waitForHost(ctx, to)
	}
	res, err := v.Get(ctx, r, now)
	if v.host != nil {
		v.landed(v.host, at)
		v.host = nil
	}
	return res, err
}

// waitForHost waits for a turn at another host. It takes no room meanwhile: many sources
// may lead to one host, and hold up nobody else.
func (v *visit) waitForHost(ctx context.Context, to string) error {
	v.host = nil
	v.mu.Lock()
	v.leave(v)
	v.wakeLoop()
	v.mu.Unlock()
	err := v.acquireHost(ctx, to)
	v.mu.Lock()
	v.enter(v)
	v.mu.Unlock()
	return err
}

// acquireHost waits for a turn at a host, and takes it. A host that asked to be left alone
// is the source's problem.
func (v *visit) acquireHost(ctx context.Context, address string) error {
	for {
		wait, err := v.tryAcquireHost(address)
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

// tryAcquireHost takes a seat that is free, or says how long to wait before asking again.
func (v *visit) tryAcquireHost(address string) (time.Duration, error) {
	p := v.Poller
	p.mu.Lock()
	defer p.mu.Unlock()
	h, now := p.hostAt(address), time.Now()
	switch {
	case h.retryAfter.After(now):
		return 0, &fetch.Problem{Kind: fetch.RetryLater, Text: h.name + " asked to be left alone for a time", URL: address, RetryAfter: h.retryAfter}
	case h.freeAt.After(now):
		return h.freeAt.Sub(now), nil
	case h.inFlight >= p.set.PerHost:
		return pause, nil
	}
	h.inFlight++
	v.host = h
	return 0, nil
}
