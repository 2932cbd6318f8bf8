package news

import (
	"slices"
	"time"
)

// Voice is an outlet that reports an event, with what is needed to see how fast the event
// grows.
type Voice struct {
	Owner string    `json:"owner"`
	At    time.Time `json:"at"`            // of its first entry about the event
	Own   bool      `json:"own,omitempty"` // it has a headline of its own, not that of an existing story
}

// MaxVoices is how many voices an event stores: the newest.
const MaxVoices = 200

// WithVoice returns all with a voice added, in order of time. If the voice is there
// already, the earlier time counts; more reports whether anything changed.
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

// growthWindows are the windows in which growth is measured, because events spread at
// different speeds. least is the smallest variance that is assumed, in 1/65536: in a longer
// window, more reports coincide by chance.
var growthWindows = [...]struct {
	long  time.Duration
	least int64
}{
	{15 * time.Second, fixedOne / 4}, {time.Minute, fixedOne / 4}, {5 * time.Minute, fixedOne}, {20 * time.Minute, fixedOne * 5 / 2}, {time.Hour, fixedOne * 6},
}

// The limits of what counts as unusual.
const (
	minVoices         = 3    // two reports are not yet a trend
	maxSamples        = 4000 // growth samples that the usual rhythm is computed from; older ones lose weight
	priorSamples      = 40   // samples assumed before there are any
	unusualDeviations = 5    // standard deviations above the mean
	minAboveOwnPace   = 4    // standard deviations above the event's own pace, and at least this many voices above it
)

// Rhythm says how fast events usually grow, in each of the windows. It is part of the
// shared state and consists of integers only, because floats differ between processors.
type Rhythm struct {
	Growth [len(growthWindows)]Growth `json:"grown"`
}

// Growth is by how much events grow in one window: the mean and the mean of the squares,
// both in 1/65536. New samples count more than old ones.
type Growth struct {
	Times  int64 `json:"times"` // samples, at most maxSamples
	Mean   int64 `json:"mean"`
	Square int64 `json:"square"`
}

const fixedOne = 1 << 16

// Surge is unusually fast growth.
type Surge struct {
	Voices int           `json:"voices"` // new voices within the span
	Span   time.Duration `json:"span"`   // nanoseconds
}

// Grow adds a sample: an event gained the newest of its voices, which are in order of time.
// It reports whether the event grows unusually fast, compared with other events and with
// its own past. Unusual samples are reduced before they are added.
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

// weightWithin counts the n voices that are less than span older than the newest, and
// weighs them: one with a headline of its own counts double, because copies spread without
// being news.
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

// accelerates reports whether the newest n voices, which came within span, are more than
// the voices before them suggest: if an event gains voices all day, some come close
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

// exceeds reports whether x is more than unusualDeviations above the mean.
func (g *Growth) exceeds(x, least int64) bool {
	over := x*fixedOne - g.Mean
	return over > 0 && over/unusualDeviations*(over/unusualDeviations) > max(g.Square*fixedOne-g.Mean*g.Mean, least*fixedOne)
}

// learn adds the sample x, reduced until it is not unusual.
func (g *Growth) learn(x, least int64) {
	for x > 1 && g.exceeds(x, least) {
		x--
	}
	g.Times = min(g.Times+1, maxSamples)
	g.Mean += (x*fixedOne - g.Mean) / g.Times
	g.Square += (x*x*fixedOne - g.Square) / g.Times
}
