package pace

import "math"

// profile counts items by hour of the day, day of the week and minute of the
// hour, beside the items that the mean rate alone led to expect in each. Without
// the second a short history would look like a weekly habit.
type profile struct {
	Hour, HourWant [24]float32
	Day, DayWant   [7]float32
	Minute         [60]float32
	Count          float32
}

// Pseudo-items by which a source's profile is drawn to that of all sources, and
// theirs to a flat one.
const (
	pullHour   = 30. / 24
	pullDay    = 60. / 7
	pullMinute = 200.
	flatHour   = 20.
	flatDay    = 300.
	flatMinute = 1500.
)

// hourOfWeek counts from Monday 00 UTC; the epoch was a Thursday.
func hourOfWeek(t float64) int { return int((int64(t)/3600 + 72) % 168) }

func (p *profile) count(t float64) {
	h := hourOfWeek(t)
	p.Hour[h%24]++
	p.Day[h/24]++
	p.Minute[int64(t/60)%60]++
	p.Count++
}

// watch adds what the rate leads to expect between two times.
func (p *profile) watch(rate, from, to float64) {
	for t := from; t < to; {
		end := min(to, (math.Floor(t/3600)+1)*3600)
		h, want := hourOfWeek(t), float32(rate*(end-t))
		p.HourWant[h%24] += want
		p.DayWant[h/24] += want
		t = end
	}
}

// each calls f with every figure of p and the one beside it in q.
func (p *profile) each(q *profile, f func(a, b *float32)) {
	for i := range p.Hour {
		f(&p.Hour[i], &q.Hour[i])
		f(&p.HourWant[i], &q.HourWant[i])
	}
	for i := range p.Day {
		f(&p.Day[i], &q.Day[i])
		f(&p.DayWant[i], &q.DayWant[i])
	}
	for i := range p.Minute {
		f(&p.Minute[i], &q.Minute[i])
	}
	f(&p.Count, &q.Count)
}

func (p *profile) fade(by float64) {
	p.each(p, func(a, _ *float32) { *a *= float32(by) })
}

func (p *profile) add(q *profile) {
	p.each(q, func(a, b *float32) { *a += *b })
}

// week is the rate by hour of the week, mean 1.
func (p *profile) week(all *profile) (w [168]float32) {
	var hour [24]float32
	for h := range hour {
		common := (smooth(&all.Hour, h) + flatHour) / (smooth(&all.HourWant, h) + flatHour)
		hour[h] = (smooth(&p.Hour, h) + pullHour*common) / (smooth(&p.HourWant, h) + pullHour)
	}
	sum := float32(0)
	for h := range w {
		d := h / 24
		common := (all.Day[d] + flatDay) / (all.DayWant[d] + flatDay)
		w[h] = hour[h%24] * (p.Day[d] + pullDay*common) / (p.DayWant[d] + pullDay)
		sum += w[h]
	}
	for h := range w {
		w[h] *= float32(len(w)) / sum
	}
	return w
}

func smooth(v *[24]float32, h int) float32 { return (v[(h+23)%24] + 2*v[h] + v[(h+1)%24]) / 4 }

// clock is the rate by minute of the hour, mean 1.
func (p *profile) clock(all *profile) (c [60]float32) {
	for m := range c {
		common := (all.Minute[m] + flatMinute/60) / (all.Count + flatMinute)
		c[m] = (p.Minute[m] + pullMinute*common) / (p.Count + pullMinute) * 60
	}
	return c
}
