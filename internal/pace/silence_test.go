package pace

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// officeTimes returns the publication times of an office: bursts between 7 and 19 on
// working days, with perDay items a day on average.
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

// firstSilence visits a feed every 15 minutes and returns when Quiet first reports it.
func firstSilence(p *Plan, times []time.Time, from, to time.Time) (silent time.Time, s Silence) {
	for at := from; at.Before(to); at = at.Add(15 * time.Minute) {
		n, _ := slices.BinarySearchFunc(times, at, time.Time.Compare)
		p.Observe("a", at, times[:n], 20)
		times = times[n:]
		if silence, quiet := Quiet(p.State("a")); quiet {
			return at, silence
		}
	}
	return silent, s
}

// Nights and weekends are not reported. A source that stops is reported once about ten
// bursts are missing.
func TestQuietAllowsNightsAndWeekends(t *testing.T) {
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
			t.Errorf("%v a day: reported at %v, before it stopped: %+v", perDay, at, s)
			continue
		}
		last, _ := slices.BinarySearchFunc(times, stop.Add(-15*time.Minute), time.Time.Compare)
		unread := times[last:]
		at, s := firstSilence(p, unread, stop, stop.AddDate(0, 0, 14))
		took := at.Sub(stop)
		if at.IsZero() || took < minSilence-15*time.Minute || took > 7*24*time.Hour || perDay > 100 && took > 12*time.Hour {
			t.Errorf("%v a day: reported %v after it stopped", perDay, took)
		}
		if s.Newest.Sub(times[len(times)-1]).Abs() > time.Second || s.Since.Before(s.Newest.Add(minSilence)) || s.Since.After(at) || s.Expected < minMissingItems {
			t.Errorf("%v a day: %+v, newest item %v", perDay, s, times[len(times)-1])
		}
		t.Logf("%v a day: %v after it stopped", perDay, took)
	}
}

// Quiet reports no source without a valid state, and none that rarely publishes.
func TestNotQuiet(t *testing.T) {
	p := New(0)
	p.Add("a", nil, Bounds{})
	if _, quiet := Quiet(p.State("a")); quiet {
		t.Error("a source that was never visited is reported")
	}
	if _, quiet := Quiet([]byte("nonsense")); quiet {
		t.Error("an invalid state is reported")
	}
	weekly := []time.Time{start, start.AddDate(0, 0, 7), start.AddDate(0, 0, 14)}
	p.Observe("a", start.AddDate(0, 0, 28), weekly, 10)
	if s, quiet := Quiet(p.State("a")); quiet {
		t.Errorf("a weekly source is reported after two weeks: %+v", s)
	}
}
