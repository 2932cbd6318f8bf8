package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotNow is why a source can't be visited at once: it would not be polite, or in
// vain. What is wrapped around it says why in plain words.
var ErrNotNow = errors.New("not now")

// Visit visits one source as soon as its host is free, over pace, floors, max-age,
// ttl and skipHours, and never over Retry-After, 410, back-off or a pause. It
// returns when the visit is filed. An error is ErrNotNow, or one of ours.
func (p *Poller) Visit(ctx context.Context, id string, report func(Visited)) error {
	p.ready()
	now := time.Now()
	p.mu.Lock()
	src := p.sources[id]
	if why := p.whyNotNow(src, now); why != "" {
		p.mu.Unlock()
		return fmt.Errorf("%w: %s", ErrNotNow, why)
	}
	r := &pass{left: map[*source]struct{}{src: {}}, report: report, done: make(chan struct{})}
	p.passes = append(p.passes, r)
	if !src.visiting && !src.waiting {
		src.nextVisit = now
		p.push(src)
	}
	p.mu.Unlock()
	return p.wait(ctx, r)
}

// whyNotNow says why a source can't be visited now, "" when it can.
func (p *Poller) whyNotNow(src *source, now time.Time) string {
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	switch {
	case src == nil || src.removed:
		return "feeds.yaml has no such source"
	case src.Paused:
		return "feeds.yaml pauses it"
	case src.deskPaused:
		return "the desk paused it; resume it first"
	case src.state.Gone:
		return "its server said for good that it is gone (410)"
	case p.held.After(now):
		return "visits pause: what they bring can't be filed at the moment"
	case src.state.RetryAfter.After(now):
		return "its server asked to be left alone until " + at(src.state.RetryAfter) + " (Retry-After)"
	case src.state.Failures > 0 && src.state.Due.After(now):
		return "its last visit failed; it is tried again at " + at(src.state.Due)
	}
	if h := p.hostOf(src); h.retryAfter.After(now) {
		return h.name + " asked to be left alone until " + at(h.retryAfter) + " (Retry-After)"
	}
	return ""
}

// UpdatePauses takes over which sources the desk has paused since.
func (p *Poller) UpdatePauses() error {
	p.ready()
	var all []*news.SourceState
	err := p.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Sources.AllForVisits()
		return err
	})
	if err != nil {
		return fmt.Errorf("read who is paused: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, st := range all {
		src := p.sources[st.ID]
		if src == nil || src.deskPaused == (st.Pause != nil) {
			continue
		}
		src.deskPaused = st.Pause != nil
		if src.deskPaused {
			p.excuse(src)
		}
		if p.running {
			p.enqueue(src, time.Now())
		}
	}
	p.wakeLoop()
	return nil
}
