package pace

import (
	"fmt"
	"math"
	"strings"
)

// rhythm is what is known of one source.
type rhythm struct {
	savedState
	bounds Bounds

	curvesAt    float64      // when the curves below were drawn from the profile
	weekCurve   [168]float32 // rate by hour of the week, Monday 00 UTC first, mean 1
	minuteCurve [60]float32  // rate by minute of the hour, mean 1
}

// savedState is the part of a rhythm that outlives the process. Times are Unix seconds.
type savedState struct {
	At         float64 // last reading; 0: none
	Newest     float64 // last item; 0: none
	Items      float64 // seen, decayed
	Watched    float64 // seconds, decayed
	Window     float32 // items that the document holds
	Profile    profile
	Excitation [len(burstModels)]float32 // what recent items add to the rate, by temper
	Score      [len(burstModels)]float32 // how well each temper foresaw the items: log-likelihood
	ExcitedAt  float64                   // when Heat was brought up to date
	ProfileAt  float64                   // when Profile was last decayed
}

// burstModel is how a source's items beget others: each brings share more, within
// about 1/decay seconds (a Hawkes process).
type burstModel struct{ share, decay float64 }

// burstModels are the candidates; the first is none at all.
var burstModels = [...]burstModel{{0, 1}, {.3, 1. / 600}, {.3, 1. / 3600}, {.6, 1. / 900}, {.6, 1. / 5400}, {.5, 1. / 20000}}

const (
	rateHalfLife    = 10 * 86400. // of the mean rate
	profileHalfLife = 60 * 86400. // half-life of the profile
	curveInterval   = 6 * 3600.   // how often the curves are drawn
	priorItems      = .5          // items in half a day: the rate of a source that nothing is known of
	priorTime       = 43200.
)

// meanRate is the source's rate in items a second.
func (r *rhythm) meanRate() float64 { return (r.Items + priorItems) / (r.Watched + priorTime) }

// observe takes in what a visit at now brought. times are in order and not after now.
func (r *rhythm) observe(now float64, times []float64, all *profile) {
	if r.At == 0 {
		r.observeFirst(now, times)
	} else {
		r.observeNext(now, times)
	}
	if n := len(times); n > 0 {
		r.Newest = max(r.Newest, times[n-1])
	}
	r.At = now
	r.updateCurves(now, all)
}

// observeFirst lets a document's own dates tell the rate and the profile at once.
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
	fade := math.Exp2(-(now - r.At) / rateHalfLife)
	r.Items = r.Items*fade + float64(len(times))
	r.Watched = r.Watched*fade + (now - r.At)
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

// excite moves the excitation of every temper to time t and, for an item, scores
// how well each foresaw it.
func (r *rhythm) excite(t float64, item bool) {
	dt := max(t-r.ExcitedAt, 0)
	r.ExcitedAt = max(t, r.ExcitedAt)
	base := r.meanRate() * r.hourFactor(t)
	for k, c := range burstModels {
		fade := math.Exp(-c.decay * dt)
		heat, score := float64(r.Excitation[k]), float64(r.Score[k])
		score -= (1-c.share)*base*dt + heat*(1-fade)/c.decay
		heat *= fade
		if item {
			score += math.Log((1-c.share)*base + heat + 1e-12)
			heat += c.share * c.decay
		}
		r.Excitation[k], r.Score[k] = float32(heat), float32(score)
	}
	if item {
		r.normalizeScores()
	}
}

// normalizeScores keeps the scores near zero; only their differences count.
func (r *rhythm) normalizeScores() {
	zero := r.Score[0]
	for k := range r.Score {
		r.Score[k] -= zero
	}
}

// bestModel is the candidate that foresaw best. One must beat those before it clearly.
func (r *rhythm) bestModel() int {
	best := 0
	for k := range burstModels {
		if r.Score[k] > r.Score[best]+1 {
			best = k
		}
	}
	return best
}

func (r *rhythm) hourFactor(t float64) float64 { return r.weekFactor(hourOfWeek(t)) }

func (r *rhythm) weekFactor(hourOfWeek int) float64 {
	if r.curvesAt == 0 {
		return 1
	}
	return float64(r.weekCurve[hourOfWeek])
}

func (r *rhythm) updateCurves(now float64, all *profile) {
	if r.curvesAt != 0 && now-r.curvesAt < curveInterval {
		return
	}
	r.curvesAt = now
	r.weekCurve = r.Profile.weekCurve(all)
	r.minuteCurve = r.Profile.minuteCurve(all)
}

// nextVisit is when a visit is worth it.
type nextVisit struct {
	at         float64
	items      float64 // expected by then
	atMin      bool    // because it may not be sooner
	windowFull bool    // because the document may not hold more
	atMax      bool    // because it may not be later
}

const (
	stepsPerInterval = 20  // steps to a usual interval
	lookAhead        = 2.5 // how much waiting is looked at, in prices, before the best time is taken
)

// nextVisit finds the best time for the next visit. Waiting from one visit to the next
// costs unseen items times time, a visit costs price. Going a little later costs
// the unseen items that time, and saves each item that comes meanwhile the time
// until the visit after it: the sum of both is least where the next visit should
// be. For a constant rate that is after sqrt(2*price/rate); where many items are
// expected at once it is just after them.
func (r *rhythm) nextVisit(from, price float64) nextVisit {
	if r.bounds.Wire {
		price /= wireWeight
	}
	soonest, latest := from+r.bounds.minInterval().Seconds(), from+r.maxInterval(from)
	if soonest >= latest {
		return nextVisit{at: soonest, atMin: true}
	}
	c := r.forecast(from)
	best, cost, least := nextVisit{at: latest, atMax: true}, 0., math.Inf(1)
	unseen, wait := 0., 0.
	gap := constantInterval(c.rateAt(from), price)
	for t := from; t < latest && (t < soonest || wait < lookAhead*price); {
		step := stepFrom(t, soonest, gap)
		smooth := c.rateAt(t + step/2)
		l := smooth * c.minuteFactor(t+step/2)
		gap = constantInterval(smooth, price)
		added := unseen*step + l*step*step/2
		wait += added
		cost += added - l*step*gap
		unseen, t = unseen+l*step, t+step
		full := unseen+3*math.Sqrt(unseen) > r.itemCapacity()
		if t < soonest {
			continue
		}
		if cost < least || full && least == math.Inf(1) {
			least, best = cost, nextVisit{at: t, items: unseen, atMin: t == soonest, windowFull: full}
		}
		if full {
			break
		}
	}
	return best
}

// constantInterval is how far apart visits are at a constant rate.
func constantInterval(rate, price float64) float64 { return math.Sqrt(2 * price / (rate + 1e-12)) }

// itemCapacity is how many items may be expected unseen, so that none falls off the
// document.
func (r *rhythm) itemCapacity() float64 {
	if r.Window == 0 {
		return math.Inf(1)
	}
	return float64(r.Window) * maxWindowShare
}

func (r *rhythm) maxInterval(now float64) float64 {
	if r.Newest > 0 && now-r.Newest > inactiveAfter.Seconds() {
		return maxIntervalInactive.Seconds()
	}
	return maxInterval.Seconds()
}

// forecast is the expected rate from now on.
type forecast struct {
	rhythm           *rhythm
	meanRate         float64
	from             float64
	excitation, fade float64 // what recent items add now, and how fast that goes
}

func (r *rhythm) forecast(from float64) forecast {
	c := forecast{rhythm: r, meanRate: r.meanRate(), from: from}
	if k := r.bestModel(); k > 0 {
		c.excitation = float64(r.Excitation[k]) - burstModels[k].share*c.meanRate*r.hourFactor(from)
		c.fade = burstModels[k].decay * (1 - burstModels[k].share)
	}
	return c
}

// rateAt is the expected rate at a time, without the minute's part.
func (c *forecast) rateAt(t float64) float64 {
	l := c.meanRate * c.rhythm.hourFactor(t)
	if c.excitation != 0 {
		l += c.excitation * math.Exp(-c.fade*(t-c.from))
	}
	return max(l, c.meanRate*minRateShare)
}

func (c *forecast) minuteFactor(t float64) float64 {
	if c.rhythm.curvesAt == 0 {
		return 1
	}
	return float64(c.rhythm.minuteCurve[int64(t)/60%60])
}

// stepFrom is how far to look from t: fine enough for the interval between visits, not
// over a minute's end, and not over soonest.
func stepFrom(t, soonest, interval float64) float64 {
	s := min(max(interval/stepsPerInterval, 5), 60)
	if rest := 60 - (t - float64(int64(t)/60*60)); rest > 1 {
		s = min(s, rest)
	}
	if t < soonest {
		s = min(s, soonest-t)
	}
	return s
}

func (d nextVisit) reason(r *rhythm) string {
	day := r.meanRate() * 86400
	switch {
	case r.At == 0:
		return "its rhythm is not known yet"
	case d.atMin:
		return r.bounds.minReason()
	case d.windowFull:
		return fmt.Sprintf("about %s a day, and its document holds %.0f: none may fall off unseen", formatItems(day), r.Window)
	case d.atMax:
		return fmt.Sprintf("quiet: about %s a day, and never later than this", formatItems(day))
	}
	return fmt.Sprintf("as the budget allows: about %s a day, %s expected by then", formatItems(day), formatNumber(d.items))
}

func formatItems(x float64) string {
	if n := formatNumber(x); n != "1" {
		return n + " items"
	}
	return "1 item"
}

// formatNumber writes a number with two digits that mean something.
func formatNumber(x float64) string {
	switch {
	case x >= 10:
		return fmt.Sprintf("%.0f", x)
	case x >= 1:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return fmt.Sprintf("%.2g", x)
}
