package poll

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// ErrElsewhere means that another node visits a source. If an error of Sink.File wraps it, the
// visit has no effect and is no failure: that node makes it again.
var ErrElsewhere = errors.New("another node visits the source")

const reasonTaken = "due since another node ceased to visit it"

// owns asks whether this node visits the source.
func (p *Poller) owns(src *source) bool { return p.Owns == nil || p.Owns(src.Address) }

// OwnersChanged applies new answers of Owns. Sources that this node no longer visits leave the
// queue and keep their state; visits under way go on, see Land. Of those that it visits now,
// what is overdue is spread as after a start. One call at a time.
func (p *Poller) OwnersChanged() {
	p.init()
	if p.Owns == nil {
		return
	}
	owned := p.askOwners()
	taken := p.releaseOthers(owned)
	if len(taken) == 0 {
		return
	}
	stored, err := p.loadSources()
	if err != nil {
		p.Log.Warn("what other nodes learned of sources can't be read", "err", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	taken = slices.DeleteFunc(taken, func(src *source) bool { return src.removed })
	for _, src := range taken {
		src.elsewhere = false
		if err == nil && stored.sources[src.Name] != nil {
			p.adopt(src, stored.sources[src.Name])
		}
	}
	if p.running {
		p.spread(taken, reasonTaken, p.now())
	}
	for _, src := range taken {
		if src.pushChanged {
			p.applyPush(src)
		}
	}
	p.wakeLoop()
}

// adopt applies what the records say of a source that another node visited. What that node
// knew beyond them comes with Adopt. Where it did not come, its last visit that filed something
// is known: the next one keeps the distance to it that the source asks for.
func (p *Poller) adopt(src *source, st *news.SourceState) {
	src.adoptState(st)
	if least := st.At.Add(p.schedule.leastWait(src)); st.Visited && src.state.Due.Before(least) {
		src.state.Due, src.state.Reason = news.Instant(least), reasonTaken
		p.changed.add(src.ID)
	}
}

// askOwners returns which sources this node visits, by id. It asks with mu unlocked, because
// that takes a while for many.
func (p *Poller) askOwners() map[string]bool {
	addresses := map[string]string{}
	p.mu.Lock()
	for id, src := range p.sources {
		addresses[id] = src.Address
	}
	p.mu.Unlock()
	owned := make(map[string]bool, len(addresses))
	for id, address := range addresses {
		owned[id] = p.Owns(address)
	}
	return owned
}

// releaseOthers takes the sources of other nodes out of the queue, and returns those that
// this node has to take.
func (p *Poller) releaseOthers(owned map[string]bool) (taken []*source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, src := range p.sources {
		ours, asked := owned[id]
		switch {
		case !asked || ours == !src.elsewhere:
		case ours:
			taken = append(taken, src)
		default:
			src.elsewhere = true
			p.dequeue(src)
			p.skip(src)
		}
	}
	slices.SortFunc(taken, compareID)
	return taken
}

// Land waits until no visit of sources with matching addresses is under way, and their states
// are saved and shared. When ctx is done it cancels those visits first: they have no effect then, unless
// they were filed already.
func (p *Poller) Land(ctx context.Context, matches func(address string) bool) {
	p.init()
	for landed := range p.underWay(matches) {
		select {
		case <-landed:
			continue
		case <-ctx.Done():
		}
		p.cancelVisits(matches)
		<-landed
	}
	p.save()
	if ctx.Err() == nil {
		p.share(ctx)
	} // else another node may have visited the sources since
}

// underWay yields a channel for each visit that is under way for matching addresses now. It
// is closed when the visit has landed.
func (p *Poller) underWay(matches func(address string) bool) iter.Seq[<-chan struct{}] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []<-chan struct{}
	for _, src := range p.sources {
		if !src.visiting || !matches(src.Address) {
			continue
		}
		if src.landed == nil {
			src.landed = make(chan struct{})
		}
		all = append(all, src.landed)
	}
	return slices.Values(all)
}

func (p *Poller) cancelVisits(matches func(address string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, src := range p.sources {
		if src.visiting && src.cancel != nil && matches(src.Address) {
			src.cancel(ErrElsewhere)
		}
	}
}

// signalLanded tells those who wait that the source's visit has ended.
func (s *source) signalLanded() {
	if s.landed != nil {
		close(s.landed)
		s.landed = nil
	}
}

// isElsewhere reports whether the visit has no effect, because another node has its source.
func (v *visit) isElsewhere() bool {
	return errors.Is(v.err, ErrElsewhere) || v.lost && (v.err != nil || v.problem != nil)
}
