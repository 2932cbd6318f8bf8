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
	maxInFlight = 64             // attempts
	maxTroubled = 32             // attempts at targets whose last one failed, so that these delay no others
)

// pendingNotice is a notice that is not sent yet, or not recorded as sent.
type pendingNotice struct {
	*news.Notice
	news.Dispatch
	planned bool // it is decided whether it is sent alone or in a digest
	isSent  bool // but the store does not have that yet
	passed  bool // a newer notice may be tried before it, until the target's next wait ends
}

// due returns when the notice may be sent, apart from its target's troubles. Notices of a
// target are sent in this order.
func (p *pendingNotice) due() time.Time {
	if p.Batch != "" {
		return p.Dispatch.Due
	}
	return news.Later(p.At, p.Notice.Due)
}

// load reads everything that is not sent yet. What was known before is forgotten, since another
// node may have sent it meanwhile, but for what was sent here and could not be recorded.
func (n *Notifier) load() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running, n.reread, n.seq = true, false, 0
	maps.DeleteFunc(n.queue, func(_ string, p *pendingNotice) bool { return !p.isSent })
	clear(n.targets)
	clear(n.windows)
	return n.Store.View(func(tx *store.Tx) error {
		if err := n.readClosed(tx); err != nil {
			return err
		}
		windows, err := tx.AlertWindows.All()
		if err != nil {
			return err
		}
		for _, w := range windows {
			n.windows[windowKey{w.Alert, w.Target}] = w
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
		if err := n.readNotices(tx); err != nil {
			return err
		}
		n.restoreTargets()
		return nil
	})
}

func (n *Notifier) readClosed(tx *store.Tx) error {
	closed, err := tx.ClosedTargets.All()
	for _, t := range n.targets {
		t.closed = ""
	}
	for _, c := range closed {
		n.target(c.Target).closed = c.Why
	}
	return err
}

// readChanges reads what other nodes have changed: notices about the sources that they visit,
// mails that ask for confirmation, and what editors send again. The caller holds mu.
func (n *Notifier) readChanges(tx *store.Tx) error {
	if !n.reread {
		return nil
	}
	local, err := tx.Notices.Local()
	if err != nil {
		return err
	}
	all, err := tx.Dispatches.All()
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Dead || d.Dropped || n.queue[d.Notice] != nil {
			continue
		}
		notice, err := tx.Notices.Get(d.Notice)
		if err != nil {
			return err
		}
		if notice != nil && notice.Seq != 0 && notice.Seq <= n.seq {
			local = append(local, notice)
		}
	}
	if err := errors.Join(n.enqueue(tx, local), n.readClosed(tx), n.readMails(tx)); err != nil {
		return err
	}
	n.reread = false
	return nil
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
		planned := d != nil
		if d == nil {
			d = &news.Dispatch{Notice: notice.ID}
		}
		if !d.Dead && !d.Dropped {
			n.queue[notice.ID] = &pendingNotice{Notice: notice, Dispatch: *d, planned: planned}
		}
	}
	return nil
}

// startDue starts what is due, within the bounds on attempts in flight, and returns how
// long to wait for the next.
func (n *Notifier) startDue(ctx context.Context, work *sync.WaitGroup) time.Duration {
	now := n.Now()
	wait := n.makeDueIssues(now)
	if n.Owns == nil {
		n.checkSources(now)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.Store.View(func(tx *store.Tx) error { return errors.Join(n.readChanges(tx), n.readNotices(tx)) }); err != nil {
		n.Log.Error("read notices", "err", err)
		return rereadEvery
	}
	if err := n.planDigests(now); err != nil {
		n.Log.Error("plan digests", "err", err)
	}
	wait = min(wait, n.startMailing(ctx, work, now))
	all := n.messages()
	for _, m := range all {
		n.probeEarly(m, now)
	}
	for _, m := range all {
		t, at := n.target(m.target), m.due()
		if t.until.After(at) {
			at = t.until
		}
		switch {
		case t.busy || !n.hasRoom(t) || m.passed(): // the end of an attempt wakes Run
		case n.isOpen(m.notices[0].Batch) && !at.After(now): // it could not be closed
			wait = min(wait, backoff.First)
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			n.dispatch(ctx, work, m)
		}
	}
	return max(wait, 0)
}

// hasRoom reports whether one more attempt at a target is within the bounds. The caller
// holds mu.
func (n *Notifier) hasRoom(t *targetState) bool {
	return n.inFlight < maxInFlight && (t.failures == 0 || n.troubled < maxTroubled)
}

// message is what one attempt sends to a target.
type message struct {
	id      string
	target  string
	notices []*pendingNotice // never empty, oldest first
}

// due returns when the message may be sent, apart from its target's troubles.
func (m *message) due() time.Time {
	if p := m.notices[0]; p.Refused || p.isSent {
		return news.Later(p.due(), p.Next)
	}
	return m.notices[0].due()
}

// passed reports whether newer messages may be tried before this one at present.
func (m *message) passed() bool { return m.notices[0].passed }

// messages returns what is pending, oldest first.
func (n *Notifier) messages() []*message {
	var all []*message
	batches := map[string]*message{}
	for _, p := range slices.SortedFunc(maps.Values(n.queue), comparePending) {
		m := batches[p.Batch]
		switch {
		case !p.planned:
			continue
		case p.Batch == "" || m == nil:
			m = &message{id: p.ID, target: p.Target}
			all = append(all, m)
			batches[p.Batch] = m
		default:
			m.id = p.Batch // so a digest of a single notice is that notice
		}
		m.notices = append(m.notices, p)
	}
	return all
}

// comparePending orders notices by when they are due, and then by age.
func comparePending(a, b *pendingNotice) int {
	if c := a.due().Compare(b.due()); c != 0 {
		return c
	}
	return compareNotices(a.Notice, b.Notice)
}

// compareNotices orders notices by when they were made and, if one record made them, by
// when their stories were published: at each target in the same order.
func compareNotices(a, b *news.Notice) int {
	return cmp.Or(a.At.Compare(b.At), a.Published.Compare(b.Published), cmp.Compare(a.Story, b.Story), cmp.Compare(a.ID, b.ID))
}

// dispatch makes an attempt in a goroutine, one at a time for each target. The caller
// holds mu.
func (n *Notifier) dispatch(ctx context.Context, work *sync.WaitGroup, m *message) {
	t := n.target(m.target)
	t.busy = true
	troubled := 0
	if t.failures > 0 {
		troubled = 1
	}
	n.inFlight++
	n.troubled += troubled
	why := t.closed
	work.Go(func() {
		var o outcome
		switch {
		case m.notices[0].isSent:
		case why != "":
			o = outcome{err: errClosed, problem: why, permanent: true}
		default:
			if err := n.Settle(ctx); err != nil {
				o = failed(err)
			} else {
				o = n.attempt(ctx, m)
			}
		}
		n.recordOutcome(ctx, m, o)
		_ = n.Settle(ctx) // unless the target is free before others know what was sent
		n.mu.Lock()
		t.busy = false
		n.inFlight--
		n.troubled -= troubled
		n.mu.Unlock()
		retry.Wake(n.wake)
	})
}
