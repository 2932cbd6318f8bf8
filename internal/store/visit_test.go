package store

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

func TestVisitStateEncodingHasEveryField(t *testing.T) {
	n := 0
	var full news.VisitState
	fillFields(reflect.ValueOf(&full).Elem(), &n)
	for _, want := range []news.VisitState{full, {Source: "a"}, {Source: "b", Problem: "403 Forbidden", Failures: 3, Lag: []int64{0, 61000}}} {
		got, err := decodeVisitState([]byte(want.Source), encodeVisitState(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-put +got):\n%s", diff)
		}
	}
}

func TestVisitStateOfAnEarlierVersionHasZeroNewFields(t *testing.T) {
	var c codec
	state := news.VisitState{Source: "a", Address: "https://a.example/rss", LastAttempt: frozenAt}
	codeString(&c, &state.Address)
	c.time(&state.LastAttempt)
	got, err := decodeVisitState([]byte("a"), c.b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&state, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzVisitState(f *testing.F) {
	f.Add(encodeVisitState(nil, frozen.visit))
	f.Add([]byte("\xfe\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeVisitState([]byte("a"), b)
		if err != nil {
			if !isDamage(err) {
				t.Errorf("decodeVisitState(%q) = %v, which is not ErrDamaged", b, err)
			}
			return
		}
		again, err := decodeVisitState([]byte("a"), encodeVisitState(nil, *s))
		if diff := cmp.Diff(s, again); diff != "" || err != nil {
			t.Errorf("%q comes back different (%v):\n%s", b, err, diff)
		}
	})
}

func TestDeletedSourceHasNoLastDocument(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{Created: frozenAt})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Update(func(tx *Tx) error {
		if err := tx.Visits.Put(news.VisitState{Source: "a"}); err != nil {
			return err
		}
		return tx.Visits.PutLastDocument("a", []byte("items"))
	}); err != nil {
		t.Fatal(err)
	}
	lastDocument := func() (got string) {
		if err := s.View(func(tx *Tx) error {
			b, err := tx.Visits.LastDocument("a")
			got = string(b)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := lastDocument(); got != "items" {
		t.Errorf("LastDocument = %q", got)
	}
	if err := s.Update(func(tx *Tx) error { return tx.Visits.Delete("a") }); err != nil {
		t.Fatal(err)
	}
	if got := lastDocument(); got != "" {
		t.Errorf("after Delete, LastDocument = %q", got)
	}
}
