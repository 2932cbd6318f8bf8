package desk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// BenchmarkRecords is what a record of a visit costs the desk whose sources are known: each
// visit lists 32 items, of which the newest 1 or 3 are new. alone: each record is a commit;
// group: 32 records are queued at any time. beside: a View is open meanwhile, which is what a
// digest costs the file.
func BenchmarkRecords(b *testing.B) {
	for _, c := range []struct {
		name           string
		added, writers int
		beside         bool
	}{{"one/alone", 1, 1, false}, {"three/alone", 3, 1, false}, {"one/group", 1, 32, false}, {"three/group", 3, 32, false}, {"one/beside", 1, 1, true}} {
		b.Run(c.name, func(b *testing.B) { benchRecords(b, c.added, c.writers, c.beside) })
	}
}

func benchRecords(b *testing.B, added, writers int, beside bool) {
	n := openWire(b, 300)
	for i := range n.sources {
		n.file(b, n.visit(i, 32))
	}
	records := make([]news.Record, b.N)
	for i := range records {
		records[i] = n.visit(i%len(n.sources), added)
	}
	if beside {
		defer openView(b, n.store)()
	}
	size := n.store.Size()
	spent := cpuTime(b)
	b.ResetTimer()
	next := make(chan news.Record)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for r := range next {
				n.file(b, r)
			}
		})
	}
	for _, r := range records {
		next <- r
	}
	close(next)
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-spent).Microseconds())/float64(b.N), "cpu-us/record")
	b.ReportMetric(float64(n.store.Size()-size)/float64(b.N*added), "file-B/entry")
}

// openView opens a View that ends when end is called.
func openView(b *testing.B, st *store.Store) (end func()) {
	begun, done := make(chan struct{}), make(chan struct{})
	var g sync.WaitGroup
	g.Go(func() {
		if err := st.View(func(*store.Tx) error { close(begun); <-done; return nil }); err != nil {
			b.Error(err)
		}
	})
	<-begun
	return func() { close(done); g.Wait() }
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// wire is a desk with sources that publish made up headlines.
type wire struct {
	store   *store.Store
	desk    *Desk
	now     time.Time
	rnd     *rand.Rand
	n       int // items so far
	sources []wireSource
}

type wireSource struct {
	name   string
	listed []uint64 // what its document lists, the newest first
	prev   time.Time
}

func openWire(b *testing.B, sources int) *wire {
	st, err := store.Open(filepath.Join(b.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	w := &wire{store: st, desk: d, now: dawn, rnd: rand.New(rand.NewPCG(1, 2)), sources: make([]wireSource, sources)}
	rules := news.Rules{
		Site:   news.Site{Title: "Test", URL: "https://press.example", Language: "en", Zone: "UTC"},
		Keep:   30 * 24 * time.Hour,
		Topics: []news.Topic{{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 50}, {Name: "port", Title: "Port", Fold: news.FoldStory, Stories: 50}},
	}
	for i := range w.sources {
		w.sources[i].name = fmt.Sprintf("source-%03d", i)
		rules.Sources = append(rules.Sources, news.Source{Name: w.sources[i].name, Address: "https://" + w.sources[i].name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	}
	j := &journal.Journal{Commit: d.File, Store: st}
	if _, err := j.Rules(ctx, &rules, w.now); err != nil {
		b.Fatal(err)
	}
	return w
}

// visit returns the record of a visit of a source that lists as many new items.
func (w *wire) visit(i, added int) news.Record {
	s := &w.sources[i]
	w.now = w.now.Add(3 * time.Second)
	doc := &feed.Document{Feed: news.Feed{Title: s.name, Site: "https://" + s.name + ".example/"}}
	for k := range added {
		w.n++
		id := fmt.Sprintf("https://%s.example/news/2026/%d-story.html", s.name, w.n)
		doc.Items = append(doc.Items, feed.Item{ID: id, Link: id, Title: w.words(9), Summary: w.words(30), Content: "<p>" + w.words(220) + "</p>", Published: w.now.Add(-time.Duration(k) * time.Minute)})
	}
	v := &news.Visit{Source: s.name, Prev: s.prev, Final: true, Entries: canon.Entries(doc, news.Source{ID: s.name})}
	for _, en := range v.Entries {
		v.Listed = append(v.Listed, en.Keys.First())
	}
	v.Listed = append(v.Listed, s.listed...)
	v.Listed = v.Listed[:min(32, len(v.Listed))]
	s.listed, s.prev = v.Listed, news.Instant(w.now)
	rec := news.Record{At: news.Instant(w.now), Visit: v}
	rec.SetID()
	return rec
}

func (w *wire) file(b *testing.B, r news.Record) {
	if err := w.desk.File(context.Background(), r); err != nil {
		b.Error(err)
	}
}

func (w *wire) words(n int) string {
	out := make([]string, n)
	for i := range out {
		k := int(w.rnd.ExpFloat64()*400) + w.rnd.IntN(40)
		out[i] = syllables[k%len(syllables)] + syllables[k/len(syllables)%len(syllables)] + syllables[k*7%len(syllables)]
	}
	return strings.Join(out, " ")
}

var syllables = strings.Fields("ka to mi ren sul bar ven dor pal ist om ur eck tan lo ri")
