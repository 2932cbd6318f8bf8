package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotNow means that a source can't be visited now, because that would be impolite or
// useless. The error that wraps it says why, in plain words.
var ErrNotNow = errors.New("not now")

// Visit visits one source as soon as its host is free. Pace, floors, max-age, ttl,
// skipHours and back-off do not count; Retry-After, 429, 410 and pauses do. Visit returns
// when the visit is filed. An error wraps ErrNotNow, or is one of ours.
func (p *Poller) Visit(ctx context.Context, id string, report func(Visited)) error {
	p.init()
	now := p.now()
	p.mu.Lock()
	p.recheckClock()
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
	switch {
	case src == nil || src.removed:
		return "feeds.yaml has no such source"
	case src.Paused:
		return "it is paused in feeds.yaml"
	case src.deskPaused:
		return "it is paused at the desk; resume it first"
	case src.withheld:
		return "feeds.yaml of this node has it otherwise than the rules that are in force"
	case src.elsewhere:
		return "another node of the cluster visits it"
	case p.pause.until.After(now):
		return "visits are paused, because new entries can't be stored at the moment"
	}
	if why := src.whyServerForbids(now); why != "" {
		return why
	}
	if h := p.slots.of(src); h.retryAfter.After(now) {
		return h.name + " asked for no requests until " + formatTime(h.retryAfter) + " (Retry-After)"
	}
	return ""
}

// whyServerForbids says what the server of a source asked for that forbids a visit now;
// empty: nothing. Our own back-off after a failed visit is no such thing.
func (s *source) whyServerForbids(now time.Time) string {
	switch waits := s.state.Due.After(now); {
	case s.state.Gone:
		return "its server says that it is gone (410)"
	case s.state.RetryAfter.After(now):
		return "its server asked for no requests until " + formatTime(s.state.RetryAfter) + " (Retry-After)"
	case waits && s.state.Outcome == Gone:
		return "its server says that it is gone (410); it is visited once more at " + formatTime(s.state.Due)
	case waits && s.state.Status == http.StatusTooManyRequests && s.state.RetryAfter.IsZero():
		return "its server asked for fewer visits (429); it is visited again at " + formatTime(s.state.Due)
	}
	return ""
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

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
		p.schedule.plan.SetBounds(src.ID, p.schedule.bounds(src))
		if src.deskPaused {
			p.skip(src)
		}
		if p.running {
			p.enqueue(src, p.now())
		}
	}
	p.wakeLoop()
	return nil
}
