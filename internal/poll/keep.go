package poll

import (
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// saveEvery is how long a visit that changed nothing may stay off the disk.
const saveEvery = 2 * time.Second

// keep writes the accounts of sources to the store, in groups, until ctx ends.
func (p *Poller) keep(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.flush()
		}
	}
}

// flush writes the accounts that changed. What can't be written now is written
// with the next.
func (p *Poller) flush() {
	a := p.changed()
	if len(a.spots)+len(a.gone) == 0 {
		return
	}
	err := p.Store.Update(a.write)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.holds = 0
		p.settle(a)
		return
	}
	for i := range a.spots {
		p.dirty[a.spots[i].Source] = struct{}{}
	}
	for _, id := range a.gone {
		p.dirty[id] = struct{}{}
	}
	p.Log.Error("the schedule can't be written", "err", fmt.Errorf("put %d spots: %w", len(a.spots), err))
}

// accounts are what is to be written of sources.
type accounts struct {
	spots    []news.VisitState
	memories []*memory // of spots; nil where the store has it
	gone     []string  // ids of those to be forgotten
}

func (a *accounts) write(tx *store.Tx) error {
	for _, id := range a.gone {
		if err := tx.Visits.Delete(id); err != nil {
			return err
		}
	}
	for i := range a.spots {
		if err := tx.Visits.Put(a.spots[i]); err != nil {
			return err
		}
		if a.memories[i] == nil {
			continue
		}
		if err := tx.Visits.PutLastDocument(a.spots[i].Source, a.memories[i].encode()); err != nil {
			return err
		}
	}
	return nil
}

// settle lets go of the memories that are on the disk now.
func (p *Poller) settle(a *accounts) {
	for i := range a.spots {
		if src := p.sources[a.spots[i].Source]; src != nil && src.memory == a.memories[i] {
			src.memory = nil
		}
	}
}

// changed takes the accounts to be written. A written account stays out of reach
// of visits: they replace its slices, and never change what is in them.
func (p *Poller) changed() *accounts {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &accounts{spots: make([]news.VisitState, 0, len(p.dirty)), memories: make([]*memory, 0, len(p.dirty))}
	for id := range p.dirty {
		src := p.sources[id]
		if src == nil {
			a.gone = append(a.gone, id)
			continue
		}
		src.spot.Pace = p.plan.State(id)
		a.spots, a.memories = append(a.spots, src.spot), append(a.memories, src.memory)
	}
	clear(p.dirty)
	return a
}
