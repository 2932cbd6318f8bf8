package poll

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
)

// Sources that are paused, that fail, that have a fixed interval, or whose hub sends what is
// new leave their part of the budget to the others.
func TestBudgetIsForTheOthers(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		paused, fixed := sourceNamed("paused"), sourceNamed("fixed")
		paused.Paused, fixed.Every = true, 2*time.Hour
		r := newEnv(t, sourceNamed("a"), sourceNamed("b"), paused, fixed, sourceNamed("failing"), sourceNamed("pushed"))
		for _, name := range []string{"a", "b", "fixed", "pushed"} {
			r.serve("https://"+name+".example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
				var items []string
				for i := range 20 { // one every 40 minutes
					items = append(items, fmt.Sprint(now.Truncate(40*time.Minute).Add(time.Duration(-i)*40*time.Minute).Unix()))
				}
				return rss{items: items}.answer(q, now)
			})
		}
		r.poller.Pushed = func(source string) bool { return source == "pushed" }
		r.settings.Budget = 6 * 24
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.run(24 * time.Hour)
		r.requests()
		r.run(3 * 24 * time.Hour)
		visits := map[string]int{}
		for _, q := range r.requests() {
			visits[q.URL]++
		}
		all := 0
		for _, n := range visits {
			all += n
		}
		if want := 3 * 6 * 24; all < want*97/100 || all > want*103/100 {
			t.Errorf("%d visits in three days, want the budget of %d: %v", all, want, visits)
		}
		for name, most := range map[string]int{"paused": 0, "fixed": 37, "failing": 12, "pushed": 8} {
			if n := visits["https://"+name+".example/rss"]; n > most {
				t.Errorf("%d visits of %s in three days, want at most %d", n, name, most)
			}
		}
	})
}
