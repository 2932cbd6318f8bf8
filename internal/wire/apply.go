package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// maxInFlight is how many records are queued at the desk at the same time, so that it commits
// groups.
const maxInFlight = 32

// maxAhead is how far the time of a record may be ahead of when the log took it.
const maxAhead = 5 * time.Minute

// readRetry is the wait before the log is read again after an error.
const readRetry = time.Second

// Run applies the log until ctx ends. It begins after the last message that this node's store
// has applied.
func (j *Journal) Run(ctx context.Context) error {
	if err := j.loadPosition(); err != nil {
		return err
	}
	j.digestOrders = make(chan digestOrder)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { j.follow(ctx); return nil })
	g.Go(func() error { j.monitor(ctx); return nil })
	if j.Digests != nil {
		g.Go(func() error { j.followDigests(ctx); return nil })
		g.Go(func() error { j.makeDigests(ctx); return nil })
	}
	return g.Wait()
}

func (j *Journal) loadPosition() error {
	return j.Store.View(func(tx *store.Tx) error {
		p, err := tx.Wire()
		if err != nil {
			return err
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.status.position = p
		return nil
	})
}

// follow reads the log again after each error, until ctx ends. A fault of the log may pass: a
// replica was repaired, or another node has become the leader.
func (j *Journal) follow(ctx context.Context) {
	for {
		err := j.read(ctx)
		if ctx.Err() != nil {
			return
		}
		j.noteReadError(err)
		if sleep(ctx, readRetry) != nil {
			return
		}
	}
}

// read applies the log from the stored position on. When it returns, nothing is queued at the
// desk.
func (j *Journal) read(ctx context.Context) error {
	if err := j.loadPosition(); err != nil {
		return err
	}
	stored := j.Position()
	from, err := j.start(ctx, stored)
	if err != nil {
		return err
	}
	reading, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j.onStop(cancel)
	defer j.onStop(nil)
	a := &applier{Journal: j, noted: stored, read: from, submitted: make(chan submission, maxInFlight), cancel: cancel}
	answered := make(chan error, 1)
	go func() { answered <- a.answerAll(context.WithoutCancel(ctx)) }()
	err = j.Messages.Read(reading, from.Seq, func(m Message) error { return a.next(reading, m) })
	close(a.submitted)
	return cmp.Or(<-answered, context.Cause(reading), err)
}

// onStop sets what ends reading; nil: nothing is read.
func (j *Journal) onStop(cancel context.CancelCauseFunc) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.stopRead = nil
	if cancel != nil {
		j.status.stopRead = cancel
	}
}

// applier passes messages to the desk in order. next and answerAll run in goroutines of their
// own.
type applier struct {
	*Journal
	read  news.WirePosition // after the last message that was read
	noted news.WirePosition // after the last one that was submitted to the desk

	submitted chan submission // closed when reading ends
	cancel    context.CancelCauseFunc
}

// submission is a message that is with the desk, or was passed over.
type submission struct {
	id    string
	after news.WirePosition
	wait  func(context.Context) error // nil: it was passed over with this answer
	err   error

	reached chan struct{} // unless nil, it is no message; closed when those before are answered
}

// next applies the next message. Messages before it that this replica does not have are read
// from the leader.
func (a *applier) next(ctx context.Context, m Message) error {
	if m.Seq <= a.read.Seq {
		return nil
	}
	if first := a.read.Seq + 1; first < m.Seq {
		a.noteGap(first, m.Seq-1)
	}
	for seq := a.read.Seq + 1; seq < m.Seq; seq++ {
		missing, err := a.fetch(ctx, seq)
		if err != nil {
			return err
		}
		if err := a.submit(ctx, missing); err != nil {
			return err
		}
	}
	return a.submit(ctx, m)
}

// submit passes a message to the desk. What the position says before it must be what is
// stored when the desk applies it: if an earlier record could not be stored, it is not
// applied either.
func (a *applier) submit(ctx context.Context, m Message) error {
	if err := a.awaitRoom(ctx); err != nil {
		return err
	}
	s := submission{id: m.ID, after: advance(a.read, m)}
	r, err := a.judge(m)
	switch {
	case errors.Is(err, journal.ErrRefused):
		s.err = err
	case err != nil:
		return err
	case r != nil:
		if s.wait, err = a.Submit(ctx, *r, moves(a.noted, s.after)); err != nil {
			return err
		}
		a.noted = s.after
	}
	a.read = s.after
	a.submitted <- s // answerAll receives until it is closed
	if a.Digests == nil || !wantsDigest(m, r) {
		return nil
	}
	return a.digest(ctx, m.Seq)
}

// digest waits until a message is applied, and then until a digest of the state after it has
// begun.
func (a *applier) digest(ctx context.Context, seq uint64) error {
	reached := make(chan struct{})
	a.submitted <- submission{reached: reached}
	<-reached
	if a.Position().Seq != seq {
		return nil // it could not be stored
	}
	o := digestOrder{seq, make(chan struct{})}
	select {
	case a.digestOrders <- o:
		<-o.begun
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// judge returns the record of a message, nil if it only takes a lane. An error that wraps
// journal.ErrRefused means that no node applies it.
func (j *Journal) judge(m Message) (*news.Record, error) {
	if len(m.Data) == 0 {
		return nil, nil
	}
	r, err := decode(m)
	switch {
	case errors.Is(err, ErrNewer):
		return nil, newerFault(m, err)
	case err != nil:
		return nil, j.unreadableFault(m, err)
	case r.Rules != nil && r.Rules.Fold > story.Version:
		return nil, newerFault(m, fmt.Errorf("rules of fold %d, this one knows %d: %w", r.Rules.Fold, story.Version, ErrNewer))
	case r.At.After(m.Time.Add(maxAhead)):
		return nil, fmt.Errorf("%w: record %s is of %v, %v after the log took it: the clock of the node that filed it is ahead", journal.ErrRefused, r.ID, r.At, r.At.Sub(m.Time).Round(time.Second))
	}
	return r, nil
}

// errNotNext says that the store does not have what comes before a record.
var errNotNext = errors.New("an earlier record of the log is not stored")

// moves returns what stores a position with the record that leads to it.
func moves(before, after news.WirePosition) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		have, err := tx.Wire()
		if err != nil {
			return err
		}
		if have != before {
			return fmt.Errorf("message %d after %d: %w", after.Seq, have.Seq, errNotNext)
		}
		return tx.PutWire(after)
	}
}

// answerAll answers those who wait for what was submitted. After the first record that was
// not stored it moves no further, and returns that record's error once all are answered.
func (a *applier) answerAll(ctx context.Context) (failed error) {
	for s := range a.submitted {
		if s.reached != nil {
			close(s.reached)
			continue
		}
		err := s.err
		if s.wait != nil {
			err = s.wait(ctx)
		}
		if failed == nil && (err == nil || errors.Is(err, journal.ErrRefused)) {
			a.moveTo(s, err)
			continue
		}
		if failed == nil {
			failed = fmt.Errorf("apply message %d: %w", s.after.Seq, err)
			a.cancel(failed)
		}
		a.mu.Lock()
		a.answer(s.id, failed)
		a.mu.Unlock()
	}
	return failed
}

// moveTo notes that a message was applied or refused.
func (a *applier) moveTo(s submission, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.refusals.add(s.id, err)
	}
	a.status.moveTo(s.after)
	a.answer(s.id, err)
}
