package poll

import (
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// saveEvery is how long the state of a source may be unsaved after a visit that changed
// nothing.
const saveEvery = 2 * time.Second

// saveLoop saves the states that changed, in groups, and looks at the clock, until ctx ends.
func (p *Poller) saveLoop(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.mu.Lock()
			p.followClock() // the loop may sleep for long
			p.mu.Unlock()
			p.save()
		}
	}
}

// save writes the states that changed. States that can't be written are written with the
// next ones.
func (p *Poller) save() { p.saveWith((*unsavedStates).write) }

// saveLast is save before the store is closed, which writes the log to the buckets.
func (p *Poller) saveLast() {
	p.saveWith(func(u *unsavedStates, tx *store.Tx) error {
		tx.Checkpoint()
		return u.write(tx)
	})
}

func (p *Poller) saveWith(write func(*unsavedStates, *store.Tx) error) {
	p.mu.Lock()
	u := p.changed.snapshot(p.sources, p.schedule.plan)
	p.mu.Unlock()
	if len(u.states)+len(u.removed) == 0 {
		return
	}
	err := p.Store.Update(func(tx *store.Tx) error { return write(u, tx) })
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.unsaved = false
		p.pause.succeeded()
		u.dropDocuments(p.sources)
		return
	}
	for i := range u.states {
		p.changed.add(u.states[i].Source)
	}
	for _, id := range u.removed {
		p.changed.add(id)
	}
	if !p.unsaved { // one line for each time that it begins
		p.Log.Error("the schedule can't be written; tried again every 2 s", "err", fmt.Errorf("save the state of %d sources: %w", len(u.states), err))
	}
	p.unsaved = true
}

// changedStates holds the ids of sources whose state is not saved. Poller.mu guards it.
type changedStates map[string]struct{}

func (c *changedStates) add(id string) {
	if *c == nil {
		*c = changedStates{}
	}
	(*c)[id] = struct{}{}
}

// snapshot returns the states to save and empties c. The states share their slices with the
// sources, which is safe because visits replace slices and never change what is in them.
func (c *changedStates) snapshot(sources map[string]*source, plan *pace.Plan) *unsavedStates {
	u := &unsavedStates{states: make([]news.VisitState, 0, len(*c)), documents: make([]*lastDocument, 0, len(*c))}
	for id := range *c {
		src := sources[id]
		if src == nil {
			u.removed = append(u.removed, id)
			continue
		}
		src.state.Pace = plan.State(id)
		u.states, u.documents = append(u.states, src.state), append(u.documents, src.document)
	}
	clear(*c)
	return u
}

// unsavedStates is what one save writes.
type unsavedStates struct {
	states    []news.VisitState
	documents []*lastDocument // of states; nil: the store has it
	removed   []string        // ids of sources that are no longer in feeds.yaml
}

func (u *unsavedStates) write(tx *store.Tx) error {
	for _, id := range u.removed {
		if err := tx.Visits.Delete(id); err != nil {
			return err
		}
	}
	for i := range u.states {
		if err := tx.Visits.Put(u.states[i]); err != nil {
			return err
		}
		if u.documents[i] == nil {
			continue
		}
		if err := tx.Visits.PutLastDocument(u.states[i].Source, u.documents[i].encode()); err != nil {
			return err
		}
	}
	return nil
}

// dropDocuments frees the documents that the store has now.
func (u *unsavedStates) dropDocuments(sources map[string]*source) {
	for i := range u.states {
		if src := sources[u.states[i].Source]; src != nil && src.document == u.documents[i] {
			src.document = nil
		}
	}
}
