package poll

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// testEnv is a Poller over a real store. Its origin is in memory, so that days can pass in
// a synctest bubble.
type testEnv struct {
	t        *testing.T
	path     string
	store    *store.Store
	settings Settings
	poller   *Poller
	stop     func()

	mu      sync.Mutex // guards the fields below
	pages   map[string]answer
	seen    []request
	filed   []news.Record
	fileErr error // what File returns
}

// answer is what an address answers.
type answer func(r fetch.Request, now time.Time) (*fetch.Result, error)

// request is a request that the origin got.
type request struct {
	fetch.Request
	start, end time.Time
}

func newEnv(t *testing.T, sources ...news.SourceConfig) *testEnv {
	r := &testEnv{t: t, path: filepath.Join(t.TempDir(), "slugline.db"), pages: map[string]answer{}}
	r.settings.Sources = sources
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// sourceNamed is a source with a host of its own.
func sourceNamed(name string) news.SourceConfig {
	return news.SourceConfig{Source: news.Source{Name: name, Address: "https://" + name + ".example/rss"}}
}

func (r *testEnv) start() {
	r.t.Helper()
	var err error
	if r.store, err = store.Open(r.path, store.Options{}); err != nil {
		r.t.Fatal(err)
	}
	r.putRules()
	r.poller = &Poller{Sink: r, Store: r.store, Get: r.get, Random: func() float64 { return .5 }}
	if err := r.poller.Set(r.settings); err != nil {
		r.t.Fatal(err)
	}
	r.stop = func() {
		if err := r.store.Close(); err != nil {
			r.t.Error(err)
		}
	}
}

// run runs the Poller for a time.
func (r *testEnv) run(d time.Duration) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), d)
	defer cancel()
	if err := r.poller.Run(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *testEnv) pass(all bool) (got []Visited) {
	r.t.Helper()
	if err := r.poller.Pass(r.t.Context(), all, func(v Visited) { got = append(got, v) }); err != nil {
		r.t.Fatal(err)
	}
	return got
}

func (r *testEnv) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

// putRules stores what desk stores for a rules record, as far as poll reads it.
func (r *testEnv) putRules() {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		for _, c := range r.settings.Sources {
			st, err := tx.Sources.Get(c.Name)
			if err != nil {
				return err
			}
			if st == nil {
				st = &news.SourceState{}
			}
			st.Source = c.Source
			st.ID = c.Name
			if err := tx.Sources.Put(st); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// File stores what desk stores for a batch, as far as poll reads it.
func (r *testEnv) File(_ context.Context, rec news.Record) error {
	r.mu.Lock()
	full := r.fileErr
	r.mu.Unlock()
	if full != nil {
		return full
	}
	err := r.store.Update(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(rec.Visit.Source)
		if err != nil {
			return err
		}
		v := rec.Visit
		st.Visited, st.At, st.Seq = true, news.Later(tx.At(), rec.At), tx.Seq()+1
		if v.Feed != nil {
			st.Feed = *v.Feed
		}
		if v.Listed != nil && !v.Partial {
			st.Listed = v.Listed
		}
		if v.Final {
			st.Validators = v.Validators
		}
		rec.Seq, rec.At = tx.Seq()+1, news.Later(tx.At(), rec.At)
		for i, e := range v.Entries {
			k := e.Keys.First()
			if tx.Entries.ByKey(v.Source, k) != "" {
				continue
			}
			e.ID, e.Seq, e.Source = news.EntryID(v.Source, k, rec.Seq, i), rec.Seq, v.Source
			if err := tx.Entries.Put(&e); err != nil {
				return err
			}
		}
		if err := tx.Records.Add(&rec); err != nil {
			return err
		}
		return tx.Sources.Put(st)
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filed = append(r.filed, rec)
	r.poller.Clock.Filed(rec.At)
	return nil
}

func (r *testEnv) get(ctx context.Context, req fetch.Request, now time.Time) (*fetch.Result, error) {
	r.mu.Lock()
	page := r.pages[req.URL]
	i := len(r.seen)
	r.seen = append(r.seen, request{Request: req, start: time.Now()})
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.seen[i].end = time.Now()
		r.mu.Unlock()
	}()
	if page == nil {
		return nil, &fetch.Problem{Kind: fetch.BadStatus, Status: 404, Text: "there is no feed at this address", URL: req.URL}
	}
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return page(req, now)
}

func (r *testEnv) serve(url string, a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages[url] = a
}

// requests returns those that the origin got since the last call.
func (r *testEnv) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.seen
	r.seen = nil
	return all
}

func (r *testEnv) records() []news.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.filed
	r.filed = nil
	return all
}

func (r *testEnv) state(name string) news.VisitState {
	r.t.Helper()
	var s *news.VisitState
	err := r.store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Visits.Get(name)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if s == nil {
		return news.VisitState{}
	}
	return *s
}

// rss is a document whose validators depend on its content.
type rss struct {
	items  []string // titles, newest first
	extra  string   // in the channel
	header http.Header
	etag   string // empty: made from the content
}

func (d rss) body() []byte {
	s := `<rss version="2.0"><channel><title>T</title><link>https://site.example/</link>` + d.extra
	for _, it := range d.items {
		s += fmt.Sprintf("<item><guid isPermaLink=\"false\">%s</guid><title>%s</title><link>https://site.example/%s</link></item>", it, it, it)
	}
	return []byte(s + "</channel></rss>")
}

func (d rss) answer(r fetch.Request, now time.Time) (*fetch.Result, error) {
	etag := d.etag
	if etag == "" {
		etag = fmt.Sprintf("W/%q", fmt.Sprint(d.items, d.extra))
	}
	h := d.header
	if h == nil {
		h = http.Header{}
	}
	res := &fetch.Result{Status: 200, URL: r.URL, Header: h, Validators: news.Validators{ETag: etag}, FreshFor: fetch.Freshness(h, now)}
	if r.Validators.ETag == etag {
		res.Status, res.NotModified = 304, true
		return res, nil
	}
	res.Body = d.body()
	return res, nil
}
