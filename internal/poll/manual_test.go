package poll

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// A manual visit ignores pace and max-age, and obeys what the server asks for.
func TestVisitNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fine, busy, beside, broken, paused := sourceNamed("fine"), sourceNamed("busy"), sourceNamed("beside"), sourceNamed("broken"), sourceNamed("paused")
		beside.Address, busy.Address = "https://one.host.example/rss", "https://two.host.example/rss"
		paused.Paused = true
		r := newEnv(t, fine, busy, beside, broken, paused)
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
			"busy": "its server asked for no requests until 2000-01-01 01:00", "beside": "host.example asked for no requests until 2000-01-01 01:00", "broken": "it is tried again at",
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

// A source that is paused at the desk is not visited, also after a restart, until it is
// resumed. A pass that waits for it ends.
func TestDeskPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
