package pace

import (
	"container/heap"
	"math"
	"slices"
	"sort"
	"time"
)

// Trace holds recorded publication times of feeds.
type Trace struct {
	Feeds      []TraceFeed
	Start, End time.Time
}

// TraceFeed is one feed of a trace.
type TraceFeed struct {
	Name, Host string
	Window     int           // items in its document
	Floor      time.Duration // minimum interval that its server asks for
	Times      []time.Time   // sorted
}

// Figures are the results of a replay. Delays are in minutes.
type Figures struct {
	VisitsPerDay float64 `json:"visits_per_day"`
	Mean         float64 `json:"mean"`
	Median       float64 `json:"median"`
	P95          float64 `json:"p95"`
	P99          float64 `json:"p99"`
	Useless      float64 `json:"useless"` // share of visits without new items
	Missed       int     `json:"missed"`  // items that left a document unseen

	LeastPerDay, MostPerDay int `json:"-"` // visits of a whole day after the first; 0: there is none
}

// hostPause is the time between two requests to a host.
const hostPause = 2 * time.Second

// Simulate replays a trace with a budget of visits a day over all its feeds.
// It measures from warm after the start.
func Simulate(tr *Trace, budget float64, floor, warm time.Duration) Figures {
	s := newReplay(tr, floor, warm)
	return s.run(s.planned(New(budget)))
}

// replay simulates the visits to the feeds of a trace.
type replay struct {
	*Trace
	floor           time.Duration
	measureFrom     time.Time
	queue           visitQueue
	seen            []int                // by feed
	hostFree        map[string]time.Time // by host
	visits, useless int
	perDay          []int // visits by day after the start
	missed          int
	delays          []float64
}

// policy says when a feed wants its next visit, after a visit at at that found the items
// from first to upto for the first time.
type policy func(feed int, at time.Time, first, upto int) time.Time

type scheduledVisit struct {
	at   time.Time
	feed int
}

type visitQueue []scheduledVisit

func (d visitQueue) Len() int           { return len(d) }
func (d visitQueue) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d visitQueue) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *visitQueue) Push(x any)        { *d = append(*d, x.(scheduledVisit)) }
func (d *visitQueue) Pop() any          { panic("visits are moved, never popped") }

func newReplay(tr *Trace, floor, warm time.Duration) *replay {
	s := &replay{Trace: tr, floor: floor, measureFrom: tr.Start.Add(warm), seen: make([]int, len(tr.Feeds)), hostFree: map[string]time.Time{}}
	for i := range tr.Feeds {
		spread := time.Duration(i*7919%len(tr.Feeds)) * 10 * time.Minute / time.Duration(len(tr.Feeds))
		s.queue = append(s.queue, scheduledVisit{tr.Start.Add(time.Minute + spread), i})
	}
	heap.Init(&s.queue)
	return s
}

func (s *replay) bounds(i int) Bounds { return Bounds{Floor: s.floor, Server: s.Feeds[i].Floor} }

// planned returns the policy of a plan.
func (s *replay) planned(p *Plan) policy {
	for i := range s.Feeds {
		p.Add(s.Feeds[i].Name, nil, s.bounds(i))
	}
	return func(i int, at time.Time, first, upto int) time.Time {
		f := &s.Feeds[i]
		p.Observe(f.Name, at, f.Times[first:upto], f.Window)
		next, _ := p.Next(f.Name, at, s.bounds(i))
		return next
	}
}

// run makes all visits of the trace at the times that next gives.
func (s *replay) run(next policy) Figures {
	for len(s.queue) > 0 && s.queue[0].at.Before(s.End) {
		s.visit(next)
	}
	return s.figures()
}

// visit makes the next visit, as soon as its host is free.
func (s *replay) visit(next policy) {
	i, at := s.queue[0].feed, s.queue[0].at
	f := &s.Feeds[i]
	if free := s.hostFree[f.Host]; free.After(at) {
		at = free
	}
	s.hostFree[f.Host] = at.Add(hostPause)
	upto := sort.Search(len(f.Times), func(k int) bool { return f.Times[k].After(at) })
	first := max(s.seen[i], upto-f.Window)
	s.count(at)
	if !at.Before(s.measureFrom) {
		s.measure(f, at, s.seen[i], first, upto)
	}
	s.seen[i] = upto
	s.queue[0].at = next(i, at, first, upto)
	heap.Fix(&s.queue, 0)
}

// count counts a visit for its day.
func (s *replay) count(at time.Time) {
	day := int(at.Sub(s.Start) / (24 * time.Hour))
	for len(s.perDay) <= day {
		s.perDay = append(s.perDay, 0)
	}
	s.perDay[day]++
}

// measure counts a visit that found the items from first to upto and missed those from
// seen to first.
func (s *replay) measure(f *TraceFeed, at time.Time, seen, first, upto int) {
	s.visits++
	if seen == upto {
		s.useless++
	}
	for k := seen; k < upto; k++ {
		switch {
		case f.Times[k].Before(s.measureFrom):
		case k < first:
			s.missed++
		default:
			s.delays = append(s.delays, at.Sub(f.Times[k]).Minutes())
		}
	}
}

func (s *replay) figures() Figures {
	for i := range s.Feeds { // unseen items count with their delay so far
		f := &s.Feeds[i]
		for _, t := range f.Times[s.seen[i]:] {
			if !t.Before(s.measureFrom) && t.Before(s.End) {
				s.delays = append(s.delays, s.End.Sub(t).Minutes())
			}
		}
	}
	slices.Sort(s.delays)
	r := Figures{VisitsPerDay: float64(s.visits) / (s.End.Sub(s.measureFrom).Hours() / 24), Missed: s.missed}
	if days := min(len(s.perDay), int(s.End.Sub(s.Start)/(24*time.Hour))); days > 1 {
		r.LeastPerDay, r.MostPerDay = slices.Min(s.perDay[1:days]), slices.Max(s.perDay[1:days])
	}
	r.Useless = float64(s.useless) / math.Max(1, float64(s.visits))
	if len(s.delays) == 0 {
		return r
	}
	for _, d := range s.delays {
		r.Mean += d / float64(len(s.delays))
	}
	quantile := func(q float64) float64 { return s.delays[min(len(s.delays)-1, int(q*float64(len(s.delays))))] }
	r.Median, r.P95, r.P99 = quantile(.5), quantile(.95), quantile(.99)
	return r
}
