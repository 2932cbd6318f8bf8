package store_test

import (
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestRulesAreDecodedOnce also checks that changed rules are decoded again.
func TestRulesAreDecodedOnce(t *testing.T) {
	s := open(t)
	read := func() (r *news.Rules) {
		t.Helper()
		if err := s.View(func(tx *store.Tx) (err error) { r, err = tx.Rules(); return err }); err != nil {
			t.Fatal(err)
		}
		return r
	}
	put := func(title string) {
		t.Helper()
		if err := s.Update(func(tx *store.Tx) error { return tx.PutRules(&news.Rules{Site: news.Site{Title: title}}) }); err != nil {
			t.Fatal(err)
		}
	}
	if r := read(); r != nil {
		t.Errorf("before the first: %+v", r)
	}
	put("One")
	first := read()
	if first.Site.Title != "One" || read() != first {
		t.Errorf("rules %+v, then %+v", first, read())
	}
	put("Two")
	if got := read().Site.Title; got != "Two" || first.Site.Title != "One" {
		t.Errorf("after a change: %q, before it %q", got, first.Site.Title)
	}
}
