package main

import (
	"context"
	"time"
)

const (
	checkAfter = time.Minute    // from the start to the first check of the database
	checkEvery = 24 * time.Hour // between two checks
	checkSpeed = 32 << 20       // bytes that a check reads a second
)

// checkDatabase reads the whole database once a day and logs the first damage, which
// readyz and the wire show from then on. It runs until ctx ends.
func (d *daemon) checkDatabase(ctx context.Context) error {
	for wait := checkAfter; ; wait = checkEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		if err := d.store.Check(ctx, checkSpeed); err != nil && ctx.Err() == nil {
			d.log.Error("check of the database failed", "err", err)
		}
	}
}
