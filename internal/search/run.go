package search

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"github.com/slugline/slugline/internal/store"
)

const (
	firstWait = time.Minute      // before the second attempt; each later wait is twice as long
	maxWait   = 30 * time.Minute // between two attempts
)

// Run opens the index and indexes what is committed, until ctx ends. It rebuilds an
// index that is missing, damaged or of another store. It owns the folder Dir. Problems
// of the index are logged and tried again; they stop nothing else.
func (x *Index) Run(ctx context.Context) error {
	for wait := time.Duration(0); ; {
		caughtUp, err := x.serve(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if caughtUp {
			wait = 0
		}
		x.setProblem(err)
		x.log("search is not available", err, "again_in", wait)
		if errors.Is(err, errDamaged) {
			x.delete()
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		wait = min(max(2*wait, firstWait), maxWait)
	}
}

// delete removes the index from the disk. If that fails, opening it fails too.
func (x *Index) delete() {
	if err := os.RemoveAll(x.Dir); err != nil {
		x.log("delete search index", err)
	}
}

// serve opens one index and follows the store until the index fails or ctx ends.
// caughtUp reports whether the index had everything at some time.
func (x *Index) serve(ctx context.Context) (caughtUp bool, err error) {
	if err := check(ctx, x.Dir); err != nil {
		return false, err
	}
	h, st, err := x.open()
	if err != nil {
		return false, err
	}
	if !st.Built {
		x.setProgress(time.Time{})
		x.setHandle(h)
		err = x.build(ctx, h, &st)
		x.setHandle(nil)
		if err = errors.Join(err, h.close()); err != nil {
			return false, err
		}
		if h, err = openHandle(x.Dir, true); err != nil {
			return false, err
		}
	}
	x.setHandle(h)
	caughtUp, err = x.follow(ctx, h, &st)
	x.setHandle(nil)
	return caughtUp, errors.Join(err, h.close())
}

// follow indexes what is committed until the index fails or ctx ends.
func (x *Index) follow(ctx context.Context, h *handle, st *indexState) (caughtUp bool, err error) {
	for {
		for more := true; more; {
			if more, err = x.catchUp(ctx, h, st); err != nil {
				return caughtUp, err
			}
		}
		caughtUp = true
		x.setCaughtUp(st.Seq)
		if err := x.wait(ctx, h, st.Seq); err != nil {
			return caughtUp, err
		}
	}
}

// wait returns when the store has records after seq.
func (x *Index) wait(ctx context.Context, h *handle, seq uint64) error {
	tick := time.NewTicker(cmp.Or(x.Every, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.broken:
			return h.cause
		case <-tick.C:
			if x.Store.Seq() != seq {
				return nil
			}
		}
	}
}

// open opens the index in Dir, or a new one when there is none of this store. An index
// that is still to be built is written without delay.
func (x *Index) open() (*handle, indexState, error) {
	h, err := openHandle(x.Dir, true)
	if err != nil {
		x.log("search index is rebuilt", err)
		x.delete()
		h, err = openHandle(x.Dir, true)
	}
	if err != nil {
		return nil, indexState{}, err
	}
	st, err := h.state()
	if err != nil {
		return nil, st, errors.Join(err, h.close())
	}
	var belongs bool
	var initial indexState
	err = x.Store.View(func(tx *store.Tx) error {
		belongs = belongsTo(tx, st)
		initial = initialState(tx)
		return nil
	})
	switch {
	case err != nil:
		return nil, st, errors.Join(err, h.close())
	case belongs && st.Built:
		return h, st, nil
	}
	if err := h.close(); err != nil {
		return nil, st, err
	}
	if !belongs {
		x.delete()
		st = initial
	}
	h, err = openHandle(x.Dir, false)
	return h, st, err
}
