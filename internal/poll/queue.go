package poll

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// source is one that is visited, and this node's account of it.
type source struct {
	news.SourceConfig
	state       news.VisitState
	secrets     secrets
	memory      *memory // kept, and not on the disk yet; nil: the store has it
	memoryCount int     // counts what was kept in memory

	nextVisit  time.Time // when it may go; spot.Due, or later when its host is not free
	index      int       // in the queue; -1: not in it
	visiting   bool      // a visit is under way
	noNetwork  bool      // could not be reached, as without a network
	waiting    bool      // due, and waits for its host
	reserved   *host     // whose next visitor it is
	host       *host     // of lives
	hostURL    string    // the address that it was last visited at
	deskPaused bool      // the desk paused it
	removed    bool      // taken out
	cancel     context.CancelCauseFunc
}

// adoptState makes the account one of this source's address, and gives it the shared
// validators where they are newer.
func (s *source) adoptState(st *news.SourceState) {
	if s.state.Address != s.Address {
		known := s.state.Source != ""
		s.state = news.VisitState{Source: s.ID, Address: s.Address}
		s.setMemory(&memory{})
		if known {
			s.state.LastSuccess = st.At // what vouches for another address says nothing of this one
		}
	}
	if s.state.LastSuccess.Before(st.At) {
		s.state.LastSuccess, s.state.Validators, s.state.BodyHash = st.At, st.Validators, 0
	}
}

// visitable says whether a visit may ever be due.
func (s *source) visitable() bool { return !s.Paused && !s.deskPaused && !s.state.Gone && !s.removed }

// address is what is visited: the one that the source moved to, once that is sure.
// What belongs to a source (headers, a password) goes to no other host, so such a
// source is always visited where feeds.yaml says.
func (s *source) address(now time.Time) string {
	if to := s.state.MovedTo(now); to != "" && len(s.Header) == 0 && !hasCredentials(s.URL) {
		return to
	}
	return cmp.Or(s.state.Found, s.URL)
}

// queue is the sources that wait for their time, the next one first.
type queue []*source

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].nextVisit.Before(q[j].nextVisit) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push is heap's.
func (q *queue) Push(x any) {
	s := x.(*source)
	s.index = len(*q)
	*q = append(*q, s)
}

// Pop is heap's.
func (q *queue) Pop() any {
	n := len(*q) - 1
	s := (*q)[n]
	(*q)[n] = nil
	*q = (*q)[:n]
	s.index = -1
	return s
}

// host is what politeness counts by.
type host struct {
	name       string
	inFlight   int       // requests in flight
	freeAt     time.Time // no request before this
	retryAfter time.Time // Retry-After
	askedBy    string    // name of the source that was told so
	next       *source   // the one in the queue that goes next
	waiting    []*source // due, behind it
}

func (p *Poller) hostOf(src *source) *host {
	if at := src.address(time.Now()); src.host == nil || src.hostURL != at {
		src.host, src.hostURL = p.hostAt(at), at
	}
	return src.host
}

func (p *Poller) hostAt(rawURL string) *host {
	name := fetch.Domain(rawURL)
	h := p.hosts[name]
	if h == nil {
		h = &host{name: name}
		p.hosts[name] = h
	}
	return h
}

// delay keeps all visits from a host for a time that one of its sources was told.
func (h *host) delay(until time.Time, asker string) (longer bool) {
	if longer = until.After(h.retryAfter); longer {
		h.retryAfter, h.askedBy = until, asker
	}
	return longer
}

func (p *Poller) delayHost(rawURL string, until time.Time, asker string) {
	if h := p.hostAt(rawURL); h.delay(until, asker) {
		p.Log.Info("a host asked to be left alone", "host", h.name, "source", asker, "until", until)
	}
}

// enqueue puts a source at its place in the queue, unless it is under way.
func (p *Poller) enqueue(src *source, now time.Time) {
	switch {
	case src.visiting || src.waiting:
		return
	case !src.visitable():
		p.withdraw(src)
		p.excuse(src)
		return
	case src.state.Due.IsZero():
		src.state.Due, src.state.Reason = now, "new"
	}
	src.nextVisit = src.state.Due
	p.push(src)
}

// withdraw takes a source off the queue.
func (p *Poller) withdraw(src *source) {
	if src.index >= 0 {
		heap.Remove(&p.queue, src.index)
	}
	if h := p.release(src); h != nil {
		p.promote(h)
	}
}

func (p *Poller) push(src *source) {
	if src.index >= 0 {
		heap.Fix(&p.queue, src.index)
		return
	}
	heap.Push(&p.queue, src)
}

// The first visits after a start are this far apart, and all made within this time.
const (
	startGap  = 50 * time.Millisecond
	startSpan = 5 * time.Minute
)

// scheduleStart fills the queue at the start. Sources that fell due meanwhile come one
// after the other, in no order.
func (p *Poller) scheduleStart(now time.Time) {
	overdue := 0
	for _, src := range p.sources {
		if src.visitable() && !src.state.Due.After(now) {
			overdue++
		}
	}
	span := min(time.Duration(overdue)*startGap, startSpan)
	for _, src := range p.sources {
		if src.visitable() && !src.state.Due.After(now) {
			src.state.Due = now.Add(time.Duration(p.Random() * float64(span)))
			src.state.Reason = "due since the start"
			p.dirty[src.ID] = struct{}{}
		}
		p.enqueue(src, now)
	}
}

// startDue starts what is due and can go, and says how long there is nothing to do.
func (p *Poller) startDue(ctx context.Context, now time.Time) time.Duration {
	const idle = time.Hour // the end of a visit wakes the loop
	if wait := p.held.Sub(now); wait > 0 {
		return wait
	}
	for len(p.queue) > 0 && p.flying < p.room() {
		src := p.queue[0]
		if wait := src.nextVisit.Sub(now); wait > 0 {
			return wait
		}
		heap.Pop(&p.queue)
		p.tryStart(ctx, src, now)
	}
	return idle
}

// room is how many visits may be under way: one while filing fails.
func (p *Poller) room() int {
	if p.holds > 0 {
		return 1
	}
	return maxFlying
}

// tryStart starts a visit, or lets the source wait for its host.
func (p *Poller) tryStart(ctx context.Context, src *source, now time.Time) {
	h := p.hostOf(src)
	if old := p.release(src); old != nil && old != h {
		p.promote(old)
	}
	switch {
	case !src.visitable():
		p.excuse(src)
	case h.retryAfter.After(now):
		p.putOff(src, h, now)
	case h.next != nil || h.inFlight >= p.set.PerHost:
		src.waiting = true
		h.waiting = append(h.waiting, src)
		return
	case h.freeAt.After(now):
		p.inherit(h, src)
		return
	default:
		p.startVisit(ctx, src, h, now)
	}
	p.promote(h)
}

// putOff lets a source wait until its host wants visits again.
func (p *Poller) putOff(src *source, h *host, now time.Time) {
	p.yield(src, h)
	p.excuse(src)
	p.enqueue(src, now)
	p.wakeLoop() // it may have been the last that a pass waits for
}

// yield keeps a source from its host as long as that asked us to stay away.
func (p *Poller) yield(src *source, h *host) {
	src.state.Due, src.state.Reason = news.Instant(h.retryAfter.Add(p.jitter(pause))), reasonRetryAfter
	if src.Name != h.askedBy {
		until := h.retryAfter.UTC().Format("2006-01-02 15:04 UTC")
		src.state.Reason = fmt.Sprintf("%s asked on behalf of %s to wait until %s (Retry-After)", h.name, h.askedBy, until)
	}
	p.dirty[src.ID] = struct{}{}
}

// inherit makes src the next to go to its host.
func (p *Poller) inherit(h *host, src *source) {
	h.next, src.reserved = src, h
	src.nextVisit = h.freeAt
	p.push(src)
}

// release undoes inherit and names the host.
func (p *Poller) release(src *source) *host {
	h := src.reserved
	if h != nil {
		h.next, src.reserved = nil, nil
	}
	return h
}

// promote gives the first of those that wait for a host its turn.
func (p *Poller) promote(h *host) {
	for h.next == nil && h.inFlight < p.set.PerHost && len(h.waiting) > 0 {
		src := h.waiting[0]
		h.waiting[0] = nil
		h.waiting = h.waiting[1:]
		src.waiting = false
		if src.visitable() {
			p.inherit(h, src)
		} else {
			p.excuse(src)
		}
	}
}

func (p *Poller) startVisit(ctx context.Context, src *source, h *host, now time.Time) {
	ctx, src.cancel = context.WithCancelCause(ctx)
	src.visiting = true
	h.inFlight++
	v := &visit{Poller: p, host: h, src: src, conf: src.SourceConfig, before: src.state, secrets: src.secrets, memory: src.memory, memoryCount: src.memoryCount, url: src.address(now), began: now}
	p.enter(v)
	p.work.Go(func() {
		v.run(ctx)
		p.finish(v)
	})
}

// enter gives a visit room among those under way. leave takes it back.
func (p *Poller) enter(v *visit) {
	p.flying++
	v.slow, v.over = false, false
	v.timer = time.AfterFunc(slowAfter, func() { p.aside(v) })
}

// aside lets a visit that takes long hold up nobody else.
func (p *Poller) aside(v *visit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !v.over && p.slow < maxSlow {
		v.slow = true
		p.flying--
		p.slow++
		p.wakeLoop()
	}
}

// landed notes the end of a request: its host has a pause from now.
func (p *Poller) landed(h *host, url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.inFlight--
	if !p.NoPause(url) {
		h.freeAt = time.Now().Add(pause)
	}
	p.promote(h)
	p.wakeLoop()
}

// jitter is a random part of d.
func (p *Poller) jitter(d time.Duration) time.Duration {
	return time.Duration(p.Random() * float64(d))
}
