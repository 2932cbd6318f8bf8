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
	firstTry  = 5 * time.Second // after a failed attempt, four times as long each time
	lastTry   = 4 * time.Hour   // the longest
	giveUp    = 24 * time.Hour  // after the first failed attempt
	maxFlying = 16              // attempts under way
)

// parcel is a notice that has not left yet.
type parcel struct {
	*news.Notice
	news.Dispatch
	left bool // it has, and that is not in the store yet
}

// due is when it may be tried.
func (p *parcel) due() time.Time {
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
		shut, err := tx.ClosedTargets.All()
		if err != nil {
			return err
		}
		for _, c := range shut {
			n.closed[c.Target] = c.Why
		}
		bells, err := tx.Notices.Local()
		if err != nil {
			return err
		}
		if err := n.enqueue(tx, bells); err != nil {
			return err
		}
		if err := n.collect(tx); err != nil {
			return err
		}
		return n.look(tx)
	})
}

// look takes what records brought since the last time. The caller holds mu.
func (n *Notifier) look(tx *store.Tx) error {
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

// enqueue takes what is neither sent nor given up. The caller holds mu.
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
			n.queue[notice.ID] = &parcel{Notice: notice, Dispatch: *d}
		}
	}
	return nil
}

// launch starts what is due and has room, and says how long to wait for the next.
func (n *Notifier) launch(ctx context.Context, work *sync.WaitGroup) time.Duration {
	now := n.Now()
	wait := n.edit(now)
	n.mind(now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.Store.View(n.look); err != nil {
		n.Log.Error("notices can't be read", "err", err)
		return lookAgain
	}
	wait = min(wait, n.ship(ctx, work, now))
	for _, p := range n.inOrder() {
		at := p.due()
		if until := n.paused[p.Target]; until.After(at) {
			at = until
		}
		switch {
		case n.busy[p.Target] || len(n.busy) >= maxFlying: // the end of one wakes us
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			n.dispatch(ctx, work, p)
		}
	}
	return max(wait, 0)
}

// inOrder is the queue, the oldest notice first.
func (n *Notifier) inOrder() []*parcel {
	return slices.SortedFunc(maps.Values(n.queue), func(a, b *parcel) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// dispatch makes an attempt in a goroutine. One at a time goes to a target. The caller
// holds mu.
func (n *Notifier) dispatch(ctx context.Context, work *sync.WaitGroup, p *parcel) {
	n.busy[p.Target] = true
	why, shut := n.closed[p.Target]
	work.Go(func() {
		var o outcome
		switch {
		case p.left:
		case shut:
			o = outcome{err: errClosed, problem: why, fatal: true}
		default:
			o = n.attempt(ctx, p.Notice)
		}
		n.settle(ctx, p, o)
		n.mu.Lock()
		delete(n.busy, p.Target)
		n.mu.Unlock()
		nudge(n.wake)
	})
}

// settle writes down what came of an attempt.
func (n *Notifier) settle(ctx context.Context, p *parcel, o outcome) {
	now := news.Instant(n.Now())
	if o.err == nil && !o.dropped {
		p.left = true
		n.leave(ctx, p, now)
		return
	}
	if ctx.Err() != nil {
		return // it was cut off; it is tried again after the next start
	}
	d := p.Dispatch
	d.Problem, d.Last, d.Dropped = o.problem, now, o.dropped
	d.Tries++
	if d.First.IsZero() {
		d.First = now
	}
	d.Dead = !o.dropped && (o.fatal || now.Sub(d.First) >= giveUp)
	d.Next = now.Add(max(n.backOff(d.Tries), o.wait))
	err := n.Store.Update(func(tx *store.Tx) error {
		if o.gone {
			if err := tx.ClosedTargets.Put(&news.ClosedTarget{Target: p.Target, At: now, Why: o.problem}); err != nil {
				return err
			}
		}
		return tx.Dispatches.Put(&d)
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
	if o.gone {
		n.closed[p.Target] = o.problem
	}
	if o.wait > 0 {
		n.paused[p.Target] = now.Add(o.wait)
	}
	if d.Dead || d.Dropped {
		delete(n.queue, p.ID)
	}
}

// leave notes that a notice left. Where that can't be written it is not sent again,
// but for a kill before it can.
func (n *Notifier) leave(ctx context.Context, p *parcel, now time.Time) {
	err := n.mark(context.WithoutCancel(ctx), p.Notice, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		delete(n.queue, p.ID)
		return
	}
	n.Log.Error("a notice that left can't be noted", "notice", p.ID, "err", err)
	p.Dispatch.Next = now.Add(firstTry)
}

func (n *Notifier) mark(ctx context.Context, notice *news.Notice, now time.Time) error {
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
			if err := tx.Notices.PutLocal(&c); err != nil {
				return err
			}
		}
		return tx.Dispatches.Delete(notice.ID)
	})
}

// backOff is how long to wait after so many failures in a row, give or take a tenth.
func (n *Notifier) backOff(tries int) time.Duration {
	wait := firstTry
	for range min(tries, 20) - 1 {
		wait = min(4*wait, lastTry)
	}
	return wait*9/10 + time.Duration(n.Chance()*float64(wait/5))
}

// Again sends a notice once more that was given up, and opens its target.
func (n *Notifier) Again(id string) error {
	n.ready()
	n.mu.Lock()
	defer n.mu.Unlock()
	var notice *news.Notice
	d := news.Dispatch{Notice: id}
	err := n.Store.Update(func(tx *store.Tx) error {
		was, err := tx.Dispatches.Get(id)
		if err != nil {
			return err
		}
		if was == nil || !was.Dead {
			return ErrNotDead
		}
		if notice, err = tx.Notices.Get(id); err != nil {
			return err
		}
		if notice == nil {
			return ErrNotDead
		}
		if err := tx.ClosedTargets.Delete(notice.Target); err != nil {
			return err
		}
		return tx.Dispatches.Put(&d)
	})
	if err != nil {
		return err
	}
	delete(n.closed, notice.Target)
	delete(n.paused, notice.Target)
	n.queue[id] = &parcel{Notice: notice, Dispatch: d}
	nudge(n.wake)
	return nil
}

// Discard forgets a notice that was given up: it is not sent any more.
func (n *Notifier) Discard(id string) error {
	return n.Store.Update(func(tx *store.Tx) error {
		d, err := tx.Dispatches.Get(id)
		if err != nil {
			return err
		}
		if d == nil || !d.Dead {
			return ErrNotDead
		}
		d.Dead, d.Dropped, d.Problem = false, true, "discarded at the desk"
		return tx.Dispatches.Put(d)
	})
}
