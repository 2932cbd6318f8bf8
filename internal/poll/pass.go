package poll

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/clock"
)

// pass is one visit of each of some sources that somebody waits for. Poller.mu guards it.
type pass struct {
	left   map[*source]struct{} // sources not yet visited
	report func(Visited)        // may be nil
	err    error                // the first error of ours
	done   chan struct{}        // closed when no source is left, or with err
}

func newPass(report func(Visited)) *pass {
	return &pass{left: map[*source]struct{}{}, report: report, done: make(chan struct{})}
}

// isDone reports whether there is nothing more to wait for.
func (r *pass) isDone() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// remove takes a source off the pass. An error ends the pass.
func (r *pass) remove(src *source, err error) {
	if r.isDone() {
		return
	}
	delete(r.left, src)
	r.err = err
	if len(r.left) == 0 || err != nil {
		close(r.done)
	}
}

// fail ends the pass with an error.
func (r *pass) fail(err error) {
	if !r.isDone() {
		r.err = err
		close(r.done)
	}
}

// passes are those that somebody waits for now. Poller.mu guards them.
type passes []*pass

// skip takes a source that is not visited off all passes.
func (all passes) skip(src *source) {
	for _, r := range all {
		r.remove(src, nil)
	}
}

// report tells the passes that a visit ended.
func (all passes) report(v *visit, now time.Time) {
	var ours error
	if errors.As(v.err, new(*filingError)) || errors.As(v.err, new(*clock.Error)) {
		ours = v.err
	}
	for _, r := range all {
		if _, ok := r.left[v.src]; !ok {
			continue
		}
		if v.err == nil && r.report != nil {
			r.report(v.result(now))
		}
		r.remove(v.src, ours)
	}
}

// Pass visits each source that is due once and returns when the last visit is filed. If
// all is true, pace, floors, max-age, ttl, skipHours and back-off do not count; Retry-After,
// 429 and 410 still do. report, if not nil, is called after each visit, one call at a time,
// and must not call the Poller. Pass works with Run and without it. An error means that a
// record could not be filed, or that ctx ended.
func (p *Poller) Pass(ctx context.Context, all bool, report func(Visited)) error {
	p.init()
	p.mu.Lock()
	p.recheckClock()
	if p.repairOnce(); !all {
		p.followClock() // it is in doubt, and perhaps no source is due
	}
	r := p.planPass(all, report, p.now())
	p.mu.Unlock()
	return p.wait(ctx, r)
}

// planPass makes a pass over the sources that may be visited now and queues them.
func (p *Poller) planPass(all bool, report func(Visited), now time.Time) *pass {
	r := newPass(report)
	for _, src := range p.sources {
		if !src.isOurs() || !src.isDue(all, now) {
			continue
		}
		if h := p.slots.of(src); h.retryAfter.After(now) {
			if src.idle() && !src.state.Due.After(now) {
				p.postpone(src, h)
			}
			continue
		}
		p.queueFor(r, src, now)
	}
	if len(r.left) == 0 {
		close(r.done)
	}
	p.passes = append(p.passes, r)
	return r
}

// queueFor adds a source to a pass and makes it due now.
func (p *Poller) queueFor(r *pass, src *source, now time.Time) {
	r.left[src] = struct{}{}
	if src.idle() {
		src.nextVisit = now
		p.queue.add(src)
	}
}

// wait waits for the end of a pass. If Run is not at work, it runs the loop itself.
func (p *Poller) wait(ctx context.Context, r *pass) error {
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	p.wakeLoop()
	if running {
		select {
		case <-ctx.Done():
		case <-r.done:
		}
	} else {
		p.loop(ctx, r.isDone)
		p.visits.Wait()
		p.clearQueue()
		p.saveLast() // a pass without Run is that of a process which ends after it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passes = slices.DeleteFunc(p.passes, func(other *pass) bool { return other == r })
	p.followClock()
	switch {
	case r.err != nil:
		return r.err
	case !r.isDone():
		return ctx.Err()
	}
	return p.Clock.Err()
}

// skip takes a source that is not visited off all passes.
func (p *Poller) skip(src *source) {
	p.passes.skip(src)
	p.wakeLoop() // a pass may have waited for this source alone
}
