package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Text that retention deletes, or that a source lists again, is no news, but the change
// is stored so that search reads the story again.
func TestChangedTextIsStoredForSearch(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive = 24*time.Hour, 200*24*time.Hour
	r.rules.Topics[0].Stories = 1
	r.enforce()
	old := fresh("a", "Ferry service resumes across the strait", time.Hour)
	r.visit("one", old, fresh("b", "Miners rescued from flooded shaft", time.Minute))
	id := r.top("all")[1].ID
	r.pass(time.Minute)
	r.visit("one")
	wantTextChanged := func(what string) {
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
			t.Errorf("%s: change of stories %v and texts %v; want the text of %s alone", what, last.Stories, last.TextChanged, id)
		}
	}
	r.sweep()
	for range 2 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	wantTextChanged("the text is deleted")
	r.visit("one", old)
	wantTextChanged("the text is back")
	r.pass(time.Minute)
	r.visit("one")
	for range 95 { // keys are deleted 90 days after the entry was last listed; a sweep moves the horizon by a day at most
		r.pass(24 * time.Hour)
		r.sweep()
	}
	textChanges := func() (n int) {
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
	if textChanges() == 0 {
		t.Error("no text change is stored for a story whose entry was deleted")
	}
	for day := 0; day < 120 && r.story(id) != nil; day++ {
		r.pass(24 * time.Hour)
		r.sweep()
	}
	if r.story(id) != nil || textChanges() == 0 {
		t.Errorf("story %v with %d text changes; want it deleted, with changes", r.story(id), textChanges())
	}
}
