package pace

import "math"

// budget sets the price of a visit so that each day's visits match the budget. Times
// are Unix seconds.
type budget struct {
	priceSetAt float64 // 0: the price is not valid
	price      float64 // item-seconds of waiting that a visit is worth

	visitsSince  float64 // visits since priceSetAt
	expectedRate float64 // visits a second that were predicted when the price was set
	visits       float64 // visits so far, decayed
	expected     float64 // predicted visits so far, decayed
	overspent    float64 // visits above the budget so far; negative: visits left over
}

const (
	spendHalfLife = 24. // hours; half-life of visits and expected
	priorHours    = 12. // hours of visits, as predicted, with which they start

	repayTime = 5 * 86400. // seconds over which overspent is evened out
)

// updatePrice sets the price once an hour, to the value at which the predicted visits of
// the next day match the budget. It corrects the prediction by the visits of the last
// days, and evens out what they spent above or below the budget.
func (p *Plan) updatePrice(now float64) {
	b := &p.budget
	hours := (now - b.priceSetAt) / 3600
	if b.priceSetAt != 0 && hours < 1 {
		return
	}
	p.common = profile{}
	for _, id := range p.order {
		p.common.add(&p.sources[id].Profile)
	}
	target := p.allowance()
	if b.expected == 0 {
		b.visits, b.expected = target*priorHours*3600, target*priorHours*3600
	}
	if b.priceSetAt != 0 && hours < 2 { // after a longer time, visits were stopped
		b.account(hours, target)
	}
	ratio := min(max(b.visits/b.expected, .5), 2)
	demands := p.demands(hourOfWeek(now))
	b.price = priceFor(demands, (target-b.overspent/repayTime)/ratio)
	b.priceSetAt, b.visitsSince, b.expectedRate = now, 0, visitsPerSecond(demands, b.price, 1)
}

// account adds the visits of the last hours. overspent stays within a day's budget.
func (b *budget) account(hours, target float64) {
	decay := math.Exp2(-hours / spendHalfLife)
	b.visits = b.visits*decay + b.visitsSince
	b.expected = b.expected*decay + b.expectedRate*hours*3600
	b.overspent = min(max(b.overspent+b.visitsSince-target*hours*3600, -target*86400), target*86400)
}

// allowance returns the visits a second for the sources without a fixed interval. They
// get at least a tenth of the budget.
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

// demand is the number of visits a second that a source needs. A source with rate r is
// visited every sqrt(2*price/r) seconds, which makes sqrt(r/(2*price)) visits a second.
type demand struct {
	unbounded [24]float64 // at price 1, in each of the next hours
	min, max  float64     // at any price
}

// demands returns the demand of each source without a fixed interval, from an hour of
// the week on.
func (p *Plan) demands(hour int) []demand {
	all := make([]demand, 0, len(p.order))
	for _, id := range p.order {
		r := p.sources[id]
		if r.bounds.Every > 0 {
			continue
		}
		rate := r.meanRate()
		if r.bounds.Wire {
			rate *= wireWeight
		}
		d := demand{min: 1 / maxInterval.Seconds(), max: 1 / max(r.bounds.minInterval().Seconds(), 1)}
		for h := range d.unbounded {
			d.unbounded[h] = math.Sqrt(rate / 2 * r.weekFactor((hour+h)%len(r.weekCurve)))
		}
		all = append(all, d)
	}
	return all
}

// visitsPerSecond returns the mean visits a second at a price over the next hours.
func visitsPerSecond(all []demand, price float64, hours int) (perSecond float64) {
	factor := 1 / math.Sqrt(price)
	for i := range all {
		d := &all[i]
		for _, unbounded := range d.unbounded[:hours] {
			perSecond += min(max(unbounded*factor, d.min), d.max)
		}
	}
	return perSecond / float64(hours)
}

// priceFor returns the price at which the next day has target visits a second.
func priceFor(all []demand, target float64) float64 {
	low, high := math.Log(minPrice), math.Log(1e12)
	for range 32 {
		mid := (low + high) / 2
		if visitsPerSecond(all, math.Exp(mid), 24) > target {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(high)
}
