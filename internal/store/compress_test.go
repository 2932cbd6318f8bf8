package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// putArticles puts entries with bodies that are made after one template.
func putArticles(tx *Tx, from, n int) error {
	rnd := rand.New(rand.NewPCG(uint64(from), 9))
	for i := from; i < from+n; i++ {
		body := fmt.Sprintf(`<p>Report %d from the harbour.</p><p><a href="https://wire.example/2026/11/%08x.html?utm_source=rss">Read on</a></p><img src="https://img.wire.example/%016x.jpg" alt="">`, i, rnd.Uint32(), rnd.Uint64())
		e := news.Entry{ID: fmt.Sprintf("%013d", i), Seq: uint64(i), Source: "wire", Headline: fmt.Sprintf("Report %d of the harbour master", i), Body: body, At: frozenAt}
		if err := tx.Entries.Put(&e); err != nil {
			return err
		}
	}
	return nil
}

func bodyOf(t *testing.T, s *Store, n int) (body string) {
	t.Helper()
	err := s.View(func(tx *Tx) (err error) { body, err = tx.Entries.Body(fmt.Sprintf("%013d", n)); return err })
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// storedBytes returns how many bytes the values of a bucket have in the file, and how many
// rows are compressed.
func storedBytes(t *testing.T, s *Store, b bucket) (bytes, compressedRows int) {
	t.Helper()
	err := s.View(func(tx *Tx) error {
		return tx.bucket(b).ForEach(func(_, v []byte) error {
			bytes += len(v)
			if v[0] == compressed {
				compressedRows++
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes, compressedRows
}

// A checkpoint compresses what it writes, with a dictionary that stays in the file. Rows from
// before it stay readable.
func TestCompressedRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	few := minTrained / 10
	if err := errors.Join(s.Update(func(tx *Tx) error { return putArticles(tx, 1, few) }), s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	first, n := storedBytes(t, s, bodies)
	if n != 0 {
		t.Errorf("%d rows are compressed, and there are too few for a dictionary", n)
	}
	want := bodyOf(t, s, 1)
	if err := errors.Join(s.Update(func(tx *Tx) error { return putArticles(tx, few+1, 10*few) }), s.Checkpoint(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Update(func(tx *Tx) error { return putArticles(tx, 11*few+1, 10*few) }), s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	all, n := storedBytes(t, s, bodies)
	if perRow := (all - first) / (20 * few); n != 20*few || 2*perRow > first/few {
		t.Errorf("%d of %d new rows are compressed, to %d bytes each of %d", n, 20*few, perRow, first/few)
	}
	if got := bodyOf(t, s, 1); got != want {
		t.Errorf("the first body is %q, was %q", got, want)
	}
	for _, n := range []int{few + 1, 11 * few, 21 * few} {
		if got := bodyOf(t, s, n); !strings.HasPrefix(got, fmt.Sprintf("<p>Report %d from", n)) {
			t.Errorf("body %d is %q", n, got)
		}
	}
	if err := errors.Join(s.Check(t.Context(), 0), s.Close()); err != nil {
		t.Error(err)
	}
	var salvaged int
	err = Salvage(path, 0, func(v Salvaged) error {
		if v.Entry != nil && v.Entry.Body != "" && v.Entry.Headline != "" {
			salvaged++
		}
		return nil
	})
	if err != nil || salvaged != 21*few {
		t.Errorf("salvaged %d entries: %v", salvaged, err)
	}
}

// Another dictionary, or none, is damage and not other text.
func TestCompressedRowsNeedTheirDictionary(t *testing.T) {
	other := train(samples(randomRows(2)))
	if other == nil {
		t.Fatal("no dictionary")
	}
	for name, change := range map[string]func(top *bolt.Bucket) error{
		"none":  func(top *bolt.Bucket) error { return top.Delete(keyDictionary) },
		"other": func(top *bolt.Bucket) error { return top.Put(keyDictionary, meta.seal(keyDictionary, other)) },
		"malformed": func(top *bolt.Bucket) error {
			return top.Put(keyDictionary, meta.seal(keyDictionary, []byte("no dictionary")))
		},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		// Each file has a dictionary of its own, which no other test has opened.
		if err := errors.Join(s.Update(func(tx *Tx) error { return putArticles(tx, 1000*len(name), 2*minTrained) }), s.Checkpoint(), s.Close()); err != nil {
			t.Fatal(err)
		}
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(b *bolt.Tx) error { return change(b.Bucket([]byte("meta"))) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		forgetDictionaries()
		s, err = Open(path, Options{})
		if err == nil {
			err = s.View(func(tx *Tx) error { _, err := tx.Entries.Body(fmt.Sprintf("%013d", 1000*len(name))); return err })
			_ = s.Close()
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want %v", name, err, ErrDamaged)
		}
	}
}

// forgetDictionaries lets the process be as one that has opened no file.
func forgetDictionaries() {
	d := &decompressors
	d.Lock()
	defer d.Unlock()
	d.dictionaries = nil
	d.current.Store(nil)
}

// randomRows returns rows that have as little in common as the seed makes them.
func randomRows(seed uint64) *pending {
	p := &pending{}
	p.rows[bodies] = newPendingRows()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range 2 * minTrained {
		var row bytes.Buffer
		size := minCompressed + rnd.IntN(900)
		if i == 7 {
			size = 250 << 10 // as the longest body
		}
		for row.Len() < size {
			fmt.Fprintf(&row, " %d word%d", rnd.IntN(1<<(1+seed%20)), rnd.IntN(400))
		}
		p.rows[bodies].Set(&pendingRow{key: seqBytes(uint64(i)), payload: row.Bytes()})
	}
	return p
}

// A dictionary is made of whatever rows there are, or none.
func TestDictionaryOfAnyRows(t *testing.T) {
	for seed := range uint64(30) {
		p := randomRows(seed)
		if seed%3 == 0 { // nothing repeats
			rnd := rand.New(rand.NewPCG(seed, 2))
			p.rows[bodies].Scan(func(row *pendingRow) bool {
				for i := range row.payload {
					row.payload[i] = byte(rnd.Uint32())
				}
				return true
			})
		}
		dictionary := train(samples(p))
		if dictionary == nil {
			if seed%3 > 0 {
				t.Errorf("seed %d: no dictionary", seed)
			}
			continue
		}
		c, err := newCompressor(dictionary)
		if err != nil {
			t.Fatal(err)
		}
		if err := addDictionary(dictionary); err != nil {
			t.Fatal(err)
		}
		p.rows[bodies].Scan(func(row *pendingRow) bool {
			frame, _ := c.compress(row.payload)
			if got, err := decompress(frame); err != nil || !bytes.Equal(got, row.payload) {
				t.Errorf("seed %d: %q comes back as %q, %v", seed, row.payload, got, err)
				return false
			}
			return true
		})
	}
}

// Files whose rows are the same have different dictionaries, and may be open at the same time.
func TestTwoFilesWithTheSameRows(t *testing.T) {
	var all [4]*Store
	for i := range all {
		s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		all[i] = s
		if err := errors.Join(s.Update(func(tx *Tx) error { return putArticles(tx, 1, 2*minTrained) }), s.Checkpoint()); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range all {
		for n := 1; n <= 2*minTrained; n++ {
			if got := bodyOf(t, s, n); got != bodyOf(t, all[0], n) {
				t.Fatalf("body %d of file %d is %q", n, i, got)
			}
		}
	}
}
