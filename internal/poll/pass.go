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
	round := p.newPass(all, report, time.Now())
	p.mu.Unlock()
	return p.wait(ctx, round)
}

// wait waits for the end of a pass.
func (p *Poller) wait(ctx context.Context, round *pass) error {
	p.mu.Lock()
	beside := p.running
	p.mu.Unlock()
	p.wakeLoop()
	if beside {
		select {
		case <-ctx.Done():
		case <-round.done:
		}
	} else {
		p.loop(ctx, round.isDone)
		p.work.Wait()
		p.clearQueue()
		p.save()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passes = slices.DeleteFunc(p.passes, func(r *pass) bool { return r == round })
	if round.err == nil && !round.isDone() {
		return ctx.Err()
	}
	return round.err
}

// isDone says whether there is nothing more to wait for.
func (r *pass) isDone() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// remove takes a source off the round.
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

// excuse takes a source that is not visited off all rounds.
func (p *Poller) excuse(src *source) {
	for _, r := range p.passes {
		r.remove(src, nil)
	}
	p.wakeLoop() // it may have been the last that a pass waits for
}

// newPass makes a pass over the sources that may be visited now and queues them.
func (p *Poller) newPass(all bool, report func(Visited), now time.Time) *pass {
	r := &pass{left: map[*source]struct{}{}, report: report, done: make(chan struct{})}
	for _, src := range p.sources {
		if !src.visitable() || !src.isDue(all, now) {
			continue
		}
		if h := p.hostOf(src); h.retryAfter.After(now) {
			if !src.visiting && !src.waiting && !src.state.Due.After(now) {
				p.yield(src, h)
			}
			continue
		}
		r.left[src] = struct{}{}
		if !src.visiting && !src.waiting {
			src.nextVisit = now
			p.push(src)
		}
	}
	if len(r.left) == 0 {
		close(r.done)
	}
	p.passes = append(p.passes, r)
	return r
}

// isDue says whether the source is due, or with all whether nothing but its pace
// and floors holds it back.
func (s *source) isDue(all bool, now time.Time) bool {
	if !s.state.Due.After(now) {
		return true
	}
	return all && s.state.Failures == 0 && !s.state.RetryAfter.After(now)
}

// clearQueue forgets what still waits for its turn when no loop is there to take it.
func (p *Poller) clearQueue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 {
		p.release(heap.Pop(&p.queue).(*source))
	}
	for _, h := range p.hosts {
		for _, src := range h.waiting {
			src.waiting = false
		}
		h.waiting = nil
	}
}

// reportVisit tells the passes of a visit that ended.
func (p *Poller) reportVisit(v *visit, now time.Time) {
	var ours error
	if errors.As(v.err, new(*filingError)) {
		ours = v.err
	}
	for _, r := range p.passes {
		if _, ok := r.left[v.src]; !ok {
			continue
		}
		if v.err == nil && r.report != nil {
			r.report(v.visited(now))
		}
		r.remove(v.src, ours)
	}
}

func (v *visit) visited(now time.Time) Visited {
	s := &v.src.state
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
		return fmt.Errorf("deliver to %s: %w", id, errRemoved)
	}
	if src.Paused || src.deskPaused {
		p.mu.Unlock()
		return nil // the visit after the pause finds it
	}
	v := &visit{Poller: p, src: src, conf: src.SourceConfig, before: src.state, secrets: src.secrets, memory: src.memory, memoryCount: src.memoryCount, began: time.Now(), partial: true}
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
	if src.removed || v.filed == 0 {
		return nil
	}
	v.applyDocument(&src.state)
	p.plan.Observe(id, v.at, v.published(src.state.LastSuccess, v.at), 0)
	for _, ms := range v.lags() {
		p.Meters.lag.Observe(float64(ms) / 1000)
	}
	src.state.LastAttempt = news.Instant(v.at)
	p.dirty[id] = struct{}{}
	return nil
}
