package pace

import (
	"fmt"
	"math"
	"time"
)

// Silence describes a source that has published nothing for unusually long.
type Silence struct {
	Newest    time.Time // publication of its last item
	LastVisit time.Time // end of the period that is known
	Since     time.Time // when the silence became unusual
	Expected  float64   // items that are usual between Newest and LastVisit
}

// String describes the silence in plain words.
func (s Silence) String() string {
	return fmt.Sprintf("went quiet: nothing for %s; about %s would be usual", formatDuration(s.LastVisit.Sub(s.Newest).Round(time.Minute)), formatItems(s.Expected))
}

const (
	minMissingItems = 10. // with each burst counted once; happens by chance once in 20,000 times
	minSilence      = 90 * time.Minute
	maxSilence      = 90 * 24 * 3600. // seconds; later time is not counted
)

// independentShare returns the share of items that are not part of another item's burst.
// Where bursts last for hours, half of their items count too.
func (t burstModel) independentShare() float64 {
	if t.decay < 1./5400 {
		return 1 - t.share/2
	}
	return 1 - t.share
}

// leastWeekCurve returns a low estimate of the relative rate by hour of the week: the
// least of each hour and its neighbours, because of daylight saving time, and nearly
// nothing in hours and on days without items so far.
func (p *profile) leastWeekCurve() (w [168]float32) {
	const weight = .5 // items
	ratio := func(had, want float32) float32 { return (had + weight) / (want + weight) }
	for h := range w {
		least := float32(math.Inf(1))
		for around := h + 23; around <= h+25; around++ {
			least = min(least, ratio(p.Hour[around%24], p.HourExpected[around%24]))
		}
		w[h] = least * ratio(p.Day[h/24], p.DayExpected[h/24])
	}
	return w
}

// Quiet reports whether a source had been silent for unusually long at its last visit.
// state comes from Plan.State. It takes into account what is known about the source's
// nights, weekends and bursts.
func Quiet(state []byte) (s Silence, quiet bool) {
	k, err := decode(state)
	if err != nil || k.Newest == 0 || k.At <= k.Newest {
		return s, false
	}
	r := rhythm{savedState: k, weekCurve: k.Profile.leastWeekCurve(), curvesAt: k.At}
	s.Newest, s.LastVisit = timeOf(k.Newest), timeOf(k.At)
	alone := burstModels[r.bestModel()].independentShare()
	end := min(k.At, k.Newest+maxSilence)
	for t := k.Newest; t < end; {
		next := min(end, (math.Floor(t/3600)+1)*3600)
		s.Expected += r.meanRate() * r.hourFactor(t) * (next - t)
		t = next
		if s.Since.IsZero() && s.Expected*alone >= minMissingItems && t-k.Newest >= minSilence.Seconds() {
			s.Since = timeOf(t)
		}
	}
	return s, !s.Since.IsZero()
}
