package poll

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// pause stores what desk stores for an order to pause or to resume.
func (r *testEnv) pause(name string, p *news.Pause) {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(name)
		if err != nil {
			return err
		}
		st.Pause = p
		return tx.Sources.Put(st)
	})
	if err == nil {
		err = r.poller.UpdatePauses()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// A manual visit ignores pace, max-age and back-off, and obeys what the server asks for.
func TestVisitNow(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		fine, busy, beside, paused := sourceNamed("fine"), sourceNamed("busy"), sourceNamed("beside"), sourceNamed("paused")
		beside.Address, busy.Address = "https://one.host.example/rss", "https://two.host.example/rss"
		paused.Paused = true
		r := newEnv(t, fine, busy, beside, paused)
		r.serve(fine.Address, rss{items: []string{"x"}, header: http.Header{"Cache-Control": {"max-age=9000"}}}.answer)
		r.serve(beside.Address, rss{items: []string{"y"}}.answer)
		r.serve(busy.Address, problem(fetch.RetryLater, 429, time.Hour))
		ctx, stop := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- r.poller.Run(ctx) }()
		time.Sleep(10 * time.Second)
		r.requests()
		for range 3 {
			var got []Visited
			if err := r.poller.Visit(t.Context(), "fine", func(v Visited) { got = append(got, v) }); err != nil || len(got) != 1 || got[0].Outcome != NotModified {
				t.Errorf("fine: %v, %+v", err, got)
			}
		}
		asked := r.requests()
		for i, gap := range gaps(asked, fine.Address) {
			if gap < pause {
				t.Errorf("visit %d came %v after the one before", i+1, gap)
			}
		}
		if len(asked) != 3 {
			t.Errorf("%d requests, want 3", len(asked))
		}
		r.pause("fine", &news.Pause{At: time.Now()})
		for name, why := range map[string]string{
			"busy": "its server asked for no requests until 2000-01-01 01:00", "beside": "host.example asked for no requests until 2000-01-01 01:00",
			"paused": "it is paused in feeds.yaml", "fine": "it is paused at the desk", "nobody": "no such source",
		} {
			if err := r.poller.Visit(t.Context(), name, nil); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: %v, want %q", name, err, why)
			}
		}
		if asked := r.requests(); len(asked) != 0 {
			t.Errorf("visited nevertheless: %+v", asked)
		}
		stop()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
	})
}

// A manual visit and a pass over all sources ignore our own back-off. What a server asked
// for holds for them too.
func TestManualVisitAfterFailure(t *testing.T) {
	refused := unreachable(syscall.ECONNREFUSED)
	for _, c := range []struct {
		name   string
		fails  answer
		refuse string // why there is no manual visit; empty: there is one
	}{
		{"connection refused", refused, ""},
		{"no such name", unreachable(&net.DNSError{IsNotFound: true}), ""},
		{"timeout", problem(fetch.TimedOut, 0, 0), ""},
		{"no trusted connection", problem(fetch.Insecure, 0, 0), ""},
		{"404", problem(fetch.BadStatus, 404, 0), ""},
		{"500", problem(fetch.BadStatus, 500, 0), ""},
		{"503", problem(fetch.BadStatus, 503, 0), ""},
		{"403", problem(fetch.Blocked, 403, 0), ""},
		{"not a feed", func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{}, Body: []byte("none")}, nil
		}, ""},
		{"503 with Retry-After", problem(fetch.RetryLater, 503, 3*time.Hour), "(Retry-After)"},
		{"429 with Retry-After", problem(fetch.RetryLater, 429, 3*time.Hour), "(Retry-After)"},
		{"429 with a Retry-After that is over", problem(fetch.RetryLater, 429, time.Minute), ""},
		{"429", problem(fetch.RetryLater, 429, 0), "asked for fewer visits (429)"},
		{"410", problem(fetch.Gone, 410, 0), "gone (410); it is visited once more at "},
	} {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/all=%v", c.name, all), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					r := newEnv(t, sourceNamed("a"))
					r.serve(rssA, c.fails)
					r.pass(false)
					r.restart()
					time.Sleep(2 * time.Minute)
					r.serve(rssA, rss{items: []string{"x"}}.answer)
					r.requests()
					if all {
						r.pass(true)
					} else if err := r.poller.Visit(t.Context(), "a", nil); (err == nil) != (c.refuse == "") || err != nil && !strings.Contains(err.Error(), c.refuse) {
						t.Errorf("got %v, want %q", err, c.refuse)
					}
					want := 1
					if c.refuse != "" {
						want = 0
					}
					if n := len(r.requests()); n != want || len(r.records()) != want {
						t.Errorf("%d requests, want %d", n, want)
					}
				})
			})
		}
	}
}

// Manual visits that fail leave the back-off as it was.
func TestManualVisitsDoNotLengthenBackOff(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, problem(fetch.BadStatus, 500, 0))
		r.pass(false)
		before := r.state("a")
		for range 5 {
			if err := r.poller.Visit(t.Context(), "a", nil); err != nil {
				t.Fatal(err)
			}
		}
		after := r.state("a")
		if after.Failures != 1 || !after.Due.Equal(before.Due) || after.Reason != before.Reason || after.Visits != 6 {
			t.Errorf("got %d failures, %d visits, the next in %v (%s), want the back-off of before: %v", after.Failures, after.Visits, time.Until(after.Due), after.Reason, time.Until(before.Due))
		}
		r.serve(rssA, problem(fetch.RetryLater, 429, 3*time.Hour))
		if err := r.poller.Visit(t.Context(), "a", nil); err != nil {
			t.Fatal(err)
		}
		if s := r.state("a"); time.Until(s.Due) < 2*time.Hour {
			t.Errorf("visited again in %v, although the server asked for 3 h", time.Until(s.Due))
		}
	})
}

// A source that is paused at the desk is not visited, also after a restart, until it is
// resumed. A pass that waits for it ends.
func TestDeskPause(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"), sourceNamed("b"))
		r.serve(rssA, rss{items: []string{"x"}}.answer)
		r.serve("https://b.example/rss", rss{items: []string{"y"}}.answer)
		r.run(time.Minute)
		r.pause("a", &news.Pause{At: time.Now()})
		r.requests()
		r.restart()
		r.run(48 * time.Hour)
		for _, q := range r.requests() {
			if q.URL == rssA {
				t.Fatal("the source was visited while it was paused")
			}
		}
		r.pause("a", nil)
		r.run(time.Hour)
		seen := 0
		for _, q := range r.requests() {
			if q.URL == rssA {
				seen++
			}
		}
		if seen == 0 {
			t.Error("the source was not visited after it was resumed")
		}

		slow := make(chan struct{})
		r.serve("https://b.example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			<-slow
			return rss{items: []string{"y"}}.answer(q, now)
		})
		ctx, stop := context.WithCancel(t.Context())
		ran, passed := make(chan error, 1), make(chan error, 1)
		go func() { ran <- r.poller.Run(ctx) }()
		go func() { passed <- r.poller.Pass(t.Context(), true, nil) }()
		time.Sleep(time.Second)
		r.pause("b", &news.Pause{At: time.Now()}) // under way
		close(slow)
		if err := <-passed; err != nil {
			t.Error(err)
		}
		stop()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
	})
}
