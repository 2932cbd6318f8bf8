package desk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func (r *env) state(id string) (s *news.SourceState) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Sources.Get(id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// A pause names who ordered it, survives a restart and a reload, and can be undone.
func TestPause(t *testing.T) {
	r := open(t, "one", "two")
	give := func(verb, why string, args ...string) (uint64, error) {
		r.pass(time.Minute)
		return r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "anna", Why: why}, r.now)
	}
	first, err := give("pause", "floods us", "one")
	if err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.rules.Sources[0].Name = "uno" // a rename
	r.enforce()
	if p := r.state("one").Pause; p == nil || p.Who != "anna" || p.Why != "floods us" || p.Seq != first {
		t.Errorf("pause: %+v", p)
	}
	for _, bad := range [][]string{{"pause", "uno"}, {"resume", "two"}, {"pause", "nobody"}, {"pause"}} {
		if _, err := give(bad[0], "", bad[1:]...); !errors.Is(err, journal.ErrRefused) {
			t.Errorf("%v: %v, want refused", bad, err)
		}
	}
	ended, err := give("resume", "", "uno")
	if err != nil || r.state("one").Pause != nil {
		t.Fatalf("resume: %v, %+v", err, r.state("one").Pause)
	}
	if _, err := give("undo", "", fmt.Sprint(ended)); err != nil || r.state("one").Pause == nil {
		t.Errorf("undo of resume: %v", err)
	}
	if _, err := give("undo", "", fmt.Sprint(first)); err != nil || r.state("one").Pause != nil {
		t.Errorf("undo of pause: %v", err)
	}
}

func TestEntriesAreCountedByDay(t *testing.T) {
	r := open(t, "one")
	day := 24 * time.Hour
	r.now = r.now.Truncate(day).Add(12 * time.Hour)
	r.visit("one", fresh("1", "Ferry service resumes", time.Hour), fresh("2", "Copper rises again", time.Hour), fresh("3", "Miners rescued from shaft", 3*day))
	if diff := cmp.Diff([]int{0, 1, 0, 0, 2}, r.state("one").PerDay(r.now, 5)); diff != "" {
		t.Errorf("first visit (-want +got):\n%s", diff)
	}
	r.pass(2 * day)
	r.visit("one", fresh("4", "Harbour reopens slowly", time.Hour), fresh("1", "Ferry service resumes at last", 2*day))
	if diff := cmp.Diff([]int{1, 0, 0, 2, 0, 1}, r.state("one").PerDay(r.now, 6)); diff != "" {
		t.Errorf("later, with a change (-want +got):\n%s", diff)
	}
	r.pass(50 * day)
	if diff := cmp.Diff(make([]int, 30), r.state("one").PerDay(r.now, 30)); diff != "" {
		t.Errorf("after a silence (-want +got):\n%s", diff)
	}
	r.visit("one", fresh("5", "Rain expected in the north", time.Hour))
	s := r.state("one")
	if got := s.PerDay(r.now, 30); got[29] != 1 || len(s.Days) > news.KeptDays {
		t.Errorf("after a silence: %v of %v", got, s.Days)
	}
}
