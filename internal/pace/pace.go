// Package pace says when a source is worth visiting again.
//
// It learns from the publication times that visits bring how often, at which
// hours, on which days, in which minutes and in what bursts a source publishes,
// and spends a budget of visits where waiting costs most: a source is due when
// its expected unseen items have waited long enough, and how long that is holds
// for all sources alike. For constant rates visits then go as the square root of
// the rate, which is the least mean delay (Sia, Cho and Cho 2007).
//
// It is pure: no I/O, no clock, no chance. Back-off, Retry-After, skipHours and
// who visits a host first are poll's.
package pace

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds is what holds for a source whatever its rhythm is.
type Bounds struct {
	Floor   time.Duration // ours: fetch.floor, or a wire's minute
	Server  time.Duration // what the server and the document ask for; at most a day counts
	AskedBy string        // who asks for Server, for the words; empty: the server
	Every   time.Duration // a fixed pace; 0: the budget decides
	Wire    bool          // its items count four times: twice the visits
}

// Plan spends one budget over all sources. It is not safe for use by several
// goroutines at once.
type Plan struct {
	visitRate float64 // visits a second; 0: perSource for each
	sources   map[string]*rhythm
	order     []string // ids, sorted: sums must not depend on chance
	common    profile  // of all sources together
	budget    budget
}

// DefaultVisits is how many visits a day a source gets where no budget is set.
const DefaultVisits = 96

const (
	inactiveAfter       = 30 * 24 * time.Hour // without an item
	maxInterval         = 12 * time.Hour      // between two visits
	maxIntervalInactive = 24 * time.Hour      // of a quiet source
	maxServerInterval   = 24 * time.Hour      // what a server can ask for
	wireWeight          = 4
	maxWindowShare      = .4  // share of the window that expected items may fill
	minRateShare        = .02 // of its mean rate that a source is expected to keep at any hour
	minPrice            = 10  // item-seconds: however rich the budget, a visit must be worth this much
)

// New makes a plan for a budget of visits a day over all sources; 0 means
// DefaultVisits for each.
func New(budget float64) *Plan {
	return &Plan{visitRate: budget / 86400, sources: map[string]*rhythm{}}
}

// SetBudget changes the budget.
func (p *Plan) SetBudget(visitsPerDay float64) {
	p.visitRate, p.budget.priceSetAt = visitsPerDay/86400, 0
}

// Add makes a source known, with the state that State gave, if any. A state that
// can't be read counts as none.
func (p *Plan) Add(id string, state []byte, b Bounds) {
	r := &rhythm{bounds: b}
	if k, err := decode(state); err == nil {
		r.savedState = k
	}
	if i, known := slices.BinarySearch(p.order, id); !known {
		p.order = slices.Insert(p.order, i, id)
	}
	p.sources[id] = r
	p.budget.priceSetAt = 0
}

// Remove forgets a source.
func (p *Plan) Remove(id string) {
	if i, known := slices.BinarySearch(p.order, id); known {
		p.order = slices.Delete(p.order, i, i+1)
	}
	delete(p.sources, id)
	p.budget.priceSetAt = 0
}

// State gives what Add takes back: about 600 bytes.
func (p *Plan) State(id string) []byte {
	r := p.sources[id]
	if r == nil || r.At == 0 {
		return nil
	}
	return r.encode()
}

// Observe tells what a visit brought: when the new items were published, on a first
// visit all of the document's, and how many items the document held (0: not
// known, or unchanged). Times that can't be are left out.
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
	r.observe(now, times, &p.common)
}

// maxItemAge is how old an item can be to say something about a rhythm.
const maxItemAge = 366 * 86400

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func timeOf(s float64) time.Time { return time.UnixMilli(int64(math.Ceil(s * 1000))).UTC() }

// Next says when to visit the source after a visit at at, and in plain words
// why then.
func (p *Plan) Next(id string, at time.Time, b Bounds) (time.Time, string) {
	r := p.sources[id]
	if r == nil {
		return at.Add(b.minInterval()), "not known"
	}
	r.bounds = b
	if b.Every > 0 {
		return b.fixed(at)
	}
	p.updatePrice(seconds(at))
	p.budget.visitsSince++
	d := r.nextVisit(seconds(at), p.budget.price)
	return timeOf(d.at), d.reason(r)
}

// minInterval is the shortest time between two visits.
func (b Bounds) minInterval() time.Duration { return max(b.Floor, min(b.Server, maxServerInterval)) }

func (b Bounds) minReason() string {
	if b.Server > b.Floor {
		return fmt.Sprintf("%s asks for %s between visits", cmp.Or(b.AskedBy, "the server"), formatDuration(b.minInterval()))
	}
	return fmt.Sprintf("never sooner than %s after a visit", formatDuration(b.minInterval()))
}

func (b Bounds) fixed(at time.Time) (time.Time, string) {
	if least := b.minInterval(); least > b.Every {
		return at.Add(least), b.minReason()
	}
	return at.Add(b.Every), fmt.Sprintf("every %s, as feeds.yaml says", formatDuration(b.Every))
}

// formatDuration writes a duration without its zero parts.
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
