package main

import (
	"context"
	"time"
)

// rewriteOldRows gives the rows of earlier releases the form of this one, in steps between
// which others write. It ends when that is done or ctx ends.
func (d *daemon) rewriteOldRows(ctx context.Context) error {
	rows, _ := d.store.OldRows()
	if rows == 0 {
		return nil
	}
	d.log.Info("rows of an earlier release are rewritten from now on", "rows", rows)
	began := time.Now()
	err := d.store.Rewrite(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.log.Error("rewriting rows of an earlier release ended; it begins again at the next start", "err", err)
	default:
		d.log.Info("all rows of an earlier release are rewritten; new ones use their space, and `slugline compact` returns it", "rows", rows, "took", time.Since(began).Round(time.Second))
	}
	return nil
}

func (d *daemon) oldRows() float64 {
	left, _ := d.store.OldRows()
	return float64(left)
}
