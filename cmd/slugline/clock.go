package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
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

// maxAsked is how many hosts are asked for the time.
const maxAsked = 3

// askSources asks sources for the time, and gives the clock's verdict. It is no visit: what
// they answer is not filed. st may be nil.
func askSources(ctx context.Context, conf *config.Config, st *store.Store, now *clock.Clock) error {
	client, err := newClient(conf)
	if err != nil {
		return err
	}
	defer client.Close()
	asked := map[string]bool{}
	for i := range conf.Sources {
		src := &conf.Sources[i]
		host := fetch.Domain(src.Address)
		if src.Paused || asked[host] || len(asked) == maxAsked {
			continue
		}
		asked[host] = true
		if err := askTime(ctx, client, src, st, now); err != nil {
			return err
		}
	}
	now.Decide(true)
	return nil
}

// askTime makes a request for a source, which is conditional where its validators are known,
// and tells the clock what its server says.
func askTime(ctx context.Context, client *fetch.Client, src *news.SourceConfig, st *store.Store, now *clock.Clock) error {
	r := fetch.Request{
		URL: src.Address, Header: src.Header, UserAgent: src.UserAgent, Authority: src.Authority, Timeout: src.Timeout,
		Told: func(url string, from, until time.Time) {
			now.Heard(clock.Witness{Host: fetch.Domain(url), Near: client.IsAllowListed(url), From: from, Until: until})
		},
	}
	if st != nil {
		err := st.View(func(tx *store.Tx) error {
			all, err := tx.Visits.All()
			for _, v := range all {
				if v.Address == src.Address {
					r.Validators = v.Validators
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	res, err := client.Get(ctx, r, now.Machine())
	if err == nil {
		res.Release()
	}
	return ctx.Err()
}

// followClock wakes those who wait for a time of day when the clock begins to be believed: it
// may have jumped since they looked.
func (d *daemon) followClock(ctx context.Context) error {
	d.clock.Follow(ctx, d.notices.Wake)
	return nil
}

// clockOK returns 1 while the clock is believed, else 0.
func (d *daemon) clockOK() float64 {
	if d.clock.Believed() {
		return 1
	}
	return 0
}
