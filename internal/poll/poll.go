// Package poll visits the sources that are due and files what is new.
//
// It is a polite guest: one request in flight to a host and a second's pause
// after it, validators sent back, Retry-After, 301, 308, 410, ttl, skipHours and
// max-age obeyed, and a schedule that survives a restart. Nothing is vouched for
// before it is kept: validators are remembered only after Sink.File returned.
//
// What a source does wrong is its problem, written down in plain words; only what
// keeps us from filing is our error, and then visits pause. Which entry is new to
// the newsroom is not for poll to say: it leaves out what it saw unchanged in the
// last document and files the rest.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// Sink takes records. An error means that nothing of the record is kept.
type Sink interface {
	File(ctx context.Context, r news.Record) error
}

// Poller visits sources. Set comes first, then Run or Pass.
type Poller struct {
	Sink        Sink
	Store       *store.Store
	Get         func(context.Context, fetch.Request, time.Time) (*fetch.Result, error) // a fetch.Client's
	NoPause     func(rawURL string) bool                                               // no pause between requests there: a Client's Allowed; nil: nowhere
	Pushed      func(source string) bool                                               // a hub sends what is new, so that visits are for backup; nil: nowhere
	Subscribers func(name string) int                                                  // of the topics that it feeds, told to its server; nil: 0
	Random      func() float64                                                         // in [0,1), for jitter; nil: rand
	Log         *slog.Logger                                                           // nil: silent
	Meters      *Meters                                                                // nil: none

	start sync.Once
	wake  chan struct{}       // room for one
	parse *semaphore.Weighted // bytes of bodies being read
	work  sync.WaitGroup      // visits under way

	mu         sync.Mutex // guards the fields below
	set        Settings
	plan       *pace.Plan
	sources    map[string]*source // by id
	hosts      map[string]*host
	queue      queue
	flying     int  // visits under way
	slow       int  // and those that took too long to count among them
	running    bool // Run keeps the queue
	passes     []*pass
	lastRecord time.Time           // of the last record
	held       time.Time           // no visits before this: filing failed
	holds      int                 // times in a row
	dirty      map[string]struct{} // ids of accounts that are not on the disk
	dark       map[string]bool     // hosts that could not be reached since one could; true: as without a network
}

// Settings is what feeds.yaml says of visits.
type Settings struct {
	Sources []news.SourceConfig // ID need not be set
	Budget  float64             // visits a day over all sources; 0: pace.DefaultVisits for each
	Floor   time.Duration       // between two visits of a source; 0 means 5m
	PerHost int                 // requests in flight to one host; 0 means 1
}

// Visited is what came of a visit.
type Visited struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Outcome string    `json:"outcome"`          // new, same, not-modified, problem, gone, blocked
	Status  int       `json:"status,omitempty"` // HTTP; 0 when no answer came
	Filed   int       `json:"filed,omitempty"`  // entries, new or changed
	Problem string    `json:"problem,omitempty"`
	Moved   string    `json:"moved,omitempty"` // the address that the source says it moved to
	TookMS  int64     `json:"took_ms"`         // milliseconds
	Next    time.Time `json:"next,omitzero"`
	Why     string    `json:"why,omitempty"` // next then
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

const (
	maxFlying    = 64 // visits under way: as many as one commit takes
	maxSlow      = 64 // besides, those under way for longer than slowAfter
	slowAfter    = 5 * time.Second
	maxParse     = 8 << 20 // bytes of bodies being read
	pause        = time.Second
	defaultFloor = 5 * time.Minute
	wireFloor    = time.Minute
)

func (p *Poller) ready() {
	p.start.Do(func() {
		p.wake = make(chan struct{}, 1)
		p.parse = semaphore.NewWeighted(maxParse)
		p.sources = map[string]*source{}
		p.hosts = map[string]*host{}
		p.dirty = map[string]struct{}{}
		p.dark = map[string]bool{}
		p.plan = pace.New(0)
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
	})
}

// Run visits what is due until ctx ends, and waits for the visits under way.
func (p *Poller) Run(ctx context.Context) error {
	p.ready()
	p.mu.Lock()
	p.running = true
	p.scheduleStart(time.Now())
	p.mu.Unlock()
	saved := make(chan struct{})
	go func() {
		defer close(saved)
		p.saveLoop(ctx)
	}()
	p.loop(ctx, func() bool { return false })
	p.work.Wait()
	<-saved
	p.save()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	return nil
}

// loop starts visits as they fall due until done says so or ctx ends.
func (p *Poller) loop(ctx context.Context, done func() bool) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		p.mu.Lock()
		stop := done()
		wait := time.Hour
		if !stop {
			wait = p.startDue(ctx, time.Now())
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

func (p *Poller) wakeLoop() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Set puts settings in force: at first, and at each reload after the rules were
// filed. A source that the rules in force don't have is an error.
func (p *Poller) Set(s Settings) error {
	p.ready()
	known, err := p.loadSources()
	if err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	if s.Floor == 0 {
		s.Floor = defaultFloor
	}
	s.PerHost = max(s.PerHost, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastRecord = later(p.lastRecord, known.at)
	p.set = s
	p.plan.SetBudget(s.Budget)
	keep := make(map[string]bool, len(s.Sources))
	for _, c := range s.Sources {
		st := known.sources[c.Name]
		if st == nil {
			return fmt.Errorf("set sources: %s is not in the rules in force", c.Name)
		}
		c.ID = st.ID
		keep[c.ID] = true
		p.addSource(c, st, known.states[c.ID])
	}
	for id, src := range p.sources {
		if !keep[id] {
			p.removeSource(src)
		}
	}
	for id := range known.states {
		if !keep[id] {
			p.dirty[id] = struct{}{}
		}
	}
	p.wakeLoop()
	return nil
}

type storedSources struct {
	sources map[string]*news.SourceState // by name
	states  map[string]*news.VisitState  // by id
	at      time.Time
}

// loadSources reads what the store knows of sources.
func (p *Poller) loadSources() (*storedSources, error) {
	k := &storedSources{sources: map[string]*news.SourceState{}, states: map[string]*news.VisitState{}}
	err := p.Store.View(func(tx *store.Tx) error {
		k.at = tx.At()
		states, err := tx.Sources.AllForVisits()
		if err != nil {
			return err
		}
		spots, err := tx.Visits.All()
		if err != nil {
			return err
		}
		for _, st := range states {
			if !st.Removed {
				k.sources[st.Name] = st
			}
		}
		for _, spot := range spots {
			k.states[spot.Source] = spot
		}
		return nil
	})
	return k, err
}

// addSource takes a source in, or takes over what changed of it.
func (p *Poller) addSource(c news.SourceConfig, st *news.SourceState, spot *news.VisitState) {
	if c.URL == "" {
		c.URL = c.Address
	}
	src := p.sources[c.ID]
	if src == nil {
		src = &source{index: -1}
		if spot != nil {
			src.state = *spot
		}
		p.sources[c.ID] = src
	} else if src.URL != c.URL || src.Address != c.Address {
		src.state.Address = ""
	}
	src.SourceConfig, src.deskPaused = c, st.Pause != nil
	src.adoptState(st)
	src.secrets = secretsOf(c.Address, c.URL)
	src.secrets.cleanState(&src.state)
	if src.state.Refused && !src.visiting {
		src.state.Due, src.state.Reason = news.Instant(time.Now()), "feeds.yaml may allow it by now"
		p.dirty[c.ID] = struct{}{}
	}
	p.plan.Add(c.ID, src.state.Pace, p.bounds(src))
	p.hostOf(src).delay(src.state.RetryAfter, c.Name)
	if src.state.Paused != c.Paused {
		src.state.Paused = c.Paused
		p.dirty[c.ID] = struct{}{}
	}
	if p.running {
		p.enqueue(src, time.Now())
	}
}

// removeSource lets a source go; a visit of it under way ends without a word.
func (p *Poller) removeSource(src *source) {
	src.removed = true
	p.withdraw(src)
	if src.cancel != nil {
		src.cancel(errRemoved)
	}
	p.excuse(src)
	delete(p.sources, src.ID)
	p.dirty[src.ID] = struct{}{} // written without an account: forgotten
	p.plan.Remove(src.ID)
}

// bounds is what holds for a source whatever its rhythm.
func (p *Poller) bounds(src *source) pace.Bounds {
	b := pace.Bounds{Floor: p.set.Floor, Server: src.state.Floor, AskedBy: floorReason(&src.state), Every: src.Every, Wire: src.Wire}
	if src.Wire {
		b.Floor = min(b.Floor, wireFloor)
	}
	return b
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// errRemoved ends a visit of a source that was taken out.
var errRemoved = errors.New("the source was taken out")
