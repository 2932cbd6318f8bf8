package pace

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday

// poissonTrace returns a trace of feeds with constant rates in items a day.
func poissonTrace(days int, rates ...float64) *Trace {
	rng := rand.New(rand.NewPCG(1, 2))
	tr := &Trace{Start: start, End: start.AddDate(0, 0, days)}
	for i, rate := range rates {
		f := TraceFeed{Name: fmt.Sprint("f", i), Host: fmt.Sprint("h", i), Window: 50}
		for t := start; ; {
			t = t.Add(time.Duration(rng.ExpFloat64() / rate * 24 * float64(time.Hour)))
			if t.After(tr.End) {
				break
			}
			f.Times = append(f.Times, t)
		}
		tr.Feeds = append(tr.Feeds, f)
	}
	return tr
}

func repeat(n int, rates ...float64) (all []float64) {
	for range n {
		all = append(all, rates...)
	}
	return all
}

// At constant rates, visits are proportional to the square root of the rate.
func TestSquareRoot(t *testing.T) {
	tr := poissonTrace(30, repeat(5, 4, 16, 64)...)
	r := newReplay(tr, time.Minute, 0)
	next := r.planned(New(15 * 48))
	made := map[string]int{}
	for r.queue[0].at.Before(tr.End) {
		if r.queue[0].at.After(start.AddDate(0, 0, 15)) {
			made[r.Feeds[r.queue[0].feed].Name]++
		}
		r.visit(next)
	}
	var slow, middle, fast float64
	for i := range 5 {
		slow += float64(made[fmt.Sprint("f", 3*i)])
		middle += float64(made[fmt.Sprint("f", 3*i+1)])
		fast += float64(made[fmt.Sprint("f", 3*i+2)])
	}
	if a, b := middle/slow, fast/middle; math.Abs(a-2) > .3 || math.Abs(b-2) > .3 {
		t.Errorf("four times the rate: %.2f and %.2f times the visits, want 2", a, b)
	}
}

// Sources that never publish are hardly visited, however large the budget is.
func TestInactiveSources(t *testing.T) {
	tr := &Trace{Start: start, End: start.AddDate(0, 0, 60)}
	for i := range 5 {
		tr.Feeds = append(tr.Feeds, TraceFeed{Name: fmt.Sprint(i), Host: fmt.Sprint(i), Window: 10})
	}
	got := Simulate(tr, 1e6, time.Minute, 30*24*time.Hour)
	if each := got.VisitsPerDay / 5; each < 2 || each > 24 {
		t.Errorf("%.1f visits a day to an inactive source, want 2 to 24", each)
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		name string
		Bounds
		min, max time.Duration
		why      string
	}{
		{"floor", Bounds{Floor: 10 * time.Minute}, 10 * time.Minute, 10 * time.Minute, "never sooner than 10m"},
		{"server", Bounds{Floor: 5 * time.Minute, Server: 90 * time.Minute}, 90 * time.Minute, 90 * time.Minute, "the server asks for 1h30m"},
		{"server, over a day", Bounds{Server: 1000 * time.Hour}, 24 * time.Hour, 24 * time.Hour, "the server asks for 24h"},
		{"every", Bounds{Floor: time.Minute, Every: 10 * time.Minute}, 10 * time.Minute, 10 * time.Minute, "every 10m, as feeds.yaml says"},
		{"every below the server's minimum", Bounds{Every: time.Minute, Server: time.Hour}, time.Hour, time.Hour, "the server asks for 1h"},
		{"budget", Bounds{Floor: time.Second}, time.Second, 10 * time.Minute, "items a day"},
	} {
		p := New(1e5)
		p.Add("a", nil, c.Bounds)
		var items []time.Time
		for i := range 40 {
			items = append(items, start.Add(-time.Duration(i)*3*time.Minute))
		}
		p.Observe("a", start, items, 50)
		next, why := p.Next("a", start, c.Bounds)
		if d := next.Sub(start); d < c.min || d > c.max || !strings.Contains(why, c.why) {
			t.Errorf("%s: visit after %v, reason %q; want %v to %v, reason with %q", c.name, d, why, c.min, c.max, c.why)
		}
	}
}

func TestWire(t *testing.T) {
	every := func(wire bool) time.Duration {
		p := New(0)
		b := Bounds{Floor: time.Second, Wire: wire}
		for i := range 40 {
			p.Add(fmt.Sprint(i), nil, Bounds{})
			p.Observe(fmt.Sprint(i), start, []time.Time{start.Add(-20 * time.Hour), start.Add(-time.Hour)}, 20)
		}
		p.Add("a", nil, b)
		p.Observe("a", start, []time.Time{start.Add(-20 * time.Hour), start.Add(-time.Hour)}, 20)
		next, _ := p.Next("a", start, b)
		return next.Sub(start)
	}
	if ratio := float64(every(false)) / float64(every(true)); ratio < 1.7 || ratio > 2.3 {
		t.Errorf("a wire is visited %.2f times as often as another source, want 2", ratio)
	}
}

// Where many items are published at once, visits come just after them.
func TestRegularBursts(t *testing.T) {
	tr := &Trace{Start: start, End: start.AddDate(0, 0, 20)}
	for i := range 4 {
		f := TraceFeed{Name: fmt.Sprint(i), Host: fmt.Sprint(i), Window: 50}
		for at := start.Add(7 * time.Minute); at.Before(tr.End); at = at.Add(time.Hour) {
			f.Times = append(f.Times, at, at, at)
		}
		tr.Feeds = append(tr.Feeds, f)
	}
	got := Simulate(tr, 4*24, time.Minute, 10*24*time.Hour)
	if got.Mean > 12 { // every hour at any minute would make 30
		t.Errorf("mean delay %.1f minutes for items published at 7 past, want at most 12", got.Mean)
	}
}

// A plan with restored states continues as if it had never stopped.
func TestState(t *testing.T) {
	tr := poissonTrace(6, 5, 50)
	b := Bounds{Floor: time.Minute}
	p := New(200)
	p.Add("0", nil, b)
	p.Add("1", nil, b)
	for h := range 100 {
		at := start.Add(time.Duration(h) * time.Hour)
		for i := range 2 {
			var items []time.Time
			for _, x := range tr.Feeds[i].Times {
				if x.After(at.Add(-time.Hour)) && !x.After(at) {
					items = append(items, x)
				}
			}
			p.Observe(fmt.Sprint(i), at, items, 50)
		}
	}
	q := New(200)
	for _, id := range []string{"0", "1"} {
		state := p.State(id)
		if n := len(state); n > 700 {
			t.Errorf("the state has %d bytes, want at most 700", n)
		}
		q.Add(id, state, b)
		if !bytes.Equal(q.State(id), state) {
			t.Errorf("%s: the state changed when it was restored", id)
		}
	}
	at := start.Add(101 * time.Hour)
	for _, id := range []string{"0", "1"} {
		p.sources[id].curvesAt, p.budget = 0, budget{} // a new plan computes its curves
		p.Observe(id, at, nil, 0)
		q.Observe(id, at, nil, 0)
	}
	for _, id := range []string{"0", "1"} {
		want, _ := p.Next(id, at, b)
		if got, _ := q.Next(id, at, b); !got.Equal(want) {
			t.Errorf("%s: next after the restart %v, want %v", id, got, want)
		}
	}
}

func FuzzState(f *testing.F) {
	p := New(0)
	p.Add("a", nil, Bounds{})
	p.Observe("a", start, []time.Time{start.Add(-time.Hour), start.Add(-time.Minute)}, 10)
	f.Add(p.State("a"))
	f.Add([]byte{version})
	p.Observe("a", start.Add(20*time.Hour), nil, 10)
	f.Add(p.State("a"))
	f.Fuzz(func(t *testing.T, state []byte) {
		p := New(0)
		p.Add("a", state, Bounds{Floor: time.Minute})
		p.Observe("a", start, []time.Time{start.Add(-time.Minute)}, 10)
		next, why := p.Next("a", start, Bounds{Floor: time.Minute})
		if wait := next.Sub(start); wait < time.Minute || wait > maxIntervalInactive+time.Minute || why == "" {
			t.Errorf("next visit after %v, reason %q", wait, why)
		}
	})
}

// After the clock was set back, visits are planned as before.
func TestClockSetBack(t *testing.T) {
	for _, ahead := range []time.Duration{time.Minute, 13 * time.Hour, 400 * 24 * time.Hour} {
		p := New(0)
		p.Add("a", nil, Bounds{})
		p.Observe("a", start.Add(ahead), []time.Time{start.Add(ahead - time.Hour), start.Add(ahead)}, 10)
		p.Observe("a", start, []time.Time{start.Add(-time.Minute)}, 10)
		if r := p.sources["a"]; r.Watched < 0 || r.ExcitedAt > r.At || r.ProfileAt > r.At {
			t.Errorf("%v ahead: watched for %v s; excitation of %v, profile of %v, and it is %v", ahead, r.Watched, r.ExcitedAt, r.ProfileAt, r.At)
		}
		next, _ := p.Next("a", start, Bounds{Floor: time.Minute})
		if wait := next.Sub(start); wait < time.Minute || wait > maxInterval {
			t.Errorf("%v ahead: next visit after %v", ahead, wait)
		}
	}
}

// Impossible dates are ignored.
func TestImpossibleDates(t *testing.T) {
	p := New(0)
	p.Add("a", nil, Bounds{})
	p.Observe("a", start, []time.Time{{}, start.AddDate(50, 0, 0), start.AddDate(-60, 0, 0)}, 3)
	if r := p.sources["a"]; r.Items != 0 {
		t.Errorf("%v items counted, want 0", r.Items)
	}
}

func TestReadTraceErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "no feed",
		"a\th\t10":                       "line 1: 3 columns",
		"# c\na\th\tx\t0\t1":             "line 2: the window",
		"a\th\t1\t-1\t1":                 "the floor",
		"a\th\t1\t0\t1 x":                "the time",
		"#range 5\na\th\t1\t0\t1":        "#range",
		"#range 5 1\na\th\t1\t0\t1":      "#range",
		"a\th\t1\tNaN\t1":                "the floor",
		"a\th\t1\t0\t1e300":              "the time",
		"#range 1 NaN\na\th\t1\t0\t1 2 ": "#range",
	} {
		if _, err := ReadTrace(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
}

// The replay of any trace ends, and counts no item twice.
func FuzzReadTrace(f *testing.F) {
	f.Add([]byte("#range 0 86400\na\th\t10\t60\t1 2 3\nb\th\t1\t0\t\n"))
	f.Add([]byte("a\th\t1\t0\t" + strings.Repeat("5 ", 3000)))
	f.Add([]byte(strings.Repeat("a\th\t1\t1e8\t-1e11 1e11\n", 50)))
	f.Add([]byte("a\th\t1\t0\t-555 5"))
	f.Add([]byte("a\th\t9223372036854775807\t0.5\t1 1.5\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := ReadTrace(bytes.NewReader(b))
		if err != nil || len(b) > 1<<16 || tr.End.Sub(tr.Start) > 100*24*time.Hour || len(tr.Feeds) > 50 {
			return
		}
		items := 0
		for i := range tr.Feeds {
			items += len(tr.Feeds[i].Times)
		}
		if got := Simulate(tr, 24, time.Hour, 0); got.Missed > items || got.Useless < 0 || got.Useless > 1 || got.P99 < got.Median {
			t.Errorf("%q: %d items, %+v", b, items, got)
		}
	})
}

// BenchmarkPrice computes the price for 2,000 sources, as happens every ten minutes.
func BenchmarkPrice(b *testing.B) {
	p := New(0)
	for i := range 2000 {
		id := fmt.Sprint(i)
		p.Add(id, nil, Bounds{Floor: time.Minute})
		p.Observe(id, start, []time.Time{start.Add(-20 * time.Hour), start.Add(-9 * time.Hour)}, 20)
	}
	for now := seconds(start); b.Loop(); now += priceInterval {
		p.updatePrice(now)
	}
}

func BenchmarkNext(b *testing.B) {
	p := New(0)
	for i := range 100 {
		id := fmt.Sprint(i)
		p.Add(id, nil, Bounds{Floor: time.Minute})
		p.Observe(id, start, []time.Time{start.Add(-20 * time.Hour), start.Add(-9 * time.Hour)}, 20)
	}
	at := start
	for b.Loop() {
		at = at.Add(time.Second)
		p.Observe("7", at, nil, 0)
		p.Next("7", at, Bounds{Floor: time.Minute})
	}
}
