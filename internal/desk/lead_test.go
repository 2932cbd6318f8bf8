package desk

import (
	"testing"
	"time"
)

// The outlets of one round of visits are read in any order, also on the first start:
// among them the rank decides which one leads. After the round the lead stays.
func TestRankDecidesWithinARound(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"in one round", 40 * time.Second, "high"},
		{"at its end", leadRound, "high"},
		{"after it", leadRound + time.Second, "low"},
	} {
		r := open(t, "low", "high")
		r.rules.Sources[1].Rank = 10
		r.enforce()
		r.visit("low", fresh("a", "Ferry service resumes across the strait", time.Hour))
		was := r.ids("all")
		r.restart()
		r.pass(c.after)
		r.visit("high", fresh("b", "Ferry Service Resumes Across the Strait", time.Hour))
		s := r.top("all")[0]
		if s.Source != c.want || s.Outlets() != 2 {
			t.Errorf("%s: %s leads %d outlets, want %s", c.name, s.Source, s.Outlets(), c.want)
		}
		if now := r.ids("all"); len(now) != 1 || now[s.ID] == "" || was[s.ID] == "" {
			t.Errorf("%s: items %v, then %v; want one under the same id", c.name, was, now)
		}
		r.restart()
		r.visit("low", fresh("a", "Ferry service resumes across the strait", time.Hour))
		if s := r.top("all")[0]; s.Source != c.want {
			t.Errorf("%s: after another visit %s leads", c.name, s.Source)
		}
	}
}

// A correction leads whatever the rank of those who repeat what it corrects.
func TestACorrectionKeepsTheLead(t *testing.T) {
	r := open(t, "low", "high")
	r.rules.Sources[1].Rank = 10
	r.enforce()
	r.visit("low", fresh("a", "Ferry service resumes across the strait", time.Minute))
	r.pass(time.Second)
	r.visit("low", fresh("b", "CORRECTED: Ferry service resumes across the strait", 0), fresh("a", "Ferry service resumes across the strait", time.Minute))
	r.pass(time.Second)
	r.visit("high", fresh("c", "Ferry service resumes across the strait", 0))
	if s := r.top("all")[0]; s.Source != "low" || s.Headline != "CORRECTED: Ferry service resumes across the strait" {
		t.Errorf("%s leads with %q, want the correction", s.Source, s.Headline)
	}
}

// A notice withdraws what its source published, also where that is credited to an agency,
// and the takes that it withdraws name it.
func TestAKillNamesItsSource(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Sources[0].Owner, r.rules.Sources[1].Owner = "house", "house"
	r.enforce()
	both, _ := two(r)
	r.pass(time.Minute)
	r.visit("two", fresh("k", "KILL: Ferry service resumes across the strait", 0))
	s := r.story(both.ID)
	if s.Killed.IsZero() {
		t.Fatalf("the story of one owner stands after its kill: %+v", s)
	}
	for i := range s.Takes {
		if s.Takes[i].Withdrawer() != "two" {
			t.Errorf("take of %s was withdrawn by %s, want two", s.Takes[i].Source, s.Takes[i].Withdrawer())
		}
	}
}

// When the item of an event is withdrawn, another story takes its place in the topic with
// its own time: it is no news.
func TestTheNextItemOfAnEventIsNotNew(t *testing.T) {
	r := openEvents(t, "one", "two")
	r.visit("one", fresh("a", "Bomb kills 10 in northern Harbourtown market", time.Minute))
	r.pass(time.Minute)
	r.visit("two", fresh("b", "Bomb kills 14 in northern Harbourtown market", time.Minute))
	item := r.top("all")[0]
	all := r.event(item.Event).Stories
	if len(all) != 2 {
		t.Fatalf("event of %d stories, want 2", len(all))
	}
	r.pass(4 * time.Hour)
	r.restart()
	r.visit("one", fresh("k", "KILL: Bomb kills 10 in northern Harbourtown market", 0))
	next := r.story(all[1])
	if p, in := next.Standing("all"); !in || !p.At.Equal(next.First) {
		t.Errorf("place %+v of the story that is the item now; want that of its first entry, %v", p, next.First)
	}
}

// Hiding a story and showing it again moves its updated time, so that feed readers
// take the note, and then the story again.
func TestHidingMovesUpdated(t *testing.T) {
	r := open(t, "one", "two")
	both, _ := two(r)
	was := both.Places["all"].Updated
	r.pass(time.Minute)
	r.order("hide", both.ID)
	hidden := r.story(both.ID).Places["all"].Updated
	r.pass(time.Minute)
	r.restart()
	r.order("unhide", both.ID)
	back := r.story(both.ID).Places["all"]
	if !hidden.After(was) || !back.Updated.After(hidden) || back.Out || !back.At.Equal(both.Places["all"].At) {
		t.Errorf("updated %v, hidden %v, then %+v; want later times at the same place", was, hidden, back)
	}
}
