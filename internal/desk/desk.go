// Package desk turns records into committed state, each exactly once.
//
// One goroutine takes every record that queued up during the last commit, asks the
// store what is known, changed or new, the fold which story each entry joins and
// the topics who carries it, and commits all of it in one transaction. Only then
// are the filers answered and open pages told. The outcome depends on the records
// and their order alone: not on how they were grouped, on a clock or on a restart.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// maxGroup is how many records one commit takes at most: more at once cost memory,
// not less time a record.
const maxGroup = 32

// maxWarm bounds the stories, and the events, that are kept decoded between commits.
const maxWarm = 4096

// ErrStopped is what File returns when the desk no longer runs.
var ErrStopped = errors.New("the desk has stopped")

// Desk files records. Make one with Open; its Run must be running for File to
// return.
type Desk struct {
	store  *store.Store
	live   *live.Live
	log    *slog.Logger
	meters *Meters

	queue   chan filing
	stopped chan struct{} // closed when Run returns
	trouble atomic.Pointer[error]

	// owned by Run
	fold  *story.Fold
	rules *compiled
	warm  map[string]*news.Story // stories as the last commits left them
	hot   map[string]*news.Event // events, likewise
}

// filing is a record with whoever waits for it. done has room for one answer.
type filing struct {
	record news.Record
	done   chan error
}

// Open readies a desk over a store: it loads the rules in force. The state of the
// fold is loaded with the first record. l, log and m may be nil.
func Open(st *store.Store, l *live.Live, log *slog.Logger, m *Meters) (*Desk, error) {
	if l == nil {
		l = new(live.Live)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if m == nil {
		m = NewMeters(nil)
	}
	d := &Desk{
		store: st, live: l, log: log, meters: m,
		queue:   make(chan filing, maxGroup),
		stopped: make(chan struct{}),
	}
	if err := d.load(); err != nil {
		return nil, err
	}
	return d, nil
}

// load reads the rules in force.
func (d *Desk) load() error {
	err := d.store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		d.rules, err = compile(rules)
		return err
	})
	if err != nil {
		return fmt.Errorf("load the rules: %w", err)
	}
	return nil
}

// loadFold reads the state of the fold. It computes nothing: verdicts are stored
// once. A pass that brings nothing new never needs it.
func (d *Desk) loadFold() error {
	err := d.store.View(func(tx *store.Tx) error {
		f, err := story.Restore(tx.Fold.State())
		if err != nil {
			return err
		}
		if err := tx.Fold.EachSignature(f.Load); err != nil {
			return err
		}
		d.fold = f
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the fold: %w", err)
	}
	return nil
}

// File waits until the record is committed. A record that was applied before, by
// its ID, is answered at once with nil. An error means that nothing of it is kept
// and that it may be filed again.
func (d *Desk) File(ctx context.Context, r news.Record) error {
	f := filing{record: r, done: make(chan error, 1)}
	select {
	case d.queue <- f:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return ErrStopped
	}
	select {
	case err := <-f.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return d.last(f)
	}
}

// last looks for an answer that was given just before the desk stopped.
func (d *Desk) last(f filing) error {
	select {
	case err := <-f.done:
		return err
	default:
		return ErrStopped
	}
}

// Ready returns why records can't be committed at present, or nil.
func (d *Desk) Ready() error {
	if p := d.trouble.Load(); p != nil {
		return *p
	}
	return nil
}

// Run commits what is filed until ctx ends. What is queued by then is still
// committed. It must be called once.
func (d *Desk) Run(ctx context.Context) error {
	defer close(d.stopped)
	for {
		select {
		case f := <-d.queue:
			if err := d.handle(d.gather(f)); err != nil {
				return err
			}
		case <-ctx.Done():
			return d.drain()
		}
	}
}

func (d *Desk) drain() error {
	for {
		select {
		case f := <-d.queue:
			if err := d.handle(d.gather(f)); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// gather takes what queued up behind f. The writer never waits for company.
func (d *Desk) gather(f filing) []filing {
	group := []filing{f}
	for len(group) < maxGroup {
		select {
		case f := <-d.queue:
			group = append(group, f)
		default:
			return group
		}
	}
	return group
}

// handle commits a group, one by one if the group as a whole can't be. It returns
// an error only when the file is damaged: nothing can be promised from there on.
func (d *Desk) handle(group []filing) error {
	refused, err := d.commit(group)
	if err != nil && len(group) > 1 && !errors.Is(err, store.ErrFull) {
		for _, f := range group {
			if err := d.handle([]filing{f}); err != nil {
				return err
			}
		}
		return nil
	}
	d.note(err)
	for _, f := range group {
		f.done <- cmp.Or(err, refused[f.record.ID])
	}
	if errors.Is(err, store.ErrDamaged) {
		return err
	}
	return nil
}

// note keeps the last commit's error for Ready.
func (d *Desk) note(err error) {
	if err == nil {
		d.trouble.Store(nil)
		return
	}
	d.trouble.Store(&err)
	d.log.Error("records not committed", "err", err)
}

// commit applies a group in one transaction and announces it. It returns what it
// has against orders that can't be carried out, by record id.
func (d *Desk) commit(group []filing) (refused map[string]error, err error) {
	if d.fold == nil {
		if err := errors.Join(d.load(), d.loadFold()); err != nil {
			return nil, err
		}
	}
	var e *edit
	err = d.store.Update(func(tx *store.Tx) error {
		e = &edit{tx: tx, fold: d.fold, rules: d.rules, cache: d.warm, kept: kept{events: d.hot}}
		for i := range group {
			if err := e.apply(&group[i].record); err != nil {
				return err
			}
		}
		return e.flush()
	})
	if err != nil {
		d.fold, d.warm, d.hot = nil, nil, nil // they ran ahead of the file
		return nil, fmt.Errorf("commit %d records: %w", len(group), err)
	}
	d.rules = e.rules
	if d.warm = e.cache; len(d.warm) > maxWarm {
		d.warm = nil
	}
	if d.hot = e.kept.events; len(d.hot) > maxWarm {
		d.hot = nil
	}
	d.meters.count(e)
	d.live.Announce(e.events...)
	return e.refused, nil
}
