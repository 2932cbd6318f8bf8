package desk

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// groups is a desk that does not run: a test hands it the groups of records.
type groups struct {
	*testing.T
	*Desk
	path string
}

func openGroups(t *testing.T, o store.Options) *groups {
	g := &groups{T: t, path: filepath.Join(t.TempDir(), "slugline.db")}
	st, err := store.Open(g.path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // a test may have broken it
	if g.Desk, err = Open(st, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	return g
}

// faultRecords are rules for the sources one and two, and visits to one, two and one.
func faultRecords() (rules news.Record, visits []news.Record) {
	rules = rulesRecord("faults")
	for _, name := range []string{"one", "two"} {
		rules.Rules.Sources = append(rules.Rules.Sources, news.Source{Name: name, Title: name + " title", Address: "https://" + name + ".example/rss"})
	}
	rules.SetID()
	for i, source := range []string{"one", "two", "one"} {
		headline := []string{"Ferry service resumes across the strait", "Miners rescued from flooded shaft", "Harbour council approves the tunnel plan"}[i]
		visits = append(visits, visitRecord(source, dawn, []string{headline}))
	}
	return rules, visits
}

func filings(records ...news.Record) []filing {
	var all []filing
	for _, r := range records {
		all = append(all, filing{record: clone(r), done: make(chan error, 1)})
	}
	return all
}

// handled has the desk handle a group and returns its answers.
func (g *groups) handled(group []filing) (answers []error, fatal error) {
	fatal = g.handle(group)
	for _, one := range group {
		answers = append(answers, <-one.done)
	}
	return answers, fatal
}

func (g *groups) seq() (n uint64) {
	g.Helper()
	if err := g.store.View(func(tx *store.Tx) error { n = tx.Seq(); return nil }); err != nil {
		g.Fatal(err)
	}
	return n
}

func (g *groups) digest() string {
	g.Helper()
	d, err := g.store.Digest()
	if err != nil {
		g.Fatal(err)
	}
	return d
}

// visitRecord makes the record of a visit that found headlines.
func visitRecord(source string, at time.Time, headlines []string) news.Record {
	doc := &feed.Document{}
	for i, h := range headlines {
		id := fmt.Sprintf("%s-%d-%d", source, at.UnixMilli(), i)
		doc.Items = append(doc.Items, feed.Item{ID: id, Title: h, Link: "https://" + source + ".example/2026/" + id, Published: at})
	}
	r := news.Record{At: at, Visit: &news.Visit{Source: source, Prev: at.Add(-time.Hour), Partial: true, Final: true, Entries: canon.Entries(doc, news.Source{ID: source})}}
	r.SetID()
	return r
}

// A commit takes few records with many entries or much text, and many with few and little.
func TestGroupsAreBounded(t *testing.T) {
	g := openGroups(t, store.Options{})
	for _, c := range []struct{ entries, text, want int }{
		{1, 0, maxGroup}, {400, 0, 3}, {maxGroupEntries, 0, 1}, {5000, 0, 1}, {0, 0, maxGroup},
		{1, 1000, maxGroup}, {10, maxGroupText/40 + 1, 4}, {1, maxGroupText, 1}, {2, maxGroupText, 1},
	} {
		all := make([]news.Entry, c.entries)
		for i := range all {
			all[i].Body = strings.Repeat("x", c.text)
		}
		for range maxGroup {
			g.queue <- filing{record: news.Record{Visit: &news.Visit{Entries: all}}}
		}
		for left := maxGroup; left > 0; {
			n := len(g.gather(<-g.queue))
			if n != min(c.want, left) {
				t.Errorf("%d entries of %d bytes in each record: %d records in a group, want %d", c.entries, c.text, n, min(c.want, left))
			}
			left -= n
		}
	}
}
