package notify_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
)

// headlines returns the headlines of webhook calls, those of digests one by one.
func headlines(calls []call) (all []string) {
	for _, c := range calls {
		rest := c.body
		if _, notices, ok := strings.Cut(rest, `"notices":`); ok {
			rest = notices
		}
		for {
			_, after, ok := strings.Cut(rest, `"headline":"`)
			if !ok {
				break
			}
			text, tail, _ := strings.Cut(after, `"`)
			all, rest = append(all, text), tail
		}
	}
	return all
}

// numbered are headlines from 1 to n.
func numbered(n int) (all []string) {
	for i := 1; i <= n; i++ {
		all = append(all, fmt.Sprintf("Ferry %03d", i))
	}
	return all
}

func (r *env) checkHeadlines(what string, calls []call, want []string) {
	r.Helper()
	if diff := cmp.Diff(want, headlines(calls)); diff != "" {
		r.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestWhatWaitedIsSentInOrderAfterAnOutage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example", "b.example")
		a, b := r.host("a.example"), r.host("b.example")
		a.answers(http.StatusServiceUnavailable)
		all := numbered(5)
		for _, h := range all[:3] {
			r.ring(news.Notice{Target: "a.example", Headline: h})
			r.ring(news.Notice{Target: "b.example", Headline: h})
			time.Sleep(2 * time.Hour)
		}
		r.checkHeadlines("the target that is reached", b.calls(), all[:3])
		r.restart()
		r.ring(news.Notice{Target: "a.example", Headline: all[3]})
		time.Sleep(time.Minute)
		for _, h := range headlines(a.calls()) {
			if h != all[0] {
				t.Errorf("%q was tried while an older one waits", h)
			}
		}
		a.answers(http.StatusOK)
		r.ring(news.Notice{Target: "a.example", Headline: all[4]})
		time.Sleep(30 * time.Second)
		r.checkHeadlines("after the outage", a.calls(), all)
		r.stop()
	})
}

// Hundreds that waited leave one after the other, each once, also over a restart.
func TestABacklogDrainsInOrderWithoutAStorm(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.answers(http.StatusBadGateway)
		all := numbered(300)
		for _, h := range all {
			r.ring(news.Notice{Target: "a.example", Headline: h})
			time.Sleep(time.Second)
		}
		if n := len(a.calls()); n > 40 {
			t.Errorf("%d attempts in 5 minutes of an outage, want at most 40", n)
		}
		a.answers(http.StatusOK)
		r.ring(news.Notice{Target: "a.example", Headline: "Newest"})
		time.Sleep(20*time.Second + 50*time.Millisecond) // between two attempts
		r.restart()
		time.Sleep(time.Minute)
		got := a.calls()
		r.checkHeadlines("the backlog", got, append(all, "Newest"))
		for i := 1; i < len(got)-1; i++ {
			if gap := got[i].at.Sub(got[i-1].at); gap < 50*time.Millisecond {
				t.Errorf("message %d came %v after the one before", i, gap)
			}
		}
		r.stop()
	})
}

// A message that the target refuses holds up no other, whether the target says so (400)
// or fails over it (500).
func TestAMessageThatIsRefusedHoldsUpNoOther(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
		bubble.Test(t, func(t *testing.T) {
			r := open(t, "a.example")
			a := &picky{refuses: "Ferry 001", status: status}
			r.hosts.Store("a.example", a)
			all := numbered(4)
			for _, h := range all[:3] {
				r.ring(news.Notice{Target: "a.example", Headline: h})
			}
			time.Sleep(time.Hour)
			r.ring(news.Notice{Target: "a.example", Headline: all[3]})
			time.Sleep(time.Minute)
			a.mu.Lock()
			accepted, refused := slices.Clone(a.accepted), a.refused
			a.mu.Unlock()
			if diff := cmp.Diff(all[1:], accepted); diff != "" {
				t.Errorf("after %d (-want +got):\n%s", status, diff)
			}
			if refused > 12 {
				t.Errorf("after %d: the refused message was tried %d times within an hour", status, refused)
			}
			time.Sleep(30 * time.Hour)
			notices, outcomes := r.notices()
			if d := outcomes[notices[0].ID]; d == nil || !d.Dead {
				t.Errorf("after %d: the refused message is %+v, want given up", status, d)
			}
			r.stop()
		})
	}
}

// picky refuses one message.
type picky struct {
	refuses  string
	status   int
	mu       sync.Mutex
	refused  int
	accepted []string
}

func (p *picky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := new(hook)
	h.ServeHTTP(discard{}, r)
	all := headlines(h.calls())
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(all, p.refuses) {
		p.refused++
		w.WriteHeader(p.status)
		return
	}
	p.accepted = append(p.accepted, all...)
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// A target that is away for days loses what waited longer than a day, and no more.
func TestEachNoticeIsGivenUpADayAfterItsTime(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.answers(http.StatusServiceUnavailable)
		all := numbered(3)
		for _, h := range all {
			r.ring(news.Notice{Target: "a.example", Headline: h})
			time.Sleep(20 * time.Hour)
		}
		_ = a.calls()
		a.answers(http.StatusOK)
		time.Sleep(5 * time.Hour)
		r.checkHeadlines("after sixty hours", a.calls(), all[2:])
		r.stop()
	})
}

// Retry-After is obeyed by the whole target, also after a restart and when something new
// rings.
func TestRetryAfterHoldsOverARestart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.answers(http.StatusTooManyRequests, "Retry-After", "3600")
		all := numbered(2)
		r.ring(news.Notice{Target: "a.example", Headline: all[0]})
		waitIdle()
		_ = a.calls()
		a.answers(http.StatusOK)
		r.restart()
		time.Sleep(time.Second)
		r.ring(news.Notice{Target: "a.example", Headline: all[1]})
		time.Sleep(59 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Errorf("%d requests within the hour, want none", len(got))
		}
		time.Sleep(2 * time.Minute)
		r.checkHeadlines("after the hour", a.calls(), all)
		r.stop()
	})
}
