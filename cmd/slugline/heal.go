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
		s.printf("No record was ahead of the time, which is %s. Mails, notices and mutes that were have been put back.\n", after.Format("2006-01-02 15:04 UTC"))
		return nil
	}
	s.printf("The newest record was of %s. What was stamped ahead is of %s now, in the same order; all ids are as they were.\n",
		before.Format("2006-01-02 15:04 UTC"), after.Format("2006-01-02 15:04 UTC"))
	return errors.Join(printExpired(s, st, after), printForgotten(s, st, after))
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

// printForgotten says how many entries were deleted by sweeps of the time ahead, with the keys by
// which they would be recognized.
func printForgotten(s *shell, st *store.Store, now time.Time) error {
	forgotten := map[string]bool{} // ids; several stories may have a take of an entry
	err := st.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(story *news.Story) error {
			for i := range story.Takes {
				t := &story.Takes[i]
				if now.Sub(t.At) >= desk.KeysKept || forgotten[t.Entry] {
					continue
				}
				en, err := tx.Entries.GetAt(t.Seq, t.Entry)
				if err != nil {
					return err
				}
				if en == nil {
					forgotten[t.Entry] = true
				}
			}
			return nil
		})
	})
	if n := len(forgotten); err == nil && n > 0 {
		s.printf("%s, because by the wrong time the source had not listed them for %d days: if it lists them again, they are published again. A backup of the time before knows them.\n",
			choose(n, "1 entry was forgotten", fmt.Sprintf("%d entries were forgotten", n)), int(desk.KeysKept.Hours()/24))
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
