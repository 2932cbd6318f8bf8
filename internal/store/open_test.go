package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := filledFile(t, 3)
	used := len(strings.TrimRight(whole, "\x00"))
	foreign := madeBy(t, filepath.Join(dir, "foreign.db"), func(b *bolt.Tx) error {
		top, err := b.CreateBucket([]byte("accounts"))
		if err != nil {
			return err
		}
		return top.Put([]byte("schema"), []byte("x"))
	})
	for _, c := range []struct {
		name, path string
		want       error // nil: any
		says       string
	}{
		{"a folder", dir, nil, "it is a folder; name a file in it"},
		{"no folder", filepath.Join(dir, "none", "x.db"), nil, "make its folder first"},
		{"text", write("feeds.yaml", strings.Repeat("sources:\n", 9000)), nil, "not a Slugline database; give another path or, if it was one, restore the last backup"},
		{"short text", write("short.yaml", "sources:\n"), nil, "not a Slugline database; give another path or, if it was one, restore the last backup"},
		{"a file of another program", foreign, nil, "not a Slugline database; give another path or, if it was one, restore the last backup"},
		{"cut off", write("cut.db", whole[:used/2]), store.ErrDamaged, "restore the last backup"},
		{"cut off after the first page", write("cut1.db", whole[:8192]), store.ErrDamaged, "restore the last backup"},
		{"no meta pages", write("nometa.db", strings.Repeat("\x00", 16384)+whole[16384:]), nil, "not a Slugline database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, err := store.Open(c.path, store.Options{})
			if err == nil {
				_ = st.Close()
				t.Fatal("opened without an error")
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %q is not %q", err, c.want)
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not say %q on one line", err, c.says)
			}
		})
	}
}

// filledFile returns the content of a file that was filled and closed.
func filledFile(t *testing.T, seed uint64) string {
	t.Helper()
	st := open(t)
	fill(t, st, seed, 30)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(st.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func madeBy(t *testing.T, path string, fn func(*bolt.Tx) error) string {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInterruptedCreationIsRepeated(t *testing.T) {
	empty := store.Options{Created: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)}
	for name, content := range map[string]string{
		"nothing": "", "zeros": strings.Repeat("\x00", 5000), "the first page": firstMeta(t),
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(path, empty)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		view(t, st, func(tx *store.Tx) error {
			if !tx.Created().Equal(empty.Created) {
				t.Errorf("%s: created at %v, want %v", name, tx.Created(), empty.Created)
			}
			return nil
		})
		verify(t, st)
	}
}

// firstMeta returns what a full disk leaves of the first write to a new file.
func firstMeta(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 8192})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:8192])
}

func TestErrorOfASecondOpenNamesTheProcess(t *testing.T) {
	st := open(t)
	_, err := store.Open(st.Path(), store.Options{Timeout: time.Millisecond})
	if !errors.Is(err, store.ErrInUse) {
		t.Fatalf("second Open: %v, want %v", err, store.ErrInUse)
	}
	if !strings.Contains(err.Error(), "process") || !strings.Contains(err.Error(), "stop that one") {
		t.Errorf("error %q does not say which process has it open and what to do", err)
	}
	if err := store.Verify(st.Path()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Verify of an open file: %v, want %v", err, store.ErrInUse)
	}
	if _, _, err := store.Compact(st.Path()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Compact of an open file: %v, want %v", err, store.ErrInUse)
	}
}

func TestLongViewSeesOneMoment(t *testing.T) {
	st := open(t)
	first := fill(t, st, 1, 3)
	m := newGenerator(2)
	err := st.View(func(long *store.Tx) error {
		for range 60 {
			v := m.filing("busy", 3, 4000)
			if err := st.Update(func(tx *store.Tx) error { return applyFiling(tx, v) }); err != nil {
				return err
			}
		}
		for _, v := range first {
			compareFiling(t, long, v)
		}
		if long.Seq() != 3 || st.OpenViews() != 1 {
			t.Errorf("the open View is at seq %d, one of %d; want 3, one of 1", long.Seq(), st.OpenViews())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	view(t, st, func(tx *store.Tx) error {
		if tx.Seq() != 63 {
			t.Errorf("Seq() = %d after 63 records", tx.Seq())
		}
		return nil
	})
	verify(t, st)
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	st := open(t)
	fill(t, st, 1, 3)
	before, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	m := newGenerator(9)
	stop := errors.New("stop")
	if err := st.Update(func(tx *store.Tx) error { return errors.Join(applyFiling(tx, m.filing("x", 4, 100)), stop) }); !errors.Is(err, stop) {
		t.Fatalf("Update returned %v, want %v", err, stop)
	}
	func() {
		defer func() {
			if p := recover(); p != "test" {
				t.Errorf("the caller's panic became %v", p)
			}
		}()
		_ = st.Update(func(tx *store.Tx) error { _ = applyFiling(tx, m.filing("x", 4, 100)); panic("test") })
	}()
	if after, err := st.Digest(); after != before || err != nil {
		t.Errorf("the digest changed, error %v", err)
	}
	verify(t, st)
}

func TestDigestDependsOnTheRecordsAlone(t *testing.T) {
	digest := func(group int, local bool) string {
		st := open(t)
		m := newGenerator(5)
		for range 6 {
			batch := []*filing{m.filing("a", 4, 300), m.filing("b", 4, 300), m.filing("c", 4, 300), m.filing("a", 4, 300)}
			for len(batch) > 0 {
				n := min(group, len(batch))
				update(t, st, func(tx *store.Tx) error {
					if local {
						if err := tx.Visits.Put(news.VisitState{Source: "elsewhere", Visits: 7}); err != nil {
							return err
						}
					}
					return applyAll(tx, batch[:n])
				})
				batch = batch[n:]
			}
			if group == 1 {
				if err := st.Close(); err != nil {
					t.Fatal(err)
				}
				st = openAt(t, st.Path())
			}
		}
		d, err := st.Digest()
		if err != nil {
			t.Fatal(err)
		}
		verify(t, st)
		return d
	}
	want := digest(4, false)
	if diff := cmp.Diff([]string{want, want}, []string{digest(1, true), digest(3, false)}); diff != "" {
		t.Errorf("digests of the same records differ (-want +got):\n%s", diff)
	}
}
