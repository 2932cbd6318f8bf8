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
	spots, gone := p.changed()
	if len(spots)+len(gone) == 0 {
		return
	}
	err := p.Store.Update(func(tx *store.Tx) error {
		for _, id := range gone {
			if err := tx.DropSpot(id); err != nil {
				return err
			}
		}
		for i := range spots {
			if err := tx.PutSpot(spots[i]); err != nil {
				return err
			}
		}
		return nil
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.holds = 0
		return
	}
	for i := range spots {
		p.dirty[spots[i].Source] = struct{}{}
	}
	for _, id := range gone {
		p.dirty[id] = struct{}{}
	}
	p.Log.Error("the schedule can't be written", "err", fmt.Errorf("put %d spots: %w", len(spots), err))
}

// changed takes the accounts to be written, and the ids of those to be forgotten.
// A written account stays out of reach of visits: they replace its slices, and
// never change what is in them.
func (p *Poller) changed() (spots []news.Spot, gone []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.dirty {
		src := p.sources[id]
		if src == nil {
			gone = append(gone, id)
			continue
		}
		src.spot.Pace = p.plan.State(id)
		spots = append(spots, src.spot)
	}
	clear(p.dirty)
	return spots, gone
}
