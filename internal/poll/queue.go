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
	Source
	spot    news.VisitState
	secrets secrets
	memory  *memory // kept, and not on the disk yet; nil: the store has it
	kept    int     // counts what was kept in memory

	next   time.Time // when it may go; spot.Due, or later when its host is not free
	slot   int       // in the queue; -1: not in it
	busy   bool      // a visit is under way
	cut    bool      // could not be reached, as without a network
	parked bool      // due, and waits for its host
	heirOf *host     // whose next visitor it is
	host   *host     // of lives
	lives  string    // the address that it was last visited at
	rests  bool      // the desk paused it
	dead   bool      // taken out
	cancel context.CancelCauseFunc
}

// settle makes the account one of this source's address, and gives it the shared
// validators where they are newer.
func (s *source) settle(st *news.SourceState) {
	if s.spot.Address != s.Address {
		known := s.spot.Source != ""
		s.spot = news.VisitState{Source: s.ID, Address: s.Address}
		s.keep(&memory{})
		if known {
			s.spot.LastSuccess = st.At // what vouches for another address says nothing of this one
		}
	}
	if s.spot.LastSuccess.Before(st.At) {
		s.spot.LastSuccess, s.spot.Validators, s.spot.BodyHash = st.At, st.Validators, 0
	}
}

// visitable says whether a visit may ever be due.
func (s *source) visitable() bool { return !s.Paused && !s.rests && !s.spot.Gone && !s.dead }

// address is what is visited: the one that the source moved to, once that is sure.
// What belongs to a source (headers, a password) goes to no other host, so such a
// source is always visited where feeds.yaml says.
func (s *source) address(now time.Time) string {
	if to := s.spot.MovedTo(now); to != "" && len(s.Header) == 0 && !hasUser(s.URL) {
		return to
	}
	return cmp.Or(s.spot.Found, s.URL)
}

// queue is the sources that wait for their time, the next one first.
type queue []*source

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].next.Before(q[j].next) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].slot, q[j].slot = i, j
}

// Push is heap's.
func (q *queue) Push(x any) {
	s := x.(*source)
	s.slot = len(*q)
	*q = append(*q, s)
}

// Pop is heap's.
func (q *queue) Pop() any {
	n := len(*q) - 1
	s := (*q)[n]
	(*q)[n] = nil
	*q = (*q)[:n]
	s.slot = -1
	return s
}

// host is what politeness counts by.
type host struct {
	name    string
	flying  int       // requests in flight
	free    time.Time // no request before this
	after   time.Time // Retry-After
	asker   string    // name of the source that was told so
	heir    *source   // the one in the queue that goes next
	waiting []*source // due, behind it
}

func (p *Poller) hostOf(src *source) *host {
	if at := src.address(time.Now()); src.host == nil || src.lives != at {
		src.host, src.lives = p.hostAt(at), at
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

// rest keeps all visits from a host for a time that one of its sources was told.
func (h *host) rest(until time.Time, asker string) (longer bool) {
	if longer = until.After(h.after); longer {
		h.after, h.asker = until, asker
	}
	return longer
}

func (p *Poller) rest(rawURL string, until time.Time, asker string) {
	if h := p.hostAt(rawURL); h.rest(until, asker) {
		p.Log.Info("a host asked to be left alone", "host", h.name, "source", asker, "until", until)
	}
}

// enqueue puts a source at its place in the queue, unless it is under way.
func (p *Poller) enqueue(src *source, now time.Time) {
	switch {
	case src.busy || src.parked:
		return
	case !src.visitable():
		p.withdraw(src)
		p.excuse(src)
		return
	case src.spot.Due.IsZero():
		src.spot.Due, src.spot.Reason = now, "new"
	}
	src.next = src.spot.Due
	p.push(src)
}

// withdraw takes a source off the queue.
func (p *Poller) withdraw(src *source) {
	if src.slot >= 0 {
		heap.Remove(&p.queue, src.slot)
	}
	if h := p.abdicate(src); h != nil {
		p.promote(h)
	}
}

func (p *Poller) push(src *source) {
	if src.slot >= 0 {
		heap.Fix(&p.queue, src.slot)
		return
	}
	heap.Push(&p.queue, src)
}

// The first visits after a start are this far apart, and all made within this time.
const (
	startGap  = 50 * time.Millisecond
	startSpan = 5 * time.Minute
)

// spread fills the queue at the start. Sources that fell due meanwhile come one
// after the other, in no order.
func (p *Poller) spread(now time.Time) {
	overdue := 0
	for _, src := range p.sources {
		if src.visitable() && !src.spot.Due.After(now) {
			overdue++
		}
	}
	span := min(time.Duration(overdue)*startGap, startSpan)
	for _, src := range p.sources {
		if src.visitable() && !src.spot.Due.After(now) {
			src.spot.Due = now.Add(time.Duration(p.Chance() * float64(span)))
			src.spot.Reason = "due since the start"
			p.dirty[src.ID] = struct{}{}
		}
		p.enqueue(src, now)
	}
}

// launch starts what is due and can go, and says how long there is nothing to do.
func (p *Poller) launch(ctx context.Context, now time.Time) time.Duration {
	const idle = time.Hour // the end of a visit wakes the loop
	if wait := p.held.Sub(now); wait > 0 {
		return wait
	}
	for len(p.queue) > 0 && p.flying < p.room() {
		src := p.queue[0]
		if wait := src.next.Sub(now); wait > 0 {
			return wait
		}
		heap.Pop(&p.queue)
		p.try(ctx, src, now)
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

// try starts a visit, or lets the source wait for its host.
func (p *Poller) try(ctx context.Context, src *source, now time.Time) {
	h := p.hostOf(src)
	if old := p.abdicate(src); old != nil && old != h {
		p.promote(old)
	}
	switch {
	case !src.visitable():
		p.excuse(src)
	case h.after.After(now):
		p.putOff(src, h, now)
	case h.heir != nil || h.flying >= p.set.PerHost:
		src.parked = true
		h.waiting = append(h.waiting, src)
		return
	case h.free.After(now):
		p.inherit(h, src)
		return
	default:
		p.begin(ctx, src, h, now)
	}
	p.promote(h)
}

// putOff lets a source wait until its host wants visits again.
func (p *Poller) putOff(src *source, h *host, now time.Time) {
	p.yield(src, h)
	p.excuse(src)
	p.enqueue(src, now)
	p.stir() // it may have been the last that a pass waits for
}

// yield keeps a source from its host as long as that asked us to stay away.
func (p *Poller) yield(src *source, h *host) {
	src.spot.Due, src.spot.Reason = news.Instant(h.after.Add(p.jitter(pause))), askedBack
	if src.Name != h.asker {
		until := h.after.UTC().Format("2006-01-02 15:04 UTC")
		src.spot.Reason = fmt.Sprintf("%s asked on behalf of %s to wait until %s (Retry-After)", h.name, h.asker, until)
	}
	p.dirty[src.ID] = struct{}{}
}

// inherit makes src the next to go to its host.
func (p *Poller) inherit(h *host, src *source) {
	h.heir, src.heirOf = src, h
	src.next = h.free
	p.push(src)
}

// abdicate undoes inherit and names the host.
func (p *Poller) abdicate(src *source) *host {
	h := src.heirOf
	if h != nil {
		h.heir, src.heirOf = nil, nil
	}
	return h
}

// promote gives the first of those that wait for a host its turn.
func (p *Poller) promote(h *host) {
	for h.heir == nil && h.flying < p.set.PerHost && len(h.waiting) > 0 {
		src := h.waiting[0]
		h.waiting[0] = nil
		h.waiting = h.waiting[1:]
		src.parked = false
		if src.visitable() {
			p.inherit(h, src)
		} else {
			p.excuse(src)
		}
	}
}

func (p *Poller) begin(ctx context.Context, src *source, h *host, now time.Time) {
	ctx, src.cancel = context.WithCancelCause(ctx)
	src.busy = true
	h.flying++
	v := &visit{Poller: p, host: h, src: src, conf: src.Source, spot: src.spot, secrets: src.secrets, memory: src.memory, kept: src.kept, url: src.address(now), began: now}
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
		p.stir()
	}
}

// landed notes the end of a request: its host has a pause from now.
func (p *Poller) landed(h *host, url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.flying--
	if !p.Free(url) {
		h.free = time.Now().Add(pause)
	}
	p.promote(h)
	p.stir()
}

// jitter is a random part of d.
func (p *Poller) jitter(d time.Duration) time.Duration {
	return time.Duration(p.Chance() * float64(d))
}
