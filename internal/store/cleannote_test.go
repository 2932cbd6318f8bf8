package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// cleanFile returns a file that was filled and closed, and one of the visits in it.
func cleanFile(t *testing.T) (path string, v *filing) {
	t.Helper()
	st := open(t)
	v = fill(t, st, 1, 3)[1]
	if err := errors.Join(st.Checkpoint(), st.Close()); err != nil {
		t.Fatal(err)
	}
	return st.Path(), v
}

// flip changes a byte of a body in the file, wherever it has it.
func flip(t *testing.T, path, body string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for at := bytes.Index(b, []byte(body)); at >= 0; at = bytes.Index(b, []byte(body)) {
		b[at+9] ^= 1
		_, werr := f.WriteAt(b[at+9:at+10], int64(at+9))
		err, found = errors.Join(err, werr), true
	}
	if err := errors.Join(err, f.Close()); err != nil || !found {
		t.Fatalf("the body is in the file: %t, %v", found, err)
	}
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.ModTime()
}

func setModified(t *testing.T, path string, to time.Time) {
	t.Helper()
	if err := os.Chtimes(path, to, to); err != nil {
		t.Fatal(err)
	}
}

// TestOpenChecksFilesThatOthersWroteTo changes one byte, each time with one property of the
// file, or the note, unchanged.
func TestOpenChecksFilesThatOthersWroteTo(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, path, body string){
		"in place": func(t *testing.T, path, body string) {
			was := modified(t, path)
			flip(t, path, body)
			if modified(t, path).Equal(was) { // a coarse clock
				setModified(t, path, was.Add(1))
			}
		},
		"a restored backup": func(t *testing.T, path, body string) {
			was := modified(t, path)
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, whole, 0o600)); err != nil {
				t.Fatal(err)
			}
			flip(t, path, body)
			setModified(t, path, was)
		},
		"without the note": func(t *testing.T, path, body string) {
			was := modified(t, path)
			flip(t, path, body)
			setModified(t, path, was)
			if err := os.Remove(path + ".checked"); err != nil {
				t.Fatal(err)
			}
		},
		"with a note that was cut off": func(t *testing.T, path, body string) {
			was := modified(t, path)
			flip(t, path, body)
			setModified(t, path, was)
			if err := os.Truncate(path+".checked", 20); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, v := cleanFile(t)
			change(t, path, v.entries[0].Body)
			if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("Open: %v, want %v", err, store.ErrDamaged)
			}
		})
	}
}

// TestSilentDamageIsFoundWhenRead damages a file as a bad disk does: the file looks
// unchanged, so the note is still valid.
func TestSilentDamageIsFoundWhenRead(t *testing.T) {
	path, v := cleanFile(t)
	was := modified(t, path)
	flip(t, path, v.entries[0].Body)
	setModified(t, path, was)
	if _, _, err := store.Compact(path); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Compact: %v, want %v", err, store.ErrDamaged)
	}
	st := openAt(t, path)
	read := func(id string) error {
		return st.View(func(tx *store.Tx) error { _, err := tx.Entries.Body(id); return err })
	}
	if err := read(v.entries[1].ID); err != nil {
		t.Errorf("Body of an undamaged entry: %v", err)
	}
	if err := read(v.entries[0].ID); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Body: %v, want %v", err, store.ErrDamaged)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open after the damage was found: %v, want %v", err, store.ErrDamaged)
	}
}

func TestOpenAndCloseWithoutACommitWriteNothing(t *testing.T) {
	path, v := cleanFile(t)
	read := func() (both [2]string) {
		for i, name := range []string{path, path + ".checked"} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			both[i] = string(b)
		}
		return both
	}
	before, was := read(), modified(t, path)
	st := openAt(t, path)
	view(t, st, func(tx *store.Tx) error { compareFiling(t, tx, v); return nil })
	verify(t, st)
	if read() != before || !modified(t, path).Equal(was) {
		t.Error("the file or its note changed")
	}
	st = openAt(t, path)
	fill(t, st, 2, 1)
	verify(t, st)
	if read() == before {
		t.Error("the note was not written after a commit")
	}
}

func TestTemporaryCopyHasNoNote(t *testing.T) {
	path, _ := cleanFile(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(to, store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Close(), store.Verify(to)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(to + ".checked"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note of a temporary copy: %v, want none", err)
	}
	if left, err := os.ReadFile(to); err != nil || !bytes.Equal(left, whole) {
		t.Errorf("the temporary copy was written to, error %v", err)
	}
}

// TestOpenChecksTheListOfFreePages lets the list name pages that are in use, and keeps the
// file's time.
func TestOpenChecksTheListOfFreePages(t *testing.T) {
	const pageSize, freePage, header = 8 << 10, 0x10, 16
	path, _ := cleanFile(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	was, note := modified(t, path), path+".checked"
	said, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := 0; at < len(b); at += pageSize {
		for bit := 0; bit < 8 && b[at+8] == freePage && b[at+10] > 0; bit++ {
			broken := bytes.Clone(b)
			broken[at+header] ^= 1 << bit
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(broken, 0); errors.Join(err, f.Close()) != nil {
				t.Fatal(err)
			}
			setModified(t, path, was)
			if err := os.WriteFile(note, said, 0o600); err != nil {
				t.Fatal(err)
			}
			st, err := store.Open(path, store.Options{})
			if errors.Is(err, store.ErrDamaged) {
				found++
				continue
			}
			if err := errors.Join(err, st.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found == 0 {
		t.Error("no list that names a page in use was found")
	}
}

// A page that leads to itself is found by Open although it trusts the file: bbolt would go
// round until the stack ends.
func TestOpenFindsCircles(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 40)
	if err := errors.Join(st.Checkpoint(), st.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(st.Path())
	if err != nil {
		t.Fatal(err)
	}
	const pageSize, header, branch = 8 << 10, 16, 1
	was, found := modified(t, st.Path()), false
	for at := 0; at+pageSize <= len(b); at += pageSize {
		if binary.NativeEndian.Uint16(b[at+8:]) == branch {
			found = true
			binary.NativeEndian.PutUint64(b[at+header+8:], uint64(at/pageSize))
		}
	}
	f, err := os.OpenFile(st.Path(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	setModified(t, st.Path(), was)
	if _, err := store.Open(st.Path(), store.Options{}); !found || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open: %v, want %v; a page that leads to others was there: %t", err, store.ErrDamaged, found)
	}
}
