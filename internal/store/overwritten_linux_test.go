package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/slugline/slugline/internal/store"
)

// Nothing is acknowledged, and no read hangs, after another program wrote into the open
// file, whose inode is still the same.
func TestAFileThatIsOverwritten(t *testing.T) {
	for name, content := range map[string]func(then, now []byte) []byte{
		"an older copy":        func(then, now []byte) []byte { return then },
		"another database":     func(then, now []byte) []byte { return otherDatabase(t, 20) },
		"zeros":                func(then, now []byte) []byte { return append(make([]byte, 64<<10), now[64<<10:]...) },
		"one commit taken off": lastCommitOff,
	} {
		t.Run(name, func(t *testing.T) {
			st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			then := contentAfter(t, st, "a")
			for _, name := range []string{"b", "c", "d"} {
				contentAfter(t, st, name)
			}
			writeOver(t, st.Path(), content(then, contentAfter(t, st, "e")))
			if err := st.Ready(); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("ready with %v", err)
			}
			if err := write(st, "f"); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("acknowledged with %v", err)
			}
			if err := st.View(func(*store.Tx) error { return nil }); err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("read with %v", err)
			}
			if st.Damage() == nil {
				t.Error("no damage is noted")
			}
		})
	}
}

// A file that was cut off is not written any more.
func TestAFileThatIsCutOff(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := errors.Join(write(st, "a"), os.Truncate(st.Path(), 0)); err != nil {
		t.Fatal(err)
	}
	if err := st.Ready(); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("ready with %v", err)
	}
	if err := write(st, "b"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("acknowledged with %v", err)
	}
}

// Our own commits are not taken for those of another program, whoever looks meanwhile.
func TestOwnCommitsOverwriteNothing(t *testing.T) {
	st := open(t)
	stop := make(chan struct{})
	var looks sync.WaitGroup
	for range 2 {
		looks.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := st.Ready(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	refused := errors.New("refused")
	for i := range 200 {
		err := st.Update(func(tx *store.Tx) error {
			if i%5 == 4 {
				return refused
			}
			return tx.Secrets.Put("a", make([]byte, i*100))
		})
		if err != nil && !errors.Is(err, refused) {
			t.Error(err)
			break
		}
	}
	close(stop)
	looks.Wait()
}

// contentAfter commits a row and returns the content of the file.
func contentAfter(t *testing.T, st *store.Store, name string) []byte {
	t.Helper()
	if err := write(st, name); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(st.Path())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func otherDatabase(t *testing.T, commits int) []byte {
	st, err := store.Open(filepath.Join(t.TempDir(), "other.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	var b []byte
	for range commits {
		b = contentAfter(t, st, "x")
	}
	return b
}

// lastCommitOff returns a file with a bit flipped in the page that the last commit wrote at
// the beginning: bbolt then uses the other one, of the commit before.
func lastCommitOff(_, now []byte) []byte {
	const page, txid = 8 << 10, 16 + 48
	b := bytes.Clone(now)
	newer := txid
	if binary.LittleEndian.Uint64(b[page+txid:]) > binary.LittleEndian.Uint64(b[txid:]) {
		newer += page
	}
	b[newer] ^= 1
	return b
}

// writeOver does what cp does with a file that exists, but keeps its length.
func writeOver(t *testing.T, path string, content []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(content, 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
