package notify

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

const (
	giveUpAfter = 24 * time.Hour // since the first failed attempt
	maxInFlight = 16             // attempts
)

var backoff = retry.Backoff{First: 5 * time.Second, Factor: 4, Max: 4 * time.Hour}

// ErrNotGivenUp is returned by Resend and Discard for a notice that was not given up.
var ErrNotGivenUp = errors.New("no such notice was given up")

// pendingNotice is a notice that is not sent yet, or not recorded as sent.
type pendingNotice struct {
	*news.Notice
	news.Dispatch
	isSent bool // but the store does not have that yet
}

// due returns when the notice may be sent.
func (p *pendingNotice) due() time.Time {
	if p.Notice.Due.After(p.Dispatch.Next) {
		return p.Notice.Due
	}
	return p.Dispatch.Next
}

// load reads everything that is not sent yet.
func (n *Notifier) load() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.Store.View(func(tx *store.Tx) error {
		closed, err := tx.ClosedTargets.All()
		if err != nil {
			return err
		}
		for _, c := range closed {
			n.closedTargets[c.Target] = c.Why
		}
		local, err := tx.Notices.Local()
		if err != nil {
			return err
		}
		if err := n.enqueue(tx, local); err != nil {
			return err
		}
		if err := n.readMails(tx); err != nil {
			return err
		}
		return n.readNotices(tx)
	})
}

// readNotices queues the notices of records since the last call. The caller holds mu.
func (n *Notifier) readNotices(tx *store.Tx) error {
	all, err := tx.Notices.After(n.seq)
	if err != nil {
		return err
	}
	if err := n.enqueue(tx, all); err != nil {
		return err
	}
	n.seq = tx.Seq()
	return nil
}

// enqueue queues those notices that are neither sent nor given up. The caller holds mu.
func (n *Notifier) enqueue(tx *store.Tx, all []*news.Notice) error {
	for _, notice := range all {
		if !notice.Sent.IsZero() || n.queue[notice.ID] != nil {
			continue
		}
		d, err := tx.Dispatches.Get(notice.ID)
		if err != nil {
			return err
		}
		if d == nil {
			d = &news.Dispatch{Notice: notice.ID}
		}
		if !d.Dead && !d.Dropped {
			n.queue[notice.ID] = &pendingNotice{Notice: notice, Dispatch: *d}
		}
	}
	return nil
}

// startDue starts what is due, within the bounds on attempts in flight, and returns how
// long to wait for the next.
func (n *Notifier) startDue(ctx context.Context, work *sync.WaitGroup) time.Duration {
	now := n.Now()
	wait := n.makeDueIssues(now)
	n.checkSources(now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.Store.View(n.readNotices); err != nil {
		n.Log.Error("read notices", "err", err)
		return rereadEvery
	}
	wait = min(wait, n.startMailing(ctx, work, now))
	for _, p := range n.oldestFirst() {
		at := p.due()
		if until := n.pausedUntil[p.Target]; until.After(at) {
			at = until
		}
		switch {
		case n.busyTargets[p.Target] || len(n.busyTargets) >= maxInFlight: // the end of an attempt wakes Run
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			n.dispatch(ctx, work, p)
		}
	}
	return max(wait, 0)
}

func (n *Notifier) oldestFirst() []*pendingNotice {
	return slices.SortedFunc(maps.Values(n.queue), func(a, b *pendingNotice) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// dispatch makes an attempt in a goroutine, one at a time for each target. The caller
// holds mu.
func (n *Notifier) dispatch(ctx context.Context, work *sync.WaitGroup, p *pendingNotice) {
	n.busyTargets[p.Target] = true
	why, closed := n.closedTargets[p.Target]
	work.Go(func() {
		var o outcome
		switch {
		case p.isSent:
		case closed:
			o = outcome{err: errClosed, problem: why, permanent: true}
		default:
			o = n.attempt(ctx, p.Notice)
		}
		n.recordOutcome(ctx, p, o)
		n.mu.Lock()
		delete(n.busyTargets, p.Target)
		n.mu.Unlock()
		retry.Wake(n.wake)
	})
}

// recordOutcome stores what came of an attempt, and updates the queue.
func (n *Notifier) recordOutcome(ctx context.Context, p *pendingNotice, o outcome) {
	now := news.Instant(n.Now())
	if o.err == nil && !o.obsolete {
		p.isSent = true
		n.recordSent(ctx, p, now)
		return
	}
	if ctx.Err() != nil {
		return // the attempt was cut off, and is made again after the next start
	}
	d := n.afterFailure(p.Dispatch, o, now)
	err := n.Store.Update(func(tx *store.Tx) error {
		if o.targetGone {
			if err := tx.ClosedTargets.Put(&news.ClosedTarget{Target: p.Target, At: now, Why: o.problem}); err != nil {
				return err
			}
		}
		return tx.Dispatches.Put(&d)
	})
	if err != nil {
		n.Log.Error("record a failed notice", "notice", p.ID, "err", err)
	}
	if d.Dead {
		n.Log.Warn("a notice is given up", "notice", p.ID, "target", p.Target, "problem", d.Problem)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p.Dispatch = d
	if o.targetGone {
		n.closedTargets[p.Target] = o.problem
	}
	if o.wait > 0 {
		n.pausedUntil[p.Target] = now.Add(o.wait)
	}
	if d.Dead || d.Dropped {
		delete(n.queue, p.ID)
	}
}

// afterFailure returns the state of a notice that was not sent.
func (n *Notifier) afterFailure(d news.Dispatch, o outcome, now time.Time) news.Dispatch {
	d.Problem, d.Last, d.Dropped = o.problem, now, o.obsolete
	d.Tries++
	if d.First.IsZero() {
		d.First = now
	}
	d.Dead = !o.obsolete && (o.permanent || now.Sub(d.First) >= giveUpAfter)
	d.Next = now.Add(max(backoff.Wait(d.Tries, n.Chance()), o.wait))
	return d
}

// recordSent records that a notice was sent. If that fails, the notice stays in the
// queue until it can be recorded, and is sent again only after a kill.
func (n *Notifier) recordSent(ctx context.Context, p *pendingNotice, now time.Time) {
	err := n.storeSent(context.WithoutCancel(ctx), p.Notice, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		delete(n.queue, p.ID)
		return
	}
	n.Log.Error("record a sent notice", "notice", p.ID, "err", err)
	p.Dispatch.Next = now.Add(backoff.First)
}

// storeSent files a record for a notice of a record; a local notice it stores.
func (n *Notifier) storeSent(ctx context.Context, notice *news.Notice, now time.Time) error {
	if notice.Seq != 0 {
		r := news.Record{At: now, Sent: &news.Sent{Notices: []string{notice.ID}}}
		if err := n.File(ctx, r); err != nil {
			return err
		}
	}
	return n.Store.Update(func(tx *store.Tx) error {
		if notice.Seq == 0 {
			c := *notice
			c.Sent = now
			if err := tx.Notices.PutLocal(&c); err != nil {
				return err
			}
		}
		return tx.Dispatches.Delete(notice.ID)
	})
}

// Resend sends a notice again that was given up, and reopens its target. It returns
// ErrNotGivenUp for any other notice.
func (n *Notifier) Resend(id string) error {
	n.ready()
	n.mu.Lock()
	defer n.mu.Unlock()
	var notice *news.Notice
	d := news.Dispatch{Notice: id}
	err := n.Store.Update(func(tx *store.Tx) error {
		old, err := tx.Dispatches.Get(id)
		if err != nil {
			return err
		}
		if old == nil || !old.Dead {
			return ErrNotGivenUp
		}
		if notice, err = tx.Notices.Get(id); err != nil {
			return err
		}
		if notice == nil {
			return ErrNotGivenUp
		}
		if err := tx.ClosedTargets.Delete(notice.Target); err != nil {
			return err
		}
		return tx.Dispatches.Put(&d)
	})
	if err != nil {
		return err
	}
	delete(n.closedTargets, notice.Target)
	delete(n.pausedUntil, notice.Target)
	n.queue[id] = &pendingNotice{Notice: notice, Dispatch: d}
	retry.Wake(n.wake)
	return nil
}

// Discard drops a notice that was given up, so that it can't be sent again. It returns
// ErrNotGivenUp for any other notice.
func (n *Notifier) Discard(id string) error {
	return n.Store.Update(func(tx *store.Tx) error {
		d, err := tx.Dispatches.Get(id)
		if err != nil {
			return err
		}
		if d == nil || !d.Dead {
			return ErrNotGivenUp
		}
		d.Dead, d.Dropped, d.Problem = false, true, "discarded at the desk"
		return tx.Dispatches.Put(d)
	})
}
