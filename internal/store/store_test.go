package store_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// open opens a new store and closes it when the test ends.
func open(t *testing.T) *store.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "slugline.db"))
}

func openAt(t *testing.T, path string) *store.Store {
	t.Helper()
	st, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

func update(t *testing.T, st *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := st.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, st *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := st.View(fn); err != nil {
		t.Fatal(err)
	}
}

// fill applies visits in one transaction and returns them.
func fill(t *testing.T, st *store.Store, seed uint64, visits int) []*filing {
	t.Helper()
	m := newGenerator(seed)
	all := make([]*filing, visits)
	for i := range all {
		all[i] = m.filing("source-"+string(rune('a'+i%7)), 5, 600)
	}
	update(t, st, func(tx *store.Tx) error { return applyAll(tx, all) })
	return all
}

func verify(t *testing.T, st *store.Store) {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Verify(st.Path()); err != nil {
		t.Error(err)
	}
}

func TestRowsSurviveReopening(t *testing.T) {
	st := open(t)
	all := fill(t, st, 1, 20)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = openAt(t, st.Path())
	view(t, st, func(tx *store.Tx) error {
		for _, v := range all {
			compareFiling(t, tx, v)
		}
		if got := tx.Seq(); got != 20 {
			t.Errorf("Seq() = %d, want 20", got)
		}
		return nil
	})
	verify(t, st)
}

func compareFiling(t *testing.T, tx *store.Tx, v *filing) {
	t.Helper()
	if !tx.Records.Applied(v.record.ID) {
		t.Errorf("record %d is not applied", v.record.Seq)
	}
	for i, want := range v.entries {
		got, err := tx.Entries.Get(want.ID)
		if err != nil {
			t.Fatal(err)
		}
		bare := *want
		bare.Body = ""
		if diff := cmp.Diff(&bare, got); diff != "" {
			t.Errorf("entry %s (-want +got):\n%s", want.ID, diff)
		}
		if body, err := tx.Entries.Body(want.ID); body != want.Body || err != nil {
			t.Errorf("body of %s differs, error %v", want.ID, err)
		}
		if id := tx.Entries.ByKey(want.Source, want.Keys.Link); id != want.ID {
			t.Errorf("ByKey(%d) = %q, want %q", want.Keys.Link, id, want.ID)
		}
		if diff := cmp.Diff([]string{want.ID}, tx.Entries.ByText(want.Source, want.Keys.Text)); diff != "" {
			t.Errorf("ByText(%d) (-want +got):\n%s", want.Keys.Text, diff)
		}
		story, err := tx.Stories.Get(want.Story)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v.stories[i], story); diff != "" {
			t.Errorf("story %s (-want +got):\n%s", want.Story, diff)
		}
	}
}

func TestNewStoreIsEmpty(t *testing.T) {
	view(t, open(t), func(tx *store.Tx) error {
		e, err := tx.Entries.Get("0000000000000")
		if e != nil || err != nil {
			t.Errorf("Entries.Get = %v, %v, want nil, nil", e, err)
		}
		s, err := tx.Stories.Get("0000000000000")
		if s != nil || err != nil {
			t.Errorf("Stories.Get = %v, %v, want nil, nil", s, err)
		}
		r, err := tx.Rules()
		if r != nil || err != nil {
			t.Errorf("Rules() = %v, %v, want nil, nil", r, err)
		}
		if tx.Seq() != 0 || !tx.At().IsZero() || tx.Changes.Oldest() != 0 || tx.Fold.State() != nil || !tx.Horizon().IsZero() {
			t.Errorf("a new store is not empty")
		}
		placed, err := tx.Stories.InTopic("world", 5, news.Place{})
		if len(placed) != 0 {
			t.Errorf("InTopic = %v, want none", placed)
		}
		return err
	})
}

func TestRecordIDAndLastOfLatest(t *testing.T) {
	st := open(t)
	view(t, st, func(tx *store.Tx) error {
		low, have, err := tx.Stories.LastOfLatest(5)
		if low != nil || have != 0 || tx.Records.ID(1) != "" {
			t.Errorf("empty store: last %v of %d, record 1 is %q", low, have, tx.Records.ID(1))
		}
		return err
	})
	fill(t, st, 1, 4)
	view(t, st, func(tx *store.Tx) error {
		if id := tx.Records.ID(3); id == "" || tx.Records.Seq(id) != 3 {
			t.Errorf("record 3 has id %q, which is record %d", id, tx.Records.Seq(id))
		}
		all, err := tx.Stories.Latest(1000, nil)
		if err != nil {
			return err
		}
		for _, n := range []int{1, 7, len(all), len(all) + 10} {
			low, have, err := tx.Stories.LastOfLatest(n)
			if want := min(n, len(all)); err != nil || have != want || low.ID != all[want-1].ID {
				t.Errorf("last of %d: %d, %v (%v); want %d, %s", n, have, low, err, want, all[want-1].ID)
			}
		}
		return nil
	})
}
