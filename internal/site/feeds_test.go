package site_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

func TestNegotiation(t *testing.T) {
	at := serve(webtest.OpenFilled(t))
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	for _, c := range []struct{ accept, want string }{
		{"", "text/html"},
		{"*/*", "text/html"},
		{browser, "text/html"},
		{"application/atom+xml", "application/atom+xml"},
		{"application/rss+xml, application/atom+xml;q=0.8, */*;q=0.1", "application/rss+xml"},
		{"application/feed+json, */*", "application/feed+json"},
		{"application/json", "application/feed+json"},
		{"text/html;q=0.5, application/atom+xml;q=0.6", "application/atom+xml"},
		{"application/atom+xml;q=0, */*", "text/html"},
		{"application/rss+xml, application/atom+xml", "application/atom+xml"},
		{"image/png", "text/html"},
		{"application/rss+xml;q=nonsense", "text/html"},
	} {
		req, err := http.NewRequest("GET", at+"/topics/world", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.accept != "" {
			req.Header.Set("Accept", c.accept)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); got != c.want {
			t.Errorf("Accept %q: %s, want %s", c.accept, got, c.want)
		}
		if vary := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept") || !strings.Contains(vary+",", "Accept,") {
			t.Errorf("Accept %q: Vary %q", c.accept, vary)
		}
	}
}

// A count of a clock that was ahead once is not kept for as long as it was ahead.
func TestSubscribersOfAClockAhead(t *testing.T) {
	n := webtest.OpenFilled(t)
	ahead := news.FeedReader{Feed: "world.rss", Agent: "Old", Count: 9, At: news.Instant(time.Now().AddDate(10, 0, 0))}
	n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.FeedReaders.Put(&ahead) }))
	s := &site.Subscribers{Store: n.Store}
	s.Count("world", edition.RSS, "Feedly/1.1 (3 subscribers)", time.Now())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n.Must(s.Run(ctx))
	n.Must(n.Store.View(func(tx *store.Tx) error {
		all, err := tx.FeedReaders.All()
		if len(all) != 1 || all[0].Agent != "Feedly" {
			t.Errorf("counts %+v, want that of Feedly", all)
		}
		return err
	}))
}

// Subscribers are counted as aggregators report them, once for each aggregator and feed.
func TestSubscribers(t *testing.T) {
	n := webtest.OpenFilled(t)
	s := newSite(n)
	s.Subscribers = &site.Subscribers{Store: n.Store}
	at := webtest.Serve(n.TB, s)
	for _, visit := range []struct{ path, agent string }{
		{"/topics/world.atom", "Feedly/1.0 (+http://www.feedly.example/fetcher; 12 subscribers; like FeedFetcher)"},
		{"/topics/world.atom", "Feedly/1.1 (+http://www.feedly.example/fetcher; 14 subscribers)"},
		{"/topics/world.rss", "Feedly/1.1 (3 subscribers)"},
		{"/topics/world.rss", "NewsBlur Feed Fetcher - 1 subscriber - http://newsblur.example"},
		{"/topics/world.rss", "Mozilla/5.0 (X11; Linux x86_64)"},
		{"/topics/trade.json", "Inoreader/1.0 (+http://www.inoreader.example; 7 readers;)"},
		{"/topics/trade", "Inoreader/1.0 (9 subscribers)"},
		{"/topics/trade.rss", "99999999999999 subscribers"},
	} {
		req, err := http.NewRequest("GET", at+visit.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", visit.agent)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Subscribers.Run(ctx); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	n.Must(n.Store.View(func(tx *store.Tx) error {
		list, err := view.Topics(tx)
		for _, t := range list {
			got[t.Name] = t.Subscribers
		}
		return err
	}))
	if d := cmp.Diff(map[string]int{"world": 18, "trade": 7, "inside": 0, "economy": 0}, got); d != "" {
		t.Errorf("subscribers (-want +got):\n%s", d)
	}
}
