package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/slugline/slugline/internal/news"
)

// TestCacheReturnsWhatIsStored also checks that an unchanged story is not decoded again.
func TestCacheReturnsWhatIsStored(t *testing.T) {
	st, err := Open(filepath.Join(t.TempDir(), "slugline.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	var cache Cache
	id := func(i int) string { return fmt.Sprintf("%013d", i) }
	put := func(i int, headline string) {
		t.Helper()
		if err := st.Update(func(tx *Tx) error {
			return tx.Stories.Put(&news.Story{ID: id(i), Seq: uint64(i + 1), Headline: headline})
		}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(i int) (s *news.Story) {
		t.Helper()
		if err := st.View(func(tx *Tx) (err error) { s, err = tx.WithCache(&cache).Stories.Get(id(i)); return err }); err != nil {
			t.Fatal(err)
		}
		return s
	}
	put(1, "One")
	put(2, "Two")
	one, two := read(1), read(2)
	if one.Headline != "One" || read(1) != one {
		t.Errorf("read %q, and another copy the second time", one.Headline)
	}
	put(1, "Another")
	if got := read(1).Headline; got != "Another" {
		t.Errorf("read %q after it was changed, want Another", got)
	}
	if read(2) != two {
		t.Error("an unchanged story was decoded again")
	}
	for i := range 3 * maxCached {
		cache.add(rowKey{stories, id(i + 100)}, cachedRow{1, nil})
	}
	if n := len(cache.recent) + len(cache.older); n > 2*maxCached || read(2).Headline != "Two" {
		t.Errorf("%d rows are cached, want at most %d", n, 2*maxCached)
	}
	if read(99) != nil {
		t.Error("read a story that was never put")
	}
}
