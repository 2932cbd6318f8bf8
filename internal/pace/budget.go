package pace

import "math"

// budget sets the price of a visit so that each day's visits match the budget. Times
// are Unix seconds.
//
// Each hour has a share of the day's visits, as on an average day of the week: half of
// them are spread evenly, and half as if the price were the same all day. So a Sunday has
// as many visits as a Monday, and any 24 hours as any others. What bursts, errors of the
// model and the first visits spend above or below the shares is evened out within hours.
type budget struct {
	price      float64 // item-seconds of waiting that a visit is worth
	priceSetAt float64 // 0: the price is not valid

	perDay   float64 // visits a day for the sources without a fixed interval
	dayStart float64 // of the current day, which begins at the hour of the first visit; 0: none yet
	spent    float64 // visits of the current day and the rest of the day before

	known       int     // sources visited before the price was set
	firstVisits int     // of other sources since then
	visitsSince float64 // visits since then

	expectedRate float64 // visits a second that were predicted when the price was set
	visits       float64 // visits so far, decayed
	expected     float64 // predicted visits so far, decayed
}

const (
	day = 86400. // seconds

	priceInterval = 600. // seconds between two computations of the price
	spendHalfLife = 12.  // hours; half-life of visits and expected
	priorHours    = 12.  // hours of visits, as predicted, with which they start

	minCorrection = 2.   // hours in which deviations are evened out: the rest of the day,
	maxCorrection = 4.   // but no less and no more
	maxRest       = .015 // share of a day's budget that the next day evens out
)

// updatePrice sets the price, unless it was set in the last minutes. While sources are
// visited for the first time, their rates become known, and the price changes quickly.
func (p *Plan) updatePrice(now float64) {
	b := &p.budget
	b.beginDay(now)
	if age := now - b.priceSetAt; age < priceInterval && age > -day && b.firstVisits <= b.known/4 {
		return
	}
	b.account(now, p.allowance()*day)
	d := p.dayAhead(now)
	if len(d.next) == 0 {
		b.price = max(b.price, minPrice)
		return
	}
	shares := d.shares(b.perDay)
	left := (b.dayStart + day - now) / 3600
	hours := min(max(left, minCorrection), maxCorrection)
	planned := sumHours(&shares, hours)
	target := planned + b.perDay - b.spent - sumHours(&shares, left)
	target = min(max(target, planned/2), planned*2) / min(max(b.visits/b.expected, .5), 2)
	b.price = d.next.price(target*d.knownShare, hours)
	b.expectedRate = d.next.visits(b.price, 1)[0] / d.knownShare / 3600
	b.priceSetAt, b.known, b.firstVisits, b.visitsSince = now, len(d.next), 0, 0
}

// beginDay begins a day of the budget when the one before is over.
func (b *budget) beginDay(now float64) {
	switch days := math.Floor((now - b.dayStart) / day); {
	case b.dayStart == 0 || days < -1 || days > 1:
		b.dayStart, b.spent = now, 0
	case days == 1:
		rest := max(maxRest*b.perDay, 1)
		b.dayStart, b.spent = b.dayStart+day, min(max(b.spent-b.perDay, -rest), rest)
	}
}

// account compares the visits since the price was set with the prediction.
func (b *budget) account(now, perDay float64) {
	if b.perDay != 0 {
		b.spent *= perDay / b.perDay
	}
	b.perDay = perDay
	if b.expected == 0 {
		b.visits = perDay * priorHours / 24
		b.expected = b.visits
	}
	if b.priceSetAt == 0 {
		return
	}
	seconds := now - b.priceSetAt
	expected := b.expectedRate * seconds
	if seconds > 7200 && expected > 10 { // visits were stopped, and are not made up for
		b.spent += perDay * min(seconds, now-b.dayStart) / day
		return
	}
	decay := math.Exp2(-seconds / 3600 / spendHalfLife)
	b.visits = b.visits*decay + b.visitsSince - float64(b.firstVisits)
	b.expected = b.expected*decay + expected
}

// countVisit counts a visit of a source without a fixed interval.
func (b *budget) countVisit() {
	b.spent++
	b.visitsSince++
}

// allowance returns the visits a second for the sources without a fixed interval. They
// get at least a tenth of the budget.
func (p *Plan) allowance() float64 {
	paced, fixed := 0., 0.
	for _, id := range p.inOrder() {
		switch b := p.sources[id].bounds; {
		case b.Idle:
		case b.Every > 0:
			fixed += 1 / max(b.Every, b.minInterval()).Seconds()
		default:
			paced++
		}
	}
	if p.visitRate == 0 {
		return paced * DefaultVisits / 86400
	}
	return max(p.visitRate-fixed, p.visitRate/10)
}

// demand is the number of visits that a source needs in each of the next hours. A source
// with rate r is visited every sqrt(2*price/r) seconds.
type demand struct {
	unbounded [24]float64 // at price 1
	min, max  float64     // at any price
	first     int         // there is no visit in the hours before
}

type demands []demand

// visits returns the visits in each of the next hours at a price.
func (all demands) visits(price, hours float64) (n [24]float64) {
	factor, end := 1/math.Sqrt(price), min(int(math.Ceil(hours)), len(n))
	for i := range all {
		d := &all[i]
		for h := d.first; h < end; h++ {
			n[h] += min(max(d.unbounded[h]*factor, d.min), d.max)
		}
	}
	return n
}

// price returns the price at which the next hours have so many visits.
func (all demands) price(visits, hours float64) float64 {
	low, high := math.Log(minPrice), math.Log(1e12)
	for range 20 { // to within a few hundred thousandths
		mid := (low + high) / 2
		n := all.visits(math.Exp(mid), hours)
		if sumHours(&n, hours) > visits {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(high)
}

// sumHours returns the sum over the next hours.
func sumHours(n *[24]float64, hours float64) (sum float64) {
	for h := 0; h < len(n) && hours > 0; h++ {
		sum += n[h] * min(hours, 1)
		hours--
	}
	return sum
}

// dayAhead is the demand in the next 24 hours of the sources without a fixed interval.
type dayAhead struct {
	next       demands
	average    demands // if these hours were those of an average day of the week
	knownShare float64 // of the sources that were visited before; next and average are theirs
}

// dayAhead returns the demand from now on.
func (p *Plan) dayAhead(now float64) (d dayAhead) {
	known, unknown := p.paced(now)
	if d.knownShare = 1; len(known) == 0 {
		known = unknown
	} else {
		d.knownShare = float64(len(known)) / float64(len(known)+len(unknown))
	}
	d.next, d.average = make(demands, len(known)), make(demands, len(known))
	for i, r := range known {
		r.demand(now, &d.next[i], &d.average[i])
	}
	return d
}

// shares returns the visits that each of the next 24 hours should have.
func (d *dayAhead) shares(perDay float64) (n [24]float64) {
	n = d.average.visits(d.average.price(perDay*d.knownShare, 24), 24)
	sum := sumHours(&n, 24)
	for h := range n {
		n[h] = perDay * (n[h]/sum + 1./24) / 2
	}
	return n
}

// paced returns the sources without a fixed interval: those that were visited before, and
// the others. It also updates the profile that all sources have in common.
func (p *Plan) paced(now float64) (known, unknown []*rhythm) {
	p.common = profile{}
	for _, id := range p.inOrder() {
		r := p.sources[id]
		p.common.add(&r.Profile)
		switch {
		case r.bounds.Every > 0 || r.bounds.Idle:
		case r.At > 0:
			known = append(known, r)
		case r.notBefore <= now:
			unknown = append(unknown, r)
		}
	}
	return known, unknown
}

// demand sets the demand of a source in the next hours, and in those of an average day.
func (r *rhythm) demand(now float64, next, average *demand) {
	rate, weight := r.meanRate(), r.weight()
	average.min, average.max = 3600/maxInterval.Seconds(), 3600/r.minInterval()
	next.min, next.max = average.min, average.max
	next.first = int(min(max(math.Round((r.notBefore-now)/3600), 0), 24))
	f, hour := r.forecast(r.At), hourOfWeek(now+1800)
	for h := range next.unbounded {
		next.unbounded[h] = 3600 * math.Sqrt(weight/2*f.rateAt(now+1800+3600*float64(h)))
		average.unbounded[h] = 3600 * math.Sqrt(weight/2*rate*r.dayFactor((hour+h)%24))
	}
}
