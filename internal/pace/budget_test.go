package pace

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// visitsByDay replays a trace and returns the visits of each day after its start.
func visitsByDay(tr *Trace, p *Plan, floor time.Duration) ([]int, Figures) {
	s := newReplay(tr, floor, 24*time.Hour)
	got := s.run(s.planned(p))
	return s.perDay[:int(tr.End.Sub(tr.Start)/(24*time.Hour))], got
}

// Every day has the visits of the budget, within 2 % and a visit: on working days and on
// Sundays, with few feeds and with many, whatever they publish. So has the first day,
// within 5 %. No item is missed that could be seen.
func TestBudgetOfEachDay(t *testing.T) {
	for _, n := range newsrooms {
		if testing.Short() && n.feeds > 100 {
			continue
		}
		tr := n.generate()
		for _, minutes := range []float64{15, 30, 60} {
			budget := float64(len(tr.Feeds)) * 1440 / minutes
			days, got := visitsByDay(tr, New(budget), max(n.floor, time.Minute))
			for i, visits := range days {
				allowed := .02*budget + 1
				if i == 0 {
					allowed = .05*budget + 1
				}
				if off := float64(visits) - budget; math.Abs(off) > allowed {
					t.Errorf("%s, %v minutes: %d visits on day %d, want %.0f +- %.1f", n.name, minutes, visits, i+1, budget, allowed)
				}
			}
			if most := hidden(tr, n.floor); got.Missed > most {
				t.Errorf("%s, %v minutes: %d items missed, want at most %d", n.name, minutes, got.Missed, most)
			}
		}
	}
}

// hidden returns how many items may leave the documents before the floors allow a visit.
func hidden(tr *Trace, floor time.Duration) (n int) {
	for _, f := range tr.Feeds {
		for k := f.Window; k < len(f.Times); k++ {
			if f.Times[k].Sub(f.Times[k-f.Window]) < max(floor, f.Floor) {
				n++
			}
		}
	}
	return n
}

// The same trace has always the same visits.
func TestSimulateIsDeterministic(t *testing.T) {
	tr := newsrooms[0].generate()
	want := Simulate(tr, 2000, time.Minute, 24*time.Hour)
	if got := Simulate(tr, 2000, time.Minute, 24*time.Hour); got != want {
		t.Errorf("got %+v, then %+v", want, got)
	}
}

// Where the budget exceeds what the floors allow, every source is visited at its floor.
func TestBudgetAboveFloors(t *testing.T) {
	tr := poissonTrace(3, repeat(4, 100)...)
	days, _ := visitsByDay(tr, New(1e5), 5*time.Minute)
	for i, visits := range days {
		if want := 4 * 288; visits > want || float64(visits) < .97*float64(want) {
			t.Errorf("%d visits on day %d, want nearly %d", visits, i+1, want)
		}
	}
}

// Sources at their floor or with a fixed interval, and those that are not visited, leave
// their part of the budget to the others.
func TestBudgetIsForTheOthers(t *testing.T) {
	const budget = 16 * 96
	for _, c := range []struct {
		name  string
		limit func(*Plan, string, time.Time) Bounds // of half of the sources
		each  float64                               // their visits a day, each; negative: no matter
	}{
		{"at their floor", func(*Plan, string, time.Time) Bounds { return Bounds{Floor: time.Minute, Server: time.Hour} }, -1},
		{"every hour", func(*Plan, string, time.Time) Bounds { return Bounds{Every: time.Hour} }, 24},
		{"idle", func(*Plan, string, time.Time) Bounds { return Bounds{Floor: time.Minute, Idle: true} }, 0},
	} {
		tr := poissonTrace(4, repeat(16, 50)...)
		s := newReplay(tr, time.Minute, 0)
		p := New(budget)
		limited := map[int]float64{}
		next := s.planned(p)
		for i := range 8 {
			p.SetBounds(tr.Feeds[i].Name, c.limit(p, tr.Feeds[i].Name, tr.Start))
		}
		s.run(func(i int, at time.Time, first, upto int) time.Time {
			if i >= 8 {
				return next(i, at, first, upto)
			}
			limited[int(at.Sub(tr.Start)/(24*time.Hour))]++
			b := c.limit(p, tr.Feeds[i].Name, at)
			if b.Idle {
				return tr.End
			}
			p.Observe(tr.Feeds[i].Name, at, tr.Feeds[i].Times[first:upto], 50)
			due, _ := p.Next(tr.Feeds[i].Name, at, b)
			return due
		})
		for day := 1; day < 4; day++ {
			if off := float64(s.perDay[day]) - budget; math.Abs(off) > .02*budget {
				t.Errorf("%s: %d visits on day %d, want %d", c.name, s.perDay[day], day+1, budget)
			}
			if got := limited[day] / 8; c.each >= 0 && math.Abs(got-c.each) > 1 {
				t.Errorf("%s: %.1f visits on day %d, want %v", c.name, got, day+1, c.each)
			}
		}
	}
}

// While many sources fail and are visited later than planned, the others get their visits.
func TestBudgetWhileSourcesFail(t *testing.T) {
	tr := poissonTrace(5, repeat(16, 50)...)
	s := newReplay(tr, time.Minute, 0)
	const budget = 16 * 96
	p := New(budget)
	next := s.planned(p)
	s.run(func(i int, at time.Time, first, upto int) time.Time {
		if i%2 == 0 || at.Sub(tr.Start) < 30*time.Hour {
			return next(i, at, first, upto)
		}
		due, _ := p.Next(tr.Feeds[i].Name, at, s.bounds(i))
		due = due.Add(6 * time.Hour)
		p.Postpone(tr.Feeds[i].Name, due)
		return due
	})
	for day := 1; day < 5; day++ {
		if off := float64(s.perDay[day]) - budget; math.Abs(off) > .02*budget {
			t.Errorf("%d visits on day %d, want %d", s.perDay[day], day+1, budget)
		}
	}
}

// A plan that stops for hours does not make up for the visits.
func TestBudgetAfterAStop(t *testing.T) {
	tr := poissonTrace(4, repeat(16, 50)...)
	s := newReplay(tr, time.Minute, 0)
	const perHour = 16 * 4
	p := New(24 * perHour)
	next := s.planned(p)
	stop, end := tr.Start.Add(26*time.Hour), tr.Start.Add(38*time.Hour)
	after := 0
	s.run(func(i int, at time.Time, first, upto int) time.Time {
		if at.After(end.Add(time.Hour)) && at.Before(end.Add(9*time.Hour)) {
			after++
		}
		due := next(i, at, first, upto)
		if due.After(stop) && due.Before(end) {
			due = end.Add(time.Duration(i) * time.Minute)
		}
		return due
	})
	if got := float64(after) / 8; got > 1.1*perHour {
		t.Errorf("%.1f visits an hour after a stop, want %d", got, perHour)
	}
}

// A budget that changes during the day counts for the rest of it.
func TestBudgetChange(t *testing.T) {
	tr := poissonTrace(4, repeat(16, 50)...)
	s := newReplay(tr, time.Minute, 0)
	p := New(16 * 48)
	next := s.planned(p)
	change, made := tr.Start.Add(36*time.Hour), 0
	s.run(func(i int, at time.Time, first, upto int) time.Time {
		if at.After(change) {
			if p.visitRate < 16*90./86400 {
				p.SetBudget(16 * 96)
			}
			if at.Before(change.Add(12 * time.Hour)) {
				made++
			}
		}
		return next(i, at, first, upto)
	})
	if want := 16 * 48.; math.Abs(float64(made)-want) > .06*want {
		t.Errorf("%d visits in the half day after the budget doubled, want %.0f", made, want)
	}
	if want := 16 * 96.; math.Abs(float64(s.perDay[2])-want) > .02*want {
		t.Errorf("%d visits on the day after the budget doubled, want %.0f", s.perDay[2], want)
	}
}

// The first prices follow the rates that the first visits find.
func TestFirstVisits(t *testing.T) {
	n := newsroom{seed: 3, feeds: 60, days: 2, start: monday, median: 50, sigma: 1, night: .3, zones: []int{0, 6}, weekend: 1, before: 72 * time.Hour}
	tr := n.generate()
	for _, minutes := range []float64{15, 60} {
		budget := float64(n.feeds) * 1440 / minutes
		days, _ := visitsByDay(tr, New(budget), time.Minute)
		for i, visits := range days {
			if off := float64(visits)/budget - 1; math.Abs(off) > .025 {
				t.Errorf("%v minutes: %.3f of the budget on day %d, want 1", minutes, 1+off, i+1)
			}
		}
	}
}

// An item is seen much sooner than by the rules of other aggregators with as many visits.
// How much depends on how different the feeds are.
func TestPeers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, c := range []struct {
		newsroom                string
		frequency, frequencyP95 float64 // at most, of Miniflux's entry_frequency
		empirical, empiricalP95 float64 // at most, of CommaFeed's rule
	}{
		{"wires with history", .66, .65, .80, .75},
		{"one country", .55, .48, .75, .63},
		{"ten feeds", .52, .50, .70, .72},
		{"falling silent", .55, .56, .70, .65},
		{"floors that bind", .80, .62, .87, .70},
	} {
		n := newsroomNamed(c.newsroom)
		tr := n.generate()
		floor, warm := max(n.floor, time.Minute), 24*time.Hour
		for _, minutes := range []float64{15, 30, 60} {
			budget := float64(len(tr.Feeds)) * 1440 / minutes
			got := Simulate(tr, budget, floor, warm)
			f := simulatePeer(tr, entryFrequency, budget, floor, warm)
			e := simulatePeer(tr, empirical, budget, floor, warm)
			ratios := fmt.Sprintf("mean %.3f and p95 %.3f of entry_frequency, %.3f and %.3f of CommaFeed", got.Mean/f.Mean, got.P95/f.P95, got.Mean/e.Mean, got.P95/e.P95)
			t.Logf("%s, %v minutes: %s", n.name, minutes, ratios)
			if got.Mean > c.frequency*f.Mean || got.P95 > c.frequencyP95*f.P95 || got.Mean > c.empirical*e.Mean || got.P95 > c.empiricalP95*e.P95 {
				t.Errorf("%s, %v minutes: %s; want at most %v, %v, %v, %v", n.name, minutes, ratios, c.frequency, c.frequencyP95, c.empirical, c.empiricalP95)
			}
		}
	}
}

// shared are the results of other aggregators' rules on the shared traces at the same
// number of visits: mean and 95th percentile of the delay in minutes, for Miniflux's
// entry_frequency and for CommaFeed.
var shared = []struct {
	trace                    string
	minutes                  float64
	ef, efTail, comma, cTail float64
}{
	{"synth100_21d", 15, 7.33, 27.93, 5.03, 21.15},
	{"synth100_21d", 30, 14.04, 55.68, 10.04, 41.96},
	{"synth100_21d", 60, 27.63, 111.59, 20.31, 85.04},
	{"synth60_seed11", 15, 7.64, 30.96, 4.78, 20.80},
	{"synth60_seed11", 30, 16.27, 69.62, 9.88, 42.95},
	{"synth60_seed11", 60, 30.14, 136.65, 19.45, 84.07},
}

// A mean delay is at most .5 of entry_frequency's and .7 of CommaFeed's. With as many visits
// on Sundays as on Mondays it is 2 % longer than it could be, and where there are few visits
// that is too long for one bound each of the two traces.
func TestPeersOnSharedTraces(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "bench", "polling", "traces")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("SLUGLINE_SHARED") == "must" {
			t.Fatal(err)
		}
		t.Skip("traces are missing: ", err)
	}
	for _, c := range shared {
		in, err := os.Open(filepath.Join(dir, c.trace+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ReadTrace(in)
		if err != nil {
			t.Fatal(err)
		}
		_ = in.Close() // read only
		budget := float64(len(tr.Feeds)) * 1440 / c.minutes
		got := Simulate(tr, budget, time.Minute, 10*24*time.Hour)
		off := got.VisitsPerDay/budget - 1
		t.Logf("%s at %v min: %.1f %% of the budget, mean %.2f (%.3f, %.3f), p95 %.2f (%.3f, %.3f), missed %d", c.trace, c.minutes,
			100*off, got.Mean, got.Mean/c.ef, got.Mean/c.comma, got.P95, got.P95/c.efTail, got.P95/c.cTail, got.Missed)
		ef, comma := .5, .7
		if c.minutes == 60 {
			ef, comma = .52, .73
		}
		if math.Abs(off) > .02 || got.Missed > 0 || got.Mean > ef*c.ef || got.P95 > .45*c.efTail || got.Mean > comma*c.comma || got.P95 > .6*c.cTail {
			t.Errorf("%s at %v min: off the budget, items missed, or too close to the peers", c.trace, c.minutes)
		}
	}
}
