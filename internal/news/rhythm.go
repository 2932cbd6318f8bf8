package news

import (
	"slices"
	"time"
)

// Voice is who tells of an event, as far as that shows how fast it grows.
type Voice struct {
	Owner string    `json:"owner"`
	At    time.Time `json:"at"`            // of its first entry about the event
	Own   bool      `json:"own,omitempty"` // it came with a headline of its own, not with one that was there
}

// MaxVoices bounds the voices that an event remembers: the newest stay.
const MaxVoices = 200

// WithVoice adds a voice in the order of time. The same voice earlier takes the place
// of itself; more says whether anything changed.
func WithVoice(all []Voice, v Voice) (out []Voice, more bool) {
	if i := slices.IndexFunc(all, func(o Voice) bool { return o.Owner == v.Owner }); i >= 0 {
		if !v.At.Before(all[i].At) {
			return all, false
		}
		all = slices.Delete(slices.Clone(all), i, i+1)
	}
	i, _ := slices.BinarySearchFunc(all, v, func(a, b Voice) int {
		if a.At.After(b.At) {
			return 1
		}
		return -1
	})
	all = slices.Insert(slices.Clone(all), i, v)
	return all[max(0, len(all)-MaxVoices):], true
}

// growthWindows are the windows in which growth is counted: a wave has a speed of its own. The
// variance of growth is taken for at least so much, in 1/65536: in a longer window more
// comes together by chance.
var growthWindows = [...]struct {
	long  time.Duration
	least int64
}{
	{15 * time.Second, fixedOne / 4}, {time.Minute, fixedOne / 4}, {5 * time.Minute, fixedOne}, {20 * time.Minute, fixedOne * 5 / 2}, {time.Hour, fixedOne * 6},
}

// What is unusual.
const (
	minVoices         = 3    // two who tell the same are no wave
	maxSamples        = 4000 // growths that the usual rhythm is counted from; older ones fade
	priorSamples      = 40   // growths that are supposed before there were any
	unusualDeviations = 5    // standard deviations above the mean
	minAboveOwnPace   = 4    // standard deviations above the event's own pace, and so many voices more
)

// Rhythm is how fast events usually grow, in each of the windows. It is part of the
// shared state, and made of integers alone: no two processors disagree.
type Rhythm struct {
	Growth [len(growthWindows)]Growth `json:"grown"`
}

// Growth is what events grew by in one window, each time that one grew: mean, and mean
// of the squares, both in 1/65536. The newest count most.
type Growth struct {
	Times  int64 `json:"times"` // at most usual
	Mean   int64 `json:"mean"`
	Square int64 `json:"square"`
}

const fixedOne = 1 << 16

// Surge is growth that the usual rhythm does not explain.
type Surge struct {
	Voices int           `json:"voices"` // within the span, of those who were not there before
	Span   time.Duration `json:"span"`   // nanoseconds
}

// Grow takes note that an event grew by the newest of its voices, which are in the
// order of time, and says whether that is unusually fast: more than how events usually
// grow explains, and more than how this one grew before. What is unusual teaches little.
func (r *Rhythm) Grow(voices []Voice) (found Surge, unusual bool) {
	for i, span := range growthWindows {
		g := &r.Growth[i]
		if g.Times == 0 {
			*g = Growth{priorSamples, fixedOne * 5 / 2, fixedOne * 29 / 4} // variance 1
		}
		weight, n := weightWithin(voices, span.long)
		if !unusual && n >= minVoices && g.exceeds(weight, span.least) && accelerates(voices, n, span.long) {
			found, unusual = Surge{n, span.long}, true
		}
		g.learn(weight, span.least)
	}
	return found, unusual
}

// weightWithin weighs the voices not older than so much before the newest: one with a
// headline of its own counts double, since what is copied spreads without being news.
func weightWithin(voices []Voice, span time.Duration) (weight int64, n int) {
	now := voices[len(voices)-1].At
	for _, v := range slices.Backward(voices) {
		if now.Sub(v.At) >= span {
			break
		}
		n++
		weight++
		if v.Own {
			weight++
		}
	}
	return weight, n
}

// accelerates tells whether the newest n voices, which came within a span, are more than
// those before them let expect: an event that gathers voices all day brings some
// together by chance.
func accelerates(voices []Voice, n int, span time.Duration) bool {
	before := voices[:len(voices)-n]
	if len(before) == 0 {
		return true
	}
	age := max(voices[len(voices)-n].At.Sub(before[0].At), span).Milliseconds()
	expected := int64(len(before)) * span.Milliseconds() * fixedOne / age
	over := int64(n-minAboveOwnPace)*fixedOne - expected
	return over > 0 && over/minAboveOwnPace*(over/minAboveOwnPace) > expected*fixedOne
}

// exceeds tells whether x is further above the mean than spreads deviations.
func (g *Growth) exceeds(x, least int64) bool {
	over := x*fixedOne - g.Mean
	return over > 0 && over/unusualDeviations*(over/unusualDeviations) > max(g.Square*fixedOne-g.Mean*g.Mean, least*fixedOne)
}

// learn adds x, cut to what is not unusual.
func (g *Growth) learn(x, least int64) {
	for x > 1 && g.exceeds(x, least) {
		x--
	}
	g.Times = min(g.Times+1, maxSamples)
	g.Mean += (x*fixedOne - g.Mean) / g.Times
	g.Square += (x*x*fixedOne - g.Square) / g.Times
}
