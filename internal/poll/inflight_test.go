package poll

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
)

// A slow visit makes room for another one, as long as there are few.
func TestInFlight(t *testing.T) {
	var f inFlight
	turns := make([]turn, maxSlow+1)
	for i := range turns {
		f.start(&turns[i])
		if got, want := f.setSlow(&turns[i]), i < maxSlow; got != want {
			t.Fatalf("visit %d counts as slow: %v, want %v", i, got, want)
		}
	}
	if f.quick != 1 || f.slow != maxSlow {
		t.Errorf("%d quick, %d slow, want 1 and %d", f.quick, f.slow, maxSlow)
	}
	for i := range turns {
		f.end(&turns[i])
		if f.setSlow(&turns[i]) {
			t.Errorf("visit %d became slow after its end", i)
		}
	}
	if f != (inFlight{}) {
		t.Errorf("%+v after all ended, want none", f)
	}
}

// Nodes share out how many visits are under way.
func TestInFlightOfSeveralNodes(t *testing.T) {
	for _, c := range []struct{ nodes, want int }{{1, maxInFlight}, {3, maxInFlight / 3}, {100, 1}, {0, maxInFlight}} {
		bubble.Test(t, func(t *testing.T) {
			var sources []news.SourceConfig
			for i := range 2 * maxInFlight {
				sources = append(sources, sourceNamed(fmt.Sprint("s", i)))
			}
			r := newEnv(t, sources...)
			for _, s := range sources {
				r.serve(s.Address, rss{items: []string{"x"}}.answer)
			}
			r.poller.Visitors = func() int { return c.nodes }
			if n := len(r.pass(false)); n != len(sources) {
				t.Errorf("%d visits, want %d", n, len(sources))
			}
			most, all := 0, r.requests()
			for i := range all {
				flying := 0
				for _, q := range all {
					if !q.start.After(all[i].start) && q.end.After(all[i].start) {
						flying++
					}
				}
				most = max(most, flying)
			}
			if most != c.want {
				t.Errorf("%d requests at the same time while %d nodes visit, want %d", most, c.nodes, c.want)
			}
		})
	}
}

func TestFilingPause(t *testing.T) {
	var f filingPause
	now := noon
	for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
		if got := f.failed(now); got != want*time.Second || !f.until.Equal(now.Add(got)) {
			t.Errorf("pause %v until %v, want %v seconds", got, f.until, want)
		}
		if got := f.failed(f.until.Add(-time.Second)); got != 0 || !f.until.Equal(now.Add(want*time.Second)) {
			t.Errorf("a visit that was under way made the pause %v longer, until %v", got, f.until)
		}
		now = f.until
	}
	if f.maxVisits() != 1 {
		t.Errorf("%d visits while filing fails, want 1", f.maxVisits())
	}
	f.succeeded()
	if f.maxVisits() != maxInFlight || f.failed(now) != firstPause {
		t.Error("a success did not end the failures")
	}
}
