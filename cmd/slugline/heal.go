package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

type healCommand struct {
	Force bool `help:"Trust this machine's clock, although no source can be asked for the time."`
}

// Run puts back what a clock that was ahead has stamped.
func (c *healCommand) Run(s *shell) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	st, err := openStore(conf)
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("heal: nothing has changed, because the daemon or another command has %s open: stop the daemon (`systemctl stop slugline` where systemd runs it), run `slugline heal` again, and then start it", conf.Database)
	}
	if err != nil {
		return err
	}
	return errors.Join(c.heal(s, conf, st), st.Close())
}

func (c *healCommand) heal(s *shell, conf *config.Config, st *store.Store) error {
	now := &clock.Clock{Wall: s.wall}
	now.Open(time.Time{}, false)
	if err := c.confirm(s.ctx, conf, st, now); err != nil {
		return fmt.Errorf("heal: %w", err)
	}
	var before, after time.Time
	err := st.View(func(tx *store.Tx) error { before = tx.At(); return nil })
	if err == nil {
		err = fileHeal(s, st, now.Machine())
	}
	if err == nil {
		err = st.Update(func(tx *store.Tx) error { after = tx.At(); return healLocal(tx, conf, now.Machine()) })
	}
	if err != nil {
		return err
	}
	if !before.After(after) {
		s.printf("Nothing was ahead of the time, which is %s.\n", after.Format("2006-01-02 15:04 UTC"))
		return nil
	}
	s.printf("The newest record was of %s. What was stamped ahead is of %s now, in the same order; all ids are as they were.\n",
		before.Format("2006-01-02 15:04 UTC"), after.Format("2006-01-02 15:04 UTC"))
	return printExpired(s, st, after)
}

// printExpired says how many entries lost their text to sweeps of the time ahead.
func printExpired(s *shell, st *store.Store, now time.Time) error {
	n := 0
	err := st.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		return tx.Entries.Each(func(en *news.Entry) error {
			if en.TextDeleted && now.Sub(en.At) < rules.Keep {
				n++
			}
			return nil
		})
	})
	if err == nil && n > 0 {
		s.printf("%s lost the text early, because they were too old by the wrong time; headlines and links are there, and the text comes back if the source still lists them. A backup of the time before has it too.\n", choose(n, "1 entry", fmt.Sprintf("%d entries", n)))
	}
	return err
}

// confirm refuses a clock that no source confirms, because healing by a wrong clock would do
// more harm.
func (c *healCommand) confirm(ctx context.Context, conf *config.Config, st *store.Store, now *clock.Clock) error {
	if err := askSources(ctx, conf, st, now); err != nil {
		return err
	}
	switch {
	case now.Err() != nil:
		return now.Err()
	case !now.Believed() && !c.Force:
		return fmt.Errorf("no source could be asked whether it is %s; if that is right, use `slugline heal --force`", now.Machine().UTC().Format("2006-01-02 15:04 UTC"))
	}
	return nil
}

// fileHeal files the record that heals.
func fileHeal(s *shell, st *store.Store, now time.Time) error {
	if err := checkAlone(st); err != nil {
		return err
	}
	d, err := desk.Open(st, nil, s.log, nil)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	j := &journal.Journal{Commit: d.File, Store: st}
	if err = j.TakeOver(ctx, now); err == nil {
		err = j.File(ctx, news.Record{At: now, Heal: &news.Heal{}})
	}
	stop()
	return errors.Join(err, <-ended)
}

const (
	longestLease = 11 * 24 * time.Hour // of a subscription to our hub: more is of a wrong clock
	longestWait  = 8 * 24 * time.Hour  // until the next issue of a newsletter
)

// healLocal puts back the times of this node's own that would make it wait for years. The
// poller does so for its schedule.
func healLocal(tx *store.Tx, conf *config.Config, now time.Time) error {
	now = news.Instant(now)
	for _, step := range []func(*store.Tx, time.Time) error{healDispatches, healWindows, healSubscriptions, healPushes} {
		if err := step(tx, now); err != nil {
			return err
		}
	}
	for i := range conf.Newsletters {
		if err := healSchedule(tx, conf.Newsletters[i].Name, now); err != nil {
			return err
		}
	}
	return nil
}

// isAhead reports whether something that has happened is in the future.
func isAhead(t, now time.Time) bool { return t.Sub(now) > time.Hour }

func healDispatches(tx *store.Tx, now time.Time) error {
	all, err := tx.Dispatches.All()
	if err != nil {
		return err
	}
	for _, d := range all {
		if !isAhead(d.First, now) && !isAhead(d.Last, now) && d.Due.Sub(now) < longestWait {
			continue
		}
		d.First, d.Last, d.Next, d.Asked = now, now, now, time.Time{}
		if !d.Due.IsZero() {
			d.Due = now
		}
		if err := tx.Dispatches.Put(d); err != nil {
			return err
		}
	}
	return nil
}

func healWindows(tx *store.Tx, now time.Time) error {
	all, err := tx.AlertWindows.All()
	if err != nil {
		return err
	}
	for _, w := range all {
		if isAhead(w.Start, now) || w.Due.Sub(now) > longestWait {
			if err := tx.AlertWindows.Delete(w); err != nil {
				return err
			}
		}
	}
	return nil
}

func healSubscriptions(tx *store.Tx, now time.Time) error {
	all, err := tx.Subscriptions.All()
	if err != nil {
		return err
	}
	for _, sub := range all {
		if sub.Until.Sub(now) <= longestLease && !isAhead(sub.Failing, now) {
			continue
		}
		sub.Until, sub.Failing, sub.Next = now.Add(min(sub.Until.Sub(now), longestLease)), time.Time{}, time.Time{}
		if err := tx.Subscriptions.Put(sub); err != nil {
			return err
		}
	}
	return nil
}

// healPushes has hubs asked anew.
func healPushes(tx *store.Tx, now time.Time) error {
	all, err := tx.Pushes.All()
	if err != nil {
		return err
	}
	for _, p := range all {
		if !isAhead(p.Asked, now) && !isAhead(p.Last, now) && !isAhead(p.MissedAt, now) {
			continue
		}
		p.Asked, p.Next, p.Until, p.CheckedAt = now, now, now, now
		if isAhead(p.MissedAt, now) {
			p.MissedAt = now
		}
		if err := tx.Pushes.Put(p); err != nil {
			return err
		}
	}
	return nil
}

// healSchedule has the next issue computed anew.
func healSchedule(tx *store.Tx, newsletter string, now time.Time) error {
	s, err := tx.Schedules.Get(newsletter)
	if err != nil || s == nil || !isAhead(s.Last, now) && s.Next.Sub(now) < longestWait {
		return err
	}
	s.ScheduleHash, s.Next = "", now
	if isAhead(s.Last, now) {
		s.Last = now
	}
	return tx.Schedules.Put(s)
}
