package notify

import (
	"errors"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotGivenUp is returned by Resend and Discard for a notice that was not given up.
var ErrNotGivenUp = errors.New("no such notice was given up")

// Resend sends a notice again that was given up, with all of its digest, and reopens its
// target. It returns ErrNotGivenUp for any other notice.
func (n *Notifier) Resend(id string) error {
	n.ready()
	n.mu.Lock()
	defer n.mu.Unlock()
	var revived []*pendingNotice
	err := n.Store.Update(func(tx *store.Tx) (err error) {
		revived, err = revive(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	t := n.target(revived[0].Target)
	*t = targetState{busy: t.busy}
	for _, p := range revived {
		n.queue[p.ID] = p
	}
	retry.Wake(n.wake)
	return nil
}

// revive makes a notice that was given up pending again, and the others of its digest.
func revive(tx *store.Tx, id string) (revived []*pendingNotice, err error) {
	dead, err := givenUpWith(tx, id)
	if err != nil {
		return nil, err
	}
	for _, d := range dead {
		notice, err := tx.Notices.Get(d.Notice)
		if err != nil {
			return nil, err
		}
		if notice == nil {
			continue
		}
		p := &pendingNotice{Notice: notice, Dispatch: news.Dispatch{Notice: d.Notice, Batch: d.Batch, Due: d.Due}, planned: true}
		if err := errors.Join(tx.ClosedTargets.Delete(notice.Target), tx.Dispatches.Put(&p.Dispatch)); err != nil {
			return nil, err
		}
		revived = append(revived, p)
	}
	if len(revived) == 0 {
		return nil, ErrNotGivenUp
	}
	return revived, nil
}

// givenUpWith returns the notice with an id and the others of its digest, as far as they
// were given up.
func givenUpWith(tx *store.Tx, id string) ([]*news.Dispatch, error) {
	one, err := tx.Dispatches.Get(id)
	switch {
	case err != nil:
		return nil, err
	case one == nil || !one.Dead:
		return nil, ErrNotGivenUp
	case one.Batch == "":
		return []*news.Dispatch{one}, nil
	}
	all, err := tx.Dispatches.All()
	return slices.DeleteFunc(all, func(d *news.Dispatch) bool { return d.Batch != one.Batch || !d.Dead }), err
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
