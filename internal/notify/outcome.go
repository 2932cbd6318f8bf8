package notify

import (
	"context"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

var backoff = retry.Backoff{First: 5 * time.Second, Factor: 4, Max: 4 * time.Hour}

const (
	maxDoubts  = 5                      // failures of a notice that are blamed on its target alone; see outcome.doubtful
	waitedLong = 10 * time.Second       // a notice that has waited so long is part of a backlog
	drainPause = 100 * time.Millisecond // between two notices of a backlog
	probeEvery = 10 * time.Second       // a target in trouble is tried so soon when something new is to be sent
)

// targetState is what this node knows about a target. While the target is in trouble only
// its oldest notice is tried, and the others wait behind that one, so that they arrive in
// order. Notifier.mu guards it.
type targetState struct {
	busy     bool      // an attempt is in flight
	closed   string    // why it wants no more notices; empty: it is open
	failures int       // attempts in a row that failed
	failed   time.Time // the last of them
	until    time.Time // no attempt is made before this
	asked    time.Time // the part of until that the target asked for (Retry-After)
	passing  bool      // since the last wait a newer notice was tried after an older one failed
}

// target returns the state of a target. The caller holds mu.
func (n *Notifier) target(id string) *targetState {
	t := n.targets[id]
	if t == nil {
		t = &targetState{}
		n.targets[id] = t
	}
	return t
}

// ofTarget returns the queued notices of a target. The caller holds mu.
func (n *Notifier) ofTarget(id string) (all []*pendingNotice) {
	for _, p := range n.queue {
		if p.Target == id {
			all = append(all, p)
		}
	}
	return all
}

// restoreTargets finds the targets that were in trouble when the daemon stopped. The
// caller holds mu.
func (n *Notifier) restoreTargets() {
	for _, p := range n.queue {
		if p.Refused || p.Next.IsZero() {
			continue
		}
		t := n.target(p.Target)
		t.failures, t.failed = max(t.failures, p.Tries), news.Later(t.failed, p.Last)
		t.asked = news.Later(t.asked, p.Asked)
		if t.until.IsZero() || p.Next.Before(t.until) {
			t.until = p.Next
		}
	}
}

// probeEarly lets a target in trouble be tried before the end of its wait when something
// was to be sent after the last attempt. The target may have recovered since. The caller
// holds mu.
func (n *Notifier) probeEarly(m *message, now time.Time) {
	t, at := n.target(m.target), m.due()
	if t.failures == 0 || at.After(now) || !at.After(t.failed) {
		return
	}
	if early := news.Later(t.asked, t.failed.Add(probeEvery)); early.Before(t.until) {
		t.until = early
	}
}

// recordOutcome stores what came of an attempt, and updates the queue.
func (n *Notifier) recordOutcome(ctx context.Context, m *message, o outcome) {
	now := news.Instant(n.Now())
	switch {
	case o.err == nil:
		n.recordSent(ctx, m, o.obsolete, now)
	case ctx.Err() == nil: // otherwise the attempt was cut off, and is made again after the next start
		n.mu.Lock()
		defer n.mu.Unlock()
		n.recordFailure(m, o, now)
	}
}

// recordFailure stores the new state of the notices of an attempt that failed, and of
// those that wait behind them. The caller holds mu.
func (n *Notifier) recordFailure(m *message, o outcome, now time.Time) {
	changed := n.afterFailure(m, o, now)
	err := n.Store.Update(func(tx *store.Tx) error {
		if o.targetGone {
			if err := tx.ClosedTargets.Put(&news.ClosedTarget{Target: m.target, At: now, Why: o.problem}); err != nil {
				return err
			}
		}
		return putDispatches(tx, changed)
	})
	if err != nil {
		n.Log.Error("record a failed notice", "notice", m.id, "err", err)
	}
	if o.targetGone {
		n.target(m.target).closed = o.problem
	}
	for _, p := range changed {
		if p.Dead {
			n.Log.Warn("a notice is given up", "notice", p.ID, "target", p.Target, "problem", p.Problem)
			delete(n.queue, p.ID)
		}
	}
}

func putDispatches(tx *store.Tx, all []*pendingNotice) error {
	for _, p := range all {
		if err := tx.Dispatches.Put(&p.Dispatch); err != nil {
			return err
		}
	}
	return nil
}

// afterFailure changes the notices of an attempt that failed, and those that wait behind
// them. It returns all that it changed. The caller holds mu.
func (n *Notifier) afterFailure(m *message, o outcome, now time.Time) []*pendingNotice {
	tries := 0
	for _, p := range m.notices {
		p.fail(o.problem, now)
		p.Tries++
		p.Last, p.Dead = now, p.Dead || o.permanent
		tries = p.Tries
	}
	t := n.target(m.target)
	switch {
	case o.permanent:
	case o.refused:
		for _, p := range m.notices {
			p.Refused, p.Next = true, now.Add(backoff.Wait(tries, n.Chance()))
		}
	case o.doubtful && tries >= maxDoubts && !t.passing && n.hasOther(m, now):
		t.passing = true
		for _, p := range m.notices {
			p.passed = true
		}
	default:
		return n.suspend(m, o, now)
	}
	return m.notices
}

// fail notes that a notice could not be sent at a time.
func (p *pendingNotice) fail(problem string, now time.Time) {
	p.Problem = problem
	if p.First.IsZero() {
		p.First = now
	}
	p.Dead = now.Sub(p.First) >= giveUpAfter
}

// hasOther reports whether another message of a target could be sent now.
func (n *Notifier) hasOther(m *message, now time.Time) bool {
	return slices.ContainsFunc(n.ofTarget(m.target), func(p *pendingNotice) bool {
		return !slices.Contains(m.notices, p) && !p.Refused && !p.due().After(now)
	})
}

// suspend makes a target wait after a failure. Notices that wait behind the failed ones
// are given up as those are, a day after they should have been sent. It returns the
// notices that it changed, those of m included. The caller holds mu.
func (n *Notifier) suspend(m *message, o outcome, now time.Time) []*pendingNotice {
	t := n.target(m.target)
	t.failures++
	t.passing = false
	t.failed, t.asked = now, now.Add(o.wait)
	t.until = now.Add(max(backoff.Wait(t.failures, n.Chance()), o.wait))
	changed := slices.Clone(m.notices)
	for _, p := range n.ofTarget(m.target) {
		p.passed = false
		switch mine := slices.Contains(m.notices, p); {
		case mine:
			p.Next, p.Asked = t.until, t.asked
		case !p.Refused && !p.due().After(now):
			p.fail(o.problem, now)
			p.Next, p.Asked = t.until, t.asked
			changed = append(changed, p)
		}
	}
	return changed
}

// recordSent records that a message was sent, without those of its notices that were
// obsolete. If that fails, it stays in the queue until it can be recorded, and is sent
// again only after a kill.
func (n *Notifier) recordSent(ctx context.Context, m *message, obsolete []*pendingNotice, now time.Time) {
	err := n.storeSent(context.WithoutCancel(ctx), m, obsolete, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.Log.Error("record a sent notice", "notice", m.id, "err", err)
		for _, p := range m.notices {
			p.isSent, p.Next = true, now.Add(backoff.First)
		}
	} else {
		for _, p := range m.notices {
			delete(n.queue, p.ID)
		}
	}
	if len(obsolete) < len(m.notices) {
		n.recover(m.target, now)
	}
}

// recover notes that a target has accepted a message: what waits for it is sent now,
// oldest first. The caller holds mu.
func (n *Notifier) recover(target string, now time.Time) {
	t := n.target(target)
	*t = targetState{busy: t.busy}
	var changed []*pendingNotice
	for _, p := range n.ofTarget(target) {
		if !p.isSent && now.Sub(p.due()) > waitedLong {
			t.until = now.Add(drainPause)
		}
		switch {
		case p.passed: // so the notice is the problem, not the target
			p.passed, p.Refused = false, true
			p.Next = now.Add(backoff.Wait(p.Tries, n.Chance()))
		case p.Refused || p.isSent || p.Next.IsZero():
			continue
		default:
			p.Next = time.Time{}
		}
		changed = append(changed, p)
	}
	if len(changed) == 0 {
		return
	}
	if err := n.Store.Update(func(tx *store.Tx) error { return putDispatches(tx, changed) }); err != nil {
		n.Log.Error("record that a target is reached again", "target", target, "err", err)
	}
}

// storeSent files a record for notices of records; local notices it stores.
func (n *Notifier) storeSent(ctx context.Context, m *message, obsolete []*pendingNotice, now time.Time) error {
	var recorded []string
	for _, p := range m.notices {
		if p.Seq != 0 && !slices.Contains(obsolete, p) {
			recorded = append(recorded, p.ID)
		}
	}
	if len(recorded) > 0 {
		if err := n.File(ctx, news.Record{At: now, Sent: &news.Sent{Notices: recorded}}); err != nil {
			return err
		}
	}
	return n.Store.Update(func(tx *store.Tx) error {
		for _, p := range m.notices {
			if err := p.store(tx, slices.Contains(obsolete, p), now); err != nil {
				return err
			}
		}
		return nil
	})
}

// store stores that a notice was sent, or that it is obsolete.
func (p *pendingNotice) store(tx *store.Tx, obsolete bool, now time.Time) error {
	if obsolete {
		d := p.Dispatch
		d.Problem, d.Last, d.Dropped = obsoleteText, now, true
		if p.Cancelled {
			d.Problem = cancelledText
		}
		return tx.Dispatches.Put(&d)
	}
	if p.Seq == 0 {
		c := *p.Notice
		c.Sent = now
		if err := tx.Notices.PutLocal(&c); err != nil {
			return err
		}
	}
	return tx.Dispatches.Delete(p.ID)
}
