package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// modelRows are rows as a map has them, for comparison.
type modelRows map[bucket]map[string]string

var modelBuckets = []bucket{secrets, troubles, lastDocuments}

func newModelRows() modelRows {
	m := modelRows{}
	for _, b := range modelBuckets {
		m[b] = map[string]string{}
	}
	return m
}

func (m modelRows) clone() modelRows {
	c := modelRows{}
	for b, rows := range m {
		c[b] = maps.Clone(rows)
	}
	return c
}

// between returns the keys that begin with prefix and are in [from, before), sorted; an empty
// bound is none.
func (m modelRows) between(b bucket, prefix, from, before string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m[b])), func(k string) bool {
		return !strings.HasPrefix(k, prefix) || k < from || before != "" && k >= before
	})
}

type logModel struct {
	t   *testing.T
	rnd *rand.Rand
	m   modelRows
}

func (l *logModel) key() string { return fmt.Sprintf("%c%02d", 'a'+l.rnd.IntN(3), l.rnd.IntN(30)) }

// change puts or deletes some rows.
func (l *logModel) change(tx *Tx, n int) error {
	for range n {
		b, k := modelBuckets[l.rnd.IntN(len(modelBuckets))], l.key()
		if l.rnd.IntN(3) == 0 {
			delete(l.m[b], k)
			if err := tx.delete(b, []byte(k)); err != nil {
				return err
			}
			continue
		}
		v := strings.Repeat("v", l.rnd.IntN(40))
		l.m[b][k] = v
		if err := tx.put(b, []byte(k), []byte(v)); err != nil {
			return err
		}
	}
	return nil
}

// compare reads rows in all ways, and compares them with what they should be.
func (l *logModel) compare(when string, tx *Tx, want modelRows) {
	l.t.Helper()
	for _, b := range modelBuckets {
		k := l.key()
		p, err := tx.get(b, []byte(k))
		if v, ok := want[b][k]; err != nil || ok != (p != nil) || string(p) != v {
			l.t.Fatalf("%s: get %s %q: %q, %v, want %q, %t", when, b, k, p, err, v, ok)
		}
		prefix, bound, limit := "", l.key(), l.rnd.IntN(20)
		if l.rnd.IntN(2) == 0 {
			prefix = bound[:1]
		}
		var up, down []string
		take := func(to *[]string) func(k, p []byte) (bool, error) {
			return func(k, p []byte) (bool, error) {
				if string(p) != want[b][string(k)] {
					l.t.Errorf("%s: %s %q has %q, want %q", when, b, k, p, want[b][string(k)])
				}
				*to = append(*to, string(k))
				return len(*to) < limit, nil
			}
		}
		if err := errors.Join(tx.ascend(b, []byte(prefix), []byte(bound), take(&up)), tx.descend(b, []byte(prefix), []byte(bound), take(&down))); err != nil {
			l.t.Fatalf("%s: %v", when, err)
		}
		wantUp, wantDown := want.between(b, prefix, bound, ""), want.between(b, prefix, "", bound)
		slices.Reverse(wantDown)
		for _, c := range []struct{ got, want []string }{{up, wantUp}, {down, wantDown}} {
			if diff := cmp.Diff(c.want[:min(max(limit, 1), len(c.want))], c.got, cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				l.t.Fatalf("%s: rows of %s with %q at %q (-want +got):\n%s", when, b, prefix, bound, diff)
			}
		}
	}
}

// What is in the log is read as if it was in its bucket: in the transaction that writes it, in
// others, in those that began before, and after the file is opened again.
func TestRowsInTheLog(t *testing.T) {
	for seed := range uint64(12) {
		path := filepath.Join(t.TempDir(), "x.db")
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		l := &logModel{t, rand.New(rand.NewPCG(seed, 5)), newModelRows()}
		for range 60 {
			s.limits = logLimits{100 + l.rnd.IntN(2000), 1 + l.rnd.IntN(6)}
			was := l.m.clone()
			err := s.View(func(old *Tx) error {
				err := s.Update(func(tx *Tx) error {
					for range 3 {
						if err := l.change(tx, l.rnd.IntN(8)); err != nil {
							return err
						}
						l.compare("in the transaction", tx, l.m)
					}
					return nil
				})
				l.compare("in one that began before", old, was)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			failed, kept := errors.New("taken back"), l.m.clone()
			if err := s.Update(func(tx *Tx) error { return errors.Join(l.change(tx, 3), failed) }); !errors.Is(err, failed) {
				t.Fatal(err)
			}
			l.m = kept
			if l.rnd.IntN(6) == 0 {
				end := s.Close
				if l.rnd.IntN(2) == 0 {
					end = s.db.Close // as a kill leaves the file
				}
				if err := end(); err != nil {
					t.Fatal(err)
				}
				if s, err = Open(path, Options{}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.View(func(tx *Tx) error { l.compare("afterwards", tx, l.m); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(s.Check(t.Context(), 0), s.View(checkSums), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A View sees one moment, also while checkpoints move rows from the log to their buckets.
func TestViewsDuringCheckpoints(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	s.limits = logLimits{400, 2}
	const keys, commits = 5, 300
	put := func(n uint64) error {
		return s.Update(func(tx *Tx) error {
			for i := range keys {
				for _, b := range modelBuckets {
					if err := tx.put(b, []byte{byte(i)}, seqBytes(n)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := uint64(0); ; {
				err := s.View(func(tx *Tx) error {
					now := uint64(0)
					for i := range keys {
						for _, b := range modelBuckets {
							p, err := tx.get(b, []byte{byte(i)})
							if err != nil || len(p) != 8 {
								return fmt.Errorf("%s %d: %q, %w", b, i, p, err)
							}
							if i == 0 && b == modelBuckets[0] {
								now = readSeq(p)
							}
							if readSeq(p) != now || now < last {
								return fmt.Errorf("%s %d is of commit %d in a View of %d, after one of %d", b, i, readSeq(p), now, last)
							}
						}
					}
					last = now
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := uint64(1); n <= commits; n++ {
		if err := put(n); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	readers.Wait()
}

// A checkpoint that a kill interrupts leaves rows in the log that are in their buckets too.
// They are moved again, also if a later commit has changed them. So is what others write
// between its transactions.
func TestKillDuringCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	l := &logModel{t, rand.New(rand.NewPCG(3, 4)), newModelRows()}
	parts, whole := 0, 0
	for round := range 24 {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.limits.moved = 1 + l.rnd.IntN(4)
		if err := s.View(func(tx *Tx) error { l.compare("after the kill", tx, l.m); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(func(tx *Tx) error { return l.change(tx, 40) }); err != nil {
			t.Fatal(err)
		}
		m := moving{}
		for range 7 * (round % 4) {
			if err := s.update(func(tx *Tx) error { tx.moving = &m; return nil }); err != nil {
				t.Fatal(err)
			}
			if m.done {
				whole++
				break
			}
			parts++
			if l.rnd.IntN(2) == 0 {
				if err := s.Update(func(tx *Tx) error { return l.change(tx, 2) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := errors.Join(s.View(func(tx *Tx) error { l.compare("before the kill", tx, l.m); return checkSums(tx) }), s.db.Close()); err != nil { // as a kill leaves the file
			t.Fatal(err)
		}
	}
	if parts == 0 || whole == 0 {
		t.Errorf("%d transactions moved a part of the log and %d the end of it; both are to be tried", parts, whole)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Checkpoint(), s.Check(t.Context(), 0), s.View(func(tx *Tx) error { l.compare("at the end", tx, l.m); return checkSums(tx) }), s.Close()); err != nil {
		t.Error(err)
	}
}

// Rows of the log that the file has and a search does not find, or that are not those that
// were written, are damage.
func TestHiddenRowsOfTheLog(t *testing.T) {
	for name, damage := range map[string]func(top *bolt.Bucket) error{
		"none":     func(*bolt.Bucket) error { return nil },
		"last":     func(top *bolt.Bucket) error { return top.Delete(seqBytes(3)) },
		"first":    func(top *bolt.Bucket) error { return top.Delete(seqBytes(1)) },
		"one more": func(top *bolt.Bucket) error { return top.SetSequence(2) },
		"malformed": func(top *bolt.Bucket) error {
			return top.Put(seqBytes(3), logs.seal(seqBytes(3), []byte{7, 's', 'e', 'c', 'r', 'e', 't', 's', 9}))
		},
		"other bucket": func(top *bolt.Bucket) error {
			return top.Put(seqBytes(3), logs.seal(seqBytes(3), []byte{3, 'n', 'e', 'w', 1, 1, 'k', 1}))
		},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			err = errors.Join(err, s.Update(func(tx *Tx) error { return tx.Secrets.Put(fmt.Sprint(i), []byte("x")) }))
		}
		if err := errors.Join(err, s.db.Close()); err != nil { // as a kill leaves the file
			t.Fatal(err)
		}
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(b *bolt.Tx) error { return damage(b.Bucket([]byte(logs.String()))) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		s, err = Open(path, Options{})
		if name != "none" {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v, want %v", name, err, ErrDamaged)
			}
			continue
		}
		if err = errors.Join(err, s.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Many write at the same time, while the file gets its dictionary.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.limits = logLimits{256 << 10, 20}
	const each = minTrained / 10
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 12 {
				if err := s.Update(func(tx *Tx) error { return putArticles(tx, 1+(12*w+i)*each, each) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := s.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if _, n := storedBytes(t, s, bodies); n == 0 {
		t.Error("no row is compressed, so that no dictionary was tried")
	}
	if err := errors.Join(s.Check(t.Context(), 0), s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

// A file that was closed well has no log: older versions, which refuse it, would take rows of
// a bucket that they don't know for damage.
func TestCloseEmptiesTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(tx *Tx) error { return tx.Secrets.Put("name", []byte("x")) })
	if s.pending.Load().number == 0 {
		t.Error("the row is not in the log, so that nothing is tried")
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(b *bolt.Tx) error {
		if n := b.Bucket([]byte(logs.String())).Stats().KeyN; n > 0 {
			t.Errorf("the log has %d rows", n)
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Error(err)
	}
}

// A migration finds in their buckets what an older version has left in the log.
func TestMigrationsSeeTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("key")
	if err := errors.Join(s.Update(func(tx *Tx) error { return tx.put(secrets, key, []byte("value")) }), s.db.Close()); err != nil {
		t.Fatal(err)
	}
	was := migrations
	defer func() { migrations = was }()
	var found []byte
	migrations = append(slices.Clone(was), func(b *bolt.Tx) (err error) {
		r := &rows{b: b}
		found, err = r.get(secrets, key)
		found = bytes.Clone(found)
		return errors.Join(err, r.put(secrets, key, []byte("newer")), r.putSums())
	})
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx *Tx) error {
		p, err := tx.get(secrets, key)
		if string(found) != "value" || string(p) != "newer" {
			t.Errorf("the migration found %q, and made it %q", found, p)
		}
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}

func FuzzLog(f *testing.F) {
	var all [numBuckets][]*pendingRow
	all[secrets] = []*pendingRow{{key: []byte("k"), payload: []byte("v")}, {key: []byte("gone")}}
	all[texts] = []*pendingRow{{key: []byte("k"), payload: []byte{}}}
	f.Add(appendChanges(nil, &all))
	f.Fuzz(func(t *testing.T, p []byte) {
		var read [numBuckets][]*pendingRow
		if eachChange(p, func(b bucket, key, payload []byte) error {
			read[b] = append(read[b], &pendingRow{key: key, payload: payload})
			return nil
		}) != nil {
			return
		}
		again := appendChanges(nil, &read)
		var second [numBuckets][]*pendingRow
		if err := eachChange(again, func(b bucket, key, payload []byte) error {
			second[b] = append(second[b], &pendingRow{key: key, payload: payload})
			return nil
		}); err != nil {
			t.Fatalf("%q, which is %q: %v", p, again, err)
		}
		if diff := cmp.Diff(read, second, cmp.AllowUnexported(pendingRow{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
