package poll

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// putInForce stores rules with these sources, as the record of any node does.
func (r *testEnv) putInForce(sources ...news.Source) {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		rules := &news.Rules{}
		for _, s := range sources {
			s.ID = s.Name
			rules.Sources = append(rules.Sources, s)
		}
		return tx.PutRules(rules)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// A node whose feeds.yaml differs visits the sources that the rules in force have alike. What
// it knows of the others stays, and holds when the file is right again.
func TestFileDiffers(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		r, _ := newCluster(t, "same", "other", "unknown")
		r.serve("https://other.example/rss", problem(fetch.RetryLater, 429, 10*time.Hour))
		r.run(time.Minute)
		r.visited()
		same, other := sourceNamed("same").Source, sourceNamed("other").Source
		other.Title = "In other words"
		r.putInForce(same, other)
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		before := r.state("other")
		r.run(2 * time.Hour)
		if n := r.visited(); n["same"] < 10 || n["other"]+n["unknown"] > 0 {
			t.Errorf("visits: %v, want them of same alone", n)
		}
		if got := r.state("other"); got.Due != before.Due || got.RetryAfter.IsZero() {
			t.Errorf("the state of other was %+v and is %+v", before, got)
		}
		if got := r.state("unknown"); got.Visits != 0 {
			t.Errorf("the state of a source that the rules do not have is still there: %+v", got)
		}
		r.restart()
		r.poller.Owns = func(string) bool { return true }
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.run(time.Hour)
		if n := r.visited(); n["other"] > 0 || n["same"] < 5 {
			t.Errorf("visits after a restart: %v", n)
		}
		r.settings.Sources[1].Title = other.Title
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.run(time.Hour)
		if n := r.visited(); n["other"] > 0 {
			t.Errorf("%d visits before the end of Retry-After", n["other"])
		}
		r.run(8 * time.Hour)
		if n := r.visited(); n["other"] == 0 {
			t.Error("the source is not visited although the file is right")
		}
	})
}

// What another node learned of a source that this one's file lacks holds once it has it.
func TestHeard(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		startedAt(t)
		r, _ := newCluster(t, "a", "b")
		all := r.settings.Sources
		r.settings.Sources = all[:1]
		r.restart()
		r.poller.Owns = func(string) bool { return true }
		now := time.Now()
		r.poller.Adopt([]news.VisitState{{Source: "b", Address: all[1].Address, LastAttempt: now, Due: now.Add(5 * time.Hour), RetryAfter: now.Add(5 * time.Hour), Status: 429}})
		r.settings.Sources = all
		r.putRules()
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.run(4 * time.Hour)
		if n := r.visited(); n["b"] > 0 || n["a"] == 0 {
			t.Errorf("visits: %v", n)
		}
		r.run(2 * time.Hour)
		if n := r.visited(); n["b"] == 0 {
			t.Error("b is not visited after Retry-After")
		}
	})
}
