package pace

import "math"

// purse keeps the price of a visit such that each day's budget is spent.
type purse struct {
	set   float64 // when the price was last set; 0: must be
	price float64 // item-seconds of waiting that a visit is worth

	spent    float64 // visits since set
	foreseen float64 // visits a second, expected at this price in this hour
	made     float64 // decayed: visits, and what was foreseen of them
	expected float64
	over     float64 // visits above the budget so far; below 0: left over
}

const (
	recent = 24. // hours, half-life of what was spent
	trust  = 12. // hours of visits as foreseen that are put before the first

	payback = 5 * 86400. // seconds in which what is left over is spent, at most a day's budget
)

// settle sets the price once an hour: the one at which the next day's visits are
// the budget's. What the sources' rhythms foresee is corrected by what was spent,
// and what is left over of earlier days is spent too.
func (p *Plan) settle(now float64) {
	u := &p.purse
	hours := (now - u.set) / 3600
	if u.set != 0 && hours < 1 {
		return
	}
	p.all = profile{}
	for _, id := range p.order {
		p.all.add(&p.sources[id].Profile)
	}
	want := p.allowance()
	if u.expected == 0 {
		u.made, u.expected = want*trust*3600, want*trust*3600
	}
	if u.set != 0 && hours < 2 { // else nobody was there to visit
		fade := math.Exp2(-hours / recent)
		u.made = u.made*fade + u.spent
		u.expected = u.expected*fade + u.foreseen*hours*3600
		u.over = min(max(u.over+u.spent-want*hours*3600, -want*86400), want*86400)
	}
	share := min(max(u.made/u.expected, .5), 2)
	day := p.demand(hourOfWeek(now))
	u.price = price(day, (want-u.over/payback)/share)
	u.set, u.spent, u.foreseen = now, 0, visits(day, u.price, 1)
}

// allowance is what the paced sources may spend, in visits a second.
func (p *Plan) allowance() float64 {
	paced, fixed := 0., 0.
	for _, id := range p.order {
		b := p.sources[id].bounds
		if b.Every > 0 {
			fixed += 1 / max(b.Every, b.least()).Seconds()
		} else {
			paced++
		}
	}
	if p.budget == 0 {
		return paced * DefaultVisits / 86400
	}
	return max(p.budget-fixed, p.budget/10)
}

// demand is how many visits a second a source makes: one of rate l that is visited
// each sqrt(2*price/l) seconds makes sqrt(l/(2*price)).
type demand struct {
	free        [24]float64 // at price 1, in the hours to come
	least, most float64     // whatever the price
}

func (p *Plan) demand(hour int) []demand {
	all := make([]demand, 0, len(p.order))
	for _, id := range p.order {
		r := p.sources[id]
		if r.bounds.Every > 0 {
			continue
		}
		l := r.mean()
		if r.bounds.Wire {
			l *= wireWeight
		}
		d := demand{least: 1 / ceiling.Seconds(), most: 1 / max(r.bounds.least().Seconds(), 1)}
		for h := range d.free {
			d.free[h] = math.Sqrt(l / 2 * r.inHour((hour+h)%len(r.week)))
		}
		all = append(all, d)
	}
	return all
}

// visits is what is made a second at a price, on the mean of so many hours to come.
func visits(all []demand, price float64, hours int) (perSecond float64) {
	each := 1 / math.Sqrt(price)
	for i := range all {
		d := &all[i]
		for _, free := range d.free[:hours] {
			perSecond += min(max(free*each, d.least), d.most)
		}
	}
	return perSecond / float64(hours)
}

// price finds the one at which so many visits a second are made in a day.
func price(all []demand, want float64) float64 {
	low, high := math.Log(leastPrice), math.Log(1e12)
	for range 32 {
		mid := (low + high) / 2
		if visits(all, math.Exp(mid), 24) > want {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(high)
}
