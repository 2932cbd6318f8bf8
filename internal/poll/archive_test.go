package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// numbered returns the titles n-1, n-2 and so on of count items.
func numbered(n, count int) (titles []string) {
	for i := range count {
		titles = append(titles, fmt.Sprint("item-", n-1-i))
	}
	return titles
}

func prevArchive(url string) string {
	return `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="prev-archive" href="` + url + `"/>`
}

// serveArchive serves a feed with the ten newest of n items, and archive pages of ten.
func (r *testEnv) serveArchive(n int) {
	extra := ""
	for page := 1; page*10 < n; page++ {
		url := fmt.Sprintf("https://a.example/%d", page)
		r.serve(url, rss{items: numbered(page*10, 10), extra: extra}.answer)
		extra = prevArchive(url)
	}
	r.serve(rssA, rss{items: numbered(n, 10), extra: extra}.answer)
}

// E22: a document that shares nothing with the one before is counted as a gap. Archive pages
// fill it as backlog, with a pause between requests and no further than to known entries,
// also after a restart.
func TestCatchUp(t *testing.T) {
	for _, restart := range []bool{false, true} {
		bubble.Test(t, func(t *testing.T) {
			r := newEnv(t, sourceNamed("a"))
			r.serveArchive(20)
			r.pass(false)
			r.requests()
			r.records()
			if restart {
				r.restart()
			}
			r.serveArchive(60)
			r.pass(true)
			recs, all := r.records(), r.requests()
			if got := len(headlines(recs)); got != 40 {
				t.Errorf("%d entries filed, want the 40 that were missed", got)
			}
			for _, rec := range recs[:len(recs)-1] {
				if v := rec.Visit; !v.Backlog || !v.Partial || v.Listed != nil || v.Validators.ETag == recs[len(recs)-1].Visit.Validators.ETag {
					t.Errorf("an archive page's batch: backlog %v, partial %v, validators %v", v.Backlog, v.Partial, v.Validators)
				}
			}
			for i := 1; i < len(all); i++ {
				if gap := all[i].start.Sub(all[i-1].end); gap < pause {
					t.Errorf("page %s was requested %v after the one before", all[i].URL, gap)
				}
			}
			if got := r.state("a").Gaps; got != 1 {
				t.Errorf("%d gaps counted, want 1", got)
			}
			r.pass(true)
			if got := headlines(r.records()); len(got) != 0 {
				t.Errorf("filed again: %q", got)
			}
		})
	}
}

// A catch-up that is interrupted, for example by the end of the process, begins again at the
// next start and misses nothing.
func TestInterruptedCatchUp(t *testing.T) {
	for after := range 3 {
		bubble.Test(t, func(t *testing.T) {
			r := newEnv(t, sourceNamed("a"))
			r.serveArchive(20)
			r.pass(false)
			r.records()
			r.requests()
			r.serveArchive(60)
			ctx, cancel := context.WithCancel(t.Context())
			r.serve(fmt.Sprintf("https://a.example/%d", 5-after), func(q fetch.Request, now time.Time) (*fetch.Result, error) {
				cancel()
				return nil, ctx.Err()
			})
			if err := r.poller.Pass(ctx, true, nil); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			r.serveArchive(60)
			r.restart()
			r.pass(true)
			if got := len(headlines(r.records())); got != 40 {
				t.Errorf("interrupted after %d pages: %d entries filed, want the 40 that were missed", after, got)
			}
			if got := r.state("a").Gaps; got != 1 {
				t.Errorf("%d gaps counted, want 1", got)
			}
		})
	}
}

func TestCatchUpIsBounded(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"old"}}.answer)
		r.pass(false)
		r.records()
		r.requests()
		r.serveArchive(400)
		r.pass(true)
		if n := len(r.requests()); n != 1+maxPages {
			t.Errorf("%d requests, want the feed and %d pages", n, maxPages)
		}
		r.serve(rssA, rss{items: []string{"x", "y"}, extra: prevArchive("https://elsewhere.example/1")}.answer)
		r.pass(true)
		if all := r.requests(); len(all) != 1 {
			t.Errorf("%d requests for an archive on another host, want none", len(all)-1)
		}
		r.serve(rssA, rss{items: []string{"u", "v"}, extra: prevArchive(rssA)}.answer)
		r.pass(true)
		if all := r.requests(); len(all) != 1 {
			t.Errorf("%d requests for an archive that links to itself, want 1", len(all))
		}
	})
}

// E24: a source that answers only 304 for longer than its rhythm explains is requested
// without validators, at most once a day, also after a restart.
func TestStuckCache(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		a := sourceNamed("a")
		a.Every = time.Hour
		r := newEnv(t, a)
		items := []string{"one"}
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			if q.Validators != (news.Validators{}) { // the cache is stuck
				return &fetch.Result{Status: 304, NotModified: true, URL: q.URL, Header: http.Header{}, Validators: q.Validators}, nil
			}
			return rss{items: items}.answer(q, now)
		})
		r.pass(false)
		items = []string{"two", "one"}
		for range 10 {
			r.run(48 * time.Hour)
			r.restart()
		}
		var plain []time.Time
		for _, q := range r.requests()[1:] {
			if q.Validators == (news.Validators{}) {
				plain = append(plain, q.start)
			}
		}
		if len(plain) == 0 {
			t.Fatal("never requested without validators")
		}
		for i := 1; i < len(plain); i++ {
			if d := plain[i].Sub(plain[i-1]); d < 24*time.Hour {
				t.Errorf("requested without validators again after %v", d)
			}
		}
		if got := headlines(r.records()); !slices.Contains(got, "two") {
			t.Errorf("the new item behind the cache was not found: %q", got)
		}
	})
}
