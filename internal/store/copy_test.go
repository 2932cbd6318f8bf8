package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func digest(t *testing.T, st *store.Store) string {
	t.Helper()
	d, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCopyIsOfOneMomentAndVerifies(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 10)
	want := digest(t, st)
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var sent bytes.Buffer
	if err := errors.Join(st.Copy(t.Context(), f), f.Close(), st.Copy(t.Context(), &sent)); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(written, sent.Bytes()) {
		t.Errorf("the sent copy differs from the one written to a file, error %v", err)
	}
	fill(t, st, 2, 3)
	if err := store.Verify(path); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, openAt(t, path)); got != want {
		t.Errorf("the copy's digest is %s, want %s", got, want)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(st.Path()), ".slugline-*"))
	checkEqual(t, "files left beside the store", []string(nil), left)
	if err != nil {
		t.Fatal(err)
	}
}

// TestSlowCopyDoesNotBlockTheWriter reads the copy after the writer has finished.
func TestSlowCopyDoesNotBlockTheWriter(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 10)
	want := digest(t, st)
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- errors.Join(st.Copy(t.Context(), w), w.Close()) }()
	first := make([]byte, 1)
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	if n := st.OpenViews(); n != 0 {
		t.Errorf("%d transactions are open while the copy is sent, want 0", n)
	}
	fill(t, st, 2, 10)
	rest, err := io.ReadAll(r)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, append(first, rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, openAt(t, path)); got != want {
		t.Errorf("the copy's digest is %s, want %s", got, want)
	}
}

func TestCopyEndsWithItsContext(t *testing.T) {
	st := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := st.Copy(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Copy: %v, want %v", err, context.Canceled)
	}
	if n := st.OpenViews(); n != 0 {
		t.Errorf("%d transactions are still open", n)
	}
}

func TestCompactFreesSpaceAndChangesNothingElse(t *testing.T) {
	st := open(t)
	for seed := range uint64(4) {
		for _, v := range fill(t, st, seed, 12) {
			update(t, st, func(tx *store.Tx) error {
				for _, e := range v.entries[1:] {
					got, err := tx.Entries.Get(e.ID)
					if err == nil {
						err = tx.Entries.Delete(got)
					}
					if err != nil {
						return err
					}
				}
				return tx.Visits.Put(news.VisitState{Source: "local", Visits: 9})
			})
		}
	}
	want := digest(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(st.Path(), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(st.Path(), link); err != nil {
		t.Fatal(err)
	}
	before, after, err := store.Compact(link)
	if err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(st.Path())
	if err != nil {
		t.Fatal(err)
	}
	if after >= before/2 || fi.Size() != after || fi.Mode().Perm() != 0o640 {
		t.Errorf("compacted from %d to %d bytes; the file has %d and mode %v", before, after, fi.Size(), fi.Mode())
	}
	if to, err := os.Readlink(link); to != st.Path() {
		t.Errorf("the link names %q, error %v", to, err)
	}
	st = openAt(t, st.Path())
	if got := digest(t, st); got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
	view(t, st, func(tx *store.Tx) error {
		visit, err := tx.Visits.Get("local")
		checkEqual(t, "the local half", &news.VisitState{Source: "local", Visits: 9}, visit)
		return err
	})
	fill(t, st, 9, 3)
	verify(t, st)
}

func TestCompactDoesNotChangeADamagedFile(t *testing.T) {
	whole := []byte(filledFile(t, 1))
	used := len(bytes.TrimRight(whole, "\x00"))
	whole[used-20] ^= 1
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Compact(path); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Compact: %v, want %v", err, store.ErrDamaged)
	}
	left, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(left, whole) {
		t.Errorf("the file was changed, error %v", err)
	}
}

// TestOpenDuringCompactOpensTheNewFile waits for the lock of a file that is then replaced.
func TestOpenDuringCompactOpensTheNewFile(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 3)
	want := digest(t, st)
	got, waiting := make(chan string, 1), make(chan struct{})
	var once sync.Once
	opened := func(name string, flag int, perm os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, perm)
		once.Do(func() { close(waiting) })
		return f, err
	}
	go func() {
		later, err := store.Open(st.Path(), store.Options{OpenFile: opened})
		if err != nil {
			got <- err.Error()
			return
		}
		d, err := later.Digest()
		if err := errors.Join(err, later.Close()); err != nil {
			d = err.Error()
		}
		got <- d
	}()
	<-waiting
	// This is what Compact does: the new file gets the name while the old one is locked.
	next := st.Path() + ".next"
	f, err := os.Create(next)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Copy(t.Context(), f), f.Close(), os.Rename(next, st.Path())); err != nil {
		t.Fatal(err)
	}
	if err := st.Update(func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrGone) {
		t.Errorf("update of a replaced file: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if d := <-got; d != want {
		t.Errorf("the Open that waited has digest %s, want %s of the new file", d, want)
	}
}
