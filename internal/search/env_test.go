package search_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

var dawn = time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)

// awaits is how long a test waits for what other goroutines do.
const awaits = 3 * time.Minute

// waitUntilReady waits until the index is built.
func waitUntilReady(t testing.TB, x *search.Index) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Hour)
	for {
		st := x.Status()
		if !st.Opening && !st.Building && st.Problem == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the index is at %+v, want it built", st)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// cpuTime is the processor time of the process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// threadTime is the processor time of this thread alone, so that other work of the
// process does not count.
func threadTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(1, &u); err != nil { // RUSAGE_THREAD
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the process's memory in bytes, including mapped files.
func resident() float64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(b))[1], 64)
	return pages * float64(os.Getpagesize())
}

// env is a desk with its search over a real store.
type env struct {
	testing.TB
	path  string
	now   time.Time
	rules news.Rules
	prev  map[string]time.Time
	stars map[string]*news.Star

	every     time.Duration // of the index; 0: 1 ms
	limit     int
	unmapped  []string // query fields that the index does not know
	afterStep func()
	log       *slog.Logger

	store   *store.Store
	desk    *desk.Desk
	journal *journal.Journal
	index   *search.Index
	close   func()
}

func open(t testing.TB) *env {
	r := &env{TB: t, path: filepath.Join(t.TempDir(), "news.db"), now: dawn, prev: map[string]time.Time{}}
	r.rules = news.Rules{
		Site: news.Site{Title: "Test", URL: "https://press.example", Language: "en", Zone: "UTC"},
		Keep: 24 * time.Hour, Archive: 72 * time.Hour,
		Topics: []news.Topic{{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 3}},
	}
	for i, name := range []string{"one", "two", "three", "vault"} {
		r.rules.Sources = append(r.rules.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Title: []string{"Gulf Wire", "وكالة النيل", "", "北京 News"}[i],
			Tags: [][]string{{"world", "Middle East"}, {"world"}, {"tech"}, nil}[i], Language: []string{"", "ar", "", "zh"}[i], Show: news.ShowSummary, Fold: news.FoldStory, Keyed: name == "vault"})
	}
	r.start()
	t.Cleanup(func() { r.close() })
	r.enforce()
	return r
}

func (r *env) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *env) start() {
	r.Helper()
	var err error
	r.store, err = store.Open(r.path, store.Options{Created: dawn})
	r.must(err)
	r.desk, err = desk.Open(r.store, nil, nil, nil)
	r.must(err)
	r.journal = &journal.Journal{Commit: r.desk.File, Store: r.store}
	r.index = &search.Index{Store: r.store, Dir: r.path + ".search", Every: cmp.Or(r.every, time.Millisecond), Log: r.log}
	r.index.SetLimit(r.limit)
	r.index.Unmap(r.unmapped...)
	r.index.AfterStep(r.afterStep)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- r.desk.Run(ctx) }()
	go func() { ended <- r.index.Run(ctx) }()
	r.close = func() {
		stop()
		r.must(errors.Join(<-ended, <-ended, r.store.Close()))
	}
}

func (r *env) restart(between func()) {
	r.Helper()
	r.close()
	if between != nil {
		between()
	}
	r.start()
}

func (r *env) enforce() {
	r.Helper()
	_, err := r.journal.Rules(context.Background(), &r.rules, r.now)
	r.must(err)
}

func (r *env) file(rec news.Record) {
	r.Helper()
	rec.At = r.now
	r.must(r.journal.File(context.Background(), rec))
}

// order gives an order, and accepts that it is refused.
func (r *env) order(verb string, args ...string) {
	r.Helper()
	_, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "ada"}, r.now)
	if err != nil && !errors.Is(err, journal.ErrRefused) {
		r.Fatal(err)
	}
}

// visit files a visit that found these items, and no others.
func (r *env) visit(source string, items ...feed.Item) {
	r.Helper()
	doc := &feed.Document{Feed: news.Feed{Title: source + " title", Site: "https://" + source + ".example/"}}
	for _, it := range items {
		it.Published = r.now.Add(-time.Minute)
		doc.Items = append(doc.Items, it)
	}
	v := &news.Visit{Source: source, Prev: r.prev[source], Feed: &doc.Feed, Final: true, Listed: []uint64{}}
	v.Entries = canon.Entries(doc, news.Source{ID: source})
	for i := range v.Entries {
		v.Listed = append(v.Listed, v.Entries[i].Keys.First())
	}
	r.file(news.Record{Visit: v})
	r.prev[source] = r.now
}

// waitUntilCaughtUp waits until the index has all records.
func (r *env) waitUntilCaughtUp() {
	r.Helper()
	deadline := time.Now().Add(awaits)
	for st := r.index.Status(); st.Opening || st.Building || st.Problem != "" || st.Seq != r.store.Seq(); st = r.index.Status() {
		if time.Now().After(deadline) {
			r.Fatalf("the index is at %+v after %v, want record %d", st, awaits, r.store.Seq())
		}
		<-time.After(time.Millisecond)
	}
}

// stories returns all stories, the newest first.
func (r *env) stories() (all []*news.Story) {
	r.Helper()
	r.must(r.store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Stories.Latest(1000, nil)
		return err
	}))
	return all
}

// scan finds without an index: it matches every stored story.
func (r *env) scan(q *topic.Query, public bool) (ids []string) {
	r.Helper()
	all := r.stories()
	r.must(r.store.View(func(tx *store.Tx) error {
		for _, s := range all {
			matches := func(t news.Take) bool { return !t.IsWithdrawn() && r.takeMatches(tx, s, &t, q, public) }
			if s.IsShown() && slices.ContainsFunc(s.Takes, matches) {
				ids = append(ids, s.ID)
			}
		}
		return nil
	}))
	return ids
}

func (r *env) takeMatches(tx *store.Tx, s *news.Story, t *news.Take, q *topic.Query, public bool) bool {
	src, err := tx.Sources.Get(t.Source)
	r.must(err)
	e, err := tx.Entries.Get(t.Entry)
	r.must(err)
	if e == nil {
		e = t.EntryWithoutText()
	}
	shown := src.Source
	shown.Title = src.Label()
	d := topic.NewDoc(e, &shown)
	d.SetTopics(s.InTopics())
	d.SetStory(s.ID, s.Assignee())
	return !(public && src.Keyed) && q.Match(d, s.Outlets())
}

// find returns all that a query finds, in pages of n.
func (r *env) find(q *topic.Query, n int) (ids []string) {
	r.Helper()
	for before := (*news.Story)(nil); ; {
		f, err := r.index.Find(context.Background(), q, before, n)
		r.must(err)
		for _, s := range f.Stories {
			ids = append(ids, s.ID)
		}
		if !f.More {
			return ids
		}
		before = f.Stories[len(f.Stories)-1]
	}
}
