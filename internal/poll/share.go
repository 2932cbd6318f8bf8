package poll

import (
	"context"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	shareEvery   = time.Minute      // how long other nodes may not know what is not urgent
	shareRetry   = 5 * time.Second  // the wait after a failure
	shareTimeout = 10 * time.Second // what one call of Share may take
)

// sharing is what other nodes do not know yet of this node's visits.
type sharing struct {
	writing sync.Mutex    // held while states are written, so that none follows a newer one
	urgent  chan struct{} // has room for one sign that a state must be written at once

	// Poller.mu guards the fields below.
	waiting changedStates // sources that were visited
	failed  bool          // the last attempt did
}

// noteShared notes that other nodes must learn of a visit, at once if that is urgent. p.mu
// must be locked.
func (p *Poller) noteShared(source string, urgent bool) {
	if p.Share == nil {
		return
	}
	p.sharing.waiting.add(source)
	if !urgent {
		return
	}
	select {
	case p.sharing.urgent <- struct{}{}:
	default:
	}
}

// shareLoop writes what other nodes have to know until ctx ends.
func (p *Poller) shareLoop(ctx context.Context) {
	if p.Share == nil {
		return
	}
	timer := time.NewTimer(shareEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.sharing.urgent:
		}
		wait := shareEvery
		if !p.share(ctx) {
			wait = shareRetry
		}
		timer.Reset(wait)
	}
}

// share writes what other nodes do not know. It reports whether that succeeded; what failed
// is written with the next states.
func (p *Poller) share(ctx context.Context) bool {
	if p.Share == nil {
		return true
	}
	p.sharing.writing.Lock()
	defer p.sharing.writing.Unlock()
	p.mu.Lock()
	states := p.sharing.waiting.snapshot(p.sources, p.schedule.plan).states
	p.mu.Unlock()
	if len(states) == 0 {
		return true
	}
	limited, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	err := p.Share(limited, states)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		for i := range states {
			p.sharing.waiting.add(states[i].Source)
		}
	}
	if err != nil && !p.sharing.failed && ctx.Err() == nil { // one line for each time that it begins
		p.Log.Warn("what visits learned can't be told to the other nodes, will retry; a node that takes over does not know it", "sources", len(states), "err", err)
	}
	p.sharing.failed = err != nil
	return err == nil
}

// MaxAhead is how far ahead of this node's clock a visit of another node may be, to be believed.
// The clocks of nodes that visit differ by seconds.
const MaxAhead = 5 * time.Minute

// Adopt applies what other nodes learned of sources, where their last visit is later than this
// node's. It is called before this node visits the sources, see OwnersChanged. What a clock
// that is ahead has made is ignored, and what is of another address.
func (p *Poller) Adopt(states []news.VisitState) {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for i := range states {
		s := &states[i]
		src := p.sources[s.Source]
		if isAhead(s, now) || s.LastAttempt.Sub(now) > MaxAhead {
			continue
		}
		if src == nil {
			p.hear(s)
		}
		if src == nil || src.visiting || s.Address != src.Address || !s.LastAttempt.After(src.state.LastAttempt) {
			continue
		}
		p.adoptVisits(src, s, now)
	}
	p.wakeLoop()
}

// adoptVisits makes the state of a source what another node made it.
func (p *Poller) adoptVisits(src *source, s *news.VisitState, now time.Time) {
	src.state = *s
	src.state.Paused = src.Paused
	src.unlogged = s.Problem != "" && s.Status == 0 && !s.Refused
	src.secrets.cleanState(&src.state)
	if s.Refused {
		p.dueNow(src, now, "feeds.yaml of this node may allow it")
	}
	p.schedule.plan.Add(src.ID, s.Pace, p.schedule.bounds(src))
	p.slots.of(src).delay(s.RetryAfter, src.Name)
	p.changed.add(src.ID)
	if p.running {
		p.enqueue(src, now)
	}
}

// hear keeps the state of a source that this node's feeds.yaml lacks, until it has it.
func (p *Poller) hear(s *news.VisitState) {
	if p.heard == nil {
		p.heard = map[string]*news.VisitState{}
	}
	p.heard[s.Source] = s
}

// heardOf returns the later one of the state that this node has of a source and of the one
// that it heard. Both may be nil.
func (p *Poller) heardOf(c news.SourceConfig, own *news.VisitState) *news.VisitState {
	heard := p.heard[c.ID]
	delete(p.heard, c.ID)
	if heard == nil || heard.Address != c.Address || own != nil && !heard.LastAttempt.After(own.LastAttempt) {
		return own
	}
	return heard
}
