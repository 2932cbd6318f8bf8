package websub_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/websub"
)

// testDaemon has all parts that news passes through, connected by sockets.
type testDaemon struct {
	testing.TB
	url    string // of our site
	origin *origin.Origin
	theirs string // url of the origin
	asked  chan url.Values
	poller *poll.Poller
}

// newTestDaemon starts a daemon with one source, at a path of the origin that the test
// has scripted. asked receives what its hub is asked.
func newTestDaemon(t testing.TB, path string, script func(h *testDaemon)) *testDaemon {
	h := &testDaemon{TB: t, origin: origin.New(time.Now), asked: make(chan url.Values, 100)}
	outside := http.NewServeMux()
	outside.Handle("/", h.origin)
	outside.HandleFunc("POST /hub/", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		r.PostForm.Set("asked at", r.URL.Path)
		h.asked <- r.PostForm
		w.WriteHeader(http.StatusAccepted)
	})
	h.theirs = h.serve(outside)
	ours := http.NewServeMux()
	h.url = h.serve(ours)
	script(h)

	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{Created: time.Now()})
	h.must(err)
	t.Cleanup(func() { h.must(st.Close()) })
	client, err := fetch.New(fetch.Config{Allow: []string{"127.0.0.1"}})
	h.must(err)
	t.Cleanup(client.Close)
	hubs, err := fetch.NewTransport(fetch.Reach{Allow: []string{"127.0.0.1"}})
	h.must(err)
	t.Cleanup(hubs.Close)
	wire := &live.Live{}
	d, err := desk.Open(st, wire, nil, nil)
	h.must(err)
	h.run(d.Run)
	source := news.Source{Name: "bbc", Address: h.theirs + path, Show: news.ShowSummary, Fold: news.FoldStory}
	records := &journal.Journal{Commit: d.File, Store: st}
	_, err = records.Rules(t.Context(), &news.Rules{
		Fold: 1, Site: news.Site{Title: "Arab Press", URL: h.url, ID: "press.example", Language: "en", Zone: "UTC"}, Keep: 720 * time.Hour,
		Sources: []news.Source{source}, Topics: []news.Topic{{Name: "world", Title: "World", Fold: news.FoldStory, Stories: 50}},
	}, time.Now())
	h.must(err)
	h.poller = &poll.Poller{Sink: records, Store: st, Get: client.Get, NoPause: client.IsAllowListed}
	h.must(h.poller.Set(poll.Settings{Sources: []news.SourceConfig{{Source: source}}}))
	h.must(h.poller.Pass(t.Context(), true, nil))

	hub := &websub.Hub{Store: st, Press: &edition.Press{Store: st}, Live: wire, Transport: hubs, Now: time.Now}
	sub := &websub.Subscriber{Store: st, Transport: hubs, Deliver: h.poller.Deliver, Allowed: hubs.Lists, Now: time.Now}
	ours.Handle(websub.Path, hub)
	ours.Handle(websub.Inbox, sub)
	h.run(hub.Run)
	h.run(sub.Run)
	return h
}

func (h *testDaemon) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *testDaemon) serve(handler http.Handler) string {
	s := httptest.NewServer(handler)
	h.Cleanup(s.Close)
	return s.URL
}

// run runs a function until the test ends.
func (h *testDaemon) run(fn func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.Context()))
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := fn(ctx); err != nil {
			h.Error(err)
		}
	})
	h.Cleanup(func() { cancel(); ended.Wait() })
}

// passThrough is a daemon that relies on the hub of its source, and a reader that
// subscribes to its topic.
type passThrough struct {
	*testDaemon
	callback, secret string
	arrived          chan string
	items            []origin.Item
}

func newPassThrough(t testing.TB) *passThrough {
	p := &passThrough{arrived: make(chan string, 1000)}
	p.testDaemon = newTestDaemon(t, "/feed", func(h *testDaemon) { h.origin.Feed("/feed").Set(p.doc(h)) })
	form := <-p.asked
	p.callback, p.secret = form.Get("hub.callback"), form.Get("hub.secret")
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {form.Get("hub.topic")}, "hub.challenge": {"x"}, "hub.lease_seconds": {"86400"}}
	res, err := http.Get(p.callback + "?" + q.Encode())
	p.must(err)
	_ = res.Body.Close()

	asked := make(chan struct{}, 1)
	reader := p.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
			asked <- struct{}{}
			return
		}
		body, _ := io.ReadAll(r.Body)
		p.arrived <- string(body)
	}))
	res, err = http.PostForm(p.url+websub.Path, wish("subscribe", p.url+"/topics/world.atom", reader))
	p.must(err)
	_ = res.Body.Close()
	<-asked
	return p
}

func (p *passThrough) doc(h *testDaemon) origin.Doc {
	return origin.Doc{Format: origin.Atom, Title: "BBC", Hub: h.theirs + "/hub/", Self: h.theirs + "/feed", Items: p.items}
}

// new sends an item from the source's hub, and returns how long it took to our reader.
func (p *passThrough) new(n int) time.Duration {
	p.Helper()
	headline := fmt.Sprintf("Ministry %d opens harbour %d", n, n*n+7)
	item := origin.Item{ID: fmt.Sprint("item ", n), Title: headline, Link: fmt.Sprintf("https://bbc.example/news/%d", n), Published: time.Now()}
	p.items = append([]origin.Item{item}, p.items[:min(len(p.items), 19)]...)
	d := p.doc(p.testDaemon)
	body := string(d.Bytes())
	req, err := http.NewRequest(http.MethodPost, p.callback, strings.NewReader(body))
	p.must(err)
	req.Header.Set("Content-Type", d.ContentType())
	req.Header.Set("X-Hub-Signature", hmacOf(p.secret, body))
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	p.must(err)
	_ = res.Body.Close()
	for !strings.Contains(<-p.arrived, headline) {
	}
	return time.Since(began)
}

func TestAnItemPassesFromHubToReader(t *testing.T) {
	p := newPassThrough(t)
	for n := range 5 {
		p.new(n)
	}
}

// BenchmarkPassingThrough measures from when a hub begins to send us an item until a
// subscriber to our topic has the whole edition.
func BenchmarkPassingThrough(b *testing.B) {
	p := newPassThrough(b)
	var took []time.Duration
	for b.Loop() {
		took = append(took, p.new(len(took)))
	}
	slices.SortFunc(took, cmp.Compare[time.Duration])
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
