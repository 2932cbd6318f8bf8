// Package desk applies records to the committed state, each exactly once.
//
// One goroutine applies the records that are queued, in order. It asks the store what
// is known, the fold which story each entry joins, and the topics which stories they
// carry, and commits all of it in one transaction. Only then are the callers of File
// answered and open pages notified. The outcome depends on the records and their order
// alone: not on how they were grouped, on a clock or on a restart.
//
// A record that no node can apply is refused: the error wraps journal.ErrRefused,
// nothing of the record is stored, and later records go on. When this node can't store
// records (no space, a damaged file), the first one that fails and all that are queued
// after it get the error, and none of them is applied.
//
// Three kinds of state have different lifetimes. Desk holds what stays between
// transactions: the fold's state, the compiled rules, decoded stories. A transaction
// holds what one commit changes. A recordWork holds what one record touched.
//
//	desk.go            the queue, groups, commits
//	transaction.go     applies the records of a group
//	record.go          applies one record: what it touched, new editions
//	membership.go      stories in topics: places, tombstones, pins
//	event_items.go     the same for topics with an item for each event
//	entry_items.go     the same for topics with an item for each entry or page
//	story.go, event.go changes to stories and events; event_split.go splits events
//	visit.go           visits; identity.go, join.go, alerts.go are steps of them
//	adopt.go           identities from before a restore
//	replacement.go     articles that their outlet rewrote under other guids and addresses
//	siblings.go        reports that one source lists beside each other
//	order.go           editors' orders; hide.go, split.go, event_order.go, claim.go, pause.go
//	hold.go            what must not be published yet, and its release
//	rules.go           rules; ruleset.go compiles them, version.go guards the fold's version
//	review.go          reviews all stories by changed rules, over several records
//	heal.go            puts back what a clock that was ahead has stamped
//	sweep.go           sweeps; retain.go, archive.go are steps of them
//
// Below it, ledger holds a transaction's rows, membership decides which story is in
// which topic, alerting decides which alerts ring, and embargo reads when a text may be
// published.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/slugline/slugline/internal/desk/ledger"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// maxGroup bounds how many records one commit takes. It takes no further one when they have
// maxGroupEntries entries, or texts of maxGroupText. A larger group costs more memory and no less
// time for each record.
const (
	maxGroup        = 32
	maxGroupEntries = 1000
	maxGroupText    = 512 << 10 // bytes
)

// ErrStopped is what File returns when the desk has stopped.
var ErrStopped = errors.New("the desk has stopped")

// Desk applies records. Open makes one; File returns only while Run is running.
type Desk struct {
	store  *store.Store
	live   *live.Live
	log    *slog.Logger
	meters *Meters

	queue   chan filing
	stopped chan struct{} // closed when Run returns
	trouble atomic.Pointer[error]

	// The fields below belong to Run's goroutine.
	fold  *story.Fold // nil until the first record, and after a commit that failed
	rules *ruleSet
	cache ledger.Cache
}

// filing is a record with the channel for its answer. done has room for one answer. note may
// be nil; see Submit.
type filing struct {
	record news.Record
	note   func(*store.Tx) error
	done   chan error
}

// Open returns a desk over a store and loads the rules in force. It returns a
// *NewerError if a newer Slugline wrote them. The fold's state is loaded with the first
// record. l, log and m may be nil.
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
	if err := d.loadRules(); err != nil {
		return nil, err
	}
	return d, nil
}

// loadRules loads the rules in force.
func (d *Desk) loadRules() error {
	var r *news.Rules
	err := d.store.View(func(tx *store.Tx) (err error) {
		r, err = tx.Rules()
		return err
	})
	if err != nil {
		return fmt.Errorf("load the rules: %w", err)
	}
	if r != nil && r.Fold > story.Version {
		return &NewerError{What: "the database " + d.store.Path(), Fold: r.Fold, Knows: story.Version}
	}
	rules, err := compile(r)
	if err != nil {
		return fmt.Errorf("load the rules: %w", err)
	}
	d.rules = rules.index()
	return nil
}

// loadFold loads the state of the fold. It computes nothing: verdicts are stored once.
// A process that files no record never needs it.
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

// File applies a record and returns after the commit. Records that are filed one after
// the other are applied in that order. A record that was applied before, by its ID, is
// answered with nil. If ctx ends while the record is queued, File returns
// ctx's error and the record may still be committed: filing it again is safe. Any other
// error means that nothing of the record is part of the state.
func (d *Desk) File(ctx context.Context, r news.Record) error {
	wait, err := d.Submit(ctx, r, nil)
	if err != nil {
		return err
	}
	return wait(ctx)
}

// Submit queues a record and returns what waits for its answer, which is that of File.
// Records are applied in the order in which they were submitted.
//
// note is called in the transaction that applies the record, after it, and also when the
// record is refused or was applied before: what it writes is committed with the record or
// not at all. It may be called more than once, and writes this node's own half alone. If it
// returns an error, the record is not applied and gets that error.
func (d *Desk) Submit(ctx context.Context, r news.Record, note func(*store.Tx) error) (wait func(context.Context) error, err error) {
	f := filing{record: r, note: note, done: make(chan error, 1)}
	select {
	case d.queue <- f:
		return func(ctx context.Context) error { return d.wait(ctx, f) }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.stopped:
		return nil, ErrStopped
	}
}

func (d *Desk) wait(ctx context.Context, f filing) error {
	select {
	case err := <-f.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return f.lastAnswer()
	}
}

// lastAnswer returns the answer that was given just before the desk stopped.
func (f filing) lastAnswer() error {
	select {
	case err := <-f.done:
		return err
	default:
		return ErrStopped
	}
}

// Ready returns why records can't be committed at present, or nil.
func (d *Desk) Ready() error {
	if err := d.store.Ready(); err != nil {
		return err
	}
	if p := d.trouble.Load(); p != nil && !errors.Is(*p, store.ErrNotWritten) && !errors.Is(*p, store.ErrGone) {
		return *p
	}
	return nil // the store has recovered
}

// Run commits what is filed until ctx ends. What is queued by then is still committed.
// It returns an error when the file is damaged or a record is of a newer Slugline,
// because nothing can be applied after that. It must be called once.
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

// gather returns f with what is queued after it, as much as one commit takes. It never
// waits for more.
func (d *Desk) gather(f filing) []filing {
	group := []filing{f}
	entries, text := f.size()
	for len(group) < maxGroup && entries < maxGroupEntries && text < maxGroupText {
		select {
		case f := <-d.queue:
			group = append(group, f)
			n, more := f.size()
			entries, text = entries+n, text+more
		default:
			return group
		}
	}
	return group
}

// size returns how many entries the record has, and the bytes of their texts. A review of stories
// is as large as a whole group.
func (f *filing) size() (entries, text int) {
	switch {
	case f.record.Rules != nil, f.record.Review != nil:
		return maxGroupEntries, 0
	case f.record.Visit == nil:
		return 0, 0
	}
	all := f.record.Visit.Entries
	for i := range all {
		text += len(all[i].Body) + len(all[i].Summary)
	}
	return len(all), text
}

// handle commits a group and answers its filers. When that fails, it commits the
// records one by one up to the one that fails. It returns an error only if the desk must
// stop.
func (d *Desk) handle(group []filing) error {
	refused, err := d.commit(group)
	if err == nil {
		d.answer(group, refused)
		return nil
	}
	if len(group) == 1 || d.store.Ready() != nil {
		return d.fail(group, err)
	}
	for i := range group {
		refused, err := d.commit(group[i : i+1])
		if err != nil {
			return d.fail(group[i:], err)
		}
		d.answer(group[i:i+1], refused)
	}
	return nil
}

func (d *Desk) answer(group []filing, refused map[string]error) {
	d.trouble.Store(nil)
	for _, f := range group {
		f.done <- refused[f.record.ID]
	}
}

// fail answers a group and all that is queued after it with an error. A record that
// was filed after the first of them must not be applied before it.
func (d *Desk) fail(group []filing, err error) error {
	d.trouble.Store(&err)
	d.log.Error("records not committed", "err", err)
	for queued := true; queued; {
		select {
		case f := <-d.queue:
			group = append(group, f)
		default:
			queued = false
		}
	}
	for _, f := range group { // once none is queued: what is filed after an answer is another attempt
		f.done <- err
	}
	return fatal(err)
}

// fatal returns err if no later record can be applied.
func fatal(err error) error {
	if newer := (*NewerError)(nil); errors.Is(err, store.ErrDamaged) || errors.As(err, &newer) {
		return err
	}
	return nil
}

// commit applies a group in one transaction and announces it. It returns why records
// were refused, by record ID.
func (d *Desk) commit(group []filing) (refused map[string]error, err error) {
	if d.fold == nil {
		if err := cmp.Or(d.loadRules(), d.loadFold()); err != nil {
			return nil, err
		}
	}
	var t *transaction
	err = d.store.Update(func(tx *store.Tx) error {
		t = &transaction{Ledger: ledger.New(tx, &d.cache), fold: d.fold, rules: d.rules}
		for i := range group {
			if err := t.applyFiled(&group[i]); err != nil {
				return err
			}
		}
		return t.Flush()
	})
	if err != nil {
		if t != nil {
			d.fold = nil // it ran ahead of the file, as did the cache
			d.cache.Reset()
		}
		return nil, fmt.Errorf("commit %d records: %w", len(group), err)
	}
	d.rules, d.fold = t.rules, t.fold
	d.cache.Trim()
	d.meters.count(t)
	d.live.Announce(t.events...)
	return t.refused, nil
}
