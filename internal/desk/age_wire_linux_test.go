package desk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ageing is a desk that takes in the news of many days as fast as it can. Time passes in its
// records alone. Each source publishes the same number of entries a day and lists the latest
// thirty; hourly visits file what is new, and the sweep of each hour is filed before them.
type ageing struct {
	t       *testing.T
	path    string
	store   *store.Store
	desk    *Desk
	stop    func()
	now     time.Time
	perDay  int
	sources []ageingSource
	news    *newsMaker
	rules   news.Rules
}

type ageingSource struct {
	name   string
	listed []uint64 // what its document lists, the newest first
	latest feed.Item
	prev   time.Time
}

const listedItems = 30

// ageingRules are the settings of a run.
type ageingRules struct {
	sources, perDay int
	keep, archive   time.Duration
}

// openAgeing opens an ageing desk whose sources were visited once.
func openAgeing(t *testing.T, c ageingRules) *ageing {
	a := &ageing{t: t, path: filepath.Join(t.TempDir(), "slugline.db"), now: dawn, perDay: c.perDay, news: newNewsMaker(), sources: make([]ageingSource, c.sources)}
	a.rules = news.Rules{
		Site: news.Site{Title: "Test", URL: "https://press.example", Language: "en", Zone: "UTC"},
		Keep: c.keep, Archive: c.archive,
		Topics: []news.Topic{{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 50}},
	}
	for i := range 8 {
		words := a.news.words[40+i*5 : 45+i*5]
		a.rules.Topics = append(a.rules.Topics, news.Topic{Name: words[0], Title: words[0], Match: []string{strings.Join(words, " or ")}, Fold: news.FoldStory, Stories: 50})
	}
	for i := range a.sources {
		s := &a.sources[i]
		s.name = fmt.Sprintf("outlet-%03d", i)
		a.rules.Sources = append(a.rules.Sources, news.Source{Name: s.name, Address: "https://" + s.name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	}
	a.start()
	t.Cleanup(func() { a.stop() })
	a.enforce()
	for i := range a.sources {
		a.now = a.now.Add(time.Second)
		a.file(a.visit(i, listedItems))
	}
	return a
}

// enforce files the rules.
func (a *ageing) enforce() {
	a.t.Helper()
	j := &journal.Journal{Commit: a.desk.File, Store: a.store}
	if _, err := j.Rules(a.t.Context(), &a.rules, a.now); err != nil {
		a.t.Fatal(err)
	}
}

func (a *ageing) start() {
	a.t.Helper()
	var err error
	if a.store, err = store.Open(a.path, store.Options{}); err != nil {
		a.t.Fatal(err)
	}
	if a.desk, err = Open(a.store, nil, nil, nil); err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.desk.Run(ctx) }()
	a.stop = func() {
		cancel()
		if err := <-done; err != nil {
			a.t.Error(err)
		}
		if err := a.store.Close(); err != nil {
			a.t.Error(err)
		}
	}
}

// restart closes the store, and returns how long it takes to open it, to start the desk and
// to commit a record.
func (a *ageing) restart() time.Duration {
	a.t.Helper()
	a.stop()
	began := time.Now()
	a.start()
	var c dayCost
	a.sweep(&c)
	return time.Since(began)
}

func (a *ageing) file(r news.Record) {
	if err := a.desk.File(a.t.Context(), r); err != nil {
		a.t.Fatal(err)
	}
}

// dayCost is what a day cost.
type dayCost struct {
	entries         int
	visits, sweeps  time.Duration // processor time
	commits         []time.Duration
	longestOfSweeps time.Duration
}

func (c *dayCost) perEntry() time.Duration {
	return (c.visits + c.sweeps) / time.Duration(max(c.entries, 1))
}

func (c *dayCost) add(o dayCost) {
	c.entries += o.entries
	c.visits += o.visits
	c.sweeps += o.sweeps
	c.commits = append(c.commits, o.commits...)
	c.longestOfSweeps = max(c.longestOfSweeps, o.longestOfSweeps)
}

// day files a day of news.
func (a *ageing) day() (c dayCost) {
	a.t.Helper()
	begin := a.now
	added := make([][24]int, len(a.sources)) // by source and hour
	for i := range added {
		for range a.perDay {
			added[i][a.news.rnd.IntN(24)]++
		}
	}
	for hour := range 24 {
		a.now = begin.Add(time.Duration(hour) * time.Hour)
		a.sweep(&c)
		var records []news.Record
		for i := range a.sources {
			a.now = begin.Add(time.Duration(hour)*time.Hour + time.Duration(i+1)*time.Hour/time.Duration(len(a.sources)+2))
			if n := added[i][hour]; n > 0 {
				records = append(records, a.visit(i, n))
				c.entries += n
			}
		}
		since := processorTime()
		for _, r := range records {
			began := time.Now()
			a.file(r)
			c.commits = append(c.commits, time.Since(began))
		}
		c.visits += processorTime() - since
	}
	a.now = begin.Add(24 * time.Hour)
	return c
}

func (a *ageing) sweep(c *dayCost) {
	r := news.Record{At: news.Instant(a.now), Sweep: &news.Sweep{}}
	r.SetID()
	since, began := processorTime(), time.Now()
	a.file(r)
	c.sweeps += processorTime() - since
	c.longestOfSweeps = max(c.longestOfSweeps, time.Since(began))
}

// visit returns the record of a visit of a source that lists as many new items. One in
// thirty visits finds that the item before them was edited.
func (a *ageing) visit(i, added int) news.Record {
	s := &a.sources[i]
	doc := &feed.Document{Feed: news.Feed{Title: strings.ToUpper(s.name), Site: "https://" + s.name + ".example/", Language: "en"}}
	edited := !s.prev.IsZero() && a.news.rnd.IntN(30) == 0
	for k := range added {
		doc.Items = append(doc.Items, a.news.item(s.name, i, a.now.Add(-time.Duration(k+1)*time.Minute)))
	}
	if edited {
		doc.Items = append(doc.Items, a.news.edit(s.latest))
	}
	v := &news.Visit{Source: s.name, Prev: s.prev, Backlog: s.prev.IsZero(), Final: true, Entries: canon.Entries(doc, news.Source{ID: s.name}), Validators: news.Validators{ETag: fmt.Sprintf(`"%x"`, a.now.UnixMilli())}}
	if s.prev.IsZero() {
		v.Feed = &doc.Feed
	}
	for _, en := range v.Entries[:added] {
		v.Listed = append(v.Listed, en.Keys.First())
	}
	v.Listed = append(v.Listed, s.listed...)
	v.Listed = v.Listed[:min(listedItems, len(v.Listed))]
	s.listed, s.latest, s.prev = v.Listed, doc.Items[0], news.Instant(a.now)
	r := news.Record{At: news.Instant(a.now), Visit: v}
	r.SetID()
	return r
}

// newsMaker invents items. Words come about as often as in newspapers, so that headlines are
// as different and texts compress as well as theirs.
type newsMaker struct {
	rnd    *rand.Rand
	words  []string // the most common first
	common *rand.Zipf
	n      int      // items so far
	wires  []string // the latest headlines of agencies
}

func newNewsMaker() *newsMaker {
	src := rand.NewPCG(18, 42)
	m := &newsMaker{rnd: rand.New(src), wires: make([]string, 0, 64)}
	seen := map[string]bool{}
	for len(m.words) < 20_000 {
		if w := m.invent(); !seen[w] {
			seen[w] = true
			m.words = append(m.words, w)
		}
	}
	m.common = rand.NewZipf(m.rnd, 1.08, 12, uint64(len(m.words)-1))
	return m
}

func (m *newsMaker) invent() string {
	var b strings.Builder
	for range 1 + m.rnd.IntN(2) + m.rnd.IntN(2) {
		b.WriteString(onsets[m.rnd.IntN(len(onsets))])
		b.WriteString(vowels[m.rnd.IntN(len(vowels))])
	}
	b.WriteString(codas[m.rnd.IntN(len(codas))])
	return b.String()
}

var (
	onsets    = strings.Fields("b c d f g h l m n p r s t v w br ch cl dr fr gr pl pr sh st str th tr")
	vowels    = strings.Fields("a e i o u a e i o ea ai io ou")
	codas     = strings.Fields("n r s t l ng nt st ck rd tion ment er al ing ed")
	functions = strings.Fields("the the the the of of to to and and a a in in for on that with is was at by from has said it as be have were are its after an will not who but their than been which")
)

func (m *newsMaker) word() string { return m.words[m.common.Uint64()] }

// headline returns a headline of eight to eleven words; one in twelve is that of an agency
// which another outlet had.
func (m *newsMaker) headline() string {
	if len(m.wires) == cap(m.wires) && m.rnd.IntN(12) == 0 {
		return m.wires[m.rnd.IntN(len(m.wires))]
	}
	words := make([]string, 8+m.rnd.IntN(4))
	for i := range words {
		if words[i] = m.word(); i > 0 && m.rnd.IntN(4) == 0 {
			words[i] = functions[m.rnd.IntN(len(functions))]
		}
		if m.rnd.IntN(5) == 0 {
			words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
		}
	}
	text := strings.ToUpper(words[0][:1]) + strings.Join(words, " ")[1:]
	if m.rnd.IntN(4) == 0 {
		if len(m.wires) == cap(m.wires) {
			m.wires = slices.Delete(m.wires, 0, 1)
		}
		m.wires = append(m.wires, text)
	}
	return text
}

// prose returns sentences of at least n bytes.
func (m *newsMaker) prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		for i := range 8 + m.rnd.IntN(14) {
			w := m.word()
			if m.rnd.IntN(20) < 9 {
				w = functions[m.rnd.IntN(len(functions))]
			}
			if i == 0 || m.rnd.IntN(16) == 0 {
				w = strings.ToUpper(w[:1]) + w[1:]
			}
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(w)
		}
		b.WriteString(". ")
	}
	return strings.TrimSpace(b.String())
}

// item returns an item with a text of about 1.5 KB in the markup of its source.
func (m *newsMaker) item(source string, style int, at time.Time) feed.Item {
	m.n++
	title := m.headline()
	link := fmt.Sprintf("https://%s.example/%s/%s-%d.html", source, at.Format("2006/01/02"), strings.ToLower(strings.Join(strings.Fields(title)[:5], "-")), m.n)
	it := feed.Item{ID: link, Link: link, Title: title, Published: at, Author: m.words[500+style], Categories: []string{m.words[40+m.rnd.IntN(60)], m.words[100+m.rnd.IntN(100)]}}
	lead := m.prose(150)
	if style%3 > 0 {
		it.Summary = lead
	}
	var b strings.Builder
	if style%2 == 0 {
		fmt.Fprintf(&b, `<figure class="wp-block-image size-large"><img src="https://cdn.%s.example/uploads/%s/%d-1024x683.jpg" alt="%s" width="1024" height="683" loading="lazy"/></figure>`, source, at.Format("2006/01"), m.n, title)
	}
	fmt.Fprintf(&b, "<p>%s</p>\n", lead)
	for b.Len() < 1250 {
		fmt.Fprintf(&b, "<p>%s</p>\n", m.prose(220))
	}
	fmt.Fprintf(&b, `<p>The post <a rel="nofollow" href="%s">%s</a> appeared first on <a rel="nofollow" href="https://%s.example">%s</a>.</p>`, link, title, source, strings.ToUpper(source))
	it.Content = b.String()
	return it
}

// edit returns an item as its source lists it after a change of the text, one in three times
// with another headline.
func (m *newsMaker) edit(it feed.Item) feed.Item {
	if m.rnd.IntN(3) == 0 {
		it.Title += " " + m.word()
	}
	it.Content += "<p>" + m.prose(80) + "</p>"
	return it
}
