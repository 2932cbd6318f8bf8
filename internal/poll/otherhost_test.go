package poll

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
)

// busyHost is a host to which two nodes make requests, b.example.
type busyHost struct {
	mu       sync.Mutex
	inFlight int
	lastEnd  time.Time
	requests int
	overlaps int           // requests that began while another one was under way
	hurried  int           // requests less than a second after the last one
	later    time.Duration // Retry-After of the answers; 0: they are documents
}

// answer takes 30 s.
func (h *busyHost) answer(q fetch.Request, now time.Time) (*fetch.Result, error) {
	h.mu.Lock()
	h.requests++
	if h.inFlight > 0 {
		h.overlaps++
	}
	if time.Since(h.lastEnd) < pause {
		h.hurried++
	}
	h.inFlight++
	later := h.later
	h.mu.Unlock()
	time.Sleep(30 * time.Second)
	h.mu.Lock()
	h.inFlight--
	h.lastEnd = time.Now()
	h.mu.Unlock()
	if later > 0 {
		q.URL = "https://b.example/rss"
		return problem(fetch.RetryLater, 429, later)(q, time.Now())
	}
	return rss{items: []string{"b"}}.answer(q, now)
}

// count returns how many requests there were since the last call.
func (h *busyHost) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.requests
	h.requests = 0
	return n
}

// newTwoNodes returns a node that visits b.example, and one that visits a.example, which
// redirects to b.example.
func newTwoNodes(t *testing.T) (owner, other *testEnv, h *busyHost) {
	h = new(busyHost)
	owner, o := newCluster(t, "a", "b")
	other, p := newCluster(t, "a", "b")
	o.give("a")
	p.give("b")
	owner.poller.OwnersChanged()
	other.poller.OwnersChanged()
	owner.serve("https://b.example/rss", h.answer)
	other.serve("https://a.example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
		if err := q.BeforeRedirect(context.Background(), "https://b.example/rss"); err != nil {
			return nil, err
		}
		return h.answer(q, now)
	})
	return owner, other, h
}

// runBoth runs both nodes for a time.
func runBoth(a, b *testEnv, d time.Duration) {
	var both sync.WaitGroup
	both.Go(func() { a.run(d) })
	both.Go(func() { b.run(d) })
	both.Wait()
}

// A redirect to a host that another node visits waits for a turn there, so that the host gets
// one request at a time, with pauses.
func TestTurnAtOtherHost(t *testing.T) {
	for _, asks := range []bool{true, false} {
		bubble.Test(t, func(t *testing.T) {
			owner, other, h := newTwoNodes(t)
			if asks {
				other.poller.AskTurn = func(_ context.Context, _ string, q TurnRequest) (TurnAnswer, error) {
					return owner.poller.GiveTurn(q), nil
				}
			}
			runBoth(owner, other, 3*time.Hour)
			if n := h.count(); n < 30 {
				t.Fatalf("%d requests in 3 hours", n)
			}
			if asks && h.overlaps+h.hurried > 0 || !asks && h.overlaps == 0 {
				t.Errorf("asks: %v; %d requests during others, %d without a pause", asks, h.overlaps, h.hurried)
			}
			if len(owner.poller.lent) > 0 {
				t.Errorf("%d turns are still lent", len(owner.poller.lent))
			}
		})
	}
}

// Without an answer the visit goes on. It does not wait for longer than 2 s.
func TestTurnWithoutAnswer(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		_, other, h := newTwoNodes(t)
		other.poller.AskTurn = func(ctx context.Context, _ string, _ TurnRequest) (TurnAnswer, error) {
			<-ctx.Done()
			return TurnAnswer{}, errors.New("nobody answers")
		}
		other.run(34 * time.Second)
		if n, s := h.count(), other.state("a"); n != 1 || s.Outcome != New {
			t.Errorf("%d requests, outcome %q", n, s.Outcome)
		}
	})
}

// Retry-After holds for both nodes, whichever was told.
func TestTurnRetryAfter(t *testing.T) {
	for _, first := range []string{"owner", "other"} {
		bubble.Test(t, func(t *testing.T) {
			owner, other, h := newTwoNodes(t)
			other.poller.AskTurn = func(_ context.Context, _ string, q TurnRequest) (TurnAnswer, error) {
				return owner.poller.GiveTurn(q), nil
			}
			h.later = 5 * time.Hour
			if first == "owner" {
				owner.run(time.Minute)
			} else {
				other.run(time.Minute)
			}
			if n := h.count(); n != 1 {
				t.Errorf("%s: %d requests, want 1", first, n)
			}
			runBoth(owner, other, 4*time.Hour)
			if n := h.count(); n > 0 {
				t.Errorf("%s was told to come back in 5 hours: %d requests in 4", first, n)
			}
			h.mu.Lock()
			h.later = 0
			h.mu.Unlock()
			runBoth(owner, other, 3*time.Hour)
			if n := h.count(); n < 2 {
				t.Errorf("%s: %d requests in the hours after that", first, n)
			}
		})
	}
}

// A turn that the other node does not end is over with its lease.
func TestLeaseEnds(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		owner, _, h := newTwoNodes(t)
		q := TurnRequest{ID: "1", Host: "b.example", Source: "a"}
		if a := owner.poller.GiveTurn(q); !a.Granted {
			t.Fatalf("a free host: %+v", a)
		}
		if a := owner.poller.GiveTurn(q); !a.Granted {
			t.Errorf("asked again: %+v", a)
		}
		if a := owner.poller.GiveTurn(TurnRequest{ID: "2", Host: "b.example"}); a.Granted || a.Wait <= 0 {
			t.Errorf("a busy host: %+v", a)
		}
		owner.run(lease - time.Second)
		if n := h.count(); n > 0 {
			t.Errorf("%d requests while the turn is lent", n)
		}
		owner.run(time.Minute)
		if n := h.count(); n != 1 {
			t.Errorf("%d requests after the lease", n)
		}
	})
}
