package notify

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	firstRetry  = 5 * time.Second // after a failed attempt, four times as long each time
	maxRetry   = 4 * time.Hour   // the longest
	giveUpAfter    = 24 * time.Hour  // after the first failed attempt
	maxInFlight = 16              // attempts under way
)

// pendingNotice is a notice that has not left yet.
type pendingNotice struct {
	*news.Notice
	news.Dispatch
	wasSent bool // it has, and that is not in the store yet
}

// due is when it may be tried.
func (p *pendingNotice) due() time.Time {
	if p.Notice.Due.After(p.Dispatch.Next) {
		return p.Notice.Due
	}
	return p.Dispatch.Next
}

// load reads what has not left.
func (n *Notifier) load() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.Store.View(func(tx *store.Tx) error {
		shut, err := tx.ClosedTargets()
		if err != nil {
			return err
		}
		for _, c := range shut {
			n.closedTargets[c.Target] = c.Why
		}
		bells, err := tx.LocalNotices()
		if err != nil {
			return err
		}
		if err := n.enqueue(tx, bells); err != nil {
			return err
		}
		if err := n.readMails(tx); err != nil {
			return err
		}
		return n.readNotices(tx)
	})
}

// readNotices takes what records brought since the last time. The caller holds mu.
func (n *Notifier) readNotices(tx *store.Tx) error {
	all, err := tx.Notices(n.seq)
	if err != nil {
		return err
	}
	if err := n.enqueue(tx, all); err != nil {
		return err
	}
	n.seq = tx.Seq()
	return nil
}

// enqueue takes what is neither sent nor given up. The caller holds mu.
func (n *Notifier) enqueue(tx *store.Tx, all []*news.Notice) error {
	for _, notice := range all {
		if !notice.Sent.IsZero() || n.queue[notice.ID] != nil {
			continue
		}
		d, err := tx.Dispatch(notice.ID)
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

// startDue starts what is due and has room, and says how long to wait for the next.
func (n *Notifier) startDue(ctx context.Context, work *sync.WaitGroup) time.Duration {
	now := n.Now()
	wait := n.makeDueIssues(now)
	n.checkSources(now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.Store.View(n.readNotices); err != nil {
		n.Log.Error("notices can't be read", "err", err)
		return rereadEvery
	}
	wait = min(wait, n.startMailing(ctx, work, now))
	for _, p := range n.inOrder() {
		at := p.due()
		if until := n.pausedUntil[p.Target]; until.After(at) {
			at = until
		}
		switch {
		case n.busyTargets[p.Target] || len(n.busyTargets) >= maxInFlight: // the end of one wakes us
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			n.dispatch(ctx, work, p)
		}
	}
	return max(wait, 0)
}

// inOrder is the queue, the oldest notice first.
func (n *Notifier) inOrder() []*pendingNotice {
	return slices.SortedFunc(maps.Values(n.queue), func(a, b *pendingNotice) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// dispatch makes an attempt in a goroutine. One at a time goes to a target. The caller
// holds mu.
func (n *Notifier) dispatch(ctx context.Context, work *sync.WaitGroup, p *pendingNotice) {
	n.busyTargets[p.Target] = true
	why, shut := n.closedTargets[p.Target]
	work.Go(func() {
		var o outcome
		switch {
		case p.wasSent:
		case shut:
			o = outcome{err: errClosed, problem: why, permanent: true}
		default:
			o = n.attempt(ctx, p.Notice)
		}
		n.recordOutcome(ctx, p, o)
		n.mu.Lock()
		delete(n.busyTargets, p.Target)
		n.mu.Unlock()
		nudge(n.wake)
	})
}

// recordOutcome writes down what came of an attempt.
func (n *Notifier) recordOutcome(ctx context.Context, p *pendingNotice, o outcome) {
	now := news.Instant(n.Now())
	if o.err == nil && !o.obsolete {
		p.wasSent = true
		n.recordSent(ctx, p, now)
		return
	}
	if ctx.Err() != nil {
		return // it was cut off; it is tried again after the next start
	}
	d := p.Dispatch
	d.Problem, d.Last, d.Dropped = o.problem, now, o.obsolete
	d.Tries++
	if d.First.IsZero() {
		d.First = now
	}
	d.Dead = !o.obsolete && (o.permanent || now.Sub(d.First) >= giveUpAfter)
	d.Next = now.Add(max(n.backOff(d.Tries), o.wait))
	err := n.Store.Update(func(tx *store.Tx) error {
		if o.targetGone {
			if err := tx.PutClosed(&news.ClosedTarget{Target: p.Target, At: now, Why: o.problem}); err != nil {
				return err
			}
		}
		return tx.PutDispatch(&d)
	})
	if err != nil {
		n.Log.Error("a failed notice can't be noted", "notice", p.ID, "err", err)
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

// recordSent notes that a notice left. Where that can't be written it is not sent again,
// but for a kill before it can.
func (n *Notifier) recordSent(ctx context.Context, p *pendingNotice, now time.Time) {
	err := n.storeSent(context.WithoutCancel(ctx), p.Notice, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		delete(n.queue, p.ID)
		return
	}
	n.Log.Error("a notice that left can't be noted", "notice", p.ID, "err", err)
	p.Dispatch.Next = now.Add(firstRetry)
}

func (n *Notifier) storeSent(ctx context.Context, notice *news.Notice, now time.Time) error {
	if notice.Seq != 0 {
		r := news.Record{At: now, Sent: &news.Sent{Notices: []string{notice.ID}}}
		r.SetID()
		if err := n.File(ctx, r); err != nil {
			return err
		}
	}
	return n.Store.Update(func(tx *store.Tx) error {
		if notice.Seq == 0 {
			c := *notice
			c.Sent = now
			if err := tx.PutLocalNotice(&c); err != nil {
				return err
			}
		}
		return tx.DropDispatch(notice.ID)
	})
}

// backOff is how long to wait after so many failures in a row, give or take a tenth.
func (n *Notifier) backOff(tries int) time.Duration {
	wait := firstRetry
	for range min(tries, 20) - 1 {
		wait = min(4*wait, maxRetry)
	}
	return wait*9/10 + time.Duration(n.Chance()*float64(wait/5))
}

// Resend sends a notice once more that was given up, and opens its target.
func (n *Notifier) Resend(id string) error {
	n.ready()
	n.mu.Lock()
	defer n.mu.Unlock()
	var notice *news.Notice
	d := news.Dispatch{Notice: id}
	err := n.Store.Update(func(tx *store.Tx) error {
		was, err := tx.Dispatch(id)
		if err != nil {
			return err
		}
		if was == nil || !was.Dead {
			return ErrNotGivenUp
		}
		if notice, err = tx.Notice(id); err != nil {
			return err
		}
		if notice == nil {
			return ErrNotGivenUp
		}
		if err := tx.DropClosed(notice.Target); err != nil {
			return err
		}
		return tx.PutDispatch(&d)
	})
	if err != nil {
		return err
	}
	delete(n.closedTargets, notice.Target)
	delete(n.pausedUntil, notice.Target)
	n.queue[id] = &pendingNotice{Notice: notice, Dispatch: d}
	nudge(n.wake)
	return nil
}

// Discard forgets a notice that was given up: it is not sent any more.
func (n *Notifier) Discard(id string) error {
	return n.Store.Update(func(tx *store.Tx) error {
		d, err := tx.Dispatch(id)
		if err != nil {
			return err
		}
		if d == nil || !d.Dead {
			return ErrNotGivenUp
		}
		d.Dead, d.Dropped, d.Problem = false, true, "discarded at the desk"
		return tx.PutDispatch(d)
	})
}
