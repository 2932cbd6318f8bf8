package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/store"
)

// openClock returns this machine's clock, compared with the newest record of a database. wall
// is nil but in tests.
func openClock(st *store.Store, wall func() time.Time, log *slog.Logger) (*clock.Clock, error) {
	c := &clock.Clock{Wall: wall, Log: log}
	err := st.View(func(tx *store.Tx) error {
		newest, err := tx.Stories.Latest(1, nil)
		c.Open(tx.At(), len(newest) > 0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the newest record: %w", err)
	}
	return c, nil
}

// followClock wakes those who wait for a time of day when the clock begins to be believed: it
// may have jumped since.
func (d *daemon) followClock(ctx context.Context) error {
	for {
		select {
		case <-d.clock.Changed():
			d.notices.Wake()
		case <-ctx.Done():
			return nil
		}
	}
}

// clockOK returns 1 while the clock is believed, else 0.
func (d *daemon) clockOK() float64 {
	if d.clock.Believed() {
		return 1
	}
	return 0
}
