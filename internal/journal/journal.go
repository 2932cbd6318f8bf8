// Package journal is the one door for records: visits, orders, rules, reviews, sweeps and
// sent notices all go through File.
//
// It files no visit and no sweep while the clock of this machine is not believed, seals each
// record with its ID and hands it to whoever commits it: the desk of this
// node. A log that several nodes share can stand between without its callers knowing.
// The journal stores nothing itself.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrRefused says that a record can't be applied, on this node or any other: an order
// names a story that does not exist or would change nothing, rules do not compile, the
// record is malformed. Nothing of it is stored; the error's text says what to do.
// Filing it again gets the same answer until the state changes.
var ErrRefused = errors.New("refused")

// Journal files records. It may be used by many goroutines.
type Journal struct {
	Commit func(context.Context, news.Record) error // commits a record on this node, as desk.File does
	Store  *store.Store                             // what Commit commits to
	Clock  *clock.Clock                             // decides which times are believed; nil: all

	// HoldFold returns why rules must not raise the version of the fold; nil: they may.
	HoldFold func() error
}

// File files a record and returns after it is committed on this node. It gives the
// record its ID, which follows from its content and At alone.
//
//   - nil means that the record is committed, now or by an earlier call.
//   - An error that wraps ErrRefused means that no node applies the record.
//   - ctx's error means that ctx ended while the record was queued. The record may be
//     committed or not; filing it again is safe and commits it at most once.
//   - A *clock.Error means that the record is a visit or a sweep and the clock of this
//     machine is not believed. Other records get the last time that was believed.
//   - Any other error means that nothing of the record is part of the state. Filing it
//     again is safe.
//
// The caller must not change what r points to before File returns nil, or a later call
// with the same record does.
func (j *Journal) File(ctx context.Context, r news.Record) error {
	if err := j.checkTime(&r); err != nil {
		return err
	}
	if err := seal(&r); err != nil {
		return err
	}
	if r.Visit != nil && j.Clock.NeedsHeal(r.At) {
		if err := j.File(ctx, news.Record{At: r.At, Heal: &news.Heal{}}); err != nil {
			return err
		}
	}
	return j.commit(ctx, r)
}

func (j *Journal) commit(ctx context.Context, r news.Record) error {
	if err := j.Commit(ctx, r); err != nil {
		return err
	}
	j.Clock.Filed(r.At)
	return nil
}

// checkTime refuses what must not be filed while the clock is not believed, and gives other
// records a time that is.
func (j *Journal) checkTime(r *news.Record) error {
	switch {
	case j.Clock.Believed():
		return nil
	case r.Visit != nil || r.Sweep != nil:
		return j.Clock.NotBelieved()
	}
	r.At = j.Clock.Now()
	return nil
}

// maxYear is the last year that JSON can hold (RFC 3339).
const maxYear = 9999

// seal gives a record its ID. A record without a time, or with one that can't be
// stored, is refused.
func seal(r *news.Record) error {
	switch {
	case r.At.IsZero():
		return fmt.Errorf("%w: the record has no time", ErrRefused)
	case r.At.Year() > maxYear:
		return fmt.Errorf("%w: the record is of the year %d", ErrRefused, r.At.Year())
	}
	r.At = news.Instant(r.At)
	r.SetID()
	return nil
}

// Order files an editor's decision and returns the number by which undo names it. at is
// the time of the decision.
func (j *Journal) Order(ctx context.Context, o news.Order, at time.Time) (decision uint64, err error) {
	r := news.Record{At: at, Order: &o}
	if err := j.checkTime(&r); err != nil {
		return 0, err
	}
	if err := seal(&r); err != nil { // for its ID
		return 0, err
	}
	if err := j.commit(ctx, r); err != nil {
		return 0, err
	}
	err = j.Store.View(func(tx *store.Tx) error {
		decision = tx.Records.Seq(r.ID)
		return nil
	})
	return decision, err
}
