package wire_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/slugline/slugline/internal/wire"
)

// openOne starts one server for the test.
func openOne(t *testing.T) *wire.Wire {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	w, err := wire.Open(ctx, newNodes(t, 1)[0].settings, testLog())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// A change is made only by who knows the last one.
func TestBucketCompareAndSet(t *testing.T) {
	ctx, b := t.Context(), openOne(t).Claims
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, rev, err := b.Get(ctx, "p01"); rev != 0 || err != nil {
		t.Errorf("a key that was never made: revision %d, %v", rev, err)
	}
	first, ok, err := b.Create(ctx, "p01", []byte("n1"))
	if must(err); !ok {
		t.Error("a key that does not exist was not made")
	}
	if _, ok, err := b.Create(ctx, "p01", []byte("n2")); ok || err != nil {
		t.Errorf("made twice: %v, %v", ok, err)
	}
	second, ok, err := b.Update(ctx, "p01", []byte("n3"), first)
	if must(err); !ok || second <= first {
		t.Errorf("update: %v, revision %d after %d", ok, second, first)
	}
	if _, ok, err := b.Update(ctx, "p01", []byte("n4"), first); ok || err != nil {
		t.Errorf("a stale update: %v, %v", ok, err)
	}
	if ok, err := b.Delete(ctx, "p01", first); ok || err != nil {
		t.Errorf("a stale delete: %v, %v", ok, err)
	}
	if v, rev, err := b.Get(ctx, "p01"); string(v) != "n3" || rev != second || err != nil {
		t.Errorf("got %s at %d, %v; want n3 at %d", v, rev, err, second)
	}
	if ok, err := b.Delete(ctx, "p01", second); !ok || err != nil {
		t.Errorf("delete: %v, %v", ok, err)
	}
	if v, rev, err := b.Get(ctx, "p01"); v != nil || rev != 0 || err != nil {
		t.Errorf("a deleted key: %s at %d, %v", v, rev, err)
	}
	third, ok, err := b.Create(ctx, "p01", nil)
	if must(err); !ok || third <= second {
		t.Errorf("made again: %v, revision %d after %d", ok, third, second)
	}
}

var errEnough = errors.New("enough")

// A watcher hears what exists, that this was all, and then each change in order.
func TestBucketWatch(t *testing.T) {
	ctx, b := t.Context(), openOne(t).Spots
	put := func(key, value string) {
		if _, err := b.Put(ctx, key, []byte(value)); err != nil {
			t.Error(err)
		}
	}
	put("p01.a", "1")
	put("p02.b", "2")
	put("p01.c", "")
	var told []string
	err := b.Watch(ctx, "p01.", func(key string, value []byte, _ uint64) error {
		if key == "" {
			put("p02.b", "3")
			put("p01.a", "4")
			if _, err := b.Delete(ctx, "p01.c", 0); err != nil {
				return err
			}
		}
		if value == nil {
			value = []byte("-")
		}
		if told = append(told, key+"="+string(value)); len(told) == 5 {
			return errEnough
		}
		return nil
	})
	if want := []string{"p01.a=1", "p01.c=", "=-", "p01.a=4", "p01.c=-"}; !errors.Is(err, errEnough) || !slices.Equal(told, want) {
		t.Errorf("told %q, %v; want %q", told, err, want)
	}
}

// A purge has a revision, and only who knows the last change can make it.
func TestBucketPurge(t *testing.T) {
	ctx, w := t.Context(), openOne(t)
	b := w.Side
	first, err := b.Put(ctx, "rows.a", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := b.Purge(ctx, "rows.a", first+1); ok || err != nil {
		t.Errorf("a purge of another revision: %v, %v", ok, err)
	}
	purged, ok, err := b.Purge(ctx, "rows.a", first)
	if !ok || err != nil || purged <= first {
		t.Errorf("purge: revision %d after %d, %v, %v", purged, first, ok, err)
	}
	next, ok, err := b.Update(ctx, "rows.a", []byte("2"), purged)
	if !ok || err != nil || next <= purged {
		t.Errorf("an update after the purge: revision %d, %v, %v", next, ok, err)
	}
	if _, ok, err := b.Purge(ctx, "rows.b", 0); !ok || err != nil {
		t.Errorf("a purge of what is not there: %v, %v", ok, err)
	}
	one, err := b.Identity(ctx)
	other, oerr := w.Spots.Identity(ctx)
	if err != nil || oerr != nil || one == "" || one == other {
		t.Errorf("identities %q and %q, %v, %v", one, other, err, oerr)
	}
}

// A watch that is told nothing ends, long before its client misses the heartbeats that a
// deleted consumer does not send: after 10 s at the earliest.
func TestBucketWatchSilent(t *testing.T) {
	w := openOne(t)
	ctx, b := t.Context(), w.Spots
	if _, err := b.Put(ctx, "p02.b", []byte("1")); err != nil {
		t.Fatal(err)
	}
	var told []string
	err := b.Watch(ctx, "p01.", func(key string, _ []byte, _ uint64) error {
		told = append(told, key)
		if key != "" {
			return nil
		}
		if err := w.DeleteConsumers(ctx, b); err != nil {
			return err
		}
		_, err := b.Put(ctx, "p01.a", []byte("1"))
		return err
	})
	if !errors.Is(err, wire.ErrSilent) || !slices.Equal(told, []string{""}) {
		t.Errorf("Watch told %q and returned %v", told, err)
	}
}

// The newest change is that of the keys that are watched.
func TestBucketNewest(t *testing.T) {
	ctx, b := t.Context(), openOne(t).Spots
	want := func(prefix string, want uint64) {
		t.Helper()
		if got, err := b.Newest(ctx, prefix); got != want || err != nil {
			t.Errorf("the newest of %q is %d, %v; want %d", prefix, got, err, want)
		}
	}
	want("", 0)
	first, err := b.Put(ctx, "p01.a", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Put(ctx, "p02.b", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	want("", second)
	want("p01.", first)
	want("p03.", 0)
}
