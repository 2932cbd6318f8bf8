package search_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/topic"
)

// counting is a context whose work is used up after some questions whether it is.
type counting struct {
	context.Context
	asked, most int
}

func (c *counting) Err() error {
	if c.asked++; c.asked > c.most {
		return quota.ErrUsedUp
	}
	return nil
}

func repeat(n int, between, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, between)
}

// A query of any kind ends when its time is used up, wherever it is then, and the index
// stays usable.
func TestCostlyQueriesEnd(t *testing.T) {
	r := open(t)
	for i := range 60 {
		r.visit("one", feed.Item{ID: fmt.Sprint(i), Title: fmt.Sprintf("Ferry %d a%db leaves the port of %d", i, i, i), Link: fmt.Sprintf("https://one.example/%d", i)})
	}
	r.waitUntilCaughtUp()
	r.restart(nil) // all is in one file now, so the same search always asks as often
	r.waitUntilCaughtUp()
	for name, c := range map[string]struct {
		query string
		least int // how often it must ask
	}{
		"a word":        {"ferry", 10},
		"any story":     {"outlets:>0", 10},
		"prefixes":      {repeat(500, " OR ", "a%d*"), 500},
		"all prefixes":  {repeat(500, " ", "-a%d*"), 500},
		"one prefix":    {strings.Repeat("a* f* ", 500), 500},
		"words":         {repeat(500, " OR ", "w%d"), 500},
		"a long phrase": {`"` + repeat(500, " ", "w%d") + `"`, 500},
		"as written":    {repeat(500, " OR ", "=W%d"), 500},
		"fields":        {repeat(500, " OR ", "link:a%d.example"), 500},
		"nested":        {repeat(200, " OR ", "((a* OR b%d*) AND (f* OR -d*))"), 500},
	} {
		q, err := topic.Parse(c.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for kind, search := range map[string]func(context.Context) error{
			"find":  func(ctx context.Context) error { _, err := r.index.Find(ctx, q, nil, 50); return err },
			"count": func(ctx context.Context) error { _, err := r.index.Count(ctx, q, 5000); return err },
		} {
			_ = search(t.Context()) // what it reads once is read
			all := &counting{Context: t.Context(), most: 1 << 30}
			if err := search(all); err != nil || all.asked < c.least {
				t.Errorf("%s %s: asked %d times, %v, want %d times at least", kind, name, all.asked, err, c.least)
			}
			for most := 0; most < all.asked; most += 1 + all.asked/20 {
				if err := search(&counting{Context: t.Context(), most: most}); !errors.Is(err, quota.ErrUsedUp) {
					t.Errorf("%s %s: after %d of %d questions: %v, want %v", kind, name, most, all.asked, err, quota.ErrUsedUp)
				}
			}
		}
	}
	q, _ := topic.Parse("ferry")
	if found, err := r.index.Find(t.Context(), q, nil, 50); err != nil || len(found.Stories) == 0 {
		t.Errorf("a search after those: %v", err)
	}
}

// A query with more parts than the index looks for still finds exactly what satisfies it.
func TestQueriesOfManyParts(t *testing.T) {
	r := open(t)
	words := repeat(90, " ", "w%d")
	r.visit("one", feed.Item{ID: "all", Title: "All of it", Summary: words, Link: "https://one.example/all"},
		feed.Item{ID: "most", Title: "Most of it", Summary: strings.TrimSuffix(words, " w89"), Link: "https://one.example/most"},
		feed.Item{ID: "echo", Title: "Echo", Summary: strings.Repeat("echo ", 5), Link: "https://one.example/echo"})
	r.waitUntilCaughtUp()
	for _, tt := range []struct {
		query string
		want  int
	}{
		{words, 1},
		{repeat(89, " ", "w%d"), 2},
		{repeat(89, " ", "w%d") + " -w89", 1},
		{repeat(90, " ", "w%d*"), 1},
		{`"` + words + `"`, 1},
		{`"` + strings.Repeat("echo ", 5) + `"`, 1},
		{`"` + strings.Repeat("echo ", 9) + `"`, 0},
		{`"` + strings.Repeat("echo ", 3) + `ec"*`, 1},
		{repeat(200, " ", "-x%d"), 3},
	} {
		q, err := topic.Parse(tt.query)
		r.must(err)
		found, err := r.index.Find(t.Context(), q, nil, 50)
		r.must(err)
		if len(found.Stories) != tt.want {
			t.Errorf("%.60s: found %d stories, want %d", tt.query, len(found.Stories), tt.want)
		}
		if tally, err := r.index.Count(t.Context(), q, 5000); err != nil || tally.Carries != tt.want {
			t.Errorf("%.60s: counted %+v, %v, want %d", tt.query, tally, err, tt.want)
		}
	}
}
