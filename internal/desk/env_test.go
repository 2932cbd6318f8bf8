package desk

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// dawn is when the tests begin.
var dawn = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// env is a desk over a real store, with what a poller would remember of its
// sources. Its clock moves only when pass is called.
type env struct {
	t     *testing.T
	path  string
	now   time.Time
	rules news.Rules
	prev  map[string]time.Time
	filed []news.Record // in order, as they were filed

	store   *store.Store
	desk    *Desk
	journal *journal.Journal
	stop    func()
}

func open(t *testing.T, sources ...string) *env {
	r := &env{t: t, path: filepath.Join(t.TempDir(), "slugline.db"), now: dawn, prev: map[string]time.Time{}}
	r.rules = news.Rules{
		Site:   news.Site{Title: "Test", URL: "https://press.example", Language: "en", Zone: "UTC"},
		Keep:   30 * 24 * time.Hour,
		Topics: []news.Topic{{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 50}},
	}
	for _, name := range sources {
		r.rules.Sources = append(r.rules.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	r.enforce()
	return r
}

func (r *env) start() {
	r.t.Helper()
	var err error
	if r.store, err = store.Open(r.path, store.Options{}); err != nil {
		r.t.Fatal(err)
	}
	if r.desk, err = Open(r.store, nil, nil, nil); err != nil {
		r.t.Fatal(err)
	}
	r.journal = &journal.Journal{Commit: r.commit, Store: r.store}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.desk.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		if err := r.store.Close(); err != nil {
			r.t.Error(err)
		}
	}
}

func (r *env) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

func (r *env) pass(d time.Duration) { r.now = r.now.Add(d) }

func (r *env) file(rec news.Record) {
	r.t.Helper()
	rec.At = news.Instant(r.now)
	rec.SetID()
	if err := r.commit(context.Background(), rec); err != nil {
		r.t.Fatal(err)
	}
}

func (r *env) commit(ctx context.Context, rec news.Record) error {
	r.filed = append(r.filed, clone(rec))
	return r.desk.File(ctx, rec)
}

func (r *env) enforce() []string {
	r.t.Helper()
	said, err := r.journal.Rules(context.Background(), &r.rules, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	return said
}

// seq returns the Seq of the last record.
func (r *env) seq() (n uint64) {
	r.t.Helper()
	if err := r.store.View(func(tx *store.Tx) error { n = tx.Seq(); return nil }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// horizon returns where the last sweep moved the horizon.
func (r *env) horizon() (at time.Time) {
	r.t.Helper()
	if err := r.store.View(func(tx *store.Tx) error { at = tx.Horizon(); return nil }); err != nil {
		r.t.Fatal(err)
	}
	return at
}

func (r *env) sweep() {
	r.t.Helper()
	r.file(news.Record{Sweep: &news.Sweep{}})
}

// item is what the sources of a test publish.
type item struct {
	id, title, link string
	age             time.Duration // before now; negative is the future
	dated           bool
	text            string
	audio, picture  string // addresses
}

func fresh(id, title string, age time.Duration) item {
	return item{id: id, title: title, link: "https://example.com/news/2026/" + id + "-story.html", age: age, dated: true}
}

// visit files the items that a source lists, the newest first, as a poller does that
// does not remember the last document.
func (r *env) visit(source string, items ...item) {
	r.t.Helper()
	r.visitAs(source, &news.Visit{}, items...)
}

func (r *env) visitAs(source string, v *news.Visit, items ...item) {
	r.t.Helper()
	doc := r.document(source, items...)
	v.Source, v.Prev, v.Feed, v.Final = source, r.prev[source], &doc.Feed, true
	v.Entries = canon.Entries(doc, news.Source{ID: source})
	v.Listed = []uint64{}
	for _, en := range v.Entries {
		v.Listed = append(v.Listed, en.Keys.First())
	}
	r.file(news.Record{Visit: v})
	r.prev[source] = news.Instant(r.now)
}

// document is what a source publishes.
func (r *env) document(source string, items ...item) *feed.Document {
	doc := &feed.Document{Feed: news.Feed{Title: source + " title", Site: "https://" + source + ".example/"}}
	for _, it := range items {
		i := feed.Item{ID: it.id, Title: it.title, Link: it.link, Summary: it.text}
		if it.audio != "" {
			i.Media = append(i.Media, news.Media{URL: it.audio, Type: "audio/mpeg"})
		}
		if it.picture != "" {
			i.Media = append(i.Media, news.Media{URL: it.picture, Picture: true})
		}
		if it.dated {
			i.Published = r.now.Add(-it.age)
		}
		doc.Items = append(doc.Items, i)
	}
	return doc
}

// top returns the stories of a topic as a reader sees them, the newest place first.
func (r *env) top(topic string) []*news.Story {
	r.t.Helper()
	var out []*news.Story
	err := r.store.View(func(tx *store.Tx) error {
		var err error
		out, err = tx.Stories.InTopic(topic, 1000, news.Place{})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *env) headlines(topic string) []string {
	r.t.Helper()
	var out []string
	for _, s := range r.top(topic) {
		out = append(out, s.Headline)
	}
	return out
}

// ids maps each story of a topic to what a feed reader compares: URI, place and updated.
func (r *env) ids(topic string) map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for _, s := range r.top(topic) {
		p := s.Places[topic]
		out[s.ID] = fmt.Sprint(s.URI, " ", p.At.UnixMilli(), " ", p.Updated.UnixMilli())
	}
	return out
}

// orders returns the orders that are stored, the oldest first.
func (r *env) orders() (all []news.Record) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Orders.All()
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}
