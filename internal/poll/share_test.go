package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// sharedStates is what the nodes of a test tell each other.
type sharedStates struct {
	mu     sync.Mutex
	states map[string]news.VisitState
	times  map[string][]time.Time // of writes
	err    error                  // of each write
	failed int
}

func (s *sharedStates) share(_ context.Context, states []news.VisitState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		s.failed++
		return s.err
	}
	if s.states == nil {
		s.states, s.times = map[string]news.VisitState{}, map[string][]time.Time{}
	}
	for _, st := range states {
		s.states[st.Source] = st
		s.times[st.Source] = append(s.times[st.Source], time.Now())
	}
	return nil
}

func (s *sharedStates) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *sharedStates) all() (all []news.VisitState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.states {
		all = append(all, st)
	}
	return all
}

// written returns when a source's state was written since the last call.
func (s *sharedStates) written(source string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.times[source]
	delete(s.times, source)
	return t
}

// A node that takes over obeys what only the lost node was told: Retry-After, also for other
// sources of the host, a 410 that was confirmed, a move, and the back-off after failures. What
// the lost node learned last is not lost, although it never gave anything back.
func TestTakeOverObeys(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		names := []string{"later", "gone", "failing", "moved", "well"}
		lost, _ := newCluster(t, names...)
		next, o := newCluster(t, names...)
		o.give(names...)
		next.poller.OwnersChanged()
		shared := new(sharedStates)
		lost.poller.Share = shared.share
		lost.run(time.Hour)
		lost.serve("https://gone.example/rss", problem(fetch.Gone, 410, 0))
		lost.run(25 * time.Hour)
		lost.serve("https://failing.example/rss", problem(fetch.BadStatus, 500, 0))
		lost.serve("https://moved.example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			res, err := rss{items: []string{"moved"}}.answer(q, now)
			if err == nil {
				res.MovedTo = "https://moved.example/new"
			}
			return res, err
		})
		lost.serve("https://moved.example/new", rss{items: []string{"moved"}}.answer)
		lost.run(3 * time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		lost.serve("https://later.example/rss", problem(fetch.RetryLater, 429, 5*time.Hour))
		go func() { _ = lost.poller.Run(ctx) }()
		time.Sleep(11 * time.Minute) // the node is lost while it runs
		next.serve("https://moved.example/new", rss{items: []string{"moved"}}.answer)
		next.serve("https://failing.example/rss", problem(fetch.BadStatus, 500, 0))
		next.poller.Adopt(shared.all())
		if n := next.visited(); len(n) > 0 {
			t.Errorf("visits before the take-over: %v", n)
		}
		o.give()
		next.poller.OwnersChanged()
		next.run(4 * time.Hour)
		n := next.visited()
		if n["later"] > 0 || n["gone"] > 0 || n["moved"] > 0 || n["moved.example/new"] < 20 || n["well"] < 20 {
			t.Errorf("visits in 4 hours: %v; want many of well and the new address of moved, and none of later, gone, moved", n)
		}
		if n["failing"] > 4 {
			t.Errorf("%d visits in 4 hours of a source that has failed for 3", n["failing"])
		}
		if s := next.state("failing"); s.Failures < 4 {
			t.Errorf("%d failures in a row", s.Failures)
		}
		next.run(2 * time.Hour)
		if n := next.visited(); n["later"] == 0 {
			t.Errorf("after Retry-After: %v", n)
		}
		stop()
		synctest.Wait()
	})
}

// What is urgent is told at once, the rest within a minute, and all before a partition is
// given back. What this node does not visit is not told.
func TestShareTimes(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		r, o := newCluster(t, "a", "b", "c")
		shared := new(sharedStates)
		r.poller.Share = shared.share
		o.give("c")
		r.poller.OwnersChanged()
		r.serve("https://b.example/rss", problem(fetch.RetryLater, 429, 5*time.Hour))
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = r.poller.Run(ctx) }()
		time.Sleep(59 * time.Minute)
		b, a := shared.written("b"), shared.written("a")
		if len(b) != 1 || b[0].Sub(began) > time.Second {
			t.Errorf("a Retry-After was written at %v, want once, within a second of %v", b, began)
		}
		if len(a) < 5 || len(a) > 7 {
			t.Errorf("six visits without news were written %d times: %v", len(a), a)
		}
		time.Sleep(time.Minute + 10*time.Second)
		o.give("a", "c") // a was visited a moment ago
		r.poller.OwnersChanged()
		shared.written("a")
		r.poller.Land(ctx, func(address string) bool { return !o.owns(address) })
		if got := shared.all(); len(got) != 2 {
			t.Errorf("%d sources are known, want those of this node", len(got))
		}
		if len(shared.written("a")) > 1 {
			t.Error("a was written twice")
		}
		if was, is := shared.states["a"], r.state("a"); was.LastAttempt != is.LastAttempt || was.Due != is.Due || was.Visits != is.Visits {
			t.Errorf("given back with %v, %v; want %v, %v", was.LastAttempt, was.Due, is.LastAttempt, is.Due)
		}
		stop()
		synctest.Wait()
	})
}

// While states can't be written, visits go on; it is logged once, and all are written later.
func TestShareFails(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		r, _ := newCluster(t, "a", "b")
		log := r.log()
		shared := new(sharedStates)
		shared.fail(errors.New("no quorum"))
		r.poller.Share = shared.share
		r.run(time.Hour)
		if n := r.visited(); n["a"] < 6 || n["b"] < 6 {
			t.Errorf("visits in an hour: %v", n)
		}
		got := slices.DeleteFunc(log.lines(), func(l string) bool { return !strings.Contains(l, "can't be told to the other nodes") })
		if len(got) != 1 || shared.failed < 100 {
			t.Errorf("%d lines of log for %d failures, want one", len(got), shared.failed)
		}
		shared.fail(nil)
		r.poller.Land(t.Context(), func(string) bool { return true })
		if got := shared.all(); len(got) != 2 {
			t.Errorf("%d states were written at last, want 2", len(got))
		}
	})
}

// What is older than the own visits, of another address or from a clock that is ahead is
// ignored; so is a source that this node does not know.
func TestAdoptIgnores(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		now := time.Now()
		for name, s := range map[string]news.VisitState{
			"older":         {Source: "a", Address: "https://a.example/rss", LastAttempt: now.Add(-48 * time.Hour), Gone: true},
			"other address": {Source: "a", Address: "https://b.example/rss", LastAttempt: now, Gone: true},
			"an hour ahead": {Source: "a", Address: "https://a.example/rss", LastAttempt: now.Add(time.Hour), Gone: true},
			"ahead":         {Source: "a", Address: "https://a.example/rss", LastAttempt: now.Add(24 * time.Hour), Gone: true},
			"unknown":       {Source: "x", Address: "https://a.example/rss", LastAttempt: now, Gone: true},
		} {
			r, _ := newCluster(t, "a")
			r.run(time.Minute)
			before := fmt.Sprint(r.state("a"))
			s.LastAttempt = s.LastAttempt.Add(time.Since(now))
			r.poller.Adopt([]news.VisitState{s})
			r.poller.save()
			if got := fmt.Sprint(r.state("a")); got != before {
				t.Errorf("%s: the state was\n%s\nand is\n%s", name, before, got)
			}
		}
	})
}

// A node that hears what another one learned of a source shows it, and does not visit it.
func TestAdoptOthers(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		visits, o := newCluster(t, "a", "b")
		hears, p := newCluster(t, "a", "b")
		o.give("b")
		visits.poller.OwnersChanged()
		p.give("a")
		hears.poller.OwnersChanged()
		visits.poller.Share = func(_ context.Context, states []news.VisitState) error {
			hears.poller.Adopt(states)
			return nil
		}
		runBoth(visits, hears, 61*time.Minute)
		if n := hears.visited(); n["a"] > 0 || n["b"] < 6 {
			t.Errorf("visits: %v, want them of b alone", n)
		}
		if was, is := visits.state("a"), hears.state("a"); is.Visits < 6 || is.Visits+1 < was.Visits || is.Outcome != was.Outcome {
			t.Errorf("a was visited %d times, %s; the other node says %d, %s", was.Visits, was.Outcome, is.Visits, is.Outcome)
		}
	})
}
