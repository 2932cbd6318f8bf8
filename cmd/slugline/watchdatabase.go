package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/slugline/slugline/internal/store"
)

const (
	databaseLooks = time.Second     // the wait between two looks whether the database is in its place
	recoverEvery  = 5 * time.Second // the wait between two tries whether a disk can be written again
)

var errRefused = errors.New("the disk refused a commit, but has recovered since")

// watchDatabase logs when nothing can be stored, tries whether it can be again, and resumes
// visits then. It runs until ctx ends, or until another program has written into the file:
// the error then wraps store.ErrDamaged.
func (d *daemon) watchDatabase(ctx context.Context) error {
	look := time.NewTicker(databaseLooks)
	defer look.Stop()
	ready, tried, refused := true, time.Now(), d.store.Refused()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		err := d.store.Ready()
		if errors.Is(err, store.ErrDamaged) {
			return err
		}
		if err != nil && !ready && time.Since(tried) >= recoverEvery {
			err, tried = d.store.Recover(), time.Now()
		}
		if n := d.store.Refused(); n != refused || err != nil {
			if ready {
				d.log.Error("nothing can be stored; what is published stays available", "err", cmp.Or(err, errRefused))
				tried = time.Now()
			}
			ready, refused = false, n
		}
		if err == nil && !ready {
			d.log.Info("the database can be written again")
			d.outage.end()
			ready = true
			d.visits.Resume()
		}
	}
}
