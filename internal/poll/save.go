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

// saveLoop writes the accounts of sources to the store, in groups, until ctx ends.
func (p *Poller) saveLoop(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.save()
		}
	}
}

// save writes the accounts that changed. What can't be written now is written
// with the next.
func (p *Poller) save() {
	a := p.unsaved()
	if len(a.states)+len(a.removed) == 0 {
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
	for i := range a.states {
		p.dirty[a.states[i].Source] = struct{}{}
	}
	for _, id := range a.removed {
		p.dirty[id] = struct{}{}
	}
	p.Log.Error("the schedule can't be written", "err", fmt.Errorf("put %d spots: %w", len(a.states), err))
}

// unsavedStates are what is to be written of sources.
type unsavedStates struct {
	states   []news.VisitState
	memories []*memory // of spots; nil where the store has it
	removed  []string  // ids of those to be forgotten
}

func (a *unsavedStates) write(tx *store.Tx) error {
	for _, id := range a.removed {
		if err := tx.Visits.Delete(id); err != nil {
			return err
		}
	}
	for i := range a.states {
		if err := tx.Visits.Put(a.states[i]); err != nil {
			return err
		}
		if a.memories[i] == nil {
			continue
		}
		if err := tx.Visits.PutLastDocument(a.states[i].Source, a.memories[i].encode()); err != nil {
			return err
		}
	}
	return nil
}

// settle lets go of the memories that are on the disk now.
func (p *Poller) settle(a *unsavedStates) {
	for i := range a.states {
		if src := p.sources[a.states[i].Source]; src != nil && src.memory == a.memories[i] {
			src.memory = nil
		}
	}
}

// unsaved takes the accounts to be written. A written account stays out of reach
// of visits: they replace its slices, and never change what is in them.
func (p *Poller) unsaved() *unsavedStates {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &unsavedStates{states: make([]news.VisitState, 0, len(p.dirty)), memories: make([]*memory, 0, len(p.dirty))}
	for id := range p.dirty {
		src := p.sources[id]
		if src == nil {
			a.removed = append(a.removed, id)
			continue
		}
		src.state.Pace = p.plan.State(id)
		a.states, a.memories = append(a.states, src.state), append(a.memories, src.memory)
	}
	clear(p.dirty)
	return a
}
