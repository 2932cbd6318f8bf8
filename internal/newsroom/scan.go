package newsroom

import (
	"context"

	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// scan runs read in a transaction when it is this request's turn. Reads that examine
// thousands of stories take turns, so that they delay nothing else.
func (d *Desk) scan(ctx context.Context, read func(*store.Tx) error) error {
	if err := d.scans.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.scans.Release(1)
	return d.Store.ViewContext(ctx, read)
}

// takeTurn waits until this request may read a list of n stories, and returns how to end its
// turn. Lists of more than a page of the wire are read one after the other: together they
// would leave no processor time to those who open one.
func (d *Desk) takeTurn(ctx context.Context, n int) (end func(), err error) {
	if n <= view.WireLines {
		return func() {}, nil
	}
	if err := d.longLists.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { d.longLists.Release(1) }, nil
}

// quickReads is how many reads of a WireReader are no scan: enough for a page of a filter
// that most stories satisfy.
const quickReads = 2

// readWire reads a page of the wire. first may be nil; it is called in the first
// transaction.
func (d *Desk) readWire(ctx context.Context, query, before string, n int, first func(*store.Tx) error) (*view.Wire, error) {
	endTurn, err := d.takeTurn(ctx, n)
	if err != nil {
		return nil, err
	}
	defer endTurn()
	limited, end := d.limitQuery(ctx)
	defer end()
	var r *view.WireReader
	err = d.readFirst(ctx, query, func(tx *store.Tx) error {
		if first != nil {
			if err := first(tx); err != nil {
				return err
			}
		}
		f, _, err := d.filterIn(ctx, tx, query)
		if err != nil {
			return err
		}
		r, err = view.NewWireReader(tx, f, before, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	matches, done, err := d.matchesOf(ctx, r.Filter)
	if err != nil {
		return nil, err
	}
	defer done()
	var matched *view.MatchedWire
	err = d.readBatches(ctx, limited, query, func(*store.Tx) (batchReader, error) {
		if matches == nil || r.Filter.IsEmpty() {
			return r, nil
		}
		if m := view.NewMatchedWire(matches, r.Filter, r.Before(), n); m.CanRead() {
			matched = m
			return m, nil
		}
		return r, nil
	})
	if err != nil {
		return nil, err
	}
	if matched != nil {
		return matched.Wire, nil
	}
	return r.Wire, nil
}

// readFirst runs read in a transaction. Requests with a query take turns here, too, but do
// not wait for those that scan.
func (d *Desk) readFirst(ctx context.Context, query string, read func(*store.Tx) error) error {
	if query != "" {
		if err := d.filters.Acquire(ctx, 1); err != nil {
			return err
		}
		defer d.filters.Release(1)
	}
	return d.Store.ViewContext(ctx, read)
}

// batchReader is what view reads in several transactions.
type batchReader interface {
	Read(ctx context.Context, tx *store.Tx) (more bool, err error)
}

// readRest reads what quick reads did not find, each time in another transaction, until
// the processor time of limited is used up.
func (d *Desk) readRest(ctx, limited context.Context, r batchReader, more bool) error {
	if !more {
		return nil
	}
	if err := d.scans.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.scans.Release(1)
	for more {
		err := d.Store.ViewContext(ctx, func(tx *store.Tx) (err error) {
			more, err = r.Read(limited, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
