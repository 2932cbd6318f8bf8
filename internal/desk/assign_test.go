package desk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
)

// An assignment survives restarts until it is ended, replaced or undone. Undoing an older
// one does not end a newer one.
func TestAssignments(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Minute))
	id := r.top("all")[0].ID
	give := func(o news.Order) (uint64, error) {
		r.pass(time.Minute)
		return r.journal.Order(context.Background(), o, r.now)
	}
	must := func(o news.Order) uint64 {
		t.Helper()
		n, err := give(o)
		if err != nil {
			t.Fatalf("%s %q: %v", o.Verb, o.Args, err)
		}
		return n
	}
	refuse := func(o news.Order) {
		t.Helper()
		if _, err := give(o); !errors.Is(err, journal.ErrRefused) {
			t.Errorf("%s %q: %v, want refused", o.Verb, o.Args, err)
		}
	}
	check := func(to string, due time.Time) {
		t.Helper()
		a := r.top("all")[0].Assigned
		switch {
		case to == "" && a != nil:
			t.Errorf("assigned to %s, want nobody", a.To)
		case to != "" && (a == nil || a.To != to || !a.Due.Equal(due) || a.Who != "anna"):
			t.Errorf("assignment: %+v, want to %s until %v by anna", a, to, due)
		}
	}
	due := news.Instant(r.now.Add(3 * time.Hour))
	first := must(news.Order{Verb: "assign", Args: []string{id, "Lena"}, Who: "anna", Why: "call the port", Until: due})
	r.restart()
	check("Lena", due)
	second := must(news.Order{Verb: "assign", Args: []string{id, "Omar"}, Who: "anna"})
	refuse(news.Order{Verb: "undo", Args: []string{fmt.Sprint(first)}})
	check("Omar", time.Time{})
	must(news.Order{Verb: "undo", Args: []string{fmt.Sprint(second)}})
	check("", due)
	must(news.Order{Verb: "assign", Args: []string{id, "Lena"}, Who: "anna", Until: due})
	done := must(news.Order{Verb: "unassign", Args: []string{id}, Who: "anna"})
	check("", due)
	refuse(news.Order{Verb: "unassign", Args: []string{id}})
	must(news.Order{Verb: "undo", Args: []string{fmt.Sprint(done)}, Who: "anna"})
	check("Lena", due)
	refuse(news.Order{Verb: "assign", Args: []string{id, ""}})
	refuse(news.Order{Verb: "assign", Args: []string{"none", "Lena"}})
}

// The assignment of a story that is merged into another goes with it, and comes back when
// the merge is undone.
func TestAssignmentsFollowAMerge(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Hour), fresh("2", "Museum shows lost maps", time.Minute))
	older, younger := r.top("all")[1].ID, r.top("all")[0].ID
	give := func(verb string, args ...string) uint64 {
		t.Helper()
		r.pass(time.Minute)
		n, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "anna"}, r.now)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	give("assign", younger, "Lena")
	merge := give("merge", older, younger)
	if s := r.story(older); s.Assignee() != "Lena" {
		t.Errorf("after the merge: assigned to %q, want Lena", s.Assignee())
	}
	give("undo", fmt.Sprint(merge))
	if a, b := r.story(older).Assignee(), r.story(younger).Assignee(); a != "" || b != "Lena" {
		t.Errorf("after the merge was undone: %q and %q, want nobody and Lena", a, b)
	}
}
