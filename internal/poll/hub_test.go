package poll

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A source whose hub sends what is new is visited only for backup, and at its own pace again
// when the hub is no longer relied on.
func TestPushed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		every := sourceNamed("a")
		every.Every = time.Hour
		r := newEnv(t, every)
		r.serve(rssA, rss{items: []string{"one"}, etag: `"x"`}.answer)
		relied := false
		r.poller.Pushed = func(string) bool { return relied }
		r.run(90 * time.Minute)
		r.requests()

		relied = true
		r.poller.PushChanged("a")
		r.run(48 * time.Hour)
		if n := len(r.requests()); n < 3 || n > 5 {
			t.Errorf("%d visits in two days with a hub, want one every 12 h", n)
		}
		if why := r.state("a").Reason; why != "its hub sends what is new; visited for backup" {
			t.Errorf("reason: %q", why)
		}

		relied = false
		r.poller.PushChanged("a")
		r.run(5*time.Hour + time.Minute)
		if n := len(r.requests()); n != 5 {
			t.Errorf("%d visits in the five hours without the hub, want 5", n)
		}
	})
}

// A program that is restarted often visits sources for backup as often as another.
func TestPushedOverRestarts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		every := sourceNamed("a")
		every.Every = time.Hour
		r := newEnv(t, every)
		r.serve(rssA, rss{items: []string{"one"}, etag: `"x"`}.answer)
		r.poller.Pushed = func(string) bool { return true }
		r.run(90 * time.Minute)
		visits := len(r.requests())
		for range 16 {
			r.restart()
			r.poller.Pushed = func(string) bool { return true }
			r.poller.PushChanged("a")
			r.run(3 * time.Hour)
			visits += len(r.requests())
		}
		if visits < 4 || visits > 6 {
			t.Errorf("%d visits in two days with a restart every three hours, want one at first and one every 12 h", visits)
		}
	})
}

// The same goes if what the hub sends is filed meanwhile. The time of a push is that of no visit.
func TestPushesBetweenRestarts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		every := sourceNamed("a")
		every.Every = 10 * time.Hour
		r := newEnv(t, every)
		doc := rss{items: []string{"one"}}
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) { return doc.answer(q, now) })
		relied := true
		r.poller.Pushed = func(string) bool { return relied }
		r.run(90 * time.Minute)
		visits, visited := len(r.requests()), r.records()[0].At
		for n := range 16 {
			item := fmt.Sprint("item ", n)
			if err := r.poller.Deliver(t.Context(), "a", rss{items: []string{item}}.body(), feed.Hints{}); err != nil {
				t.Fatal(err)
			}
			doc.items = append(doc.items, item, item+" that the hub did not send")
			r.run(time.Minute)
			r.restart()
			r.poller.Pushed = func(string) bool { return relied }
			for _, relied = range []bool{false, true} {
				r.poller.PushChanged("a")
			}
			r.run(3 * time.Hour)
			visits += len(r.requests())
			for _, rec := range r.records() {
				if !rec.Visit.Prev.Equal(visited) {
					t.Errorf("a record names %v as the time of the visit before, want %v", rec.Visit.Prev, visited)
				}
				if !rec.Visit.Partial {
					visited = rec.At
				}
			}
		}
		if visits < 5 || visits > 6 {
			t.Errorf("%d visits in two days, want one at first and one every 10 to 12 h", visits)
		}
	})
}

// A hub that is lost and found again and again does not put the visits for backup off.
func TestPushedOffAndOn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		every := sourceNamed("a")
		every.Every = 10 * time.Hour
		r := newEnv(t, every)
		r.serve(rssA, rss{items: []string{"one"}, etag: `"x"`}.answer)
		relied := true
		r.poller.Pushed = func(string) bool { return relied }
		r.run(90 * time.Minute)
		visits := len(r.requests())
		for range 16 {
			for _, relied = range []bool{false, true} {
				r.poller.PushChanged("a")
			}
			r.run(3 * time.Hour)
			visits += len(r.requests())
		}
		if visits < 5 || visits > 6 {
			t.Errorf("%d visits in two days, want one at first and one every 10 to 12 h", visits)
		}
	})
}

// A web page may name the hub of its feed. That hub is remembered, also over a restart, and
// counts as long as the feed names none of its own.
func TestHubOfAPage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		every := sourceNamed("a")
		every.Every = time.Hour
		r := newEnv(t, every)
		says := func() (f news.Feed) {
			err := r.store.View(func(tx *store.Tx) error {
				st, err := tx.Sources.Get("a")
				f = st.Feed
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		const feed, hub = "https://a.example/real.rss", "https://hub.example/"
		r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			page := `<!doctype html><link rel="hub" href="` + hub + `"><link rel="self alternate" type="application/rss+xml" href="/real.rss">`
			return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(page)}, nil
		})
		r.serve(feed, rss{items: []string{"one"}}.answer)
		r.run(30 * time.Minute)
		if f := says(); f.Hub != hub || f.Self != feed {
			t.Errorf("hub %q of %q, want %s of %s", f.Hub, f.Self, hub, feed)
		}
		r.restart()
		r.serve(feed, rss{items: []string{"two", "one"}}.answer)
		r.run(2 * time.Hour)
		if f := says(); f.Hub != hub || f.Self != feed {
			t.Errorf("hub %q of %q after only the feed was read, want %s of %s", f.Hub, f.Self, hub, feed)
		}
		const atom = `<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="https://own.example/"/><link xmlns="http://www.w3.org/2005/Atom" rel="self" href="https://a.example/self"/>`
		r.serve(feed, rss{items: []string{"three", "two", "one"}, extra: atom}.answer)
		r.run(2 * time.Hour)
		if f := says(); f.Hub != "https://own.example/" || f.Self != "https://a.example/self" {
			t.Errorf("hub %q of %q, want the feed's own", f.Hub, f.Self)
		}
	})
}

// A hub pushes what a source published under new guids and links. Only a visit tells what
// they replace, so the source is visited, as soon as its floor allows it.
func TestPushedReissue(t *testing.T) {
	const document = `<rss version="2.0"><channel><title>T</title>%s</channel></rss>`
	item := func(scheme, title, date string) string {
		return fmt.Sprintf(`<item><guid isPermaLink="false">%s-%s</guid><title>%s</title><link>https://site.example/%s/%s</link>%s</item>`, scheme, title, title, scheme, title, date)
	}
	const morning, noon = "<pubDate>Sat, 01 Jan 2000 06:01:02 GMT</pubDate>", "<pubDate>Sat, 01 Jan 2000 12:01:02 GMT</pubDate>"
	for _, c := range []struct {
		name   string
		pushed string
		filed  []string
		visits int
	}{
		{"one item without a date but with a text", item("b", "Harvest", "<description>The barns are full.</description>"), nil, 1},
		{"such an item with another text", item("b", "Harvest", "<description>The barns are empty.</description>"), []string{"Harvest"}, 0},
		{"such an item among known ones", item("a", "Storm", morning) + item("b", "Harvest", "<description>The barns are full.</description>") + item("a", "Ferry", morning), nil, 1},
		{"one with its date among known ones", item("a", "Storm", morning) + item("b", "Ferry", morning), nil, 1},
		{"an undated one among known ones", item("a", "Storm", morning) + item("b", "Tide", ""), []string{"Tide"}, 0},
		{"one undated headline", item("b", "Tide", ""), []string{"Tide"}, 0},
		{"the same under new keys", item("b", "Ferry", morning) + item("b", "Storm", morning), nil, 1},
		{"with something new among them", item("b", "Harvest", noon) + item("b", "Ferry", morning) + item("b", "Storm", morning), nil, 1},
		{"later programmes with the same titles", item("b", "Ferry", noon) + item("b", "Storm", noon), []string{"Storm", "Ferry"}, 0},
		{"an item that is known among new ones", item("b", "Ferry", noon) + item("a", "Storm", morning), []string{"Ferry"}, 0},
		{"one item", item("b", "Ferry", morning), nil, 1},
		{"one item without a date", item("b", "Ferry", ""), []string{"Ferry"}, 0},
	} {
		bubble.Test(t, func(t *testing.T) {
			time.Sleep(24 * time.Hour)
			r := newEnv(t, sourceNamed("a"))
			r.poller.Pushed = func(string) bool { return true }
			first := fmt.Appendf(nil, document, item("a", "Ferry", morning)+item("a", "Storm", morning)+item("a", "Harvest", "<description>The barns are full.</description>")+item("a", "Tide", ""))
			r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
				return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{}, Body: first}, nil
			})
			r.run(90 * time.Minute)
			r.requests()
			r.records()
			if err := r.poller.Deliver(t.Context(), "a", fmt.Appendf(nil, document, c.pushed), feed.Hints{}); err != nil {
				t.Fatal(err)
			}
			if got := headlines(r.records()); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(c.filed))) {
				t.Errorf("%s: filed %q, want %q", c.name, got, c.filed)
			}
			r.run(time.Hour)
			if n := len(r.requests()); n != c.visits {
				t.Errorf("%s: %d visits in the next hour, want %d", c.name, n, c.visits)
			}
		})
	}
}

// The document of a visit under way may be older than what a hub sends meanwhile, so the
// source is visited once more, as soon as its floor allows it.
func TestPushedDuringAVisit(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.poller.Pushed = func(string) bool { return true }
		var at []time.Time
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			if at = append(at, time.Now()); len(at) == 1 && !r.poller.VisitPushed("a") {
				t.Error("no visit is promised")
			}
			return rss{items: []string{"one"}}.answer(q, now)
		})
		r.run(90 * time.Minute)
		if len(at) != 2 || at[1].Sub(at[0]) < defaultFloor || at[1].Sub(at[0]) > 2*defaultFloor {
			t.Errorf("visits at %v, want a second one soon after the floor of %v", at, defaultFloor)
		}
	})
}

// A document that was cut off is filed with the note that what it repeats is not new.
func TestReissueCutOff(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		serve := func(scheme, end string) {
			body := `<rss version="2.0"><channel><title>T</title>`
			for _, title := range []string{"Ferry", "Storm", "Harvest"} {
				body += fmt.Sprintf(`<item><guid isPermaLink="false">%s-%s</guid><title>%s</title><pubDate>Sat, 01 Jan 2000 06:01:02 GMT</pubDate></item>`, scheme, title, title)
			}
			r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
				return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{}, Body: []byte(body + end), Cut: end == ""}, nil
			})
		}
		for _, c := range []struct {
			scheme, end       string
			partial, reissued bool
		}{{"a", "</channel></rss>", false, false}, {"b", "", true, true}, {"c", "</channel></rss>", false, false}} {
			serve(c.scheme, c.end)
			r.pass(true)
			recs := r.records()
			if len(recs) != 1 || recs[0].Visit.Partial != c.partial || recs[0].Visit.Reissued != c.reissued {
				t.Errorf("scheme %s: %d records, %+v; want one, partial %v, re-issued %v", c.scheme, len(recs), recs, c.partial, c.reissued)
			}
			time.Sleep(time.Hour)
		}
	})
}

// A source whose hub sent what could not be passed on is visited as soon as its floor allows it,
// unless it has a problem.
func TestVisitPushed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"), sourceNamed("b"))
		r.poller.Pushed = func(string) bool { return true }
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.run(90 * time.Minute)
		r.requests()
		if !r.poller.VisitPushed("a") || r.poller.VisitPushed("b") || r.poller.VisitPushed("none") {
			t.Error("a visit of a alone is to be promised: b can't be reached")
		}
		r.run(time.Minute)
		n := 0
		for _, q := range r.requests() {
			if q.URL == rssA {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d visits in the next minute, want one", n)
		}
	})
}
