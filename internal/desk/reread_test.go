package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// What retention takes, and what a source gives back, is no news, but the search hears
// of it.
func TestSearchHearsOfRetention(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive = 24*time.Hour, 200*24*time.Hour
	r.rules.Topics[0].Stories = 1
	r.enforce()
	old := fresh("a", "Ferry service resumes across the strait", time.Hour)
	r.visit("one", old, fresh("b", "Miners rescued from flooded shaft", time.Minute))
	id := r.top("all")[1].ID
	r.pass(time.Minute)
	r.visit("one")
	reread := func(what string) {
		t.Helper()
		var last news.Change
		err := r.store.View(func(tx *store.Tx) error {
			all, err := tx.Changes.After(0, 1000)
			last = all[len(all)-1]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(last.TextChanged, []string{id}) || len(last.Stories) > 0 {
			t.Errorf("%s: change of %v, reread %v; want reread of %s alone", what, last.Stories, last.TextChanged, id)
		}
	}
	r.sweep()
	for range 2 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	reread("the text goes")
	r.visit("one", old)
	reread("the text is back")
	r.pass(time.Minute)
	r.visit("one")
	for range 95 { // the keys go 90 days after the entry did; the horizon moves a day a sweep
		r.pass(24 * time.Hour)
		r.sweep()
	}
	gone := func() (n int) {
		t.Helper()
		err := r.store.View(func(tx *store.Tx) error {
			all, err := tx.Changes.After(0, 1000)
			for _, c := range all {
				n += len(c.TextChanged)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if gone() == 0 {
		t.Error("no reread of a story whose entry is forgotten")
	}
	for day := 0; day < 120 && r.story(id) != nil; day++ {
		r.pass(24 * time.Hour)
		r.sweep()
	}
	if r.story(id) != nil || gone() == 0 {
		t.Errorf("story %v, %d reread; want it gone, and told", r.story(id), gone())
	}
}
