package pace

import (
	"math"
	"strconv"
)

// VisitsADay returns how a budget of visits a day is shared by sources with these bounds:
// fixed are the visits of those with a fixed interval, paced is the most that the others
// get together.
func VisitsADay(budget float64, sources []Bounds) (fixed, paced float64) {
	p := New(budget)
	most := 0.
	for i, b := range sources {
		p.Add(strconv.Itoa(i), nil, b)
		shortest := max(b.minInterval(), 1).Hours()
		if b.Every > 0 {
			fixed += 24 / max(b.Every.Hours(), shortest)
		} else {
			most += 24 / shortest
		}
	}
	return math.Round(fixed), math.Round(min(p.allowance()*86400, most))
}
