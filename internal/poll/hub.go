package poll

import (
	"context"
	"fmt"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// Deliver files what a hub pushed for a source. Items that are missing in it are not gone.
// If known items came under new guids and links, the source is visited instead.
// An error is the source's problem, in plain words, or one of ours. It wraps ErrElsewhere, and
// nothing is filed, if another node visits the source.
func (p *Poller) Deliver(ctx context.Context, id string, body []byte, h feed.Hints) error {
	p.init()
	p.mu.Lock()
	src := p.sources[id]
	if src == nil {
		p.mu.Unlock()
		return fmt.Errorf("deliver to %s: %w", id, errRemoved)
	}
	if src.elsewhere || src.withheld || !p.owns(src) {
		p.mu.Unlock()
		return fmt.Errorf("deliver to %s: %w", src.Name, ErrElsewhere)
	}
	if src.Paused || src.deskPaused {
		p.mu.Unlock()
		return nil // the first visit after the pause finds the items
	}
	v := p.newVisit(src, p.now())
	v.partial, v.pushed = true, true
	p.clock.underWay++
	p.mu.Unlock()
	v.read(ctx, body, h)
	p.endDelivery()
	switch {
	case v.problem != nil:
		return fmt.Errorf("deliver to %s: %w", v.conf.Name, v.problem)
	case v.err != nil:
		return fmt.Errorf("deliver: %w", v.err)
	case v.reissue:
		p.visitSoon(id, reasonReissued)
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if src.removed || v.filed == 0 {
		return nil
	}
	v.applyDocument(&src.state)
	p.schedule.plan.Observe(id, v.at, v.published(src.state.LastSuccess, v.at), 0)
	p.Meters.observeLags(v)
	src.state.LastAttempt = news.Instant(v.at)
	src.state.LastPush = src.state.LastAttempt
	p.changed.add(id)
	p.noteShared(id, false)
	return nil
}

func (p *Poller) endDelivery() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.underWay--
}

// VisitPushed has a source visited as soon as its floor and its server allow it, because its
// hub sent what could not be passed on to this node. It reports whether it will be: not if
// another node visits it, nor while it has a problem.
func (p *Poller) VisitPushed(source string) bool {
	p.init()
	p.mu.Lock()
	src := p.sources[source]
	paused := src != nil && (src.Paused || src.deskPaused)
	p.mu.Unlock()
	return paused || p.visitSoon(source, reasonTooLarge) // the first visit after the pause finds the items
}

const reasonTooLarge = "its hub sent a document that is too large to pass on between nodes"

// PushChanged gives a source a new time for its next visit after Pushed has changed its
// answer for it, or may have. If another node visits the source, that is done when this one
// takes it over.
func (p *Poller) PushChanged(source string) {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	src := p.sources[source]
	switch {
	case src == nil:
	case src.elsewhere:
		src.pushChanged = true
	default:
		p.applyPush(src)
	}
	p.wakeLoop()
}

// applyPush applies the answer of Pushed to the time of a source's next visit. p.mu must be
// locked.
func (p *Poller) applyPush(src *source) {
	src.pushChanged = false
	if src.visiting || !p.Clock.Believed() {
		return // the end of the visit asks Pushed
	}
	s, now := &src.state, p.now()
	if s.Failures > 0 || s.Gone || s.Refused || s.Visits == 0 || s.RetryAfter.After(now) {
		return
	}
	due, why := p.schedule.paced(src, now)
	switch {
	case why == reasonPushed && why == s.Reason && s.Due.Before(due):
		return // the hub was relied on before a restart
	case why == reasonPushed && s.Reason == reasonTaken:
		return // a visit for backup was due when this node took the source over
	case p.Owns != nil && why != reasonPushed && s.Reason != reasonPushed:
		return // it was not, and is not: this node has just begun to work with its hub
	}
	limit := s.Due
	if why == reasonPushed {
		limit = news.Later(limit, s.LastSuccess.Add(backupEvery))
	}
	if due.After(limit) {
		due = limit // a hub that is lost and found again and again does not put the visit off
	}
	s.Due, s.Reason = news.Instant(due), why
	p.changed.add(src.ID)
	if p.running {
		p.enqueue(src, now)
	}
}
