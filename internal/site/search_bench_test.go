package site_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

const archiveSources = 300

var archiveStart = time.Date(2026, 10, 29, 6, 0, 0, 0, time.UTC)

// archiveStore opens a store with so many headlines in thirty days: one story in ten has
// three outlets, all but one in twenty are in the topic all, one in five is in sport, and
// the others are in a topic with a key.
func archiveStore(b *testing.B, path string, headlines int) *store.Store {
	st, err := store.Open(path, store.Options{Created: archiveStart})
	if err != nil {
		b.Fatal(err)
	}
	if st.Seq() > 0 {
		return st
	}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var makers []*webtest.TextMaker
	for _, l := range webtest.Languages {
		makers = append(makers, webtest.NewTextMaker(l, r))
	}
	rules := news.Rules{Hash: "m", Site: news.Site{Title: "Archive", URL: "http://press.example", Language: "en", Zone: "Asia/Dubai"}, Topics: []news.Topic{
		{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 50}, {Name: "sport", Title: "Sport", Fold: news.FoldStory, Stories: 50}, {Name: "inside", Title: "Inside", Fold: news.FoldStory, Stories: 50, Keyed: true},
	}}
	for i := range archiveSources {
		rules.Sources = append(rules.Sources, webtest.NewSource(fmt.Sprintf("source-%d", i), makers[i%len(makers)].Text(2)))
	}
	step := 30 * 24 * time.Hour / time.Duration(headlines)
	for done, seq := 0, uint64(0); done < headlines; {
		must(st.Update(func(tx *store.Tx) error {
			seq++
			at := archiveStart.Add(time.Duration(done) * step)
			if seq == 1 {
				must(tx.PutRules(&rules))
				for _, s := range rules.Sources {
					must(tx.Sources.Put(&news.SourceState{Source: s}))
				}
				for _, t := range rules.Topics {
					must(tx.Topics.Put(&news.TopicState{Topic: t, Seq: 1, Changed: at}))
				}
			}
			change := news.Change{Seq: seq, At: at}
			for range 500 {
				s, entries := archiveStory(r, makers, seq, archiveStart.Add(time.Duration(done)*step))
				for _, e := range entries {
					must(tx.Entries.Put(e))
				}
				must(tx.Stories.Put(s))
				change.Stories = append(change.Stories, s.ID)
				done += len(entries)
			}
			must(tx.Changes.Put(change))
			return tx.Records.Add(&news.Record{ID: fmt.Sprintf("record-%d", seq), Seq: seq, At: at, Sweep: &news.Sweep{}})
		}))
	}
	return st
}

func archiveStory(r *rand.Rand, makers []*webtest.TextMaker, seq uint64, at time.Time) (*news.Story, []*news.Entry) {
	m := makers[r.IntN(len(makers))]
	n, words := 1, 8
	if r.IntN(10) == 0 {
		n = 3
	}
	if m.Gap == "" {
		words = 18
	}
	s := &news.Story{Seq: seq, First: at, Last: at, Places: map[string]news.Place{}}
	var entries []*news.Entry
	headline := m.Text(words)
	for i := range n {
		src := fmt.Sprintf("source-%d", r.IntN(archiveSources))
		e := &news.Entry{ID: news.EntryID("bench", r.Uint64(), seq, i), Source: src, Headline: headline, Language: m.Lang, Summary: m.Text(3 * words),
			Link: fmt.Sprintf("https://%s.example/news/%d", src, r.Uint32()), At: at, Seq: seq}
		if i == 0 {
			s.ID = news.StoryID(e.ID, seq)
			s.Lead, s.Headline, s.Source, s.Language, s.Link = e.ID, headline, src, m.Lang, e.Link
		}
		e.Story = s.ID
		s.Takes = append(s.Takes, news.Take{Entry: e.ID, Source: src, Owner: src, Headline: headline, Link: e.Link, Language: m.Lang, At: at, Seq: seq})
		entries = append(entries, e)
	}
	p := news.Place{At: at, Seq: seq, Updated: at}
	if r.IntN(20) == 0 {
		s.Places["inside"] = p
		return s, entries
	}
	if s.Places["all"] = p; r.IntN(5) == 0 {
		s.Places["sport"] = p
	}
	return s, entries
}

// archiveQueries returns forms of each kind: one word, two words, either of two, a phrase,
// a prefix, Arabic, with a topic, with days, with a language, an outlet, no match.
func archiveQueries(n int) map[string][]url.Values {
	r := rand.New(rand.NewPCG(7, 7))
	var makers []*webtest.TextMaker
	for _, l := range webtest.Languages {
		makers = append(makers, webtest.NewTextMaker(l, r))
	}
	all := map[string][]url.Values{}
	for range n {
		m, arabic := makers[r.IntN(len(makers))], makers[4]
		word := func() string { return m.Word(m.Zipf.Uint64()) }
		day := archiveStart.AddDate(0, 0, r.IntN(28))
		prefix := []rune(m.Word(uint64(r.IntN(3000))))
		for kind, v := range map[string]url.Values{
			"one word": {"q": {word()}}, "two words": {"q": {word() + " " + word()}}, "either": {"q": {word() + " OR " + word()}}, "phrase": {"q": {`"` + m.Text(2) + `"`}},
			"prefix": {"q": {string(prefix) + "*"}}, "arabic": {"q": {arabic.Word(arabic.Zipf.Uint64())}}, "without": {"q": {word() + " -" + word()}},
			"topic": {"q": {word()}, "topic": {"sport"}}, "days": {"q": {word()}, "from": {day.Format(time.DateOnly)}, "to": {day.AddDate(0, 0, 2).Format(time.DateOnly)}},
			"language": {"q": {word()}, "lang": {m.Lang}}, "outlet": {"outlet": {fmt.Sprintf("source-%d", r.IntN(archiveSources))}}, "no match": {"q": {"qqzz" + string(prefix)}},
		} {
			all[kind] = append(all[kind], v)
		}
	}
	return all
}

// BenchmarkArchive asks a site with 200,000 headlines, or SLUGLINE_SEARCH_HEADLINES, over
// HTTP for results of searches, and for pages of its archive. Store and index in
// SLUGLINE_SEARCH_DIR are used again by the next run.
func BenchmarkArchive(b *testing.B) {
	headlines := 200_000
	if s := os.Getenv("SLUGLINE_SEARCH_HEADLINES"); s != "" {
		headlines, _ = strconv.Atoi(s)
	}
	dir := os.Getenv("SLUGLINE_SEARCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("archive%d.db", headlines))
	st := archiveStore(b, path, headlines)
	defer func() { _ = st.Close() }()
	x := &search.Index{Store: st, Dir: path + ".search"}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	defer func() { stop(); <-ended }()
	for s := x.Status(); s.Opening || s.Building; s = x.Status() {
		<-time.After(5 * time.Millisecond)
	}
	end := archiveStart.AddDate(0, 0, 30)
	s := &site.Site{Store: st, Editions: &edition.Press{Store: st}, Search: x, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: func() time.Time { return end }}
	c := &archiveClient{at: webtest.Serve(b, s)}
	queries := archiveQueries(100)
	for b.Loop() {
		var all []time.Duration
		used := processor(b)
		for kind, list := range queries {
			var took []time.Duration
			for _, v := range list {
				took = append(took, c.ask(b, "/search?"+v.Encode()))
			}
			all = append(all, took...)
			report(b, strings.ReplaceAll(kind, " ", "-"), took, 95)
		}
		report(b, "search", all, 50, 95, 99)
		b.ReportMetric(float64((processor(b)-used).Microseconds())/1000/float64(len(all)), "search-cpu-ms")
		report(b, "outlets-first", []time.Duration{c.ask(b, "/outlets/source-0")}, 95)
		for name, path := range map[string]string{"day": "/topics/all/2026/11/%02d", "day-last-page": "/topics/all/2026/11/%02d/page/50", "sitemap-day": "/sitemap-2026-11-%02d.xml"} {
			var took []time.Duration
			for d := 2; d < 27; d++ {
				took = append(took, c.ask(b, fmt.Sprintf(path, d)))
			}
			report(b, name, took, 50, 95)
		}
		var took, outlets []time.Duration
		for n := 2; n < 200; n += 10 {
			took = append(took, c.ask(b, fmt.Sprintf("/topics/all/2026/11/page/%d", n)))
			outlets = append(outlets, c.ask(b, fmt.Sprintf("/outlets/source-%d", n)))
		}
		report(b, "month", took, 50, 95)
		report(b, "outlet", outlets, 50, 95)
		report(b, "sitemap", []time.Duration{c.ask(b, "/sitemap.xml")}, 95)
		report(b, "sitemap-news", []time.Duration{c.ask(b, "/sitemap-news.xml")}, 95)
		report(b, "topic", []time.Duration{c.ask(b, "/topics/all")}, 95)
	}
	b.ReportMetric(0, "ns/op")
}

// archiveClient asks as another reader each time.
type archiveClient struct {
	at string
	n  int
}

func (c *archiveClient) ask(b *testing.B, path string) time.Duration {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, c.at+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	c.n++
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.18.%d.%d", c.n/250%250, c.n%250))
	from := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	took := time.Since(from)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != 200 || strings.Contains(string(body), `role="alert"`) {
		b.Errorf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return took
}

// report reports percentiles of some times.
func report(b *testing.B, name string, took []time.Duration, percentiles ...int) {
	slices.Sort(took)
	for _, p := range percentiles {
		b.ReportMetric(float64(took[(len(took)-1)*p/100].Microseconds())/1000, fmt.Sprintf("%s-p%d-ms", name, p))
	}
}
