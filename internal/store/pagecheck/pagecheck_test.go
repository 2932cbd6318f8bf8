package pagecheck

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

var errRow = errors.New("wrong row")

// layout allows rows of x in top/rows alone.
var layout = Layout{
	Top: []string{"top"},
	Rows: func(path []string) func(key, value []byte) error {
		if strings.Join(path, "/") != "top/rows" {
			return nil
		}
		return func(_, value []byte) error {
			if len(bytes.Trim(value, "x")) > 0 {
				return errRow
			}
			return nil
		}
	},
}

// sample is a file with branch, leaf, overflow and free pages, an inline bucket and a list
// of free pages.
func sample(tb testing.TB) []byte {
	tb.Helper()
	return boltFile(tb, func(db *bolt.DB) error {
		for n := range 20 {
			err := db.Update(func(tx *bolt.Tx) error {
				top, err := tx.CreateBucketIfNotExists([]byte("top"))
				if err != nil {
					return err
				}
				if _, err := top.CreateBucketIfNotExists([]byte("empty")); err != nil {
					return err
				}
				rows, err := top.CreateBucketIfNotExists([]byte("rows"))
				for i := 0; err == nil && i < 20; i++ {
					err = rows.Put(fmt.Appendf(nil, "%02d-%02d", i, n), bytes.Repeat([]byte("x"), 50*n+1))
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return db.Update(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("top")).Bucket([]byte("rows")).Put([]byte("long"), bytes.Repeat([]byte("x"), 9000))
		})
	})
}

func boltFile(tb testing.TB, fill func(db *bolt.DB) error) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 1024})
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(fill(db), db.Close()); err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func check(b []byte) error {
	f, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	return f.Check(layout)
}

func read(t *testing.T, b []byte) *File {
	t.Helper()
	f, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSoundFilePasses(t *testing.T) {
	b := sample(t)
	if err := check(b); err != nil {
		t.Errorf("check of a sound file: %v", err)
	}
	if f := read(t, b); f.Torn() || !f.HasFreeList() || f.TxID() < 20 {
		t.Errorf("torn %t, free list %t, transaction %d; want false, true, 20 or more", f.Torn(), f.HasFreeList(), f.TxID())
	}
}

func TestEveryPageInUseIsReached(t *testing.T) {
	b := sample(t)
	f := read(t, b)
	if err := f.Check(layout); err != nil {
		t.Fatal(err)
	}
	for id := uint64(2); id < f.meta.high; id++ {
		if f.seen[id/64]&(1<<(id%64)) == 0 {
			t.Errorf("page %d is neither in use nor free", id)
		}
	}
}

func TestWrongFreeListIsDamage(t *testing.T) {
	whole := sample(t)
	m := read(t, whole).meta
	list := func(b []byte) []byte { return b[m.free*uint64(m.pageSize):][:m.pageSize] }
	first := native.Uint64(list(whole)[pageHeader:])
	for name, change := range map[string]func(list []byte){
		"another kind of page":  func(b []byte) { native.PutUint16(b[8:], leafPage) },
		"one too many":          func(b []byte) { native.PutUint16(b[10:], native.Uint16(b[10:])+1) },
		"longer than its page":  func(b []byte) { native.PutUint16(b[10:], longList-1) },
		"longer than the file":  func(b []byte) { native.PutUint16(b[10:], longList); native.PutUint64(b[pageHeader:], 1<<63) },
		"a page that is in use": func(b []byte) { native.PutUint64(b[pageHeader:], m.root) },
		"its own page":          func(b []byte) { native.PutUint64(b[pageHeader:], m.free) },
		"a page twice":          func(b []byte) { native.PutUint64(b[pageHeader+8:], first) },
		"a page beyond the end": func(b []byte) { native.PutUint64(b[pageHeader:], m.high) },
	} {
		t.Run(name, func(t *testing.T) {
			b := bytes.Clone(whole)
			change(list(b))
			if err := check(b); !errors.Is(err, ErrDamaged) {
				t.Errorf("check: %v, want %v", err, ErrDamaged)
			}
		})
	}
}

func TestWrongPageIsDamage(t *testing.T) {
	whole := sample(t)
	m := read(t, whole).meta
	size := uint64(m.pageSize)
	root := func(b []byte) []byte { return b[m.root*size:][:size] }
	for name, c := range map[string]struct {
		change func(b []byte) []byte
		want   error
	}{
		"no meta page":              {func(b []byte) []byte { clear(b[:2*size]); return b }, ErrForeign},
		"two broken meta pages":     {func(b []byte) []byte { b[pageHeader+20] ^= 1; b[size+pageHeader+20] ^= 1; return b }, ErrDamaged},
		"the file is cut off":       {func(b []byte) []byte { return b[:len(b)/2] }, ErrDamaged},
		"another page's number":     {func(b []byte) []byte { native.PutUint64(root(b), m.root+1); return b }, ErrDamaged},
		"an unknown kind":           {func(b []byte) []byte { native.PutUint16(root(b)[8:], 0x80); return b }, ErrDamaged},
		"too many elements":         {func(b []byte) []byte { native.PutUint16(root(b)[10:], 1<<15); return b }, ErrDamaged},
		"an overflow past the end":  {func(b []byte) []byte { native.PutUint32(root(b)[12:], 1<<30); return b }, ErrDamaged},
		"a value of another length": {func(b []byte) []byte { native.PutUint32(root(b)[pageHeader+12:], 15); return b }, ErrDamaged},
		"another top bucket":        {func(b []byte) []byte { root(b)[pageHeader+elemHeader] = 'z'; return b }, ErrForeign},
		"a bucket of no page":       {func(b []byte) []byte { native.PutUint64(root(b)[pageHeader+elemHeader+3:], m.high); return b }, ErrDamaged},
		"a bucket that loops":       {func(b []byte) []byte { native.PutUint64(root(b)[pageHeader+elemHeader+3:], m.root); return b }, ErrDamaged},
		"a row of other bytes":      {func(b []byte) []byte { return bytes.Replace(b, []byte("xxxx"), []byte("xxyx"), -1) }, errRow},
	} {
		t.Run(name, func(t *testing.T) {
			if err := check(c.change(bytes.Clone(whole))); !errors.Is(err, c.want) {
				t.Errorf("check: %v, want %v", err, c.want)
			}
		})
	}
}

func TestRowWhereNoneIsAllowedIsDamage(t *testing.T) {
	b := boltFile(t, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			top, err := tx.CreateBucket([]byte("top"))
			if err != nil {
				return err
			}
			return top.Put([]byte("key"), []byte("x"))
		})
	})
	if err := check(b); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), `a row "key" where none should be`) {
		t.Errorf("check: %v, want %v and the key", err, ErrDamaged)
	}
}

// countingReader counts the bytes read through it.
type countingReader struct {
	*bytes.Reader
	read int
}

func (c *countingReader) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(b, at)
	c.read += n
	return n, err
}

func TestCheckBranchesReadsFewPages(t *testing.T) {
	b := sample(t)
	r := &countingReader{Reader: bytes.NewReader(b)}
	f, err := Read(r, int64(len(b)))
	if err == nil {
		err = f.CheckBranches(layout)
	}
	if err != nil {
		t.Errorf("check of a sound file: %v", err)
	}
	if r.read > len(b)/4 {
		t.Errorf("it read %d of %d bytes, want at most a quarter", r.read, len(b))
	}
}

// Each page number of each page that leads to others is replaced by the numbers of all other
// pages, of one in 13 with -short. All of these but the right one are found.
func TestCheckBranchesFindsEveryWrongPageNumber(t *testing.T) {
	b := sample(t)
	m := read(t, b).meta
	size := uint64(m.pageSize)
	branches, later, step := 0, laterPages(b, m), uint64(1)
	if testing.Short() {
		step = 13
	}
	for id := range pagesInUse(b, m) {
		page := b[id*size:][:size]
		if native.Uint16(page[8:]) != branchPage {
			continue
		}
		branches++
		for i := range int(native.Uint16(page[10:])) {
			child := page[pageHeader+i*elemHeader+8:]
			right := native.Uint64(child)
			for to := uint64(0); to < m.high+2; to += step {
				if to == right || later[to] {
					continue
				}
				native.PutUint64(child, to)
				if err := read(t, b).CheckBranches(layout); !errors.Is(err, ErrDamaged) {
					t.Errorf("page %d leads to page %d: %v, want %v", id, to, err, ErrDamaged)
				}
			}
			native.PutUint64(child, right)
		}
	}
	if branches == 0 {
		t.Error("the sample has no page that leads to others")
	}
}

// pagesInUse yields the pages of the trees.
func pagesInUse(b []byte, m meta) iter.Seq[uint64] {
	size := uint64(m.pageSize)
	free := map[uint64]bool{m.free: true}
	list := b[m.free*size:]
	for i := range uint64(native.Uint16(list[10:])) {
		free[native.Uint64(list[pageHeader+8*i:])] = true
	}
	return func(yield func(uint64) bool) {
		for id := uint64(2); id < m.high; id++ {
			if !free[id] && !yield(id) {
				return
			}
			if !free[id] {
				id += uint64(native.Uint32(b[id*size+12:]))
			}
		}
	}
}

// laterPages returns the pages after the first of rows that need several pages, which only
// Check reads.
func laterPages(b []byte, m meta) map[uint64]bool {
	later := map[uint64]bool{}
	for id := range pagesInUse(b, m) {
		for i := range uint64(native.Uint32(b[id*uint64(m.pageSize)+12:])) {
			later[id+1+i] = true
		}
	}
	return later
}

func TestUnfinished(t *testing.T) {
	whole := boltFile(t, func(*bolt.DB) error { return nil })
	for _, c := range []struct {
		name    string
		content []byte
		want    bool
	}{
		{"zeros", make([]byte, 3000), true},
		{"the first meta page", whole[:1024], true},
		{"a whole file", whole, false},
		{"text", []byte("sources:\n"), false},
		{"many zeros", make([]byte, 5000), false},
	} {
		if got := Unfinished(bytes.NewReader(c.content), int64(len(c.content)), 1024); got != c.want {
			t.Errorf("%s: Unfinished is %t, want %t", c.name, got, c.want)
		}
	}
}

// FuzzCheck checks damaged files: Check and CheckBranches must end with an error or without
// one.
func FuzzCheck(f *testing.F) {
	whole := sample(f)
	f.Add(uint32(8), uint64(1))
	f.Add(uint32(2*1024+10), uint64(1<<40))
	f.Add(uint32(len(whole)-8), uint64(1<<63))
	f.Fuzz(func(t *testing.T, at uint32, x uint64) {
		b := bytes.Clone(whole)
		i := int(at) % (len(b) - 8)
		native.PutUint64(b[i:], native.Uint64(b[i:])^x)
		known := func(err error) bool {
			return err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) || errors.Is(err, errRow)
		}
		if err := check(b); !known(err) {
			t.Errorf("check with %x changed at %d: %v", x, i, err)
		}
		file, err := Read(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			err = file.CheckBranches(layout)
		}
		if !known(err) {
			t.Errorf("check of branches with %x changed at %d: %v", x, i, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	whole := sample(b)
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		if err := check(whole); err != nil {
			b.Fatal(err)
		}
	}
}
