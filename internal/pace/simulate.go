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
}

// hostPause is the time between two requests to a host.
const hostPause = 2 * time.Second

// Simulate replays a trace with a budget of visits a day over all its feeds.
// It measures from warm after the start.
func Simulate(tr *Trace, budget float64, floor, warm time.Duration) Figures {
	s := newReplay(tr, budget, floor, warm)
	for len(s.queue) > 0 && s.queue[0].at.Before(tr.End) {
		s.visit()
	}
	return s.figures()
}

// replay simulates the visits of a plan to the feeds of a trace.
type replay struct {
	*Trace
	plan            *Plan
	floor           time.Duration
	measureFrom     time.Time
	queue           visitQueue
	seen            []int                // by feed
	hostFree        map[string]time.Time // by host
	visits, useless int
	missed          int
	delays          []float64
}

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

func newReplay(tr *Trace, budget float64, floor, warm time.Duration) *replay {
	s := &replay{Trace: tr, plan: New(budget), floor: floor, measureFrom: tr.Start.Add(warm), seen: make([]int, len(tr.Feeds)), hostFree: map[string]time.Time{}}
	for i, f := range tr.Feeds {
		s.plan.Add(f.Name, nil, s.bounds(i))
		spread := time.Duration(i*7919%len(tr.Feeds)) * 10 * time.Minute / time.Duration(len(tr.Feeds))
		s.queue = append(s.queue, scheduledVisit{tr.Start.Add(time.Minute + spread), i})
	}
	heap.Init(&s.queue)
	return s
}

func (s *replay) bounds(i int) Bounds { return Bounds{Floor: s.floor, Server: s.Feeds[i].Floor} }

// visit makes the next visit, as soon as its host is free.
func (s *replay) visit() {
	i, at := s.queue[0].feed, s.queue[0].at
	f := &s.Feeds[i]
	if free := s.hostFree[f.Host]; free.After(at) {
		at = free
	}
	s.hostFree[f.Host] = at.Add(hostPause)
	upto := sort.Search(len(f.Times), func(k int) bool { return f.Times[k].After(at) })
	first := max(s.seen[i], upto-f.Window)
	if !at.Before(s.measureFrom) {
		s.measure(f, at, s.seen[i], first, upto)
	}
	s.seen[i] = upto
	s.plan.Observe(f.Name, at, f.Times[first:upto], f.Window)
	s.queue[0].at, _ = s.plan.Next(f.Name, at, s.bounds(i))
	heap.Fix(&s.queue, 0)
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
