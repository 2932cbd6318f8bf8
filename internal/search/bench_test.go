package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/webtest"
)

const benchSources = 300

// benchStore opens a store with so many headlines in thirty days. One story in ten has
// three outlets.
func benchStore(b testing.TB, path string, headlines int) *store.Store {
	st, err := store.Open(path, store.Options{Created: dawn})
	if err != nil {
		b.Fatal(err)
	}
	if st.Seq() > 0 {
		return st
	}
	r := rand.New(rand.NewPCG(1, 2))
	var voices []*webtest.TextMaker
	for _, t := range webtest.Languages {
		voices = append(voices, webtest.NewTextMaker(t, r))
	}
	rules := news.Rules{Hash: "m", Site: news.Site{URL: "http://press.example", Zone: "UTC"}, Topics: []news.Topic{{Name: "all", Stories: 50}}}
	for i := range benchSources {
		name := fmt.Sprintf("source-%d", i)
		rules.Sources = append(rules.Sources, news.Source{ID: name, Name: name, Title: voices[i%len(voices)].Text(2), Tags: []string{fmt.Sprintf("tag%d", i%12)}})
	}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	step := 30 * 24 * time.Hour / time.Duration(headlines)
	for done, seq := 0, uint64(0); done < headlines; {
		must(st.Update(func(tx *store.Tx) error {
			seq++
			if seq == 1 {
				must(tx.PutRules(&rules))
				for _, s := range rules.Sources {
					must(tx.Sources.Put(&news.SourceState{Source: s}))
				}
			}
			rec := news.Record{Seq: seq, At: dawn.Add(time.Duration(done) * step), Sweep: &news.Sweep{}}
			rec.ID = fmt.Sprintf("record-%d", seq)
			change := news.Change{Seq: seq, At: rec.At}
			for range 500 {
				s := benchStory(r, voices, seq, dawn.Add(time.Duration(done)*step))
				for _, e := range s.entries {
					must(tx.Entries.Put(e))
				}
				must(tx.Stories.Put(s.Story))
				change.Stories = append(change.Stories, s.ID)
				done += len(s.entries)
			}
			must(tx.Changes.Put(change))
			return tx.Records.Add(&rec)
		}))
	}
	return st
}

type benchStoryData struct {
	*news.Story
	entries []*news.Entry
}

func benchStory(r *rand.Rand, voices []*webtest.TextMaker, seq uint64, at time.Time) benchStoryData {
	v := voices[r.IntN(len(voices))]
	n := 1
	if r.IntN(10) == 0 {
		n = 3
	}
	s := benchStoryData{Story: &news.Story{Seq: seq, First: at, Last: at}}
	words := 8
	if v.Gap == "" {
		words = 18
	}
	headline := v.Text(words)
	for i := range n {
		src := r.IntN(benchSources)
		e := &news.Entry{ID: news.EntryID("bench", r.Uint64(), seq, i), Source: fmt.Sprintf("source-%d", src), Headline: headline, Language: v.Lang,
			Summary: v.Text(3 * words), Link: fmt.Sprintf("https://www.outlet%d.example/news/2026/%d/%s", src, r.Uint32(), strings.ReplaceAll(v.Word(v.Zipf.Uint64()), " ", "-")),
			Author: v.Word(uint64(r.IntN(3000))), Categories: []string{v.Word(uint64(r.IntN(100)))}, At: at, Seq: seq}
		if s.ID == "" {
			s.ID = news.StoryID(e.ID, seq)
			s.Lead, s.Headline, s.Source, s.Language = e.ID, headline, e.Source, e.Language
		}
		e.Story = s.ID
		s.Takes = append(s.Takes, news.Take{Entry: e.ID, Source: e.Source, Owner: e.Source, Headline: headline, Language: e.Language, At: at, Seq: seq})
		s.entries = append(s.entries, e)
	}
	return s
}

// benchQueries returns queries in several scripts: rare and frequent words, phrases,
// prefixes, fields and combinations.
func benchQueries(n int) []string {
	r := rand.New(rand.NewPCG(7, 7))
	var out []string
	for len(out) < n {
		v := webtest.NewTextMaker(webtest.Languages[r.IntN(len(webtest.Languages))], r)
		a, b, c := v.Word(uint64(r.IntN(30000))), v.Word(v.Zipf.Uint64()), v.Word(v.Zipf.Uint64())
		out = append(out, []string{
			a, b, a + " OR " + b, b + " " + c, b + " -" + c, "title:" + b, `"` + v.Text(2) + `"`, a[:min(len(a), 6)] + "x*", v.Word(uint64(r.IntN(3000))) + "*",
			b + " lang:" + v.Lang, "lang:" + v.Lang + " tag:tag3", fmt.Sprintf("source:source-%d", r.IntN(benchSources)), b + " outlets:>2",
			fmt.Sprintf("link:outlet%d.example/news", r.IntN(benchSources)), "author:" + v.Word(uint64(r.IntN(3000))), "category:" + v.Word(uint64(r.IntN(100))),
			fmt.Sprintf(`(%s OR %s OR "%s") -%s lang:(%s OR en)`, a, b, v.Text(2), c, v.Lang),
		}[len(out)%17])
	}
	return slices.DeleteFunc(out, func(q string) bool { _, err := topic.Parse(q); return err != nil })
}

// BenchmarkFind searches 200,000 headlines, or SLUGLINE_SEARCH_HEADLINES, with a thousand
// queries: for a page of stories, and for the number that a topic would carry. The store
// and the index in SLUGLINE_SEARCH_DIR are used again by the next run.
func BenchmarkFind(b *testing.B) {
	headlines := 200000
	if s := os.Getenv("SLUGLINE_SEARCH_HEADLINES"); s != "" {
		headlines, _ = strconv.Atoi(s)
	}
	dir := os.Getenv("SLUGLINE_SEARCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench%d.db", headlines))
	st := benchStore(b, path, headlines)
	defer func() { _ = st.Close() }()
	x := &search.Index{Store: st, Dir: path + ".search"}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	began, cpu := time.Now(), cpuTime()
	go func() { ended <- x.Run(ctx) }()
	defer func() { stop(); <-ended }()
	waitUntilReady(b, x)
	built, cost := time.Since(began), cpuTime()-cpu
	queries := benchQueries(1000)
	runtime.LockOSThread()
	for b.Loop() {
		took := map[string][]time.Duration{}
		for _, s := range queries {
			q, err := topic.Parse(s)
			if err != nil {
				b.Fatal(err)
			}
			from, used := time.Now(), threadTime()
			if _, err := x.Find(ctx, q, nil, 50); err != nil {
				b.Fatalf("%s: %v", s, err)
			}
			mid, half := time.Now(), threadTime()
			if _, err := x.Count(ctx, q, 5000); err != nil {
				b.Fatalf("%s: %v", s, err)
			}
			end, all := time.Now(), threadTime()
			took["find"], took["count"] = append(took["find"], mid.Sub(from)), append(took["count"], end.Sub(mid))
			took["find-cpu"], took["both-cpu"] = append(took["find-cpu"], half-used), append(took["both-cpu"], all-used)
			if os.Getenv("SLUGLINE_SEARCH_SLOW") != "" && all-used > 30*time.Millisecond {
				fmt.Println(half-used, all-half, s)
			}
		}
		for name, all := range took {
			slices.Sort(all)
			for _, p := range []int{50, 95, 99} {
				b.ReportMetric(float64(all[(len(all)-1)*p/100])/1e6, fmt.Sprintf("%s-p%d-ms", name, p))
			}
		}
	}
	b.ReportMetric(built.Seconds(), "build-s")
	b.ReportMetric(cost.Seconds(), "build-cpu-s")
	b.ReportMetric(float64(sizeOf(b, x.Dir))/(1<<20), "index-MB")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
	b.ReportMetric(resident()/(1<<20), "rss-MB")
	b.ReportMetric(0, "ns/op")
}

func sizeOf(b testing.TB, dir string) (n int64) {
	files, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if fi, err := f.Info(); err == nil {
			n += fi.Size()
		}
	}
	return n
}
