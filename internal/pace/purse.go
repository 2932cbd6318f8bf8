package pace

import "math"

// purse keeps the price of a visit such that the budget is spent.
type purse struct {
	set   float64 // when the price was last set; 0: must be
	price float64 // item-seconds of waiting that a visit is worth
	spent float64 // visits since set
	corr  float64
	hours []float64
}

// settle sets the price once an hour.
func (p *Plan) settle(now float64) {
	if p.purse.set != 0 && now-p.purse.set < 3600 {
		return
	}
	p.all = profile{}
	for _, r := range p.sources {
		p.all.add(&r.Profile)
	}
	want := p.purseful()
	if p.purse.corr == 0 {
		p.purse.corr = 1
	}
	if p.purse.set != 0 {
		p.purse.hours = append(p.purse.hours, p.purse.spent*3600/(now-p.purse.set))
		if n := len(p.purse.hours); n > 24 {
			p.purse.hours = p.purse.hours[n-24:]
			sum := 0.
			for _, h := range p.purse.hours {
				sum += h
			}
			p.purse.corr *= math.Pow(min(max(sum/(want*86400), .5), 2), .1)
		}
	}
	p.purse.spent = 0
	p.purse.set = now
	p.purse.price = p.purse.corr * p.cost(want)
}

// purseful is what the paced sources may spend, in visits a second.
func (p *Plan) purseful() float64 {
	paced, fixed := 0., 0.
	for _, r := range p.sources {
		if e := r.bounds.Every; e > 0 {
			fixed += 1 / max(e, r.bounds.least()).Seconds()
		} else {
			paced++
		}
	}
	if p.budget == 0 {
		return paced * DefaultVisits / 86400
	}
	return max(p.budget-fixed, p.budget/10)
}

// cost finds the price at which the sources are expected to make so many visits
// a second. A source of rate l visited each sqrt(2*price/l) seconds makes
// sqrt(l/(2*price)).
func (p *Plan) cost(want float64) float64 {
	low, high := math.Log(1e-6), math.Log(1e12)
	for range 50 {
		mid := (low + high) / 2
		if p.visits(math.Exp(mid)) > want {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(high)
}

func (p *Plan) visits(price float64) (perSecond float64) {
	for _, r := range p.sources {
		if r.bounds.Every > 0 {
			continue
		}
		l, root := r.mean(), r.root
		if r.bounds.Wire {
			l *= wireWeight
		}
		if r.drawn == 0 {
			root = 1
		}
		v := root * math.Sqrt(l/(2*price))
		perSecond += min(max(v, 1/ceiling.Seconds()), 1/max(r.bounds.least().Seconds(), 1))
	}
	return perSecond
}
