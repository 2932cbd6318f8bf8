package pace

import (
	"fmt"
	"math"
	"strings"
)

// rhythm is the model of how one source publishes.
type rhythm struct {
	savedState
	bounds    Bounds
	notBefore float64 // the next visit was postponed to this time; 0: it was not

	curvesAt    float64      // when the curves below were computed from the profile; 0: never
	weekCurve   [168]float32 // relative rate by hour of the week, from Monday 00:00 UTC
	dayCurve    [24]float32  // its mean over the days of the week
	minuteCurve [60]float32  // relative rate by minute of the hour
}

// savedState is the part of a rhythm that is stored. Times are Unix seconds. The order
// of the fields is the format of the stored state.
type savedState struct {
	At         float64 // last visit; 0: none
	Newest     float64 // publication of the newest item; 0: none
	Items      float64 // items seen, decayed
	Watched    float64 // seconds of observation, decayed
	Window     float32 // items in the document; 0: unknown
	Profile    profile
	Excitation [len(burstModels)]float32 // what recent items add to the rate, by burst model
	Score      [len(burstModels)]float32 // log-likelihood of the items under each burst model
	ExcitedAt  float64                   // time to which Excitation refers
	ProfileAt  float64                   // when Profile last decayed
}

// burstModel describes how an item is followed by others: by share more on average,
// within about 1/decay seconds (a Hawkes process).
type burstModel struct{ share, decay float64 }

// burstModels are the candidates. In the first, items come independently.
var burstModels = [...]burstModel{{0, 1}, {.3, 1. / 600}, {.3, 1. / 3600}, {.6, 1. / 900}, {.6, 1. / 5400}, {.5, 1. / 20000}}

const (
	rateHalfLife    = 10 * 86400. // of Items and Watched
	profileHalfLife = 60 * 86400. // of Profile
	curveInterval   = 6 * 3600.   // between two computations of the curves
	priorItems      = .5          // a source starts with so many items
	priorTime       = 43200.      // in so many seconds
)

// meanRate returns the source's rate in items a second.
func (r *rhythm) meanRate() float64 { return (r.Items + priorItems) / (r.Watched + priorTime) }

// observe records a visit at now. times are sorted and not after now.
func (r *rhythm) observe(now float64, times []float64, common *profile) {
	if r.At == 0 {
		r.observeFirst(now, times)
	} else {
		r.observeNext(now, times)
	}
	if n := len(times); n > 0 {
		r.Newest = max(r.Newest, times[n-1])
	}
	r.At = now
	r.updateCurves(now, common)
}

// observeFirst takes the rate and the profile from the dates of the first document.
func (r *rhythm) observeFirst(now float64, times []float64) {
	r.ExcitedAt, r.ProfileAt = now, now
	if len(times) < 2 {
		return
	}
	r.Items, r.Watched = float64(len(times)), max(now-times[0], 60)
	for _, t := range times {
		r.Profile.observe(t)
	}
	r.Profile.expect(r.Items/r.Watched, times[0], now)
}

func (r *rhythm) observeNext(now float64, times []float64) {
	if now < r.At { // the clock was set back: nobody has watched meanwhile
		r.At, r.ExcitedAt, r.ProfileAt = now, min(r.ExcitedAt, now), min(r.ProfileAt, now)
	}
	decay := math.Exp2(-(now - r.At) / rateHalfLife)
	r.Items = r.Items*decay + float64(len(times))
	r.Watched = r.Watched*decay + (now - r.At)
	if now-r.ProfileAt > 86400 {
		r.Profile.scale(math.Exp2(-(now - r.ProfileAt) / profileHalfLife))
		r.ProfileAt = now
	}
	r.Profile.expect(r.meanRate(), r.At, now)
	for _, t := range times {
		r.excite(t, true)
		r.Profile.observe(t)
	}
	r.excite(now, false)
}

// excite moves the excitation of each burst model to time t. If item is set, an item was
// published at t, and each model is scored by how likely it made that.
func (r *rhythm) excite(t float64, item bool) {
	dt := max(t-r.ExcitedAt, 0)
	r.ExcitedAt = max(t, r.ExcitedAt)
	base := r.meanRate() * r.hourFactor(t)
	for i, m := range burstModels {
		fade := math.Exp(-m.decay * dt)
		excitation, score := float64(r.Excitation[i]), float64(r.Score[i])
		score -= (1-m.share)*base*dt + excitation*(1-fade)/m.decay
		excitation *= fade
		if item {
			score += math.Log((1-m.share)*base + excitation + 1e-12)
			excitation += m.share * m.decay
		}
		r.Excitation[i], r.Score[i] = float32(excitation), float32(score)
	}
	if item {
		r.normalizeScores()
	}
}

// normalizeScores keeps the scores near zero: only their differences count.
func (r *rhythm) normalizeScores() {
	zero := r.Score[0]
	for i := range r.Score {
		r.Score[i] -= zero
	}
}

// bestModel returns the index of the most likely burst model. A model must be clearly
// better than those before it.
func (r *rhythm) bestModel() int {
	best := 0
	for i := range burstModels {
		if r.Score[i] > r.Score[best]+1 {
			best = i
		}
	}
	return best
}

// hourFactor returns the relative rate in the hour of time t.
func (r *rhythm) hourFactor(t float64) float64 { return r.weekFactor(hourOfWeek(t)) }

func (r *rhythm) weekFactor(hourOfWeek int) float64 {
	if r.curvesAt == 0 {
		return 1
	}
	return float64(r.weekCurve[hourOfWeek])
}

// dayFactor returns the relative rate in an hour of an average day.
func (r *rhythm) dayFactor(hour int) float64 {
	if r.curvesAt == 0 {
		return 1
	}
	return float64(r.dayCurve[hour])
}

func (r *rhythm) updateCurves(now float64, common *profile) {
	if r.curvesAt != 0 && now-r.curvesAt < curveInterval {
		return
	}
	r.curvesAt = now
	r.weekCurve = r.Profile.weekCurve(common)
	r.dayCurve = [24]float32{}
	for h, factor := range r.weekCurve {
		r.dayCurve[h%24] += factor / 7
	}
	r.minuteCurve = r.Profile.minuteCurve(common)
}

// plannedVisit is the time of the next visit, and why it is then.
type plannedVisit struct {
	at         float64
	items      float64 // unseen items expected by then
	atMin      bool    // it may not be earlier
	windowFull bool    // later, the document might drop unseen items
	atMax      bool    // it may not be later
}

const (
	stepsPerInterval = 20  // resolution of the search
	lookAhead        = 2.5 // the search ends when the items have waited for so many prices
)

// nextVisit returns the best time for the next visit after from.
//
// Waiting costs one unit for each unseen item and second, and a visit costs price. To
// postpone the visit by a moment costs that moment for each unseen item, and saves each
// item that is published in it the wait for the visit after that. The best time is where
// the sum of both is least: at a constant rate after sqrt(2*price/rate) seconds, and
// where many items are expected at once, just after them.
func (r *rhythm) nextVisit(from, price float64) plannedVisit {
	price /= r.weight()
	earliest, latest := from+r.minInterval(), from+r.maxInterval(from)
	if earliest >= latest {
		return plannedVisit{at: earliest, atMin: true, atMax: true}
	}
	f := r.forecast(from)
	hourEnd, rate := 0., 0.
	best, cost, lowest := plannedVisit{at: latest, atMax: true}, 0., math.Inf(1)
	unseen, wait := 0., 0.
	interval, fullAt := constantInterval(f.rateAt(from), price), r.fullAt()
	for t := from; t < latest && (t < earliest || wait < lookAhead*price); {
		step := stepFrom(t, earliest, interval)
		middle := t + step/2
		if middle >= hourEnd || f.excitation != 0 {
			rate, hourEnd = f.rateAt(middle), nextHour(middle)
			interval = constantInterval(rate, price)
		}
		minuteRate := rate * f.minuteFactor(middle)
		added := unseen*step + minuteRate*step*step/2
		wait += added
		cost += added - minuteRate*step*interval
		unseen, t = unseen+minuteRate*step, t+step
		full := unseen > fullAt
		if t < earliest {
			continue
		}
		if cost < lowest || full && lowest == math.Inf(1) {
			lowest, best = cost, plannedVisit{at: t, items: unseen, atMin: t == earliest, windowFull: full}
		}
		if full {
			break
		}
	}
	return best
}

// nextHour returns the beginning of the next hour. Until then a forecast without excitation
// has the same rate.
func nextHour(t float64) float64 { return float64((int64(t)/3600 + 1) * 3600) }

// constantInterval returns the best interval between visits at a constant rate.
func constantInterval(rate, price float64) float64 { return math.Sqrt(2 * price / (rate + 1e-12)) }

// fullAt returns how many unseen items may be expected before the document risks dropping
// one: with three standard deviations more, they fill maxWindowShare of it.
func (r *rhythm) fullAt() float64 {
	if r.Window == 0 {
		return math.Inf(1)
	}
	root := (math.Sqrt(9+4*maxWindowShare*float64(r.Window)) - 3) / 2
	return root * root
}

// minInterval returns the shortest time between two visits, in seconds.
func (r *rhythm) minInterval() float64 {
	return max(r.bounds.minInterval().Seconds(), 1, min(minYield/(r.meanRate()*r.weight()), maxInterval.Seconds()))
}

// weight returns how many times an item counts.
func (r *rhythm) weight() float64 {
	if r.bounds.Wire {
		return wireWeight
	}
	return 1
}

// maxInterval returns the longest time between two visits, in seconds.
func (r *rhythm) maxInterval(now float64) float64 {
	if r.Newest > 0 && now-r.Newest > inactiveAfter.Seconds() {
		return maxIntervalInactive.Seconds()
	}
	return maxInterval.Seconds()
}

// forecast predicts the rate after from.
type forecast struct {
	rhythm            *rhythm
	meanRate          float64
	from              float64
	excitation, decay float64 // what recent items add to the rate, and its decay a second
}

func (r *rhythm) forecast(from float64) forecast {
	f := forecast{rhythm: r, meanRate: r.meanRate(), from: from}
	if i := r.bestModel(); i > 0 {
		f.excitation = float64(r.Excitation[i]) - burstModels[i].share*f.meanRate*r.hourFactor(from)
		f.decay = burstModels[i].decay * (1 - burstModels[i].share)
	}
	return f
}

// rateAt returns the expected rate at t, without the pattern of minutes.
func (c *forecast) rateAt(t float64) float64 {
	l := c.meanRate * c.rhythm.hourFactor(t)
	if c.excitation != 0 {
		l += c.excitation * math.Exp(-c.decay*(t-c.from))
	}
	return max(l, c.meanRate*minRateShare)
}

// minuteFactor returns the relative rate in the minute of t.
func (c *forecast) minuteFactor(t float64) float64 {
	if c.rhythm.curvesAt == 0 {
		return 1
	}
	return float64(c.rhythm.minuteCurve[minuteOfHour(t)])
}

// stepFrom returns the length of the search step from t: a fraction of the interval
// between visits that ends neither after the minute nor after earliest.
func stepFrom(t, earliest, interval float64) float64 {
	s := min(max(interval/stepsPerInterval, 5), 60)
	if rest := 60 - (t - float64(int64(t)/60*60)); rest > 1 {
		s = min(s, rest)
	}
	if t < earliest {
		s = min(s, earliest-t)
	}
	return s
}

// reason explains the time in plain words.
func (d plannedVisit) reason(r *rhythm) string {
	day := r.meanRate() * 86400
	switch {
	case r.At == 0:
		return "its publishing pattern is not known yet"
	case d.atMin && r.minInterval() <= max(r.bounds.minInterval().Seconds(), 1):
		return r.bounds.minReason()
	case d.windowFull:
		return fmt.Sprintf("about %s a day, and its feed holds only %.0f: visited before items drop off", formatItems(day), r.Window)
	case d.atMax:
		return fmt.Sprintf("quiet: about %s a day; this is the longest interval", formatItems(day))
	}
	return fmt.Sprintf("as the budget allows: about %s a day, %s expected by then", formatItems(day), formatNumber(d.items))
}

func formatItems(x float64) string {
	if n := formatNumber(x); n != "1" {
		return n + " items"
	}
	return "1 item"
}

// formatNumber returns a number with two significant digits, or as an integer from 10
// on.
func formatNumber(x float64) string {
	switch {
	case x >= 10:
		return fmt.Sprintf("%.0f", x)
	case x >= 1:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return fmt.Sprintf("%.2g", x)
}
