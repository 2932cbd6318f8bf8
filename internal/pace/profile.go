package pace

import "math"

// profile counts items by hour of the day, day of the week and minute of the hour, in
// UTC. For hours and days it also counts the items that the mean rate alone predicts:
// without them, a short history would look like a weekly pattern.
type profile struct {
	Hour, HourExpected [24]float32
	Day, DayExpected   [7]float32
	Minute             [60]float32
	Count              float32
}

// Weights, in items, of the profile that a short history is blended with: a source's
// profile with that of all sources, and theirs with a flat one.
const (
	hourWeight         = 30. / 24
	dayWeight          = 60. / 7
	minuteWeight       = 200.
	commonHourWeight   = 20.
	commonDayWeight    = 300.
	commonMinuteWeight = 1500.
)

// hourOfWeek returns the hour since Monday 00:00 UTC, 0 to 167. The Unix epoch, for which
// earlier times are taken, was a Thursday.
func hourOfWeek(t float64) int { return int((int64(max(t, 0))/3600 + 72) % 168) }

// minuteOfHour returns the minute of the hour, 0 to 59.
func minuteOfHour(t float64) int { return int(int64(max(t, 0)) / 60 % 60) }

// observe counts an item.
func (p *profile) observe(t float64) {
	h := hourOfWeek(t)
	p.Hour[h%24]++
	p.Day[h/24]++
	p.Minute[minuteOfHour(t)]++
	p.Count++
}

// expect adds the items that a constant rate predicts between two times.
func (p *profile) expect(rate, from, to float64) {
	for t := from; t < to; {
		end := min(to, (math.Floor(t/3600)+1)*3600)
		h, want := hourOfWeek(t), float32(rate*(end-t))
		p.HourExpected[h%24] += want
		p.DayExpected[h/24] += want
		t = end
	}
}

// forEach calls f with each number of p and the corresponding one of q.
func (p *profile) forEach(q *profile, f func(a, b *float32)) {
	for i := range p.Hour {
		f(&p.Hour[i], &q.Hour[i])
		f(&p.HourExpected[i], &q.HourExpected[i])
	}
	for i := range p.Day {
		f(&p.Day[i], &q.Day[i])
		f(&p.DayExpected[i], &q.DayExpected[i])
	}
	for i := range p.Minute {
		f(&p.Minute[i], &q.Minute[i])
	}
	f(&p.Count, &q.Count)
}

func (p *profile) scale(by float64) {
	p.forEach(p, func(a, _ *float32) { *a *= float32(by) })
}

func (p *profile) add(q *profile) {
	p.forEach(q, func(a, b *float32) { *a += *b })
}

// weekCurve returns the relative rate by hour of the week, with mean 1.
func (p *profile) weekCurve(common *profile) (w [168]float32) {
	var hour [24]float32
	for h := range hour {
		mean := (smoothHour(&common.Hour, h) + commonHourWeight) / (smoothHour(&common.HourExpected, h) + commonHourWeight)
		hour[h] = (smoothHour(&p.Hour, h) + hourWeight*mean) / (smoothHour(&p.HourExpected, h) + hourWeight)
	}
	sum := float32(0)
	for h := range w {
		d := h / 24
		mean := (common.Day[d] + commonDayWeight) / (common.DayExpected[d] + commonDayWeight)
		w[h] = hour[h%24] * (p.Day[d] + dayWeight*mean) / (p.DayExpected[d] + dayWeight)
		sum += w[h]
	}
	for h := range w {
		w[h] *= float32(len(w)) / sum
	}
	return w
}

// smoothHour averages an hour with its neighbours.
func smoothHour(v *[24]float32, h int) float32 { return (v[(h+23)%24] + 2*v[h] + v[(h+1)%24]) / 4 }

// minuteCurve returns the relative rate by minute of the hour, with mean 1.
func (p *profile) minuteCurve(common *profile) (c [60]float32) {
	for m := range c {
		mean := (common.Minute[m] + commonMinuteWeight/60) / (common.Count + commonMinuteWeight)
		c[m] = (p.Minute[m] + minuteWeight*mean) / (p.Count + minuteWeight) * 60
	}
	return c
}
