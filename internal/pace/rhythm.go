package pace

import (
	"fmt"
	"math"
	"strings"
)

// rhythm is what is known of one source.
type rhythm struct {
	kept
	bounds Bounds

	drawn float64      // when the curves below were drawn from the profile
	week  [168]float32 // rate by hour of the week, Monday 00 UTC first, mean 1
	clock [60]float32  // rate by minute of the hour, mean 1
}

// kept is the part of a rhythm that outlives the process. Times are Unix seconds.
type kept struct {
	At      float64 // last reading; 0: none
	Newest  float64 // last item; 0: none
	Items   float64 // seen, decayed
	Watched float64 // seconds, decayed
	Window  float32 // items that the document holds
	Profile profile
	Heat    [len(tempers)]float32 // what recent items add to the rate, by temper
	Score   [len(tempers)]float32 // how well each temper foresaw the items: log-likelihood
	Heated  float64               // when Heat was brought up to date
	Aged    float64               // when Profile was last decayed
}

// temper is how a source's items beget others: each brings share more, within
// about 1/decay seconds (a Hawkes process).
type temper struct{ share, decay float64 }

// tempers are the candidates; the first is none at all.
var tempers = [...]temper{{0, 1}, {.3, 1. / 600}, {.3, 1. / 3600}, {.6, 1. / 900}, {.6, 1. / 5400}, {.5, 1. / 20000}}

const (
	halfLife   = 10 * 86400. // of the mean rate
	profileAge = 60 * 86400. // half-life of the profile
	redraw     = 6 * 3600.   // how often the curves are drawn
	prior      = .5          // items in half a day: the rate of a source that nothing is known of
	priorTime  = 43200.
)

// mean is the source's rate in items a second.
func (r *rhythm) mean() float64 { return (r.Items + prior) / (r.Watched + priorTime) }

// read takes in what a visit at now brought. times are in order and not after now.
func (r *rhythm) read(now float64, times []float64, all *profile) {
	if r.At == 0 {
		r.first(now, times)
	} else {
		r.later(now, times)
	}
	if n := len(times); n > 0 {
		r.Newest = max(r.Newest, times[n-1])
	}
	r.At = now
	r.draw(now, all)
}

// first lets a document's own dates tell the rate and the profile at once.
func (r *rhythm) first(now float64, times []float64) {
	r.Heated, r.Aged = now, now
	if len(times) < 2 {
		return
	}
	r.Items, r.Watched = float64(len(times)), max(now-times[0], 60)
	for _, t := range times {
		r.Profile.count(t)
	}
	r.Profile.watch(r.Items/r.Watched, times[0], now)
}

func (r *rhythm) later(now float64, times []float64) {
	fade := math.Exp2(-(now - r.At) / halfLife)
	r.Items = r.Items*fade + float64(len(times))
	r.Watched = r.Watched*fade + (now - r.At)
	if now-r.Aged > 86400 {
		r.Profile.fade(math.Exp2(-(now - r.Aged) / profileAge))
		r.Aged = now
	}
	r.Profile.watch(r.mean(), r.At, now)
	for _, t := range times {
		r.heat(t, true)
		r.Profile.count(t)
	}
	r.heat(now, false)
}

// heat moves the excitation of every temper to time t and, for an item, scores
// how well each foresaw it.
func (r *rhythm) heat(t float64, item bool) {
	dt := max(t-r.Heated, 0)
	r.Heated = max(t, r.Heated)
	base := r.mean() * r.hourly(t)
	for k, c := range tempers {
		fade := math.Exp(-c.decay * dt)
		heat, score := float64(r.Heat[k]), float64(r.Score[k])
		score -= (1-c.share)*base*dt + heat*(1-fade)/c.decay
		heat *= fade
		if item {
			score += math.Log((1-c.share)*base + heat + 1e-12)
			heat += c.share * c.decay
		}
		r.Heat[k], r.Score[k] = float32(heat), float32(score)
	}
	if item {
		r.level()
	}
}

// level keeps the scores near zero; only their differences count.
func (r *rhythm) level() {
	zero := r.Score[0]
	for k := range r.Score {
		r.Score[k] -= zero
	}
}

// temper is the candidate that foresaw best. One must beat those before it clearly.
func (r *rhythm) temper() int {
	best := 0
	for k := range tempers {
		if r.Score[k] > r.Score[best]+1 {
			best = k
		}
	}
	return best
}

func (r *rhythm) hourly(t float64) float64 { return r.inHour(hourOfWeek(t)) }

func (r *rhythm) inHour(hourOfWeek int) float64 {
	if r.drawn == 0 {
		return 1
	}
	return float64(r.week[hourOfWeek])
}

func (r *rhythm) draw(now float64, all *profile) {
	if r.drawn != 0 && now-r.drawn < redraw {
		return
	}
	r.drawn = now
	r.week = r.Profile.week(all)
	r.clock = r.Profile.clock(all)
}

// due is when a visit is worth it.
type due struct {
	at     float64
	items  float64 // expected by then
	floor  bool    // because it may not be sooner
	window bool    // because the document may not hold more
	quiet  bool    // because it may not be later
}

const (
	grain = 20  // steps to a usual interval
	ahead = 2.5 // how much waiting is looked at, in prices, before the best time is taken
)

// due finds the best time for the next visit. Waiting from one visit to the next
// costs unseen items times time, a visit costs price. Going a little later costs
// the unseen items that time, and saves each item that comes meanwhile the time
// until the visit after it: the sum of both is least where the next visit should
// be. For a constant rate that is after sqrt(2*price/rate); where many items are
// expected at once it is just after them.
func (r *rhythm) due(from, price float64) due {
	if r.bounds.Wire {
		price /= wireWeight
	}
	soonest, latest := from+r.bounds.least().Seconds(), from+r.ceiling(from)
	if soonest >= latest {
		return due{at: soonest, floor: true}
	}
	c := r.course(from)
	best, cost, least := due{at: latest, quiet: true}, 0., math.Inf(1)
	unseen, wait := 0., 0.
	gap := interval(c.smooth(from), price)
	for t := from; t < latest && (t < soonest || wait < ahead*price); {
		step := step(t, soonest, gap)
		smooth := c.smooth(t + step/2)
		l := smooth * c.inMinute(t+step/2)
		gap = interval(smooth, price)
		added := unseen*step + l*step*step/2
		wait += added
		cost += added - l*step*gap
		unseen, t = unseen+l*step, t+step
		full := unseen+3*math.Sqrt(unseen) > r.room()
		if t < soonest {
			continue
		}
		if cost < least || full && least == math.Inf(1) {
			least, best = cost, due{at: t, items: unseen, floor: t == soonest, window: full}
		}
		if full {
			break
		}
	}
	return best
}

// interval is how far apart visits are at a constant rate.
func interval(rate, price float64) float64 { return math.Sqrt(2 * price / (rate + 1e-12)) }

// room is how many items may be expected unseen, so that none falls off the
// document.
func (r *rhythm) room() float64 {
	if r.Window == 0 {
		return math.Inf(1)
	}
	return float64(r.Window) * fillable
}

func (r *rhythm) ceiling(now float64) float64 {
	if r.Newest > 0 && now-r.Newest > quietAfter.Seconds() {
		return ceilingOff.Seconds()
	}
	return ceiling.Seconds()
}

// course is the expected rate from now on.
type course struct {
	r          *rhythm
	mean       float64
	from       float64
	heat, fade float64 // what recent items add now, and how fast that goes
}

func (r *rhythm) course(from float64) course {
	c := course{r: r, mean: r.mean(), from: from}
	if k := r.temper(); k > 0 {
		c.heat = float64(r.Heat[k]) - tempers[k].share*c.mean*r.hourly(from)
		c.fade = tempers[k].decay * (1 - tempers[k].share)
	}
	return c
}

// smooth is the expected rate at a time, without the minute's part.
func (c *course) smooth(t float64) float64 {
	l := c.mean * c.r.hourly(t)
	if c.heat != 0 {
		l += c.heat * math.Exp(-c.fade*(t-c.from))
	}
	return max(l, c.mean*leastShare)
}

func (c *course) inMinute(t float64) float64 {
	if c.r.drawn == 0 {
		return 1
	}
	return float64(c.r.clock[int64(t)/60%60])
}

// step is how far to look from t: fine enough for the interval between visits, not
// over a minute's end, and not over soonest.
func step(t, soonest, interval float64) float64 {
	s := min(max(interval/grain, 5), 60)
	if rest := 60 - (t - float64(int64(t)/60*60)); rest > 1 {
		s = min(s, rest)
	}
	if t < soonest {
		s = min(s, soonest-t)
	}
	return s
}

func (d due) why(r *rhythm) string {
	day := r.mean() * 86400
	switch {
	case r.At == 0:
		return "its rhythm is not known yet"
	case d.floor:
		return r.bounds.leastWhy()
	case d.window:
		return fmt.Sprintf("about %s a day, and its document holds %.0f: none may fall off unseen", items(day), r.Window)
	case d.quiet:
		return fmt.Sprintf("quiet: about %s a day, and never later than this", items(day))
	}
	return fmt.Sprintf("as the budget allows: about %s a day, %s expected by then", items(day), figure(d.items))
}

func items(x float64) string {
	if n := figure(x); n != "1" {
		return n + " items"
	}
	return "1 item"
}

// figure writes a number with two digits that mean something.
func figure(x float64) string {
	switch {
	case x >= 10:
		return fmt.Sprintf("%.0f", x)
	case x >= 1:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return fmt.Sprintf("%.2g", x)
}
