package pace

import (
	"fmt"
	"math"
	"time"
)

// Silence is that of a source from which nothing came for longer than its rhythm
// explains.
type Silence struct {
	Newest    time.Time // its last item
	LastVisit time.Time // as far as is known
	Since     time.Time // when it was clear that this is no pause of the usual sort
	Expected  float64   // items that are usual from Newest to the last reading
}

// String says it in plain words.
func (s Silence) String() string {
	return fmt.Sprintf("went quiet: nothing for %s, where about %s are usual", formatDuration(s.LastVisit.Sub(s.Newest).Round(time.Minute)), formatItems(s.Expected))
}

const (
	minMissingItems = 10. // items that did not come, each burst counted once: by chance once in twenty thousand times
	minSilence      = 90 * time.Minute
	maxSilence      = 90 * 24 * 3600. // s; of older silence nothing more is said
)

// independentShare is the share of items that no other brought: a burst counts once. One that
// goes on for hours is as much a tide, and is half forgotten by the time that counts.
func (t burstModel) independentShare() float64 {
	if t.decay < 1./5400 {
		return 1 - t.share/2
	}
	return 1 - t.share
}

// leastWeekCurve is the least that a source can be relied on for by hour of the week, beside
// its mean rate: as little as in the hours around, for clocks change twice a year,
// and next to nothing in hours and on days when nothing came so far.
func (p *profile) leastWeekCurve() (w [168]float32) {
	const pull = .5 // items
	of := func(had, want float32) float32 { return (had + pull) / (want + pull) }
	for h := range w {
		least := float32(math.Inf(1))
		for around := h + 23; around <= h+25; around++ {
			least = min(least, of(p.Hour[around%24], p.HourExpected[around%24]))
		}
		w[h] = least * of(p.Day[h/24], p.DayExpected[h/24])
	}
	return w
}

// Quiet says whether a source is silent, as far as it was read, from the state that
// State gave. Nights, weekends and bursts are of its rhythm, as far as it is known.
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
