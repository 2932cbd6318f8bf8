package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// A file of an earlier schema opens at once: its rows are only counted.
func TestOldRowsAreNoted(t *testing.T) {
	for path, want := range map[string]int64{
		loadFrozen(t, "testdata/schema1.txt"):  15,
		filepath.Join(t.TempDir(), "young.db"): 0,
	} {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if left, of := s.OldRows(); left != want || of != want {
			t.Errorf("%s: %d of %d rows are old, want %d", filepath.Base(path), left, of, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// dumpAll returns the rows of all buckets whose rows a file of another schema has as well.
func dumpAll(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for b := range numBuckets {
		if b == meta || b == logs || b == sums {
			continue
		}
		var out bytes.Buffer
		if err := s.Dump(b.String(), &out); err != nil {
			t.Fatal(err)
		}
		all[b.String()] = out.String()
	}
	return all
}

// openOld opens a file that has every kind of row, in the form of an earlier release, and enough
// of some for several steps.
func openOld(t *testing.T) *Store {
	t.Helper()
	s := openFilled(t)
	err := s.Update(func(tx *Tx) error {
		err := putArticles(tx, 2, 8*minTrained)
		for n := range uint64(8 * minTrained) {
			err = errors.Join(err, tx.Records.Add(&news.Record{ID: fmt.Sprint(n), Seq: 2 + n, At: frozenAt}))
		}
		return err
	})
	if err := errors.Join(err, s.MakeOld(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return reopen(t, s)
}

func reopen(t *testing.T, s *Store) *Store {
	t.Helper()
	s, err := Open(s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func digestOf(t *testing.T, s *Store) string {
	t.Helper()
	digest, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// checkRewritten checks that a file has no old rows, and that they say what they said.
func checkRewritten(t *testing.T, s *Store, digest string, dump map[string]string) {
	t.Helper()
	if left, of := s.OldRows(); left != 0 || of != 0 {
		t.Errorf("%d of %d rows are old", left, of)
	}
	if got := digestOf(t, s); got != digest {
		t.Errorf("the digest is %s, was %s", got, digest)
	}
	for bucket, got := range dumpAll(t, s) {
		if got != dump[bucket] {
			t.Errorf("%s is now\n%s\nand was\n%s", bucket, got, dump[bucket])
		}
	}
	err := s.View(func(tx *Tx) error {
		for _, b := range rewritten {
			err := tx.bucket(b).ForEach(func(k, v []byte) error {
				tx.compressor = s.compressor.Load()
				_, old, err := tx.renew(b, k, v)
				if old && (packings[b] == nil || b == entries) { // a row that is alone is in no pack
					t.Errorf("%s %q is old", b, k)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Rewriting changes the form of rows and not what they say.
func TestRewrite(t *testing.T) {
	s := openOld(t)
	digest, dump := digestOf(t, s), dumpAll(t, s)
	if _, of := s.OldRows(); of < 16*minTrained {
		t.Fatalf("%d rows are old", of)
	}
	if err := s.Rewrite(t.Context()); err != nil {
		t.Error(err)
	}
	checkRewritten(t, s, digest, dump)
	if bytes, n := storedBytes(t, s, bodies); n < 8*minTrained {
		t.Errorf("%d bodies are compressed, to %d bytes", n, bytes)
	}
	if err := errors.Join(s.Checkpoint(), s.Close(), Verify(s.Path())); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	checkRewritten(t, s, digest, dump)
}

// A step is short, and what it has done is not done again.
func TestRewriteGoesOnWhereItEnded(t *testing.T) {
	s := openOld(t)
	digest, dump := digestOf(t, s), dumpAll(t, s)
	left, of := s.OldRows()
	steps := 0
	for ; left > 0; steps++ {
		before := left
		if err := errors.Join(s.RewriteStep(), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s)
		if left, _ = s.OldRows(); left > before {
			t.Fatalf("step %d: %d rows are left, %d were", steps, left, before)
		}
	}
	if steps <= len(rewritten) || int64(steps) > of/100 {
		t.Errorf("%d steps for %d rows", steps, of)
	}
	checkRewritten(t, s, digest, dump)
	if err := errors.Join(s.Close(), Verify(s.Path())); err != nil {
		t.Error(err)
	}
}

// Pages of rows that become smaller are free afterwards.
func TestRewriteFreesPages(t *testing.T) {
	s := openOld(t)
	used := func() (pages int) {
		err := s.db.View(func(b *bolt.Tx) error {
			stats := b.Bucket([]byte("shared")).Stats()
			pages = stats.LeafPageN + stats.LeafOverflowN
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
	before := used()
	if err := s.rewriteAll(); err != nil {
		t.Fatal(err)
	}
	if now := used(); 10*now > 6*before {
		t.Errorf("%d pages are in use, %d were", now, before)
	}
}

// Compact rewrites all at once.
func TestCompactRewritesOldRows(t *testing.T) {
	s := openOld(t)
	digest, dump := digestOf(t, s), dumpAll(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(s.Path()); err != nil {
		t.Fatal(err)
	}
	checkRewritten(t, reopen(t, s), digest, dump)
}

// Damage ends rewriting: the row stays for salvage.
func TestRewriteReportsDamage(t *testing.T) {
	s := openOld(t)
	err := s.db.Update(func(b *bolt.Tx) error {
		in := b.Bucket([]byte("shared")).Bucket([]byte("entries"))
		k, v := in.Cursor().Last()
		v = bytes.Clone(v)
		v[len(v)-1] ^= 1
		return in.Put(k, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Rewrite(t.Context()); !errors.Is(err, ErrDamaged) {
			t.Errorf("Rewrite: %v, want %v", err, ErrDamaged)
		}
	}
	if left, _ := s.OldRows(); left == 0 {
		t.Error("no row is old")
	}
}

// Rewriting ends with its context.
func TestRewriteEnds(t *testing.T) {
	s := openOld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Rewrite(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Rewrite: %v, want %v", err, context.Canceled)
	}
	if left, _ := s.OldRows(); left == 0 {
		t.Error("no row is old")
	}
}

// A file of whose rows no dictionary can be made does not try for ever.
func TestDictionaryTriesAreBounded(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2 * maxDictionaryTries {
		err := s.Update(func(tx *Tx) error {
			for range 2 * minTrained {
				random := make([]byte, minCompressed)
				for i := range random {
					random[i] = byte(rnd.Uint32())
				}
				if err := tx.put(bodies, seqBytes(rnd.Uint64()), random); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, s.Checkpoint()); err != nil {
			t.Fatal(err)
		}
	}
	if s.dictionaryTries != maxDictionaryTries {
		t.Errorf("tried %d times, want %d", s.dictionaryTries, maxDictionaryTries)
	}
}
