package desk

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// labelled is a headline of which people say what happening it tells.
type labelled struct {
	id, publisher, language, title, link, summary, label string
	at                                                   time.Time
}

// sharedHeadlines reads a file of the folder shared beside the repository, in the order of
// time.
func sharedHeadlines(t *testing.T, name string) (all []labelled) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for line := range strings.Lines(string(b)) {
		row := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if columns == nil {
			columns = row
			continue
		}
		field := func(name string) string {
			if i := slices.Index(columns, name); i >= 0 && i < len(row) {
				return row[i]
			}
			return ""
		}
		at, err := time.Parse(time.RFC3339, field("published"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, labelled{field("id"), field("publisher"), field("lang"), field("title"), field("url"), field("summary"), field("story"), at})
	}
	slices.SortStableFunc(all, func(a, b labelled) int { return a.at.Compare(b.at) })
	return all
}

// TestItemsOfSharedEvents counts what a subscriber of a topic with `fold: event` sees of
// labelled headlines that come after three days of other news: how many of 100 items tell a
// happening that an earlier item told, and how many happenings never stand in an item of their
// own. Every item that ever stood counts. It runs if SLUGLINE_ITEMS is 1.
func TestItemsOfSharedEvents(t *testing.T) {
	if os.Getenv("SLUGLINE_ITEMS") == "" {
		t.Skip("measures; set SLUGLINE_ITEMS=1")
	}
	for _, set := range []string{"fnc", "vimds", "og21a"} {
		t.Run(set, func(t *testing.T) {
			own := sharedHeadlines(t, "events/"+set+".tsv")
			other := sharedHeadlines(t, "headlines/mix.tsv")
			r, seen := openEvents(t), &itemCount{labels: map[string]string{}, told: map[string]bool{}, stood: map[string]bool{}}
			move(other, r.now.Add(time.Hour))
			move(own, other[len(other)-1].at.Add(time.Minute))
			for i := range other {
				other[i].id = "other " + other[i].id
			}
			r.rules.Sources = nil
			for i := range maxPublishers + 1 {
				name := fmt.Sprint("publisher", i)
				r.rules.Sources = append(r.rules.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
			}
			r.enforce()
			sources, swept := map[string]string{}, r.now
			for i, h := range slices.Concat(other, own) {
				r.now = h.at
				if r.now.Sub(swept) >= time.Hour {
					r.sweep()
					swept = r.now
				}
				entries := r.publish(sourceOf(sources, h, i), h)
				if i >= len(other) {
					seen.note(r, entries, h.label, i-len(other))
				}
			}
			t.Logf("%d items, %.1f repeats in 100, %.2f %% of happenings without an item", seen.items, seen.repeats(), seen.without())
		})
	}
}

// move lets headlines begin at a time.
func move(all []labelled, begin time.Time) {
	by := begin.Sub(all[0].at)
	for i := range all {
		all[i].at = all[i].at.Add(by)
	}
}

// maxPublishers is how many sources publish the headlines whose publisher is not known.
const maxPublishers = 400

// sourceOf returns the source of a headline: each publisher has one of its own as long as
// there are some.
func sourceOf(sources map[string]string, h labelled, i int) string {
	if h.publisher == "" {
		return fmt.Sprint("publisher", i%maxPublishers)
	}
	if sources[h.publisher] == "" {
		sources[h.publisher] = fmt.Sprint("publisher", len(sources)%maxPublishers)
	}
	return sources[h.publisher]
}

// publish files a document with a headline alone.
func (r *env) publish(source string, h labelled) []news.Entry {
	r.t.Helper()
	doc := &feed.Document{Feed: news.Feed{Title: cmp.Or(h.publisher, source)}, Items: []feed.Item{
		{ID: h.id, Title: h.title, Link: h.link, Summary: h.summary, Language: h.language, Published: h.at},
	}}
	v := &news.Visit{Source: source, Prev: r.prev[source], Feed: &doc.Feed, Final: true, Entries: canon.Entries(doc, news.Source{ID: source})}
	r.file(news.Record{Visit: v})
	r.prev[source], r.filed = news.Instant(r.now), nil
	return v.Entries
}

// itemCount counts the items of a topic.
type itemCount struct {
	labels map[string]string // by headline
	told   map[string]bool   // labels
	stood  map[string]bool   // stories
	items  int
	again  int
}

// note counts the items that are new after the n-th headline. Those far down are looked at
// after every hundredth: a story that left its item stands where it would have stood.
func (c *itemCount) note(r *env, entries []news.Entry, label string, n int) {
	r.t.Helper()
	for _, en := range entries {
		c.labels[en.Link+" "+en.Headline] = label
	}
	limit := 30
	if n%100 == 99 {
		limit = 3000
	}
	var top []*news.Story
	err := r.store.View(func(tx *store.Tx) (err error) {
		top, err = tx.Stories.InTopic("all", limit, news.Place{})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range slices.Backward(top) {
		label := c.labels[s.Takes[0].Link+" "+s.Takes[0].Headline]
		if label == "" || c.stood[s.ID] {
			continue
		}
		c.stood[s.ID] = true
		c.items++
		if c.told[label] {
			c.again++
		}
		c.told[label] = true
	}
}

func (c *itemCount) repeats() float64 { return 100 * float64(c.again) / float64(max(c.items, 1)) }

// without returns how many of 100 happenings no item began with.
func (c *itemCount) without() float64 {
	all := map[string]bool{}
	for _, label := range c.labels {
		if label != "" {
			all[label] = true
		}
	}
	return 100 * float64(len(all)-len(c.told)) / float64(max(len(all), 1))
}
