package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A View ends soon after nobody waits for it any more.
func TestViewEndsWithItsContext(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 4)
	for name, read := range map[string]func(*store.Tx) error{
		"one row":         func(tx *store.Tx) error { _, err := tx.Stories.Get("0000000000000"); return err },
		"all rows":        func(tx *store.Tx) error { return tx.Stories.Each(func(*news.Story) error { return nil }) },
		"the newest rows": func(tx *store.Tx) error { _, err := tx.Stories.Latest(10, nil); return err },
		"without errors":  func(tx *store.Tx) error { tx.Seq(); return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := st.ViewContext(ctx, func(tx *store.Tx) error {
			if err := read(tx); err != nil {
				t.Errorf("%s, before the context ended: %v", name, err)
			}
			cancel()
			return read(tx)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s, after the context ended: error %v, want %v", name, err, context.Canceled)
		}
	}
}

// Close does not wait until a long View has read everything.
func TestCloseEndsViews(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "news.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, st, 1, 4)
	reading, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- st.View(func(tx *store.Tx) error {
			close(reading)
			for t.Context().Err() == nil {
				if _, err := tx.Stories.Latest(10, nil); err != nil {
					return err
				}
			}
			return nil
		})
	}()
	<-reading
	if err := st.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-ended; err == nil {
		t.Error("the View that was open has no error")
	}
}

func TestNewestChanges(t *testing.T) {
	st := open(t)
	if err := st.Update(func(tx *store.Tx) error {
		for seq := range uint64(5) {
			if err := tx.Changes.Put(news.Change{Seq: seq + 1}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var got []uint64
	view(t, st, func(tx *store.Tx) error {
		return tx.Changes.Newest(func(c news.Change) bool { got = append(got, c.Seq); return c.Seq > 3 })
	})
	if diff := cmp.Diff([]uint64{5, 4, 3}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestNewestOrders(t *testing.T) {
	st := open(t)
	if err := st.Update(func(tx *store.Tx) error {
		for seq := range uint64(5) {
			if err := tx.Orders.Put(&news.Record{Seq: seq + 1}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	view(t, st, func(tx *store.Tx) error {
		for before, want := range map[uint64][]uint64{0: {5, 4, 3}, 6: {5, 4, 3}, 4: {3, 2, 1}, 2: {1}, 1: nil} {
			list, err := tx.Orders.Newest(3, before)
			if err != nil {
				return err
			}
			var got []uint64
			for _, r := range list {
				got = append(got, r.Seq)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("before %d (-want +got):\n%s", before, diff)
			}
		}
		return nil
	})
}
