package poll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// enqueue puts a source in the queue at its due time, unless it is visited or waits for its
// host.
func (p *Poller) enqueue(src *source, now time.Time) {
	switch {
	case !src.idle():
		return
	case !src.isOurs():
		p.dequeue(src)
		p.skip(src)
		return
	case src.state.Due.IsZero():
		src.state.Due, src.state.Reason = now, "new"
	}
	src.nextVisit = src.state.Due
	p.queue.add(src)
}

// dequeue removes a source from the queue and lets the next one at its host go.
func (p *Poller) dequeue(src *source) {
	p.queue.remove(src)
	if h := p.slots.release(src); h != nil {
		p.advance(h)
	}
}

// advance queues the first source in a host's line, if the host is free for it.
func (p *Poller) advance(h *host) {
	for src := p.slots.next(h); src != nil; src = p.slots.next(h) {
		if src.isOurs() {
			p.queue.add(src)
			return
		}
		p.slots.release(src)
		p.skip(src)
	}
}

// At the start, visits that are overdue are this far apart on average, and all are made
// within this time.
const (
	startGap  = 50 * time.Millisecond
	startSpan = 5 * time.Minute
)

// enqueueAll fills the queue at the start and when the clock was set.
func (p *Poller) enqueueAll(now time.Time) {
	p.spread(slices.SortedFunc(maps.Values(p.sources), compareID), "due since the start", now)
}

// spread queues sources. Those that became due while nobody here could visit them are spread
// at random, with a reason (rule E19). While the clock is not believed, their state stays as
// it is.
func (p *Poller) spread(sources []*source, reason string, now time.Time) {
	overdue := 0
	for _, src := range sources {
		if src.isOurs() && !src.state.Due.After(now) {
			overdue++
		}
	}
	span, believed := min(time.Duration(overdue)*startGap, startSpan), p.Clock.Believed()
	for _, src := range sources {
		late := src.isOurs() && !src.state.Due.After(now)
		if late && believed {
			src.state.Due = now.Add(p.schedule.jitter(span))
			src.state.Reason = reason
			p.changed.add(src.ID)
		}
		p.enqueue(src, now)
		if late && !believed && src.idle() {
			src.nextVisit = now.Add(p.schedule.jitter(span))
			p.queue.add(src)
		}
	}
}

// clearQueue empties the queue and the lines when no loop is there to serve them.
func (p *Poller) clearQueue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for src := p.queue.first(); src != nil; src = p.queue.first() {
		p.queue.remove(src)
		p.slots.release(src)
	}
	p.slots.clearLines()
}

// startDue starts the visits that are due and returns how long the loop may sleep.
func (p *Poller) startDue(ctx context.Context, now time.Time) time.Duration {
	const idle = time.Hour // the end of a visit wakes the loop
	if wait := max(p.pause.until.Sub(now), p.clockPause()); wait > 0 {
		return wait
	}
	for p.inFlight.quick < p.maxVisits() {
		src := p.queue.first()
		if src == nil {
			break
		}
		if wait := src.nextVisit.Sub(now); wait > 0 {
			return wait
		}
		p.queue.remove(src)
		p.tryStart(ctx, src, now)
	}
	return idle
}

// maxVisits returns how many visits may be under way: this node's part of those of all nodes,
// since each node applies what all of them file.
func (p *Poller) maxVisits() int {
	most := p.pause.maxVisits()
	if p.Visitors != nil {
		most = max(1, most/max(1, p.Visitors()))
	}
	if p.Clock.InDoubt() {
		most = min(most, doubtfulVisits)
	}
	return most
}

// tryStart starts a visit, or makes the source wait for its host.
func (p *Poller) tryStart(ctx context.Context, src *source, now time.Time) {
	h := p.slots.of(src)
	if old := p.slots.release(src); old != nil && old != h {
		p.advance(old)
	}
	if !src.isOurs() {
		p.skip(src)
		p.advance(h)
		return
	}
	if !p.owns(src) { // lost this moment: OwnersChanged follows, unless it is ours again
		p.skip(src)
		src.nextVisit = now.Add(time.Second)
		p.queue.add(src)
		p.advance(h)
		return
	}
	switch p.slots.admit(src, h, now) {
	case inLine:
		return
	case reserved:
		p.queue.add(src)
		return
	case refused:
		p.postpone(src, h)
		p.skip(src)
		p.enqueue(src, now)
	case admitted:
		p.startVisit(ctx, src, h, now)
	}
	p.advance(h)
}

// postpone makes a source wait until the time that its host asked for.
func (p *Poller) postpone(src *source, h *host) {
	src.state.Due, src.state.Reason = news.Instant(h.retryAfter.Add(p.schedule.jitter(pause))), reasonRetryAfter
	if src.Name != h.askedBy {
		until := h.retryAfter.UTC().Format("2006-01-02 15:04 UTC")
		src.state.Reason = fmt.Sprintf("%s asked for no requests until %s (Retry-After, in a visit of %s)", h.name, until, h.askedBy)
	}
	p.changed.add(src.ID)
}

// startVisit starts the visit of a source that has a slot at h.
func (p *Poller) startVisit(ctx context.Context, src *source, h *host, now time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	src.visiting, src.cancel, src.again = true, cancel, ""
	v := p.newVisit(src, now)
	v.url = src.address(now)
	v.turn.host = h
	v.turn.start()
	p.clock.underWay++
	p.visits.Go(func() {
		defer cancel(nil) // else the Poller's context would refer to it until the end
		growStack(0)
		v.run(ctx)
		if v.err == nil {
			v.err = v.checkClock(ctx)
		}
		v.lost = errors.Is(context.Cause(ctx), ErrElsewhere)
		p.finish(v)
	})
}

// delayHost keeps all visits away from the host of an address that asked for it.
func (p *Poller) delayHost(rawURL string, until time.Time, source string) {
	if h := p.slots.at(rawURL); h.delay(until, source) {
		p.logDelay(h)
	}
}

func (p *Poller) logDelay(h *host) {
	p.Log.Info("a host asked for no requests", "host", h.name, "source", h.askedBy, "until", h.retryAfter)
}

// visitStack is how many bytes of stack a visit needs that reads no document.
const visitStack = 12 << 10

// growStack makes the stack of a new goroutine large enough for a visit while there is hardly
// anything on it. Otherwise it would be doubled, and all frames copied, three times in each.
// i is any number below visitStack, which the compiler doesn't know.
//
//go:noinline
func growStack(i int) byte {
	var frame [visitStack]byte
	frame[i] = 1
	return frame[visitStack-1-i]
}
