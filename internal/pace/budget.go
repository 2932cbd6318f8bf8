package pace

import "math"

// budget keeps the price of a visit such that each day's budget is spent.
type budget struct {
	priceSetAt float64 // when the price was last set; 0: must be
	price      float64 // item-seconds of waiting that a visit is worth

	visitsSince  float64 // visits since set
	expectedRate float64 // visits a second, expected at this price in this hour
	visits       float64 // decayed: visits, and what was foreseen of them
	expected     float64
	overspent    float64 // visits above the budget so far; below 0: left over
}

const (
	spendHalfLife = 24. // hours, half-life of what was spent
	priorHours    = 12. // hours of visits as foreseen that are put before the first

	repayTime = 5 * 86400. // seconds in which what is left over is spent, at most a day's budget
)

// updatePrice sets the price once an hour: the one at which the next day's visits are
// the budget's. What the sources' rhythms foresee is corrected by what was spent,
// and what is left over of earlier days is spent too.
func (p *Plan) updatePrice(now float64) {
	u := &p.budget
	hours := (now - u.priceSetAt) / 3600
	if u.priceSetAt != 0 && hours < 1 {
		return
	}
	p.common = profile{}
	for _, id := range p.order {
		p.common.add(&p.sources[id].Profile)
	}
	want := p.allowance()
	if u.expected == 0 {
		u.visits, u.expected = want*priorHours*3600, want*priorHours*3600
	}
	if u.priceSetAt != 0 && hours < 2 { // else nobody was there to visit
		fade := math.Exp2(-hours / spendHalfLife)
		u.visits = u.visits*fade + u.visitsSince
		u.expected = u.expected*fade + u.expectedRate*hours*3600
		u.overspent = min(max(u.overspent+u.visitsSince-want*hours*3600, -want*86400), want*86400)
	}
	share := min(max(u.visits/u.expected, .5), 2)
	day := p.demands(hourOfWeek(now))
	u.price = priceFor(day, (want-u.overspent/repayTime)/share)
	u.priceSetAt, u.visitsSince, u.expectedRate = now, 0, visitsPerSecond(day, u.price, 1)
}

// allowance is what the paced sources may spend, in visits a second.
func (p *Plan) allowance() float64 {
	paced, fixed := 0., 0.
	for _, id := range p.order {
		b := p.sources[id].bounds
		if b.Every > 0 {
			fixed += 1 / max(b.Every, b.minInterval()).Seconds()
		} else {
			paced++
		}
	}
	if p.visitRate == 0 {
		return paced * DefaultVisits / 86400
	}
	return max(p.visitRate-fixed, p.visitRate/10)
}

// demand is how many visits a second a source makes: one of rate l that is visited
// each sqrt(2*price/l) seconds makes sqrt(l/(2*price)).
type demand struct {
	unbounded [24]float64 // at price 1, in the hours to come
	min, max  float64     // whatever the price
}

func (p *Plan) demands(hour int) []demand {
	all := make([]demand, 0, len(p.order))
	for _, id := range p.order {
		r := p.sources[id]
		if r.bounds.Every > 0 {
			continue
		}
		l := r.meanRate()
		if r.bounds.Wire {
			l *= wireWeight
		}
		d := demand{min: 1 / maxInterval.Seconds(), max: 1 / max(r.bounds.minInterval().Seconds(), 1)}
		for h := range d.unbounded {
			d.unbounded[h] = math.Sqrt(l / 2 * r.weekFactor((hour+h)%len(r.weekCurve)))
		}
		all = append(all, d)
	}
	return all
}

// visitsPerSecond is what is made a second at a price, on the mean of so many hours to come.
func visitsPerSecond(all []demand, price float64, hours int) (perSecond float64) {
	each := 1 / math.Sqrt(price)
	for i := range all {
		d := &all[i]
		for _, free := range d.unbounded[:hours] {
			perSecond += min(max(free*each, d.min), d.max)
		}
	}
	return perSecond / float64(hours)
}

// priceFor finds the one at which so many visits a second are made in a day.
func priceFor(all []demand, want float64) float64 {
	low, high := math.Log(minPrice), math.Log(1e12)
	for range 32 {
		mid := (low + high) / 2
		if visitsPerSecond(all, math.Exp(mid), 24) > want {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(high)
}
