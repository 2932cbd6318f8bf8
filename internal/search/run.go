package search

import (
	"cmp"
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/search/posting"
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
		x.logOutage(err, wait)
		if errors.Is(err, posting.ErrDamaged) {
			x.delete()
		}
		if x.pause(ctx, wait) {
			wait = 0
			continue
		}
		wait = min(max(2*wait, firstWait), maxWait)
	}
}

// logOutage logs that there is no index, and when the next attempt is if it is not at once.
func (x *Index) logOutage(err error, wait time.Duration) {
	x.failed = true
	if wait == 0 {
		x.log("search is not available", err)
		return
	}
	x.log("search is not available", err, "again_in", wait)
}

// logRecovery logs that search is back, if it was away.
func (x *Index) logRecovery() {
	if x.failed {
		x.log("search is available again", nil)
	}
	x.failed = false
}

// pause waits, but no longer than until the store can be written again or ctx ends. An
// index on the same disk can be, too, then. again reports whether the store was the reason.
func (x *Index) pause(ctx context.Context, wait time.Duration) (again bool) {
	end := time.NewTimer(wait)
	defer end.Stop()
	look := time.NewTicker(cmp.Or(x.Every, time.Second))
	defer look.Stop()
	for ready := true; ; {
		was := ready
		if ready = x.Store.Ready() == nil; ready && !was {
			return true
		}
		select {
		case <-end.C:
			return false
		case <-look.C:
		case <-ctx.Done():
			return false
		}
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
	h, st, err := x.open()
	if err != nil {
		return false, err
	}
	if err = h.Check(ctx); err == nil {
		caughtUp, err = x.run(ctx, h, &st)
	}
	x.setHandle(nil)
	return caughtUp, errors.Join(err, h.Close())
}

// run builds an index if it is not built, and follows the store.
func (x *Index) run(ctx context.Context, h *handle, st *indexState) (caughtUp bool, err error) {
	if !st.Built {
		x.setProgress(time.Time{})
	}
	x.setHandle(h)
	if !st.Built {
		if err := x.build(ctx, h, st); err != nil {
			return false, err
		}
	}
	return x.follow(ctx, h, st)
}

// follow indexes what is committed until the index fails or ctx ends.
func (x *Index) follow(ctx context.Context, h *handle, st *indexState) (caughtUp bool, err error) {
	for {
		for more := true; more; {
			if more, err = x.catchUp(ctx, h, st); err != nil {
				return caughtUp, err
			}
			if err := ctx.Err(); err != nil {
				return caughtUp, err
			}
		}
		caughtUp = true
		x.logRecovery()
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
			if err := h.save(); err != nil {
				return err
			}
		}
	}
}

// isRefusal reports whether the system refused to open files. That says nothing about the
// index in them.
func isRefusal(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EACCES, syscall.EPERM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// open opens the index in Dir, or a new one when there is none of this store. While the
// store can't be written, or is gone with its folder, no index is made.
func (x *Index) open() (*handle, indexState, error) {
	if err := x.Store.Ready(); err != nil {
		return nil, indexState{}, err
	}
	h, err := openHandle(x.Dir)
	if err != nil && isRefusal(err) {
		return nil, indexState{}, err
	}
	if err != nil {
		x.log("search index is rebuilt", err)
		x.delete()
		h, err = openHandle(x.Dir)
	}
	if err != nil {
		return nil, indexState{}, err
	}
	st, belongs, err := x.stateOf(h)
	switch {
	case err != nil:
		return nil, st, errors.Join(err, h.Close())
	case belongs:
		return h, st, nil
	}
	if err := h.Close(); err != nil {
		return nil, st, err
	}
	x.delete()
	if h, err = openHandle(x.Dir); err != nil {
		return nil, st, err
	}
	if st, err = x.start(h); err != nil {
		return nil, st, errors.Join(err, h.Close())
	}
	return h, st, nil
}

// stateOf reads the state of an index, and whether it was built from this store.
func (x *Index) stateOf(h *handle) (st indexState, belongs bool, err error) {
	r, err := h.Reader(context.Background())
	if err != nil {
		return st, false, err
	}
	defer r.Close()
	if st, err = stateOf(r); err != nil {
		return st, false, err
	}
	err = x.Store.View(func(tx *store.Tx) error {
		belongs = belongsTo(tx, st)
		return nil
	})
	return st, belongs, err
}

// start sets the state of an empty index.
func (x *Index) start(h *handle) (st indexState, err error) {
	var langs map[string]string
	err = x.Store.View(func(tx *store.Tx) error {
		st, langs, err = initialState(tx)
		return err
	})
	if err != nil {
		return st, err
	}
	b := &posting.Batch{}
	if err := errors.Join(putState(b, st), putLanguages(b, langs)); err != nil {
		return st, err
	}
	return st, h.Apply(b)
}
