package poll

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var errDiskFull = errors.New("no space on the disk")

func (r *testEnv) failFiling(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fileErr = err
}

// headlines returns the headlines of the entries filed.
func headlines(recs []news.Record) (all []string) {
	for _, r := range recs {
		for _, e := range r.Visit.Entries {
			all = append(all, e.Headline)
		}
	}
	return all
}

// Only new and changed entries are filed, with the time of the visit before.
func TestFiled(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"two", "one"}}.answer)
		r.pass(false)
		first := r.records()
		if len(first) != 1 {
			t.Fatalf("first visit: %d records, want 1", len(first))
		}
		v := first[0].Visit
		if !v.Backlog || !v.Prev.IsZero() || !v.Final || v.Feed == nil || v.Feed.Title != "T" || len(v.Listed) != 2 || v.Validators.ETag == "" {
			t.Errorf("first visit: got %+v", v)
		}
		time.Sleep(time.Hour)
		unchanged := time.Now()
		r.pass(true) // a 304 counts as the visit before
		time.Sleep(time.Hour)
		r.serve(rssA, rss{items: []string{"three", "two"}}.answer)
		r.pass(true)
		recs := r.records()
		if d := cmp.Diff([]string{"three"}, headlines(recs)); d != "" {
			t.Fatalf("filed (-want +got):\n%s", d)
		}
		v = recs[0].Visit
		if v.Backlog || v.Partial || v.Feed != nil || len(v.Listed) != 2 {
			t.Errorf("later visit: got %+v", v)
		}
		if gap := v.Prev.Sub(unchanged); gap < 0 || gap > time.Second {
			t.Errorf("the visit before was at %v, want that of the 304, %v", v.Prev, unchanged)
		}
		if got := r.state("a"); got.Outcome != New || got.Visits != 3 {
			t.Errorf("state: outcome %s, %d visits; want new, 3", got.Outcome, got.Visits)
		}
	})
}

// An item that only disappears is filed too, because retention counts from then.
func TestUnlisted(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"two", "one"}}.answer)
		r.pass(false)
		r.records()
		r.serve(rssA, rss{items: []string{"two"}}.answer)
		r.pass(true)
		recs := r.records()
		if len(recs) != 1 || len(recs[0].Visit.Entries) != 0 || len(recs[0].Visit.Listed) != 1 {
			t.Errorf("got %+v, want one batch that lists one item", recs)
		}
	})
}

// Validators are not stored without the entries that they vouch for: while filing fails
// visits pause, and after it the same entries are filed.
func TestFilingFails(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for i := range 50 {
			sources = append(sources, sourceNamed(fmt.Sprintf("s%d", i)))
		}
		r := newEnv(t, sources...)
		for _, s := range sources {
			r.serve(s.Address, rss{items: []string{"x"}}.answer)
		}
		r.failFiling(errDiskFull)
		r.run(time.Minute)
		if n := len(r.requests()); n > maxInFlight+10 {
			t.Errorf("%d visits in a minute with a full disk", n)
		}
		if s := r.state("s1"); s.Validators != (news.Validators{}) || s.Problem != "" {
			t.Errorf("a state has validators for entries that were not stored: %+v", s)
		}
		r.failFiling(nil)
		r.run(10 * time.Minute)
		if n := len(r.records()); n != 50 {
			t.Errorf("%d batches filed, want 50", n)
		}
		if r.failFiling(errDiskFull); r.poller.Pass(t.Context(), true, nil) != nil {
			t.Error("a pass that files nothing failed")
		}
		r.serve(sources[7].Address, rss{items: []string{"y"}}.answer)
		if err := r.poller.Pass(t.Context(), true, nil); !errors.Is(err, errDiskFull) {
			t.Errorf("pass with a full disk: got %v, want %v", err, errDiskFull)
		}
	})
}

// While filing fails, no source is asked more often than its floor allows, also after a
// restart.
func TestFilingFailsPolitely(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"x"}}.answer)
		r.failFiling(errDiskFull)
		r.run(time.Hour)
		r.restart()
		r.run(time.Hour)
		all := r.requests()
		for i := 1; i < len(all); i++ {
			if wait := all[i].start.Sub(all[i-1].end); wait < defaultFloor-time.Millisecond {
				t.Errorf("asked again after %v", wait)
			}
		}
		if len(all) < 10 {
			t.Errorf("%d visits in two hours", len(all))
		}
		r.failFiling(nil)
		r.run(defaultFloor + time.Second)
		if n := len(r.records()); n != 1 {
			t.Errorf("%d batches filed once that works again, want 1", n)
		}
	})
}

// The same chance makes the same schedule, also for sources that are overdue at the start.
func TestSameChanceSameSchedule(t *testing.T) {
	schedule := func() (all []string) {
		bubble.Test(t, func(t *testing.T) {
			var sources []news.SourceConfig
			for i := range 30 {
				sources = append(sources, sourceNamed(fmt.Sprintf("s%d", i)))
			}
			r := newEnv(t, sources...)
			chance := rand.New(rand.NewPCG(1, 2))
			r.poller.Random = chance.Float64
			r.run(time.Minute)
			for _, req := range r.requests() {
				all = append(all, fmt.Sprint(req.URL, req.start))
			}
		})
		return all
	}
	if one, two := schedule(), schedule(); !slices.Equal(one, two) {
		t.Errorf("the schedules differ:\n%v\n%v", one, two)
	}
}

// A kill between filing and saving the state loses nothing and repeats no request, because
// the shared validators are newer then.
func TestSharedValidators(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		doc := rss{items: []string{"one"}}
		r.serve(rssA, doc.answer)
		r.pass(false)
		old := r.state("a")
		time.Sleep(time.Hour)
		doc.items = []string{"two", "one"}
		r.serve(rssA, doc.answer)
		r.pass(true)
		r.requests()
		r.records()
		for _, spot := range []*news.VisitState{&old, nil} {
			err := r.store.Update(func(tx *store.Tx) error {
				if spot == nil {
					return tx.Visits.Delete("a")
				}
				return tx.Visits.Put(*spot)
			})
			if err != nil {
				t.Fatal(err)
			}
			r.restart()
			got := r.pass(true)
			if len(got) != 1 || got[0].Outcome != NotModified {
				t.Errorf("with a state %v: got %+v, want not modified", spot != nil, got)
			}
		}
		if recs := r.records(); len(recs) != 0 {
			t.Errorf("filed again: %q", headlines(recs))
		}
	})
}

// A visit of more than 512 KB makes several batches; the last one has the validators.
func TestCutBatch(t *testing.T) {
	big := strings.Repeat("x", 200<<10)
	var entries []news.Entry
	for i := range 10 {
		entries = append(entries, news.Entry{Headline: fmt.Sprint(i), Body: big})
	}
	b := &news.Visit{Source: "a", Listed: []uint64{1}, Feed: &news.Feed{Title: "T"}, Entries: entries, Validators: news.Validators{ETag: "x"}}
	parts := splitBatch(b)
	n := 0
	for i, p := range parts {
		last := i == len(parts)-1
		if (p.Listed != nil) != (i == 0) || (p.Feed != nil) != (i == 0) || p.Final != last || (p.Validators.ETag != "") != last {
			t.Errorf("part %d of %d: listed %v, feed %v, final %v, %+v", i, len(parts), p.Listed, p.Feed, p.Final, p.Validators)
		}
		n += len(p.Entries)
	}
	if len(parts) != 5 || n != 10 {
		t.Errorf("%d entries in %d parts, want 10 in 5", n, len(parts))
	}
	if parts := splitBatch(&news.Visit{Source: "a"}); len(parts) != 1 || !parts[0].Final {
		t.Errorf("a batch without entries: got %+v", parts)
	}
}

// A reload removes and adds sources. A source that stays keeps its state; one with a new
// address begins a new one.
func TestReload(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"), sourceNamed("b"), sourceNamed("c"))
		for _, s := range r.settings.Sources {
			r.serve(s.Address, rss{items: []string{"one"}}.answer)
		}
		r.pass(false)
		moved := sourceNamed("c")
		moved.Address = "https://elsewhere.example/rss"
		r.serve(moved.Address, rss{items: []string{"one"}, etag: "y"}.answer)
		r.settings.Sources = []news.SourceConfig{sourceNamed("a"), moved, sourceNamed("d")}
		r.putRules()
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.requests()
		got := map[string]string{}
		for _, v := range r.pass(false) {
			got[v.Name] = v.Outcome
		}
		if d := cmp.Diff(map[string]string{"c": New, "d": Problem}, got); d != "" {
			t.Errorf("due after the reload (-want +got):\n%s", d)
		}
		if s := r.state("b"); s.Source != "" {
			t.Errorf("a removed source still has a state: %+v", s)
		}
		r.settings.Sources = []news.SourceConfig{sourceNamed("unknown"), sourceNamed("a")}
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		r.requests()
		if got := r.pass(true); len(got) != 1 || got[0].Name != "a" {
			t.Errorf("with a source that is not in the rules, %+v were visited", got)
		}
	})
}

// A source that is removed during its visit stores nothing.
func TestReloadUnderWay(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		go func() {
			time.Sleep(100 * time.Millisecond) // the answer takes 200
			if err := r.poller.Set(Settings{}); err != nil {
				t.Error(err)
			}
		}()
		if got := r.pass(false); len(got) != 0 {
			t.Errorf("reported %+v", got)
		}
		if recs := r.records(); len(recs) != 0 {
			t.Errorf("filed %+v", recs)
		}
		if s := r.state("a"); s.Source != "" {
			t.Errorf("it stored a state: %+v", s)
		}
	})
}

func TestPaused(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Paused = true
		r := newEnv(t, s)
		r.run(time.Hour)
		if n := len(r.requests()) + len(r.pass(true)); n != 0 {
			t.Errorf("%d visits of a paused source", n)
		}
	})
}

// A pass during Run visits every source once, and Run goes on.
func TestPassDuringRun(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		a, b := sourceNamed("a"), sourceNamed("b")
		a.Every, b.Every = time.Hour, time.Hour
		r := newEnv(t, a, b)
		r.serve(a.Address, rss{items: []string{"x"}}.answer)
		r.serve(b.Address, rss{items: []string{"x"}}.answer)
		go func() {
			time.Sleep(10 * time.Minute)
			if got := r.pass(true); len(got) != 2 {
				t.Errorf("pass during Run: %+v, want two visits", got)
			}
		}()
		r.run(90 * time.Minute)
		if n := len(r.requests()); n != 6 {
			t.Errorf("%d visits, want 6: at the start, by the pass, an hour later", n)
		}
	})
}

// What a hub pushes is filed at once, and is not filed again at the next visit.
func TestDeliver(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.pass(false)
		r.records()
		pushed := rss{items: []string{"two"}}
		if err := r.poller.Deliver(t.Context(), "a", pushed.body(), feed.Hints{}); err != nil {
			t.Fatal(err)
		}
		recs := r.records()
		if len(recs) != 1 || !recs[0].Visit.Partial || recs[0].Visit.Validators != r.state("a").Validators {
			t.Fatalf("pushed: got %+v, want one partial batch and the validators from before", recs)
		}
		r.serve(rssA, rss{items: []string{"two", "one"}}.answer)
		r.pass(true)
		if got := headlines(r.records()); len(got) != 0 {
			t.Errorf("filed again: %q", got)
		}
		if err := r.poller.Deliver(t.Context(), "a", []byte("nothing"), feed.Hints{}); err == nil {
			t.Error("an empty push was accepted")
		}
		if err := r.poller.Deliver(t.Context(), "b", pushed.body(), feed.Hints{}); err == nil {
			t.Error("a push for an unknown source was accepted")
		}
	})
}

// Sources that never answer do not delay the others.
func TestSlowSources(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for i := range 480 {
			s := sourceNamed(fmt.Sprintf("fine%d", i))
			if i%4 == 0 {
				s = sourceNamed(fmt.Sprintf("slow%d", i))
			}
			s.Every = 5 * time.Minute
			sources = append(sources, s)
		}
		r := newEnv(t, sources...)
		r.poller.Random = evenlySpread()
		for _, s := range sources {
			if strings.HasPrefix(s.Name, "fine") {
				r.serve(s.Address, rss{items: []string{"x"}}.answer)
				continue
			}
			r.serve(s.Address, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
				time.Sleep(time.Minute)
				return nil, &fetch.Problem{Kind: fetch.TimedOut, Text: "too slow", URL: q.URL}
			})
		}
		start := time.Now()
		r.run(time.Hour)
		var worst time.Duration
		last := map[string]time.Time{}
		for _, q := range r.requests() {
			if strings.Contains(q.URL, "fine") {
				due := start
				if before := last[q.URL]; !before.IsZero() {
					due = before.Add(5 * time.Minute)
				}
				worst = max(worst, q.start.Sub(due))
			}
			last[q.URL] = q.end
		}
		if worst == 0 || worst > 30*time.Second {
			t.Errorf("a healthy source was %v late", worst)
		}
	})
}

// A disk that seems to have space again and has none does not bring more visits, and what
// could be filed in the end is not visited early any more.
func TestResumeInVain(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.failFiling(errDiskFull)
		go func() {
			for range 360 {
				time.Sleep(5 * time.Second)
				r.poller.Resume()
			}
			r.failFiling(nil)
			for range 360 {
				time.Sleep(5 * time.Second)
				r.poller.Resume()
			}
		}()
		r.run(time.Hour)
		early, all := 0, r.requests()
		for i := 1; i < len(all); i++ {
			if all[i].start.Sub(all[i-1].end) < defaultFloor-time.Millisecond {
				early++
			}
		}
		if early > 1 || len(r.records()) == 0 {
			t.Errorf("%d of %d visits were early, want one at most, and something filed", early, len(all))
		}
	})
}

// When records can be filed again, what could not be filed is visited at once.
func TestResume(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.failFiling(errDiskFull)
		go func() {
			time.Sleep(time.Hour) // the pauses are long by now
			r.failFiling(nil)
			r.poller.Resume()
		}()
		r.run(time.Hour + 5*time.Second)
		if d := cmp.Diff([]string{"one"}, headlines(r.records())); d != "" {
			t.Errorf("filed five seconds later (-want +got):\n%s", d)
		}
	})
}
