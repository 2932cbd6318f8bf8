package pace

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// officeTimes publishes as people do who go home at night and at weekends: in bursts, so
// many items on a working day.
func officeTimes(rnd *rand.Rand, from time.Time, days int, perDay float64) (times []time.Time) {
	for minute := range days * 24 * 60 {
		at := from.Add(time.Duration(minute) * time.Minute)
		if at.Hour() < 7 || at.Hour() >= 19 || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		if rnd.Float64() > perDay/(12*60)/2 {
			continue
		}
		for range 1 + rnd.IntN(3) { // two on average
			times = append(times, at.Add(time.Duration(rnd.IntN(240))*time.Second))
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// firstSilence visits a feed each quarter of an hour and says when it was first silent.
func firstSilence(p *Plan, times []time.Time, from, to time.Time) (silent time.Time, s Silence) {
	for at := from; at.Before(to); at = at.Add(15 * time.Minute) {
		n, _ := slices.BinarySearchFunc(times, at, time.Time.Compare)
		p.Observe("a", at, times[:n], 20)
		times = times[n:]
		if said, quiet := Quiet(p.State("a")); quiet {
			return at, said
		}
	}
	return silent, s
}

// Nights and weekends are no silence; a source that stops is silent once about ten
// bursts are missing, and not a day later.
func TestQuietKnowsNightsAndWeekends(t *testing.T) {
	for _, perDay := range []float64{10, 40, 400} {
		rnd := rand.New(rand.NewPCG(1, uint64(perDay)))
		p := New(0)
		p.Add("a", nil, Bounds{})
		stop := start.AddDate(0, 0, 60) // a Monday morning, or any other
		for stop.Weekday() != time.Tuesday {
			stop = stop.AddDate(0, 0, 1)
		}
		stop = stop.Truncate(24 * time.Hour).Add(9 * time.Hour)
		times := officeTimes(rnd, start, 70, perDay)
		n, _ := slices.BinarySearchFunc(times, stop, time.Time.Compare)
		times = times[:n]
		if at, s := firstSilence(p, times, start.AddDate(0, 0, 14), stop); !at.IsZero() {
			t.Errorf("%v a day: silent at %v, though it was not: %+v", perDay, at, s)
			continue
		}
		last, _ := slices.BinarySearchFunc(times, stop.Add(-15*time.Minute), time.Time.Compare)
		unread := times[last:]
		at, s := firstSilence(p, unread, stop, stop.AddDate(0, 0, 14))
		took := at.Sub(stop)
		if at.IsZero() || took < minSilence-15*time.Minute || took > 7*24*time.Hour || perDay > 100 && took > 12*time.Hour {
			t.Errorf("%v a day: silent %v after it stopped", perDay, took)
		}
		if s.Newest.Sub(times[len(times)-1]).Abs() > time.Second || s.Since.Before(s.Newest.Add(minSilence)) || s.Since.After(at) || s.Expected < minMissingItems {
			t.Errorf("%v a day: %+v, newest item %v", perDay, s, times[len(times)-1])
		}
		t.Logf("%v a day: %v after it stopped", perDay, took)
	}
}

// Nothing is said of a source that is not known, has just published or is seldom
// heard of.
func TestQuietSaysNothing(t *testing.T) {
	p := New(0)
	p.Add("a", nil, Bounds{})
	if _, quiet := Quiet(p.State("a")); quiet {
		t.Error("a source that was never read")
	}
	if _, quiet := Quiet([]byte("nonsense")); quiet {
		t.Error("a state that is none")
	}
	weekly := []time.Time{start, start.AddDate(0, 0, 7), start.AddDate(0, 0, 14)}
	p.Observe("a", start.AddDate(0, 0, 28), weekly, 10)
	if s, quiet := Quiet(p.State("a")); quiet {
		t.Errorf("a weekly after two weeks: %+v", s)
	}
}
