package desk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// A claim stands through restarts until it is let go or undone; undoing an older one
// does not take a newer one away.
func TestClaims(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Minute))
	id := r.top("all")[0].ID
	give := func(verb, who, why string, args ...string) (uint64, error) {
		r.pass(time.Minute)
		return r.desk.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: who, Why: why}, r.now)
	}
	holds := func(who, note string) {
		t.Helper()
		c := r.top("all")[0].Claim
		switch {
		case who == "" && c != nil:
			t.Errorf("claimed by %s, want nobody", c.Who)
		case who != "" && (c == nil || c.Who != who || c.Note != note):
			t.Errorf("claim: %+v, want %s: %s", c, who, note)
		}
	}
	first, err := give("claim", "anna", "calling the port", id)
	if err != nil {
		t.Fatal(err)
	}
	r.restart()
	holds("anna", "calling the port")
	if _, err := give("claim", "omar", "", id); err != nil {
		t.Fatal(err)
	}
	holds("omar", "")
	if _, err := give("undo", "anna", "", "999999"); !errors.Is(err, ErrRefused) {
		t.Errorf("undoing nothing: %v", err)
	}
	if _, err := give("undo", "anna", "", fmt.Sprint(first)); !errors.Is(err, ErrRefused) {
		t.Errorf("undoing a claim that another replaced: %v, want refused", err)
	}
	holds("omar", "")
	freed, err := give("release", "omar", "", id)
	if err != nil {
		t.Fatal(err)
	}
	holds("", "")
	if _, err := give("release", "omar", "", id); !errors.Is(err, ErrRefused) {
		t.Errorf("letting go what nobody has: %v, want refused", err)
	}
	if _, err := give("undo", "omar", "", fmt.Sprint(freed)); err != nil {
		t.Fatal(err)
	}
	holds("omar", "")
	for _, bad := range [][]string{{"claim", ""}, {"note", "anna"}} {
		if _, err := give(bad[0], bad[1], "", id); !errors.Is(err, ErrRefused) {
			t.Errorf("%s by %q without a word: %v, want refused", bad[0], bad[1], err)
		}
	}
}
