package pace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// newsroom describes feeds whose publication times can be generated.
type newsroom struct {
	name         string
	seed         uint64
	feeds, days  int
	start        time.Time
	median       float64       // items a day of the feeds
	sigma        float64       // of the logarithm of the rate
	night        float64       // share of the daytime rate that is left at night; 1: no nights
	zones        []int         // hours that local time is ahead of UTC, in turn
	weekend      float64       // share of the rate on working days; 1: no weekends
	burst        float64       // most items that follow an item, on average
	breaking     time.Duration // mean time between news that half of the feeds have; 0: never
	jobs         float64       // share of feeds that publish every 15 minutes or on the half hour
	silent       float64       // share of feeds that are silent in the middle third of the trace
	floors       bool          // half of the servers ask for 1 to 15 minutes between visits
	floor        time.Duration // of all visits; 0: a minute
	before       time.Duration // published before the start of the trace
	feedsPerHost int           // 0: 1
}

// generate returns the trace of a newsroom, always the same.
func (n newsroom) generate() *Trace {
	g := generator{newsroom: n, rnd: rand.New(rand.NewPCG(n.seed, 13))}
	tr := &Trace{Start: n.start, End: n.start.AddDate(0, 0, n.days)}
	for t := n.start.Add(g.wait(n.breaking)); n.breaking > 0 && t.Before(tr.End); t = t.Add(g.wait(n.breaking)) {
		g.news = append(g.news, t)
	}
	for i := range n.feeds {
		tr.Feeds = append(tr.Feeds, g.feed(i, tr))
	}
	return tr
}

// generator makes the feeds of a newsroom.
type generator struct {
	newsroom
	rnd  *rand.Rand
	news []time.Time // when news breaks that half of the feeds have
}

func (g *generator) wait(mean time.Duration) time.Duration {
	return time.Duration(g.rnd.ExpFloat64() * float64(mean))
}

func (g *generator) feed(i int, tr *Trace) TraceFeed {
	f := TraceFeed{Name: fmt.Sprintf("f%03d", i), Host: fmt.Sprint("h", i/max(g.feedsPerHost, 1)), Window: 20 + 10*g.rnd.IntN(9)}
	if g.floors && g.rnd.IntN(2) == 0 {
		f.Floor = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}[g.rnd.IntN(3)]
	}
	perDay := min(max(g.median*math.Exp(g.sigma*g.rnd.NormFloat64()), .1), 500)
	zone := time.Duration(g.zones[i%len(g.zones)]) * time.Hour
	joins := g.rnd.IntN(2) == 0
	share := g.burst * g.rnd.Float64()
	decay := time.Duration(20*math.Exp(.6*g.rnd.NormFloat64())) * time.Minute
	most := perDay * 8
	for t := g.start.Add(-g.before); ; {
		t = t.Add(g.wait(time.Duration(24 / most * float64(time.Hour))))
		if t.After(tr.End) {
			break
		}
		if rate := perDay * (1 - share) * g.relativeRate(t, zone, joins); g.rnd.Float64() < rate/most {
			f.Times = append(f.Times, t)
		}
	}
	f.Times = g.follow(f.Times, share, decay)
	g.schedule(f.Times)
	silent := g.rnd.Float64() < g.silent
	third := tr.End.Sub(tr.Start) / 3
	f.Times = slices.DeleteFunc(f.Times, func(t time.Time) bool {
		return !t.Before(tr.End) || silent && t.After(tr.Start.Add(third)) && t.Before(tr.End.Add(-third))
	})
	slices.SortFunc(f.Times, time.Time.Compare)
	return f
}

// relativeRate returns the rate at t, with mean 1 but for breaking news.
func (g *generator) relativeRate(t time.Time, zone time.Duration, joins bool) float64 {
	local := t.Add(zone)
	hour := float64(local.Hour()) + float64(local.Minute())/60
	awake := (1 + math.Tanh(2*math.Cos((hour-14)/24*2*math.Pi))) / 2
	rate := (g.night + (1-g.night)*awake) / (g.night + (1-g.night)*.5)
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		rate *= g.weekend
	}
	rate *= 7 / (5 + 2*g.weekend)
	if joins {
		for _, b := range g.news {
			if since := t.Sub(b); since > 0 && since < 8*time.Hour {
				rate *= 1 + 3*math.Exp(-since.Minutes()/90)
			}
		}
	}
	return rate
}

// follow adds the items that follow others, share of them on average, within about decay.
func (g *generator) follow(times []time.Time, share float64, decay time.Duration) []time.Time {
	for k := 0; k < len(times); k++ {
		for g.rnd.Float64() < share/(1+share) { // a geometric number with mean share
			times = append(times, times[k].Add(g.wait(decay)))
		}
	}
	return times
}

// schedule moves the items to the times of a job, in the share of the feeds that have one.
func (g *generator) schedule(times []time.Time) {
	style := g.rnd.Float64()
	for k, t := range times {
		switch {
		case style < g.jobs/2:
			times[k] = t.Add(15*time.Minute - time.Second).Truncate(15 * time.Minute)
		case style < g.jobs && g.rnd.Float64() < .35:
			times[k] = t.Round(30 * time.Minute)
		default:
			times[k] = t.Truncate(time.Second)
		}
	}
}

var (
	monday   = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	thursday = time.Date(2026, 3, 5, 13, 20, 0, 0, time.UTC)
)

// newsrooms are the traces on which visits are measured.
var newsrooms = []newsroom{
	{name: "wires", seed: 1, feeds: 27, days: 4, start: thursday, median: 60, sigma: .9, night: .25, zones: []int{-5, 0, 1, 3, 8}, weekend: .6, burst: .5, breaking: 36 * time.Hour, jobs: .2, floors: true},
	{name: "wires with history", seed: 2, feeds: 27, days: 5, start: thursday, median: 60, sigma: 1.2, night: .25, zones: []int{-5, 0, 1, 3, 8}, weekend: .6, burst: .5, breaking: 36 * time.Hour, jobs: .2, floors: true, before: 48 * time.Hour},
	{name: "one country", seed: 3, feeds: 40, days: 8, start: monday, median: 15, sigma: 1.5, night: .03, zones: []int{3}, weekend: .35, burst: .4, breaking: 48 * time.Hour, jobs: .3},
	{name: "three feeds", seed: 4, feeds: 3, days: 8, start: thursday, median: 40, sigma: .8, night: .1, zones: []int{1}, weekend: .5, burst: .5, jobs: .3},
	{name: "ten feeds", seed: 5, feeds: 10, days: 8, start: monday.Add(7 * time.Hour), median: 25, sigma: 1.2, night: .1, zones: []int{-5, 1}, weekend: .5, burst: .5, breaking: 36 * time.Hour, jobs: .3, silent: .2},
	{name: "bursts", seed: 6, feeds: 27, days: 6, start: thursday, median: 40, sigma: 1, night: .5, zones: []int{0, 8}, weekend: 1, burst: .7, breaking: 24 * time.Hour},
	{name: "falling silent", seed: 7, feeds: 27, days: 12, start: monday, median: 30, sigma: 1.2, night: .2, zones: []int{-8, 1, 9}, weekend: .5, burst: .5, jobs: .2, silent: .5},
	{name: "round the clock", seed: 8, feeds: 12, days: 5, start: monday, median: 100, sigma: .6, night: 1, zones: []int{0}, weekend: 1},
	{name: "slow feeds", seed: 9, feeds: 27, days: 10, start: monday, median: 2, sigma: .7, night: .1, zones: []int{1}, weekend: .3, burst: .3},
	{name: "many feeds", seed: 10, feeds: 300, days: 8, start: monday, median: 6, sigma: 1.7, night: .1, zones: []int{-5, 1, 8}, weekend: .45, burst: .6, breaking: 36 * time.Hour, jobs: .3, floors: true, feedsPerHost: 2},
	{name: "floors that bind", seed: 11, feeds: 27, days: 5, start: thursday, median: 40, sigma: 1.4, night: .2, zones: []int{0, 3}, weekend: .6, burst: .5, floors: true, floor: 5 * time.Minute},
}

func newsroomNamed(name string) newsroom {
	i := slices.IndexFunc(newsrooms, func(n newsroom) bool { return n.name == name })
	return newsrooms[i]
}
