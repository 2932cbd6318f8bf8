package edition_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// A batch that adds a story to one of a thousand topics causes one rendering. The
// other topics, and later requests for this one, come from the cache: another
// rendering would be another *Edition.
func TestBatchRendersTheTopicsThatChange(t *testing.T) {
	if testing.Short() {
		t.Skip("it files 50,000 stories")
	}
	const topics, stories, batch = 1000, 50_000, 1000
	l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 50, Fold: news.FoldStory, Match: []string{"nothing"}})
	name := func(i int) string { return fmt.Sprint("topic-", i) }
	for i := range topics {
		l.rules.Topics = append(l.rules.Topics, news.Topic{Name: name(i), Title: name(i), Stories: 50, Fold: news.FoldStory, Match: []string{subject(i)}})
	}
	l.enforce()
	for i := 0; i < stories; i += batch {
		l.fileStories(i, i+batch, func(n int) int { return n % topics })
	}
	made := map[*edition.Edition]bool{}
	ask := func() (fresh []string) {
		for i := range topics {
			e, err := l.press.Topic(name(i), edition.Atom)
			l.must(err)
			if !made[e] {
				made[e] = true
				fresh = append(fresh, name(i))
			}
		}
		return fresh
	}
	if n := len(ask()); n != topics {
		t.Fatalf("%d topics were rendered at first, want %d", n, topics)
	}
	for _, touched := range []int{7, 999, 7} {
		l.now = l.now.Add(time.Minute)
		l.fileStories(l.items, l.items+3, func(int) int { return touched })
		if got := fmt.Sprint(ask()); got != fmt.Sprint([]string{name(touched)}) {
			t.Errorf("rendered again: %s, want %s alone", got, name(touched))
		}
		if got := ask(); got != nil {
			t.Errorf("rendered without a change: %s", got)
		}
	}
}

// subject is the word that topic i matches.
func subject(i int) string { return fmt.Sprintf("subject%dq", i) }

// fileStories files a batch of stories, each with the subject of a topic.
func (l *archiveEnv) fileStories(from, to int, topic func(n int) int) {
	l.Helper()
	doc := &feed.Document{}
	for n := from; n < to; n++ {
		doc.Items = append(doc.Items, feed.Item{
			ID: fmt.Sprint(n), Title: subject(topic(n)) + " " + headline(n), Link: fmt.Sprintf("https://wire.example/2026/an-article-%d.html", n), Published: l.now,
		})
	}
	l.items = max(l.items, to)
	l.file(news.Record{Visit: &news.Visit{Source: "wire", Final: true, Partial: true, Entries: canon.Entries(doc, news.Source{ID: "wire"})}})
}
