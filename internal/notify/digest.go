package notify

import (
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxBatch is how many notices one message has at most. What is more is another one.
const maxBatch = 1000

type windowKey struct{ alert, target string }

// planDigests decides for each notice that came whether it is sent alone or in a digest.
// That is stored before anything of it is sent, so the same notices are always sent
// under one id. A digest that is due is closed: nothing joins it any more. The caller
// holds mu.
func (n *Notifier) planDigests(now time.Time) error {
	p := planner{set: n.Settings(), windows: map[windowKey]*news.AlertWindow{}, old: n.windows}
	for _, q := range n.unplanned() {
		p.plan(q)
	}
	p.closeDue(now)
	if len(p.windows) == 0 {
		return nil
	}
	if err := n.Store.Update(p.store); err != nil {
		return err
	}
	maps.Copy(n.windows, p.windows)
	for _, q := range p.planned {
		q.to.Dispatch, q.to.planned = q.Dispatch, true
	}
	return nil
}

// unplanned returns the notices that came since the last plan, oldest first. Those whose
// alerts have neither a digest nor a limit need no plan. The caller holds mu.
func (n *Notifier) unplanned() (all []*pendingNotice) {
	set := n.Settings()
	for _, p := range n.queue {
		if p.planned {
			continue
		}
		if set.pacing(p.Alerts) == nil {
			p.planned = true
			continue
		}
		all = append(all, p)
	}
	slices.SortFunc(all, comparePending)
	return all
}

// pacing returns the alert whose digest and limit apply to a notice: of those that rang
// together the one with the shortest digest. It returns nil if one of them has neither.
func (s *Settings) pacing(names []string) (pace *news.Alert) {
	for _, name := range names {
		i := slices.IndexFunc(s.Alerts, func(a news.Alert) bool { return a.Name == name })
		if i < 0 || s.Alerts[i].Digest == 0 && s.Alerts[i].Limit.Messages == 0 {
			return nil
		}
		if a := &s.Alerts[i]; pace == nil || a.Digest < pace.Digest {
			pace = a
		}
	}
	return pace
}

// planner plans a group of notices. It changes copies of the windows.
type planner struct {
	set     *Settings
	old     map[windowKey]*news.AlertWindow
	windows map[windowKey]*news.AlertWindow // those that changed
	planned []plannedNotice
}

type plannedNotice struct {
	news.Dispatch
	to *pendingNotice
}

// window returns a window to read.
func (p *planner) window(key windowKey) *news.AlertWindow {
	if w := p.windows[key]; w != nil {
		return w
	}
	if w := p.old[key]; w != nil {
		return w
	}
	return &news.AlertWindow{Alert: key.alert, Target: key.target}
}

// changed returns a window to change.
func (p *planner) changed(key windowKey) *news.AlertWindow {
	if p.windows[key] == nil {
		c := *p.window(key)
		p.windows[key] = &c
	}
	return p.windows[key]
}

// plan decides how a notice is sent.
func (p *planner) plan(q *pendingNotice) {
	alert := p.set.pacing(q.Alerts)
	w := p.changed(windowKey{alert.Name, q.Target})
	at := q.due()
	d := news.Dispatch{Notice: q.ID}
	switch collects := w.Batch != "" && !at.After(w.Due); {
	case collects && w.Notices < maxBatch:
		d.Batch, d.Due = w.Batch, w.Due
		w.Notices++
	case collects:
		p.open(w, alert, &d, w.Due)
	case !q.Notice.Due.IsZero():
		p.open(w, alert, &d, q.Notice.Due)
	case alert.Digest > 0:
		p.open(w, alert, &d, at.Add(alert.Digest))
	case isFull(w, alert.Limit, at):
		p.open(w, alert, &d, at)
	default:
		count(w, alert.Limit, at)
	}
	p.planned = append(p.planned, plannedNotice{d, q})
}

// closeDue closes the messages that are due.
func (p *planner) closeDue(now time.Time) {
	for key := range p.old {
		if w := p.window(key); w.Batch != "" && !w.Due.After(now) {
			p.changed(key).Batch = ""
		}
	}
	for _, w := range p.windows {
		if !w.Due.After(now) {
			w.Batch = ""
		}
	}
}

// open begins a message that collects notices. It is sent at a time, or as soon after
// that as the limit and the quiet hours of the alert allow.
func (p *planner) open(w *news.AlertWindow, alert *news.Alert, d *news.Dispatch, due time.Time) {
	if isFull(w, alert.Limit, due) {
		due = w.Start.Add(alert.Limit.Per)
	}
	if zone, err := time.LoadLocation(p.set.Site.Zone); err == nil {
		due = news.Later(due, alert.Due(due, zone))
	}
	count(w, alert.Limit, due)
	w.Batch, w.Due, w.Notices = news.DigestID(d.Notice), due, 1
	d.Batch, d.Due = w.Batch, due
}

// isFull reports whether a limit allows no further message at a time.
func isFull(w *news.AlertWindow, limit news.Limit, at time.Time) bool {
	return limit.Messages > 0 && at.Before(w.Start.Add(limit.Per)) && w.Messages >= limit.Messages
}

// count counts a message of a time.
func count(w *news.AlertWindow, limit news.Limit, at time.Time) {
	if !at.Before(w.Start.Add(limit.Per)) {
		w.Start, w.Messages = at, 0
	}
	w.Messages++
}

// store stores the plan.
func (p *planner) store(tx *store.Tx) error {
	for _, w := range p.windows {
		if err := tx.AlertWindows.Put(w); err != nil {
			return err
		}
	}
	for _, q := range p.planned {
		if err := tx.Dispatches.Put(&q.Dispatch); err != nil {
			return err
		}
	}
	return nil
}

// isOpen reports whether notices may still join a message. The caller holds mu.
func (n *Notifier) isOpen(batch string) bool {
	for _, w := range n.windows {
		if batch != "" && w.Batch == batch {
			return true
		}
	}
	return false
}

// deleteOldWindows deletes the windows that bear on nothing any more.
func deleteOldWindows(tx *store.Tx, now time.Time) error {
	all, err := tx.AlertWindows.All()
	for i := 0; err == nil && i < len(all); i++ {
		w := all[i]
		if w.Batch == "" && now.Sub(w.Start) > localNoticesKept {
			err = tx.AlertWindows.Delete(w)
		}
	}
	return err
}
