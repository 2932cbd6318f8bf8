package poll

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// pass is a round over sources that someone waits for.
type pass struct {
	left   map[*source]struct{}
	report func(Visited)
	err    error         // the first of ours
	done   chan struct{} // closed when none is left, or with err
}

// Pass visits each source that is due once and returns when the last visit is
// filed. With all, pace, floors, max-age, ttl and skipHours don't count; Retry-After,
// 410 and back-off still do. report, if any, is called after each visit, one at a
// time, and must not call the poller. It works beside Run and without it. An error
// is one of ours: a record could not be filed.
func (p *Poller) Pass(ctx context.Context, all bool, report func(Visited)) error {
	p.ready()
	p.mu.Lock()
	round := p.round(all, report, time.Now())
	p.mu.Unlock()
	return p.make(ctx, round)
}

// make waits for the end of a pass.
func (p *Poller) make(ctx context.Context, round *pass) error {
	p.mu.Lock()
	beside := p.running
	p.mu.Unlock()
	p.stir()
	if beside {
		select {
		case <-ctx.Done():
		case <-round.done:
		}
	} else {
		p.loop(ctx, round.over)
		p.work.Wait()
		p.empty()
		p.flush()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passes = slices.DeleteFunc(p.passes, func(r *pass) bool { return r == round })
	if round.err == nil && !round.over() {
		return ctx.Err()
	}
	return round.err
}

// over says whether there is nothing more to wait for.
func (r *pass) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// leave takes a source off the round.
func (r *pass) leave(src *source, err error) {
	if r.over() {
		return
	}
	delete(r.left, src)
	r.err = err
	if len(r.left) == 0 || err != nil {
		close(r.done)
	}
}

// excuse takes a source that is not visited off all rounds.
func (p *Poller) excuse(src *source) {
	for _, r := range p.passes {
		r.leave(src, nil)
	}
	p.stir() // it may have been the last that a pass waits for
}

// round makes a pass over the sources that may be visited now and queues them.
func (p *Poller) round(all bool, report func(Visited), now time.Time) *pass {
	r := &pass{left: map[*source]struct{}{}, report: report, done: make(chan struct{})}
	for _, src := range p.sources {
		if !src.visitable() || !src.mayGo(all, now) {
			continue
		}
		if h := p.hostOf(src); h.after.After(now) {
			if !src.busy && !src.parked && !src.spot.Due.After(now) {
				p.yield(src, h)
			}
			continue
		}
		r.left[src] = struct{}{}
		if !src.busy && !src.parked {
			src.next = now
			p.push(src)
		}
	}
	if len(r.left) == 0 {
		close(r.done)
	}
	p.passes = append(p.passes, r)
	return r
}

// mayGo says whether the source is due, or with all whether nothing but its pace
// and floors holds it back.
func (s *source) mayGo(all bool, now time.Time) bool {
	if !s.spot.Due.After(now) {
		return true
	}
	return all && s.spot.Failures == 0 && !s.spot.RetryAfter.After(now)
}

// empty forgets what still waits for its turn when no loop is there to take it.
func (p *Poller) empty() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 {
		p.abdicate(heap.Pop(&p.queue).(*source))
	}
	for _, h := range p.hosts {
		for _, src := range h.waiting {
			src.parked = false
		}
		h.waiting = nil
	}
}

// report tells the passes of a visit that ended.
func (p *Poller) report(v *visit, now time.Time) {
	var ours error
	if errors.As(v.err, new(*filing)) {
		ours = v.err
	}
	for _, r := range p.passes {
		if _, ok := r.left[v.src]; !ok {
			continue
		}
		if v.err == nil && r.report != nil {
			r.report(v.visited(now))
		}
		r.leave(v.src, ours)
	}
}

func (v *visit) visited(now time.Time) Visited {
	s := &v.src.spot
	return Visited{
		ID: v.conf.ID, Name: v.conf.Name, Outcome: v.outcome, Status: s.Status, Filed: v.filed, Problem: s.Problem,
		Moved: s.Moved, TookMS: now.Sub(v.began).Milliseconds(), Next: s.Due, Why: s.Reason,
	}
}

// Deliver files what a hub pushed for a source: what is missing in it is not gone.
// An error is the source's problem, in plain words, or ours.
func (p *Poller) Deliver(ctx context.Context, id string, body []byte, h feed.Hints) error {
	p.ready()
	p.mu.Lock()
	src := p.sources[id]
	if src == nil {
		p.mu.Unlock()
		return fmt.Errorf("deliver to %s: %w", id, errDead)
	}
	if src.Paused || src.rests {
		p.mu.Unlock()
		return nil // the visit after the pause finds it
	}
	v := &visit{Poller: p, src: src, conf: src.Source, spot: src.spot, secrets: src.secrets, memory: src.memory, kept: src.kept, began: time.Now(), partial: true}
	p.mu.Unlock()
	v.read(ctx, body, h)
	switch {
	case v.problem != nil:
		return fmt.Errorf("deliver to %s: %w", v.conf.Name, v.problem)
	case v.err != nil:
		return fmt.Errorf("deliver: %w", v.err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if src.dead || v.filed == 0 {
		return nil
	}
	v.learn(&src.spot)
	p.plan.Observe(id, v.at, v.published(src.spot.LastSuccess, v.at), 0)
	for _, ms := range v.lags() {
		p.Meters.lag.Observe(float64(ms) / 1000)
	}
	src.spot.LastAttempt = news.Instant(v.at)
	p.dirty[id] = struct{}{}
	return nil
}
