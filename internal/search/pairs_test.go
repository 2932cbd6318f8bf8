package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/topic"
)

// run draws words that follow each other in a text. Some are another form, or a character
// at the edge of a word.
func run(t *rapid.T, text string) string {
	ws := strings.Fields(text)
	from := rapid.IntRange(0, max(0, len(ws)-2)).Draw(t, "from")
	ws = slices.Clone(ws[from:min(len(ws), from+rapid.IntRange(2, 4).Draw(t, "words"))])
	for i, w := range ws {
		if k := slices.Index(vocabulary, w); k >= 0 && rapid.IntRange(0, 3).Draw(t, "form") == 0 {
			ws[i] = vocabulary[(k+len(vocabulary)+rapid.IntRange(-2, 2).Draw(t, "neighbour"))%len(vocabulary)]
		}
	}
	first, last := []rune(ws[0]), []rune(ws[len(ws)-1])
	if topic.Paired(first[len(first)-1]) {
		ws[0] = string(first[rapid.IntRange(0, len(first)-1).Draw(t, "cut"):])
	}
	if topic.Paired(last[0]) && len(ws) > 1 {
		ws[len(ws)-1] = string(last[:rapid.IntRange(1, len(last)).Draw(t, "cut")])
	}
	return strings.Join(ws, rapid.SampledFrom([]string{" ", " ", "-"}).Draw(t, "gap"))
}

// A search for a phrase finds what a scan of the stored stories finds, whatever form its
// words have.
func TestPhrasesAgreeWithAScan(t *testing.T) {
	r := open(t)
	var texts []string
	for _, source := range []string{"one", "two", "three", "vault"} {
		items := rapid.Custom(func(rt *rapid.T) (out []feed.Item) {
			for i := range 25 {
				out = append(out, item(rt, fmt.Sprint(source, i)))
			}
			return out
		}).Example(len(source))
		r.visit(source, items...)
		for _, it := range items {
			texts = append(texts, it.Title, it.Summary)
		}
	}
	texts = slices.DeleteFunc(texts, func(s string) bool { return len(strings.Fields(s)) < 2 })
	r.waitUntilCaughtUp()
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 4 {
			text := rapid.SampledFrom([]string{`"%s"`, `"%s"`, `"%s"*`, `title:"%s"`, `-"%s"`}).Draw(rt, "query")
			asked := fmt.Sprintf(text, run(rt, rapid.SampledFrom(texts).Draw(rt, "text")))
			q, err := topic.Parse(asked)
			if err != nil {
				return
			}
			want := r.scan(q, false)
			found += len(want)
			if diff := cmp.Diff(want, r.find(q, 50)); diff != "" {
				rt.Fatalf("%s (-scan +search):\n%s", asked, diff)
			}
		}
	})
	if found == 0 {
		t.Error("no phrase was found at all")
	}
}

// A phrase of words that many stories have, but seldom one after the other, costs little
// more than finding the stories that have it.
func TestPhraseOfFrequentWords(t *testing.T) {
	r := open(t)
	for i := range 40 {
		r.visit("one", feed.Item{ID: fmt.Sprint(i), Title: fmt.Sprintf("Council %d of the harbour city approves port %d", i, i), Link: fmt.Sprintf("https://one.example/%d", i)})
	}
	r.visit("one", feed.Item{ID: "both", Title: "Harbour council meets", Link: "https://one.example/both"})
	r.waitUntilCaughtUp()
	cost := func(query string) int {
		q, err := topic.Parse(query)
		r.must(err)
		c := &counting{Context: context.Background(), most: 1 << 30}
		found, err := r.index.Find(c, q, nil, 50)
		if err != nil || len(found.Stories) == 0 {
			t.Errorf("%s: found %v, %v, want a story", query, found, err)
		}
		return c.asked
	}
	if phrase, words := cost(`"harbour council"`), cost("harbour council"); phrase >= words {
		t.Errorf("the phrase asked %d times whether it may go on, both words %d times, want fewer", phrase, words)
	}
}
