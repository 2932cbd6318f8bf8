package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/store"
)

// TestFlippedBits flips bits in a database that was closed well, and keeps the file's time,
// so that Open trusts it. A topic feed and its archive are then as they were, or there is an
// error. Half of the bits are in pages that lead to others. SLUGLINE_DAMAGES says how many;
// the default is 60.
func TestFlippedBits(t *testing.T) {
	flips := 60
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_DAMAGES")); err == nil {
		flips = n
	}
	f := newFlipTest(t)
	rnd := rand.New(rand.NewPCG(7, 8))
	same, refused := 0, 0
	for i := range flips {
		at, bit := f.place(rnd, i), byte(1)<<rnd.IntN(8)
		f.flip(t, at, bit)
		switch got, err := f.read(); {
		case err != nil && !errors.Is(err, store.ErrDamaged):
			t.Errorf("bit %d of byte %d: %v, which is not damage", bit, at, err)
		case err != nil:
			refused++
		case !bytes.Equal(got, f.good):
			t.Errorf("bit %d of byte %d: other bytes are served", bit, at)
		default:
			same++
		}
		f.flip(t, at, bit)
		if err := os.WriteFile(f.path+".checked", f.note, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := f.read(); err != nil || !bytes.Equal(got, f.good) {
		t.Errorf("the sound file is not read as before: %v", err)
	}
	t.Logf("%d flips: %d refused, %d with the same bytes", flips, refused, same)
}

// flipTest is a database with a topic of 780 items.
type flipTest struct {
	path     string
	info     os.FileInfo
	note     []byte // that the file is sound
	good     []byte // what is served
	content  []byte
	branches []int64 // places of pages that lead to others
}

func newFlipTest(t *testing.T) *flipTest {
	td := newTestDaemon(t, 4)
	td.configure(t, "keep: 30d\n")
	td.rewrite(t, "stories: 5000", "stories: 500")
	for range 780 {
		td.publish()
	}
	for _, feed := range td.feeds {
		feed.Edit(func(d *origin.Doc) { d.Format = origin.Atom })
	}
	td.run(t, "poll")
	f := &flipTest{path: filepath.Join(td.dir, "slugline.db")}
	emptyLog(t, f.path)
	var err error
	if f.info, err = os.Stat(f.path); err == nil {
		f.note, err = os.ReadFile(f.path + ".checked")
	}
	if err != nil {
		t.Fatal(err)
	}
	if f.good, err = f.read(); err != nil || bytes.Count(f.good, []byte("<entry>")) != 780 {
		t.Fatalf("%d items: %v", bytes.Count(f.good, []byte("<entry>")), err)
	}
	f.findBranches(t)
	return f
}

// emptyLog writes the rows of a database's log to their buckets.
func emptyLog(t *testing.T, path string) {
	t.Helper()
	st, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Checkpoint(), st.Close()); err != nil {
		t.Fatal(err)
	}
}

// findBranches finds the pages of the file that lead to others: bbolt's flag 1.
func (f *flipTest) findBranches(t *testing.T) {
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	f.content = b
	for at := 0; at+flipPage <= len(b); at += flipPage {
		if b[at+8] == 1 && b[at+9] == 0 {
			f.branches = append(f.branches, int64(at))
		}
	}
	if len(f.branches) == 0 {
		t.Fatal("the file has no page that leads to others")
	}
}

// place returns the place of the i-th flip.
func (f *flipTest) place(rnd *rand.Rand, i int) int64 {
	if i%2 == 0 {
		return f.branches[rnd.IntN(len(f.branches))] + int64(rnd.IntN(600))
	}
	return rnd.Int64N(int64(len(f.content)))
}

// flipPage is the size of a page.
const flipPage = 8 << 10

// flip flips a bit, and puts the file's time back.
func (f *flipTest) flip(t *testing.T, at int64, bit byte) {
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = file.ReadAt(b, at)
	if err == nil {
		_, err = file.WriteAt([]byte{b[0] ^ bit}, at)
	}
	if err := errors.Join(err, file.Close(), os.Chtimes(f.path, f.info.ModTime(), f.info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// read returns a topic feed and all pages of its archive.
func (f *flipTest) read() (all []byte, err error) {
	st, err := store.Open(f.path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	p := &edition.Press{Store: st}
	e, err := p.Topic("all", edition.Atom)
	if err != nil {
		return nil, err
	}
	all = append(all, e.Body...)
	for n := 1; ; n++ {
		e, _, err := p.Archive("all", n)
		if errors.Is(err, edition.ErrUnknown) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("archive %d: %w", n, err)
		}
		all = append(all, e.Body...)
	}
}
