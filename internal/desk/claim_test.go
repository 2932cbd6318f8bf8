package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A claim survives restarts until it is released or undone. Undoing an older claim does
// not end a newer one.
func TestClaims(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Minute))
	id := r.top("all")[0].ID
	give := func(verb, who, why string, args ...string) (uint64, error) {
		r.pass(time.Minute)
		return r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: who, Why: why}, r.now)
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
	if _, err := give("undo", "anna", "", "999999"); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("undoing a decision that does not exist: %v, want refused", err)
	}
	if _, err := give("undo", "anna", "", fmt.Sprint(first)); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("undoing a claim that another replaced: %v, want refused", err)
	}
	holds("omar", "")
	freed, err := give("release", "omar", "", id)
	if err != nil {
		t.Fatal(err)
	}
	holds("", "")
	if _, err := give("release", "omar", "", id); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("releasing a story that nobody claims: %v, want refused", err)
	}
	if _, err := give("undo", "omar", "", fmt.Sprint(freed)); err != nil {
		t.Fatal(err)
	}
	holds("omar", "")
	for _, bad := range [][]string{{"claim", ""}, {"note", "anna"}} {
		if _, err := give(bad[0], bad[1], "", id); !errors.Is(err, journal.ErrRefused) {
			t.Errorf("%s by %q without a text: %v, want refused", bad[0], bad[1], err)
		}
	}
}

// An editor who did not see a colleague's claim does not take it over. Who claims a story
// again, or one that nobody claims, is not refused.
func TestClaimsOfFreeStories(t *testing.T) {
	for _, what := range [][]string{nil, {onEvent}} {
		r := open(t, "one")
		r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Minute))
		args := append([]string{r.top("all")[0].ID}, what...)
		give := func(who string, free bool) error {
			r.pass(time.Minute)
			_, err := r.journal.Order(t.Context(), news.Order{Verb: "claim", Args: args, Who: who, Why: "for " + who, Free: free}, r.now)
			return err
		}
		if err := errors.Join(give("anna", true), give("anna", true)); err != nil {
			t.Errorf("claim %v: %v", what, err)
		}
		if err := give("omar", true); !errors.Is(err, journal.ErrRefused) {
			t.Errorf("claim %v that somebody else claims: %v, want refused", what, err)
		}
		if err := give("omar", false); err != nil {
			t.Errorf("take over %v: %v", what, err)
		}
	}
}

// A claim on an event is the same for all its stories. It survives when the event is
// merged into an older one.
func TestAnEventIsClaimed(t *testing.T) {
	r := open(t, "one", "two")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Hour), fresh("2", "Museum shows lost maps", time.Minute))
	give := func(verb string, args ...string) error {
		r.pass(time.Minute)
		_, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "anna", Why: "all of it"}, r.now)
		return err
	}
	all := r.top("all")
	if err := give("claim", all[0].ID, "event"); err != nil {
		t.Fatal(err)
	}
	if err := give("claim", all[0].ID, "everything"); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("claiming everything: %v, want refused", err)
	}
	if err := give("merge", all[0].ID, all[1].ID); err != nil {
		t.Fatal(err)
	}
	claimed := func() (c *news.Claim) {
		err := r.store.View(func(tx *store.Tx) error {
			for _, s := range all {
				if ev, err := tx.Events.Get(s.Event); ev != nil && ev.Claim != nil || err != nil {
					c = ev.Claim
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := claimed(); c == nil || c.Who != "anna" || c.Note != "all of it" {
		t.Errorf("the event's claim is %+v, want anna's", c)
	}
	if err := give("release", all[0].ID, "event"); err != nil || claimed() != nil {
		t.Errorf("after the release: %v, %v", claimed(), err)
	}
}

// A story has its newest notes. A merge gives them to the story that stays, and undoing it
// takes them back.
func TestNotesStayWithTheirStory(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Hour), fresh("2", "Museum shows lost maps", time.Minute))
	top := r.top("all")
	maps, ferry := top[0].ID, top[1].ID
	give := func(verb, why string, args ...string) uint64 {
		t.Helper()
		r.pass(time.Minute)
		n, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "anna", Why: why}, r.now)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	notes := func(id string, want ...string) {
		t.Helper()
		var got []string
		for _, n := range r.story(id).Notes {
			got = append(got, n.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("notes of %s: %q, want %q", id, got, want)
		}
	}
	give("note", "first", ferry)
	second := give("note", "second", maps)
	merged := give("merge", "", ferry, maps)
	r.restart()
	notes(ferry, "first", "second")
	give("note", "third", ferry)
	give("undo", "", fmt.Sprint(merged))
	notes(ferry, "first", "third")
	notes(maps, "second")
	give("undo", "", fmt.Sprint(second))
	notes(maps)
	for i := range news.MaxNotes {
		give("note", fmt.Sprint(i), ferry)
	}
	notes(ferry, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
}
