// Package pace decides when to visit each source again.
//
// It learns from publication times how often a source publishes, at which hours, on
// which days, in which minutes of the hour and in what bursts. It spends a budget of
// visits where waiting costs most: a source is due when its expected unseen items have
// waited for a certain total time, the price of a visit, which is the same for all
// sources. At constant rates the number of visits is then proportional to the square
// root of the rate, which minimizes the mean delay (Sia, Cho and Cho 2007). The price
// changes during the day, so that each day has the visits of the budget.
//
// The package does no I/O and uses no clock and no random numbers: the same calls give
// the same times. Back-off, Retry-After, skipHours and the order of visits to a host
// are the business of package poll.
//
// pace.go has the plan, rhythm.go the model of one source, profile.go its daily and
// weekly pattern, budget.go the price of a visit, share.go what a budget means for
// sources, and state.go the encoding that is stored for each source. silence.go recognizes
// sources that went quiet. simulate.go and trace.go replay recorded publication times.
package pace

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds limits the intervals between visits to a source.
type Bounds struct {
	Floor   time.Duration // our own minimum: fetch.floor, or a minute for wires
	Server  time.Duration // minimum that the server and the document ask for; more than a day counts as a day
	AskedBy string        // who asks for Server, for the reason that Next gives; empty: the server
	Every   time.Duration // a fixed interval; 0: the budget decides
	Wire    bool          // items count four times, which doubles the visits
	Idle    bool          // no visits at present: the budget is for the others
}

// Plan distributes one budget over all sources. It is not safe for concurrent use.
type Plan struct {
	visitRate float64 // budget in visits a second; 0: DefaultVisits for each source
	sources   map[string]*rhythm
	order     []string // ids; see inOrder
	unsorted  bool     // order is not sorted
	common    profile  // of all sources together
	budget    budget
}

// DefaultVisits is the number of visits a day for each source where no budget is set.
const DefaultVisits = 96

const (
	inactiveAfter       = 30 * 24 * time.Hour // without an item
	maxInterval         = 12 * time.Hour      // between two visits
	maxIntervalInactive = 24 * time.Hour      // between two visits to an inactive source
	maxServerInterval   = 24 * time.Hour
	wireWeight          = 4        // how many times the items of a wire count
	maxWindowShare      = .4       // share of the document that expected unseen items may fill
	minRateShare        = .02      // share of its mean rate that a source is expected to have at any time
	minYield            = 1. / 168 // items that a visit must be expected to find: with one a week, those of an hour
	minPrice            = .01      // item-seconds; limits the visits where the budget exceeds the need
)

// New returns a plan for a budget of visits a day over all sources; 0 means
// DefaultVisits for each.
func New(budget float64) *Plan {
	return &Plan{visitRate: budget / 86400, sources: map[string]*rhythm{}}
}

// SetBudget changes the budget, in visits a day over all sources.
func (p *Plan) SetBudget(visitsPerDay float64) {
	p.visitRate, p.budget.priceSetAt = visitsPerDay/86400, 0
}

// Add adds a source, or replaces it, with a state that State returned. A nil or invalid
// state starts from nothing.
func (p *Plan) Add(id string, state []byte, b Bounds) {
	r := &rhythm{bounds: b}
	if saved, err := decode(state); err == nil {
		r.savedState = saved
	}
	if p.sources[id] == nil {
		p.unsorted = p.unsorted || len(p.order) > 0 && p.order[len(p.order)-1] > id
		p.order = append(p.order, id)
	}
	p.sources[id] = r
	p.budget.priceSetAt = 0
}

// inOrder returns the ids of all sources, sorted: floating-point sums depend on the order.
func (p *Plan) inOrder() []string {
	if p.unsorted {
		slices.Sort(p.order)
		p.unsorted = false
	}
	return p.order
}

// Remove removes a source and its state.
func (p *Plan) Remove(id string) {
	if i, known := slices.BinarySearch(p.inOrder(), id); known {
		p.order = slices.Delete(p.order, i, i+1)
	}
	delete(p.sources, id)
	p.budget.priceSetAt = 0
}

// State returns the state of a source for Add, about 600 bytes; nil if the source is
// unknown or was never visited.
func (p *Plan) State(id string) []byte {
	r := p.sources[id]
	if r == nil || r.At == 0 {
		return nil
	}
	return r.encode()
}

// Observe records the result of a visit: the publication times of the new items, or of
// all items on the first visit, and window, the number of items in the document. A
// window of 0 means unknown or unchanged. Times in the future and those older than a
// year are ignored.
func (p *Plan) Observe(id string, at time.Time, published []time.Time, window int) {
	r := p.sources[id]
	if r == nil {
		return
	}
	if window > 0 {
		r.Window = float32(window)
	}
	now := seconds(at)
	times := make([]float64, 0, len(published))
	for _, t := range published {
		if s := seconds(t); !t.IsZero() && s <= now && now-s < maxItemAge {
			times = append(times, s)
		}
	}
	slices.Sort(times)
	if r.At == 0 {
		p.budget.firstVisits++
	}
	r.observe(now, times, &p.common)
}

// maxItemAge is the age in seconds up to which items count.
const maxItemAge = 366 * 86400

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func timeOf(s float64) time.Time { return time.UnixMilli(int64(math.Ceil(s * 1000))).UTC() }

// Next returns when to visit the source after a visit at at, and the reason for that
// time in plain words.
func (p *Plan) Next(id string, at time.Time, b Bounds) (time.Time, string) {
	r := p.sources[id]
	if r == nil {
		return at.Add(b.minInterval()), "unknown source"
	}
	r.bounds, r.notBefore = b, 0
	if b.Every > 0 {
		return b.fixed(at)
	}
	p.updatePrice(seconds(at))
	p.budget.countVisit()
	d := r.nextVisit(seconds(at), p.budget.price)
	return timeOf(d.at), d.reason(r)
}

// Postpone says that the next visit will not be before a time, whatever Next returned. The
// budget is for the others until then.
func (p *Plan) Postpone(id string, until time.Time) {
	if r := p.sources[id]; r != nil {
		r.notBefore = seconds(until)
	}
}

// SetBounds changes the limits of a source from now on.
func (p *Plan) SetBounds(id string, b Bounds) {
	if r := p.sources[id]; r != nil {
		r.bounds = b
	}
}

// minInterval returns the shortest time between two visits.
func (b Bounds) minInterval() time.Duration { return max(b.Floor, min(b.Server, maxServerInterval)) }

// minReason explains a visit after minInterval.
func (b Bounds) minReason() string {
	if b.Server > b.Floor {
		return fmt.Sprintf("%s asks for %s between visits", cmp.Or(b.AskedBy, "the server"), formatDuration(b.minInterval()))
	}
	return fmt.Sprintf("never sooner than %s after a visit", formatDuration(b.minInterval()))
}

// fixed is Next for sources with a fixed interval.
func (b Bounds) fixed(at time.Time) (time.Time, string) {
	if shortest := b.minInterval(); shortest > b.Every {
		return at.Add(shortest), b.minReason()
	}
	return at.Add(b.Every), fmt.Sprintf("every %s, as feeds.yaml says", formatDuration(b.Every))
}

// formatDuration returns a duration without trailing zero units: 1h, 90m.
func formatDuration(d time.Duration) string {
	s := d.Round(time.Second).String()
	if len(s) > 2 && s[len(s)-3:] == "m0s" {
		s = s[:len(s)-2]
	}
	if len(s) > 2 && s[len(s)-3:] == "h0m" {
		s = s[:len(s)-2]
	}
	return s
}
