package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// openShared opens a store of a node, whose marks call changed.
func openShared(t *testing.T, changed func()) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{Created: frozenAt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.ShareLocal(changed)
	return s
}

// marked returns the marked rows as bucket, key and whether they are there.
func marked(t *testing.T, s *Store) (all []string) {
	t.Helper()
	err := s.View(func(tx *Tx) error {
		rows, err := tx.Side.Marked(100)
		for _, r := range rows {
			all = append(all, fmt.Sprintf("%s %q %v", r.Bucket, r.Key, r.Value != nil))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustUpdate(t *testing.T, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatal(err)
	}
}

// Each row that changes is marked once, behind those that changed before, unless it belongs to
// this node or does not really change.
func TestChangesAreMarked(t *testing.T) {
	woken := 0
	s := openShared(t, func() { woken++ })
	token := &news.Token{Name: "anna", Hash: "x", Made: frozenAt}
	mustUpdate(t, s, func(tx *Tx) error {
		return errors.Join(tx.Tokens.Put(token), tx.Dispatches.Put(&news.Dispatch{Notice: "n"}), tx.Visits.Put(news.VisitState{Source: "s"}))
	})
	mustUpdate(t, s, func(tx *Tx) error {
		return errors.Join(tx.Tokens.Put(token), tx.ClosedTargets.Delete("never"), tx.FeedReaders.Put(&news.FeedReader{Feed: "f"}))
	})
	want := []string{`tokens "anna" true`, `dispatches "n" true`}
	if got := marked(t, s); !cmp.Equal(got, want) || woken != 1 {
		t.Errorf("marked %q, woken %d times; want %q and once", got, woken, want)
	}
	mustUpdate(t, s, func(tx *Tx) error {
		return errors.Join(tx.Tokens.Delete("anna"), tx.Recipients.Put(&news.Recipient{Newsletter: "w", ID: "1"}))
	})
	want = []string{`dispatches "n" true`, `tokens "anna" false`, `recipients "w\x001" true`}
	if got := marked(t, s); !cmp.Equal(got, want) || woken != 2 {
		t.Errorf("marked %q, woken %d times; want %q and twice", got, woken, want)
	}
}

// A transaction that fails marks nothing.
func TestFailedChangesAreNotMarked(t *testing.T) {
	s := openShared(t, func() { t.Error("woken") })
	failure := errors.New("no")
	err := s.Update(func(tx *Tx) error { return errors.Join(tx.Tokens.Put(&news.Token{Name: "anna"}), failure) })
	if got := marked(t, s); !errors.Is(err, failure) || len(got) > 0 {
		t.Errorf("got %v, marked %q", err, got)
	}
}

// A row keeps its mark if it changed again after it was read.
func TestMarkOfARowThatChangedAgain(t *testing.T) {
	s := openShared(t, nil)
	put := func(problem string) {
		mustUpdate(t, s, func(tx *Tx) error { return tx.Dispatches.Put(&news.Dispatch{Notice: "n", Problem: problem}) })
	}
	var read *SideRow
	put("first")
	if err := s.View(func(tx *Tx) error {
		all, err := tx.Side.Marked(1)
		read = all[0]
		return err
	}); err != nil {
		t.Fatal(err)
	}
	put("second")
	mustUpdate(t, s, func(tx *Tx) error {
		now, err := tx.Side.Named(read.Name())
		if err != nil || now.Mark <= read.Mark || bytes.Equal(now.Value, read.Value) {
			t.Errorf("got %+v, %v after %+v", now, err, read)
		}
		now.Revision, now.Mark = 7, 0
		return tx.Side.Put(now)
	})
	if got := marked(t, s); len(got) > 0 {
		t.Errorf("marked %q", got)
	}
	put("third")
	mustUpdate(t, s, func(tx *Tx) error {
		now, err := tx.Side.Named(read.Name())
		if err != nil || now.Revision != 7 || now.Mark == 0 {
			t.Errorf("got %+v, %v", now, err)
		}
		return nil
	})
}

// What comes from another node is stored without a mark, and readers of tables with a Version
// see that they changed.
func TestRowsOfOthers(t *testing.T) {
	s := openShared(t, nil)
	row := &SideRow{Bucket: "tokens", Key: []byte("anna"), Value: []byte(`{"name":"anna"}`), Revision: 3}
	var before, after uint64
	mustUpdate(t, s, func(tx *Tx) error {
		before = tx.Tokens.Version()
		err := tx.Side.Put(row)
		after = tx.Tokens.Version()
		return err
	})
	err := s.View(func(tx *Tx) error {
		got, err := tx.Side.Get("tokens", []byte("anna"))
		if diff := cmp.Diff(row, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		token, terr := tx.Tokens.Get("anna")
		if token == nil || before == after {
			t.Errorf("token %v, versions %d and %d", token, before, after)
		}
		return errors.Join(err, terr)
	})
	if err != nil || len(marked(t, s)) > 0 {
		t.Errorf("%v, marked %q", err, marked(t, s))
	}
	mustUpdate(t, s, func(tx *Tx) error { row.Value, row.Revision = nil, 0; return tx.Side.Put(row) })
	if err := s.View(func(tx *Tx) error {
		got, err := tx.Side.Named(row.Name())
		if got != nil {
			t.Errorf("a row that is forgotten: %+v", got)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// All rows that may be exchanged are listed once, and another table has none of the revisions.
func TestAllRowsAndIdentity(t *testing.T) {
	s := openShared(t, nil)
	s.sideChanged = nil // before this node was one of several
	mustUpdate(t, s, func(tx *Tx) error { return tx.Tokens.Put(&news.Token{Name: "anna"}) })
	s.ShareLocal(nil)
	mustUpdate(t, s, func(tx *Tx) error {
		return errors.Join(tx.Tokens.Put(&news.Token{Name: "ben"}),
			tx.Side.Put(&SideRow{Bucket: "tokens", Key: []byte("carl"), Revision: 9}))
	})
	list := func(identity string) string {
		var all []string
		err := s.View(func(tx *Tx) error {
			id, err := tx.Side.Identity()
			if id != identity {
				t.Errorf("identity %q, want %q", id, identity)
			}
			return errors.Join(err, tx.Side.All(func(r *SideRow) error {
				all = append(all, fmt.Sprintf("%s %d %d", r.Key, r.Revision, r.Mark))
				return nil
			}))
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, ", ")
	}
	if got := list(""); !strings.Contains(got, "anna 0 0") || !strings.Contains(got, "ben 0 1") || !strings.Contains(got, "carl 9 0") || strings.Count(got, ",") != 2 {
		t.Errorf("got %s", got)
	}
	mustUpdate(t, s, func(tx *Tx) error { return tx.Side.PutIdentity("second") })
	if got := list("second"); strings.Contains(got, "carl") || strings.Count(got, ",") != 1 {
		t.Errorf("got %s", got)
	}
}

func TestBucketsThatAreNotExchanged(t *testing.T) {
	s := openShared(t, nil)
	for _, name := range []string{"spots", "entries", "wire", "nothing"} {
		err := s.Update(func(tx *Tx) error { return tx.Side.Put(&SideRow{Bucket: name, Key: []byte("k"), Value: []byte("v")}) })
		if err == nil || IsExchanged(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSharedRowsAreDumped(t *testing.T) {
	s := openShared(t, nil)
	mustUpdate(t, s, func(tx *Tx) error {
		return tx.Subscriptions.Put(&news.Subscription{Feed: "world.atom", Callback: "https://a.example/"})
	})
	mustUpdate(t, s, func(tx *Tx) error { return tx.Side.PutIdentity("one") })
	for b, want := range map[bucket][]string{
		sideRows:  {`"value":"one"`, `"revision":0,"mark":1,"key":{"feed":"world.atom","callback":"https://a.example/"}`},
		sideMarks: {`{"key":{"mark":1},"value":{"bucket":"subscriptions","key":{"feed":"world.atom","callback":"https://a.example/"}}}`},
	} {
		var out bytes.Buffer
		if err := s.Dump(b.String(), &out); err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: %s, want %s", b, out.String(), part)
			}
		}
	}
}
