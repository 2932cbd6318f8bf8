package poll

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ownership is what a test says about which sources this node visits.
type ownership struct {
	mu     sync.Mutex
	others map[string]bool // addresses that other nodes visit
}

func (o *ownership) owns(address string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.others[address]
}

// give gives all sources with these names to other nodes, and those of no others.
func (o *ownership) give(names ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.others = map[string]bool{}
	for _, name := range names {
		o.others["https://"+name+".example/rss"] = true
	}
}

// newCluster is a Poller of some sources with a fixed pace and an ownership.
func newCluster(t *testing.T, names ...string) (*testEnv, *ownership) {
	var sources []news.SourceConfig
	for _, name := range names {
		c := sourceNamed(name)
		c.Every = 10 * time.Minute
		sources = append(sources, c)
	}
	r, o := newEnv(t, sources...), &ownership{}
	for _, name := range names {
		r.serve("https://"+name+".example/rss", rss{items: []string{name}}.answer)
	}
	r.poller.Owns = o.owns
	return r, o
}

// visited counts the requests to each source since the last call.
func (r *testEnv) visited() map[string]int {
	n := map[string]int{}
	for _, q := range r.requests() {
		n[strings.TrimSuffix(strings.TrimPrefix(q.URL, "https://"), ".example/rss")]++
	}
	return n
}

// Sources of other nodes are not visited, by the schedule nor by hand, and keep their state.
func TestOthersSources(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a", "b")
		r.run(time.Hour)
		before := r.state("b")
		o.give("b")
		r.poller.OwnersChanged()
		r.visited()
		r.run(time.Hour)
		r.pass(true)
		if n := r.visited(); n["a"] < 6 || n["b"] > 0 {
			t.Errorf("visits: %v, want them of a alone", n)
		}
		if got := r.state("b"); got.Due != before.Due || got.Visits != before.Visits || got.Validators != before.Validators {
			t.Errorf("the state of b was %+v and is %+v", before, got)
		}
		err := r.poller.Visit(t.Context(), "b", nil)
		if !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "another node of the cluster visits it") {
			t.Errorf("a visit by hand: %v", err)
		}
		if err := r.poller.Set(r.settings); err != nil { // a reload changes nothing in it
			t.Fatal(err)
		}
		if r.run(time.Hour); r.visited()["b"] > 0 {
			t.Error("after a reload b is visited")
		}
	})
}

// What a node takes over is visited soon, spread as after a start, and with the validators that
// the records brought.
func TestTakenSources(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprintf("s%02d", i))
		}
		r, o := newCluster(t, names...)
		o.give(names...)
		r.poller.OwnersChanged()
		r.poller.Random = nil
		r.poller.setDefaults()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = r.poller.Run(ctx) }()
		time.Sleep(time.Hour)
		if n := len(r.visited()); n > 0 {
			t.Fatalf("%d sources of others were visited", n)
		}
		r.vouch(names[7], "W/"+fmt.Sprintf("%q", fmt.Sprint([]string{names[7]}, "")), time.Now().Add(-time.Hour))
		r.vouch(names[8], "x", time.Now().Add(-time.Second))
		o.give()
		began := time.Now()
		r.poller.OwnersChanged()
		time.Sleep(time.Minute)
		seen := r.requests()
		if want := len(names) - 1; len(seen) != want {
			t.Errorf("%d visits in the first minute, want one of each of %d sources, but none of the one that was just visited", len(seen), want)
		}
		soon := 0
		for _, q := range seen {
			if q.start.Sub(began) < time.Second {
				soon++
			}
			if strings.Contains(q.URL, names[8]) {
				t.Error("a source that was visited a second before is visited again at once")
			}
			if strings.Contains(q.URL, names[7]) && q.Validators.ETag == "" {
				t.Error("the validators that another node filed were not sent")
			}
		}
		if soon > len(names)/2 {
			t.Errorf("%d of %d visits are in the first second", soon, len(names))
		}
		stop()
		synctest.Wait()
	})
}

// vouch stores shared validators of a source, as the record of another node does.
func (r *testEnv) vouch(name, etag string, at time.Time) {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(name)
		if err != nil {
			return err
		}
		st.Visited, st.At, st.Validators = true, at, news.Validators{ETag: etag}
		return tx.Sources.Put(st)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// Giving back waits for the visit under way, which counts.
func TestLand(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a", "b")
		r.poller.Land(t.Context(), func(string) bool { return true }) // there is none
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = r.poller.Run(ctx) }()
		time.Sleep(100 * time.Millisecond) // a visit takes 200 ms
		o.give("a")
		r.poller.OwnersChanged()
		r.poller.Land(t.Context(), func(address string) bool { return !o.owns(address) })
		if s := r.state("a"); s.Visits != 1 || s.Outcome != New {
			t.Errorf("after Land: %d visits, outcome %q", s.Visits, s.Outcome)
		}
		stop()
		synctest.Wait()
	})
}

// A lost source's visit is cancelled and has no effect.
func TestLandLost(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a", "b")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = r.poller.Run(ctx) }()
		time.Sleep(100 * time.Millisecond)
		o.give("a")
		r.poller.OwnersChanged()
		lost, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		r.poller.Land(lost, func(address string) bool { return !o.owns(address) })
		if took := time.Since(began); took > 0 {
			t.Errorf("Land took %v", took)
		}
		time.Sleep(time.Minute)
		if s := r.state("a"); s.Visits != 0 || s.Problem != "" {
			t.Errorf("the lost visit of a left %+v", s)
		}
		if s := r.state("b"); s.Visits == 0 {
			t.Error("b is not visited any more")
		}
		stop()
		synctest.Wait()
	})
}

// A record that the log refuses because another node has the source pauses nothing, and a
// visit is not started after the source was lost, even before OwnersChanged.
func TestFiledElsewhere(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a", "b")
		r.failFiling(fmt.Errorf("file: %w", ErrElsewhere))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = r.poller.Run(ctx) }()
		time.Sleep(time.Minute)
		if n := r.visited(); n["a"] != 1 || n["b"] != 1 {
			t.Errorf("visits in the first minute: %v, want one of each", n)
		}
		r.failFiling(nil)
		o.give("b")
		time.Sleep(time.Hour)
		if n := r.visited(); n["a"] == 0 || n["b"] > 0 {
			t.Errorf("visits in the next hour: %v, want some of a and none of b", n)
		}
		if s := r.state("b"); s.Visits != 0 || s.Problem != "" {
			t.Errorf("the refused visit of b left %+v", s)
		}
		stop()
		synctest.Wait() // until then a save may write what is read here
		if r.poller.pause.failures > 0 {
			t.Error("visits pause")
		}
	})
}

// A pass that waits for a source ends when another node takes it.
func TestPassEndsElsewhere(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a")
		r.serve("https://a.example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			o.give("a")
			return rss{items: []string{"a"}}.answer(q, now)
		})
		r.failFiling(ErrElsewhere)
		if got := r.pass(true); len(got) > 0 {
			t.Errorf("reported %+v", got)
		}
	})
}

// What a hub sends for a source of another node is not filed here, nor is the source visited.
func TestPushOfOthersSource(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, o := newCluster(t, "a")
		r.run(time.Hour)
		r.records()
		deliver := func() error {
			return r.poller.Deliver(t.Context(), "a", rss{items: []string{"two"}}.body(), feed.Hints{})
		}
		o.give("a") // and the poller does not know yet
		if err := deliver(); !errors.Is(err, ErrElsewhere) {
			t.Errorf("lost this moment: %v", err)
		}
		r.poller.OwnersChanged()
		o.give() // it is to be taken
		if err := deliver(); !errors.Is(err, ErrElsewhere) {
			t.Errorf("not taken yet: %v", err)
		}
		if r.poller.VisitPushed("a") {
			t.Error("a visit was promised")
		}
		if n := len(r.records()); n > 0 {
			t.Errorf("%d records filed", n)
		}
		r.poller.OwnersChanged()
		if err := deliver(); err != nil || len(r.records()) != 1 {
			t.Errorf("taken: %v, want one record", err)
		}
	})
}

// The pace of a source that is taken over follows what its hub is known to send by then, and a
// visit that was due is not put off.
func TestPushChangedBeforeTaken(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after bool
		pause         time.Duration // while nobody visits
		visits        int           // in the hour after
	}{
		{"relied on, and still", true, true, time.Minute, 0},
		{"not any more", true, false, time.Minute, 5},
		{"relied on since", false, true, time.Minute, 0},
		{"a visit was due", false, true, time.Hour, 1},
	} {
		bubble.Test(t, func(t *testing.T) {
			r, o := newCluster(t, "a")
			var relied atomic.Bool
			relied.Store(c.before)
			r.poller.Pushed = func(string) bool { return relied.Load() }
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go func() { _ = r.poller.Run(ctx) }()
			time.Sleep(65 * time.Minute)
			r.poller.PushChanged("a")
			o.give("a")
			r.poller.OwnersChanged()
			time.Sleep(c.pause)
			r.visited()
			relied.Store(c.after)
			r.poller.PushChanged("a") // while it is another node's
			o.give()
			r.poller.OwnersChanged()
			time.Sleep(time.Hour)
			if n := r.visited()["a"]; n < c.visits || n > c.visits+1 || c.visits == 0 && n > 0 {
				t.Errorf("%s: %d visits in an hour, want %d", c.name, n, c.visits)
			}
		})
	}
}
