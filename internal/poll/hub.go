package poll

import (
	"context"
	"fmt"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// Deliver files what a hub pushed for a source. Items that are missing in it are not gone.
// If known items came under new guids and links, the source is visited instead.
// An error is the source's problem, in plain words, or one of ours.
func (p *Poller) Deliver(ctx context.Context, id string, body []byte, h feed.Hints) error {
	p.init()
	p.mu.Lock()
	src := p.sources[id]
	if src == nil {
		p.mu.Unlock()
		return fmt.Errorf("deliver to %s: %w", id, errRemoved)
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
	p.changed.add(id)
	return nil
}

func (p *Poller) endDelivery() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.underWay--
}

// PushChanged gives a source a new time for its next visit after Pushed has changed its
// answer for it.
func (p *Poller) PushChanged(source string) {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	src := p.sources[source]
	if src == nil || src.visiting || !p.Clock.Believed() {
		return // the end of the visit asks Pushed
	}
	s, now := &src.state, p.now()
	if s.Failures > 0 || s.Gone || s.Refused || s.Visits == 0 || s.RetryAfter.After(now) {
		return
	}
	due, why := p.schedule.paced(src, now)
	if why == reasonPushed && why == s.Reason && s.Due.Before(due) {
		return // the hub was relied on before a restart
	}
	s.Due, s.Reason = news.Instant(due), why
	p.changed.add(source)
	if p.running {
		p.enqueue(src, now)
	}
	p.wakeLoop()
}
