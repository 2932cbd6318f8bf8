package desk

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// fileState is what a database holds at a moment.
type fileState struct {
	size    int64 // of the file
	pages   int64 // bytes up to the last page that was ever used
	free    int64 // bytes of pages below it that are free
	rows    int64 // bytes of all rows
	buckets []bucketState
	heap    uint64 // after a collection
}

// bucketState is what a bucket takes up.
type bucketState struct {
	name        string
	rows        int
	used, alloc int64 // bytes of its rows, and of its pages
}

// state reads a copy of the file, so that the store stays open.
func (a *ageing) state() (s fileState) {
	a.t.Helper()
	s.size = a.store.Size()
	f, err := os.Create(filepath.Join(a.t.TempDir(), "copy.db"))
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := a.store.Copy(a.t.Context(), f); err != nil {
		a.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		a.t.Fatal(err)
	}
	db, err := bolt.Open(f.Name(), 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.View(s.read); err != nil {
		a.t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = m.HeapAlloc
	return s
}

func (s *fileState) read(tx *bolt.Tx) error {
	s.pages = tx.Size()
	used := int64(3 * tx.DB().Info().PageSize) // two meta pages and the root
	err := tx.ForEach(func(_ []byte, top *bolt.Bucket) error {
		all := top.Stats()
		used += int64(all.BranchAlloc + all.LeafAlloc)
		return top.ForEachBucket(func(name []byte) error {
			st := top.Bucket(name).Stats()
			b := bucketState{string(name), st.KeyN, int64(st.BranchInuse + st.LeafInuse), int64(st.BranchAlloc + st.LeafAlloc)}
			s.rows += b.used
			s.buckets = append(s.buckets, b)
			return nil
		})
	})
	s.free = s.pages - used
	slices.SortFunc(s.buckets, func(a, b bucketState) int { return cmp.Compare(b.alloc, a.alloc) })
	return err
}

// live is how many bytes the pages that are not free have.
func (s *fileState) live() int64 { return s.pages - s.free }

// tell logs the state and what the days before it cost each.
func (a *ageing) tell(day int, s *fileState, c *dayCost) {
	slices.Sort(c.commits)
	at := func(p int) time.Duration { return c.commits[(len(c.commits)-1)*p/100].Round(10 * time.Microsecond) }
	a.t.Logf("day %3d: file %s, pages %s, free %s, rows %s, heap %s; an entry %v of processor time, of which sweeps %v; commits p50 %v, p99 %v, longest sweep %v",
		day, mb(s.size), mb(s.pages), mb(s.free), mb(s.rows), mb(int64(s.heap)), c.perEntry().Round(time.Microsecond), (c.sweeps / time.Duration(c.entries)).Round(time.Microsecond), at(50), at(99), c.longestOfSweeps.Round(time.Millisecond))
	var b strings.Builder
	for _, u := range s.buckets[:min(16, len(s.buckets))] {
		fmt.Fprintf(&b, " %s %d rows %s of %s;", u.name, u.rows, mb(u.used), mb(u.alloc))
	}
	a.t.Log(b.String())
}

func mb(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

// forgotten counts the entries whose text is deleted and those that are deleted.
func (a *ageing) forgotten() int {
	a.t.Helper()
	with := 0
	err := a.store.View(func(tx *store.Tx) error {
		return tx.Entries.Each(func(en *news.Entry) error {
			if !en.TextDeleted {
				with++
			}
			return nil
		})
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.news.n - with
}
