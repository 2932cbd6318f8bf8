package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotNow means that a source can't be visited now, because that would be impolite or
// useless. The error that wraps it says why, in plain words.
var ErrNotNow = errors.New("not now")

// Visit visits one source as soon as its host is free. Pace, floors, max-age, ttl and
// skipHours do not count; Retry-After, 410, back-off and pauses do. Visit returns when the
// visit is filed. An error wraps ErrNotNow, or is one of ours.
func (p *Poller) Visit(ctx context.Context, id string, report func(Visited)) error {
	p.init()
	now := time.Now()
	p.mu.Lock()
	src := p.sources[id]
	if why := p.whyNotNow(src, now); why != "" {
		p.mu.Unlock()
		return fmt.Errorf("%w: %s", ErrNotNow, why)
	}
	r := newPass(report)
	p.queueFor(r, src, now)
	p.passes = append(p.passes, r)
	p.mu.Unlock()
	return p.wait(ctx, r)
}

// whyNotNow says why a source can't be visited now; empty: it can.
func (p *Poller) whyNotNow(src *source, now time.Time) string {
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	switch {
	case src == nil || src.removed:
		return "feeds.yaml has no such source"
	case src.Paused:
		return "it is paused in feeds.yaml"
	case src.deskPaused:
		return "it is paused at the desk; resume it first"
	case src.state.Gone:
		return "its server says that it is gone (410)"
	case p.pause.until.After(now):
		return "visits are paused, because new entries can't be stored at the moment"
	case src.state.RetryAfter.After(now):
		return "its server asked for no requests until " + at(src.state.RetryAfter) + " (Retry-After)"
	case src.state.Failures > 0 && src.state.Due.After(now):
		return "its last visit failed; it is tried again at " + at(src.state.Due)
	}
	if h := p.slots.of(src); h.retryAfter.After(now) {
		return h.name + " asked for no requests until " + at(h.retryAfter) + " (Retry-After)"
	}
	return ""
}

// UpdatePauses reads which sources are paused at the desk.
func (p *Poller) UpdatePauses() error {
	p.init()
	var all []*news.SourceState
	err := p.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Sources.AllForVisits()
		return err
	})
	if err != nil {
		return fmt.Errorf("read paused sources: %w", err)
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
			p.skip(src)
		}
		if p.running {
			p.enqueue(src, time.Now())
		}
	}
	p.wakeLoop()
	return nil
}
