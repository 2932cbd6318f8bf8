package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// Sink stores records. An error means that nothing of the record is stored.
type Sink interface {
	File(ctx context.Context, r news.Record) error
}

// Poller visits sources. Call Set first, then Run or Pass.
type Poller struct {
	Sink    Sink
	Store   *store.Store
	Get     func(context.Context, fetch.Request, time.Time) (*fetch.Result, error) // the method of a fetch.Client
	NoPause func(rawURL string) bool                                               // whether requests to an address need no pause between them; nil: all need one
	Owns    func(address string) bool                                              // whether this node visits the source at an address, see OwnersChanged; nil: all
	Share   func(ctx context.Context, states []news.VisitState) error              // writes states where the nodes find them that visit the sources later, see Adopt; nil: there are none
	// AskTurn asks the node that visits the host of an address; nil: nobody else visits hosts.
	// With TurnRequest.Ended it does not wait.
	AskTurn     func(ctx context.Context, address string, q TurnRequest) (TurnAnswer, error)
	Visitors    func() int               // how many nodes visit sources, this one included; nil: it is alone
	Pushed      func(source string) bool // whether a hub sends what is new in a source; nil: never
	Subscribers func(name string) int    // of the topics that carry a source, for its server; nil: 0
	Random      func() float64           // in [0,1), for jitter; nil: math/rand
	Log         *slog.Logger             // nil: silent
	Meters      *Meters                  // nil: none
	Clock       *clock.Clock             // nil: time.Now is believed

	once   sync.Once
	wake   chan struct{}       // has room for one wake-up of the loop
	parse  *semaphore.Weighted // bytes of bodies that are parsed at the same time
	visits sync.WaitGroup      // visits under way

	sharing sharing
	heard   map[string]*news.VisitState // what other nodes learned of sources that this one does not have, by id; Poller.mu guards it

	mu         sync.Mutex         // guards the fields below
	sources    map[string]*source // by id
	schedule   scheduler
	queue      queue
	slots      hostSlots
	lent       map[string]*lentTurn // by id
	inFlight   inFlight
	network    network
	pause      filingPause
	unsaved    bool // the last save failed
	clock      clockWatch
	changed    changedStates
	passes     passes
	running    bool      // Run is at work, so sources belong in the queue
	lastRecord time.Time // the time of the newest record
}

// Settings holds what feeds.yaml says about visits.
type Settings struct {
	Sources []news.SourceConfig // ID need not be set
	Budget  float64             // visits a day over all sources; 0 means pace.DefaultVisits for each
	Floor   time.Duration       // the least time between two visits of a source; 0 means 5m
	PerHost int                 // requests in flight to one host; 0 means 1
}

// Visited is the result of a visit.
type Visited struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Outcome string    `json:"outcome"`          // new, same, not-modified, problem, gone, blocked
	Status  int       `json:"status,omitempty"` // HTTP; 0 when no answer came
	Filed   int       `json:"filed,omitempty"`  // entries, new or changed
	Problem string    `json:"problem,omitempty"`
	Moved   string    `json:"moved,omitempty"` // the address that the source says it moved to
	TookMS  int64     `json:"took_ms"`         // milliseconds
	Next    time.Time `json:"next,omitzero"`   // the next visit
	Why     string    `json:"why,omitempty"`   // the reason for that time

	// Unreached says that there was no connection: "offline" as on a machine without a
	// network, "host" because of the host, such as a refused connection.
	Unreached string `json:"unreached,omitempty"`
}

// The outcomes of a visit.
const (
	New         = "new"
	Same        = "same"
	NotModified = "not-modified"
	Problem     = "problem"
	Gone        = "gone"
	Blocked     = "blocked"
)

// The values of Visited.Unreached.
const (
	UnreachedOffline = "offline"
	UnreachedHost    = "host"
)

// maxParse is how many bytes of bodies are parsed at the same time. They take this machine's
// memory, so each node has as many.
const maxParse = 8 << 20

// errRemoved ends a visit of a source that was removed from feeds.yaml.
var errRemoved = errors.New("the source was removed")

// init makes the zero value usable. Every exported method calls it first.
func (p *Poller) init() {
	p.once.Do(func() {
		p.wake = make(chan struct{}, 1)
		p.sharing.urgent = make(chan struct{}, 1)
		p.clock.asked = time.Now()
		p.parse = semaphore.NewWeighted(maxParse)
		p.setDefaults()
		p.sources = map[string]*source{}
		p.slots.perHost = 1
		p.network.public.members = p.membersOf(&p.network.public)
		p.network.private.members = p.membersOf(&p.network.private)
		p.schedule = scheduler{
			plan: pace.New(0), floor: defaultFloor, part: p.part,
			random: func() float64 { return p.Random() },
			pushed: func(source string) bool { return p.Pushed(source) },
		}
	})
}

func (p *Poller) setDefaults() {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Meters == nil {
		p.Meters = NewMeters(nil)
	}
	if p.Random == nil {
		p.Random = rand.Float64
	}
	if p.NoPause == nil {
		p.NoPause = func(string) bool { return false }
	}
	if p.Subscribers == nil {
		p.Subscribers = func(string) int { return 0 }
	}
	if p.Pushed == nil {
		p.Pushed = func(string) bool { return false }
	}
}

// Run visits what is due until ctx ends, then waits for the visits under way.
func (p *Poller) Run(ctx context.Context) error {
	p.init()
	p.mu.Lock()
	p.running = true
	p.enqueueAll(p.now())
	p.followClock()
	p.mu.Unlock()
	var loops sync.WaitGroup
	loops.Go(func() { p.saveLoop(ctx) })
	loops.Go(func() { p.shareLoop(ctx) })
	p.loop(ctx, func() bool { return false })
	p.visits.Wait()
	loops.Wait()
	p.save()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	return nil
}

// loop starts visits when they are due, until done returns true or ctx ends. It calls done
// with mu locked.
func (p *Poller) loop(ctx context.Context, done func() bool) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		p.mu.Lock()
		stop := done()
		wait := time.Hour
		if !stop {
			wait = p.startDue(ctx, p.now())
			p.followClock()
			if !p.Clock.Believed() {
				wait = min(wait, clockLook) // times by a wrong clock may be years away
			}
		}
		p.mu.Unlock()
		if stop {
			return
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.wake:
		}
	}
}

// wakeLoop makes the loop look at the queue again.
func (p *Poller) wakeLoop() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Set applies settings: the first ones, and those of each reload after its rules were
// filed. A source that is not in the rules in force is left out, and where several nodes visit
// sources also one that these rules have otherwise. What is known of it stays.
func (p *Poller) Set(s Settings) error {
	p.init()
	stored, err := p.loadSources()
	if err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastRecord = news.Later(p.lastRecord, stored.at)
	p.schedule.set(s.Budget, s.Floor)
	p.slots.perHost = max(s.PerHost, 1)
	configured := make(map[string]bool, len(s.Sources))
	for _, c := range s.Sources {
		st := stored.sources[c.Name]
		if st == nil || p.Owns != nil && !stored.inForce(st.ID, &c.Source) {
			continue
		}
		c.ID = st.ID
		configured[c.ID] = true
		p.addSource(c, st, stored.states[c.ID])
	}
	for id, src := range p.sources {
		switch {
		case configured[id]:
		case stored.has(id):
			p.withhold(src)
		default:
			p.removeSource(src)
		}
	}
	for id := range stored.states {
		if !configured[id] && !stored.has(id) {
			p.changed.add(id)
		}
	}
	p.wakeLoop()
	return nil
}

// storedSources is what the store has about sources.
type storedSources struct {
	sources map[string]*news.SourceState // by name
	states  map[string]*news.VisitState  // by id
	rules   map[string]*news.Source      // those in force, by id
	at      time.Time                    // of the newest record
}

// has reports whether the rules in force have a source with an id.
func (k *storedSources) has(id string) bool { return k.rules[id] != nil }

// inForce reports whether the rules in force have a source as feeds.yaml has it.
func (k *storedSources) inForce(id string, c *news.Source) bool {
	return k.rules == nil || k.has(id) && k.rules[id].Equal(c)
}

func (p *Poller) loadSources() (*storedSources, error) {
	k := &storedSources{}
	err := p.Store.View(func(tx *store.Tx) error {
		k.at = tx.At()
		sources, err := tx.Sources.AllForVisits()
		if err != nil {
			return err
		}
		states, err := tx.Visits.All()
		if err != nil {
			return err
		}
		k.sources = make(map[string]*news.SourceState, len(sources))
		k.states = make(map[string]*news.VisitState, len(states))
		for _, st := range sources {
			if !st.Removed {
				k.sources[st.Name] = st
			}
		}
		for _, state := range states {
			k.states[state.Source] = state
		}
		rules, err := tx.Rules()
		if rules == nil || err != nil {
			return err
		}
		k.rules = make(map[string]*news.Source, len(rules.Sources))
		for i := range rules.Sources {
			k.rules[rules.Sources[i].ID] = &rules.Sources[i]
		}
		return nil
	})
	return k, err
}

// addSource adds a source, or applies what has changed in it. state may be nil.
func (p *Poller) addSource(c news.SourceConfig, st *news.SourceState, state *news.VisitState) {
	if c.URL == "" {
		c.URL = c.Address
	}
	src, now := p.sources[c.ID], p.Clock.Now()
	known := src != nil
	if !known {
		src = &source{index: -1}
		state = p.heardOf(c, state)
		if state != nil {
			src.state = *state
			src.unlogged = state.Problem != "" && state.Status == 0 && !state.Refused
		}
		p.sources[c.ID] = src
	} else if src.URL != c.URL || src.Address != c.Address {
		src.state.Address = "" // adoptState begins a new state
	}
	before := src.SourceConfig
	src.SourceConfig, src.deskPaused = c, st.Pause != nil
	src.elsewhere, src.withheld = !p.owns(src), false
	src.adoptState(st)
	src.secrets = secretsOf(c.Address, c.URL)
	src.secrets.cleanState(&src.state)
	switch {
	case src.visiting:
	case src.state.Refused:
		p.dueNow(src, now, "feeds.yaml may allow it now")
	case known && src.state.Failures > 0 && !sameRequest(&before, &c) && src.whyServerForbids(now) == "":
		p.dueNow(src, now, "its settings in feeds.yaml have changed")
	}
	p.schedule.plan.Add(c.ID, src.state.Pace, p.schedule.bounds(src))
	p.slots.of(src).delay(src.state.RetryAfter, c.Name)
	if src.state.Paused != c.Paused {
		src.state.Paused = c.Paused
		p.changed.add(c.ID)
	}
	if p.running {
		p.enqueue(src, now)
	}
}

// sameRequest reports whether sources with these settings get the same request.
func sameRequest(a, b *news.SourceConfig) bool {
	return a.MaxBytes == b.MaxBytes && a.Timeout == b.Timeout && a.Authority == b.Authority &&
		a.UserAgent == b.UserAgent && maps.EqualFunc(a.Header, b.Header, slices.Equal[[]string])
}

func (p *Poller) dueNow(src *source, now time.Time, reason string) {
	src.state.Due, src.state.Reason = news.Instant(now), reason
	p.changed.add(src.ID)
}

// removeSource removes a source and cancels its visit, which then has no effect.
func (p *Poller) removeSource(src *source) {
	src.removed = true
	p.dequeue(src)
	if src.cancel != nil {
		src.cancel(errRemoved)
	}
	p.skip(src)
	delete(p.sources, src.ID)
	p.changed.add(src.ID) // an id without a source: its state is deleted
	p.schedule.plan.Remove(src.ID)
}

// withhold ceases to visit a source that is in the rules in force, but not as this node's
// feeds.yaml has it.
func (p *Poller) withhold(src *source) {
	src.withheld = true
	p.dequeue(src)
	p.skip(src)
}

// recordTime returns the time for a record: now, but never before an earlier record.
func (p *Poller) recordTime() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := news.Instant(p.Clock.Now())
	if p.Clock != nil && p.lastRecord.Sub(now) > clock.Tolerance {
		p.lastRecord = now // the journal heals what is ahead
	}
	p.lastRecord = news.Later(p.lastRecord, now)
	return p.lastRecord
}
