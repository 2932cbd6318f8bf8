package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/slugline/slugline/internal/store"
)

// write commits a token and returns the error.
func write(st *store.Store, name string) error {
	return st.Update(func(tx *store.Tx) error { return tx.Secrets.Put(name, make([]byte, 64<<10)) })
}

// A store that met a full disk is written again only when a megabyte fits.
func TestAFullDiskNeedsAMegabyte(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("mounting a small disk needs root:", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	st, err := store.Open(filepath.Join(dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	for i := 0; err == nil; i++ {
		err = write(st, string(rune('a'+i)))
	}
	if !errors.Is(err, store.ErrFull) || !errors.Is(err, store.ErrNotWritten) || st.Ready() == nil {
		t.Fatalf("the commit failed with %v, and ready is %v", err, st.Ready())
	}
	shrink := func(by int64) {
		fi, err := os.Stat(ballast)
		if err == nil {
			err = os.Truncate(ballast, fi.Size()-by)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	shrink(512 << 10)
	if err := write(st, "small"); !errors.Is(err, store.ErrFull) || st.Ready() == nil {
		t.Errorf("with half a megabyte free: %v, ready %v", err, st.Ready())
	}
	shrink(1 << 20)
	if err := st.Recover(); err != nil || st.Ready() != nil {
		t.Errorf("with space again: %v, ready %v", err, st.Ready())
	}
	if err := write(st, "small"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(st.Path() + ".probe"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of the probe: %v", err)
	}
}

// Nothing is acknowledged while the file is not the one at its path.
func TestAFileThatIsGone(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	aside := filepath.Join(dir, "aside")
	for name, lose := range map[string]func() error{
		"renamed":          func() error { return nil },
		"replaced":         func() error { return os.WriteFile(st.Path(), []byte("other"), 0o600) },
		"a broken link":    func() error { return os.Symlink("nowhere", st.Path()) },
		"a folder instead": func() error { return os.Mkdir(st.Path(), 0o700) },
	} {
		if err := errors.Join(os.Rename(st.Path(), aside), lose()); err != nil {
			t.Fatal(err)
		}
		if err := write(st, "a"); !errors.Is(err, store.ErrGone) || !errors.Is(st.Ready(), store.ErrGone) || !errors.Is(st.Recover(), store.ErrGone) {
			t.Errorf("%s: %v, ready %v", name, err, st.Ready())
		}
		if err := st.Copy(t.Context(), os.Stderr); !errors.Is(err, store.ErrGone) {
			t.Errorf("%s: copied with %v", name, err)
		}
		if err := st.View(func(tx *store.Tx) error { return nil }); err != nil {
			t.Errorf("%s: read: %v", name, err)
		}
		_ = os.Remove(st.Path()) // there is none when it was renamed
		if err := os.Rename(aside, st.Path()); err != nil {
			t.Fatal(err)
		}
		if err := write(st, "a"); err != nil {
			t.Errorf("%s and back: %v", name, err)
		}
	}
}

// A file that goes during a commit is noticed before the commit is acknowledged.
func TestAFileThatGoesDuringACommit(t *testing.T) {
	st := open(t)
	err := st.Update(func(tx *store.Tx) error {
		return errors.Join(tx.Secrets.Put("a", []byte("b")), os.Rename(st.Path(), st.Path()+".old"))
	})
	if !errors.Is(err, store.ErrGone) {
		t.Errorf("acknowledged with %v", err)
	}
}
