package store

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Notices is the table of notices. Those that records made are the same on every node;
// local ones are about the troubles that this node has with sources.
type Notices struct{ *rows }

// Get returns the notice with an id, local ones included.
func (t Notices) Get(id string) (*news.Notice, error) {
	p, err := t.get(noticeSeqs, []byte(id))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return getJSON[news.Notice](t.rows, localNotices, []byte(id))
	}
	return getJSON[news.Notice](t.rows, notices, seqKey(readSeq(p), id))
}

// Exists reports whether a record made the notice with an id and it is not deleted yet.
func (t Notices) Exists(id string) bool {
	p, err := t.get(noticeSeqs, []byte(id))
	t.setErr(err)
	return p != nil
}

// Put stores a notice that a record made, under its Seq and ID.
func (t Notices) Put(n *news.Notice) error {
	if err := t.put(noticeSeqs, []byte(n.ID), seqBytes(n.Seq)); err != nil {
		return err
	}
	return t.putJSON(notices, seqKey(n.Seq, n.ID), n)
}

// After returns the notices of the records after a Seq, oldest first.
func (t Notices) After(seq uint64) ([]*news.Notice, error) {
	var all []*news.Notice
	err := t.ascend(notices, nil, seqBytes(seq+1), func(k, p []byte) (bool, error) {
		n, err := decodeRow[news.Notice](notices, k, p)
		all = append(all, n)
		return true, err
	})
	return all, err
}

// Latest returns up to n notices of the records before a Seq, newest first; 0 means from
// the newest on.
func (t Notices) Latest(before uint64, n int) ([]*news.Notice, error) {
	if before == 0 {
		before = 1<<64 - 1
	}
	var all []*news.Notice
	err := t.descend(notices, nil, seqBytes(before), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		notice, err := decodeRow[news.Notice](notices, k, p)
		all = append(all, notice)
		return true, err
	})
	return all, err
}

// DeleteBefore deletes up to n notices with an At before a time, oldest first. Records can
// make them again.
func (t Notices) DeleteBefore(before time.Time, n int) error {
	deleted, _, err := t.deleteWhile(notices, n, func(k, p []byte) (bool, error) {
		old, err := decodeRow[news.Notice](notices, k, p)
		return err == nil && old.At.Before(before), err
	})
	for i := 0; err == nil && i < len(deleted); i++ {
		err = t.delete(noticeSeqs, deleted[i][8:])
	}
	return err
}

// Local returns all local notices.
func (t Notices) Local() ([]*news.Notice, error) {
	return allJSON[news.Notice](t.rows, localNotices, nil)
}

// PutLocal stores a local notice under its ID.
func (t Notices) PutLocal(n *news.Notice) error { return t.putJSON(localNotices, []byte(n.ID), n) }

// DeleteLocal deletes a local notice.
func (t Notices) DeleteLocal(id string) error { return t.delete(localNotices, []byte(id)) }

// Dispatches is the table of attempts to send notices.
type Dispatches struct{ *rows }

// Get returns the attempts to send the notice with an id.
func (t Dispatches) Get(notice string) (*news.Dispatch, error) {
	return getJSON[news.Dispatch](t.rows, dispatches, []byte(notice))
}

// All returns all dispatches.
func (t Dispatches) All() ([]*news.Dispatch, error) {
	return allJSON[news.Dispatch](t.rows, dispatches, nil)
}

// Any reports whether there is a dispatch.
func (t Dispatches) Any() (found bool, err error) {
	err = t.ascend(dispatches, nil, nil, func(_, _ []byte) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// Put stores a dispatch under its Notice.
func (t Dispatches) Put(d *news.Dispatch) error {
	return t.putJSON(dispatches, []byte(d.Notice), d)
}

// Delete deletes the dispatch of the notice with an id.
func (t Dispatches) Delete(notice string) error { return t.delete(dispatches, []byte(notice)) }

// ClosedTargets is the table of targets that refuse notices.
type ClosedTargets struct{ *rows }

// All returns all closed targets.
func (t ClosedTargets) All() ([]*news.ClosedTarget, error) {
	return allJSON[news.ClosedTarget](t.rows, closedTargets, nil)
}

// Put stores a closed target under its Target.
func (t ClosedTargets) Put(c *news.ClosedTarget) error {
	return t.putJSON(closedTargets, []byte(c.Target), c)
}

// Delete opens a target again.
func (t ClosedTargets) Delete(target string) error { return t.delete(closedTargets, []byte(target)) }

// AlertWindows is the table of what alerts with a digest or a limit have sent lately.
type AlertWindows struct{ *rows }

// All returns all windows, by alert and target.
func (t AlertWindows) All() ([]*news.AlertWindow, error) {
	return allJSON[news.AlertWindow](t.rows, alertWindows, nil)
}

// Put stores a window under its Alert and Target.
func (t AlertWindows) Put(w *news.AlertWindow) error {
	return t.putJSON(alertWindows, alertWindowKey(w.Alert, w.Target), w)
}

// Delete deletes a window.
func (t AlertWindows) Delete(w *news.AlertWindow) error {
	return t.delete(alertWindows, alertWindowKey(w.Alert, w.Target))
}

// Troubles is the table of the current problems of sources.
type Troubles struct{ *rows }

// All returns all troubles, by kind and source.
func (t Troubles) All() ([]*news.Trouble, error) {
	return allJSON[news.Trouble](t.rows, troubles, nil)
}

// Put stores a trouble under its When and Source.
func (t Troubles) Put(trouble *news.Trouble) error {
	return t.putJSON(troubles, troubleKey(string(trouble.When), trouble.Source), trouble)
}

// Delete deletes a trouble that is over.
func (t Troubles) Delete(when news.When, source string) error {
	return t.delete(troubles, troubleKey(string(when), source))
}
