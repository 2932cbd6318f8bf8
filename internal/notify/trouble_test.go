package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// setRules stores rules with these alerts and two sources.
func (r *env) setRules(alerts ...news.Alert) {
	r.Helper()
	rules := news.Rules{Site: r.settings.Site, Alerts: alerts}
	err := r.store.Update(func(tx *store.Tx) error {
		for _, name := range []string{"gulf", "nile"} {
			s := news.Source{ID: name, Name: name, Title: strings.ToUpper(name), Tags: []string{"from-" + name}}
			rules.Sources = append(rules.Sources, s)
			if err := tx.Sources.Put(&news.SourceState{Source: s}); err != nil {
				return err
			}
		}
		return tx.PutRules(&rules)
	})
	if err != nil {
		r.Fatal(err)
	}
}

func (r *env) setVisitState(s news.VisitState) {
	r.Helper()
	if err := r.store.Update(func(tx *store.Tx) error { return tx.Visits.Put(s) }); err != nil {
		r.Fatal(err)
	}
}

func alertOn(when news.When, match string, to ...string) news.Alert {
	a := news.Alert{Name: string(when), When: when}
	if match != "" {
		a.Match = []string{match}
	}
	for _, id := range to {
		a.To = append(a.To, news.Target{ID: id, Kind: "webhook", Label: id})
	}
	return a
}

func headlinesOf(calls []call) (out []string) {
	for _, c := range calls {
		_, text, _ := strings.Cut(c.body, `"headline":"`)
		text, _, _ = strings.Cut(text, `"`)
		out = append(out, text)
	}
	return out
}

// A source that can't be read rings once each time this begins, to the targets of the
// alerts that match it.
func TestASourceInTroubleRingsOnce(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example", "b.example")
		a, b := r.host("a.example"), r.host("b.example")
		begin := news.Instant(time.Now())
		r.setRules(alertOn(news.WhenProblem, "", "a.example"), alertOn(news.WhenProblem, "tag:from-nile", "b.example"))
		broken := news.VisitState{Source: "gulf", LastSuccess: begin, Problem: "it answered 500", Failures: 1}
		r.setVisitState(broken)
		time.Sleep(5 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Fatalf("one failure rang %q, want nothing", headlinesOf(got))
		}
		broken.Failures = 2
		r.setVisitState(broken)
		time.Sleep(2 * time.Minute)
		if got := headlinesOf(a.calls()); len(got) != 1 || got[0] != "GULF can't be read: it answered 500" {
			t.Fatalf("rang %q, want one alert about GULF", got)
		}
		broken.Failures = 9
		r.setVisitState(broken)
		r.restart()
		time.Sleep(time.Hour)
		r.setVisitState(news.VisitState{Source: "gulf", LastSuccess: begin.Add(time.Hour)})
		time.Sleep(5 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Errorf("it rang again: %v", headlinesOf(got))
		}
		broken.LastSuccess = begin.Add(time.Hour)
		r.setVisitState(broken)
		time.Sleep(5 * time.Minute)
		if got := a.calls(); len(got) != 1 {
			t.Errorf("the second time it rang %d times, want once", len(got))
		}
		if got := b.calls(); len(got) != 0 {
			t.Errorf("an alert about another source rang %q, want nothing", headlinesOf(got))
		}
		r.stop()
	})
}

// steady returns the pace state of a source that had an item every half hour for a week,
// and none since.
func steady(now time.Time, silent time.Duration) []byte {
	p := pace.New(0)
	p.Add("x", nil, pace.Bounds{})
	last := now.Add(-silent)
	for at := last.Add(-7 * 24 * time.Hour); !at.After(last); at = at.Add(30 * time.Minute) {
		p.Observe("x", at, []time.Time{at}, 20)
	}
	p.Observe("x", now, nil, 20)
	return p.State("x")
}

func TestAQuietSourceRings(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		r.setRules(alertOn(news.WhenQuiet, "source:gulf", "a.example"))
		r.setVisitState(news.VisitState{Source: "gulf", Pace: steady(time.Now(), 3*time.Hour)})
		r.setVisitState(news.VisitState{Source: "nile", Pace: steady(time.Now(), 30*24*time.Hour)})
		time.Sleep(2 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Fatalf("three silent hours rang %q, want nothing", headlinesOf(got))
		}
		r.setVisitState(news.VisitState{Source: "gulf", Pace: steady(time.Now(), 7*time.Hour)})
		time.Sleep(2 * time.Minute)
		got := headlinesOf(a.calls())
		if len(got) != 1 || !strings.HasPrefix(got[0], "GULF went quiet: nothing for 7h; about 1") {
			t.Fatalf("rang %q, want one alert about GULF", got)
		}
		r.setVisitState(news.VisitState{Source: "gulf", Problem: "it answered 500", Failures: 4, Pace: steady(time.Now(), 8*time.Hour)})
		time.Sleep(2 * time.Minute)
		r.setVisitState(news.VisitState{Source: "gulf", Pace: steady(time.Now(), 9*time.Hour)})
		time.Sleep(2 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Errorf("it rang again: %v", headlinesOf(got))
		}
		r.stop()
	})
}

// Nothing rings for a source that is paused, for one that recovers before the end of
// quiet hours, and while there is no network.
func TestTroubleThatDoesNotRing(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		night := alertOn(news.WhenProblem, "", "a.example")
		night.Quiet = [2]time.Duration{22 * time.Hour, 6 * time.Hour} // the test begins at midnight UTC
		r.setRules(night)
		r.setVisitState(news.VisitState{Source: "gulf", Paused: true, Problem: "it answered 500", Failures: 4})
		r.setVisitState(news.VisitState{Source: "nile", Problem: "it answered 500", Failures: 4})
		time.Sleep(time.Hour)
		well := news.Instant(time.Now())
		r.setVisitState(news.VisitState{Source: "nile", LastSuccess: well})
		time.Sleep(10 * time.Hour)
		if got := a.calls(); len(got) != 0 {
			t.Errorf("rang %q, want nothing", headlinesOf(got))
		}
		r.stop()
		r.offline = true
		r.start()
		r.setVisitState(news.VisitState{Source: "nile", LastSuccess: well, Problem: "no such host", Failures: 4})
		time.Sleep(2 * time.Hour)
		r.stop()
		r.offline = false
		r.start()
		if got := a.calls(); len(got) != 0 {
			t.Errorf("without a network it rang %q, want nothing", headlinesOf(got))
		}
		time.Sleep(2 * time.Minute)
		if got := a.calls(); len(got) != 1 {
			t.Errorf("with a network it rang %q, want one alert", headlinesOf(got))
		}
		r.stop()
	})
}
