package main

import (
	"context"
	"time"
)

// rulesFiled logs which stories the topics gained and lost by rules that were filed just now, or
// that their review goes on; see review.
func (d *daemon) rulesFiled() error {
	r, err := d.journal.Reviewed()
	if err != nil || r == nil {
		return err
	}
	if !r.Done {
		d.log.Info("the rules are in force; earlier stories enter and leave topics little by little", "topics", r.Topics)
		return nil
	}
	return d.logDifferences()
}

func (d *daemon) logDifferences() error {
	lines, err := d.journal.Differences()
	for _, line := range lines {
		d.log.Info("rules changed", "what", line)
	}
	return err
}

// reviewLook is the time between looks whether stories are to be reviewed.
const reviewLook = time.Second

// review has all stories reviewed by rules that changed, until ctx ends. A review that was not
// done when the program ended goes on.
func (d *daemon) review(ctx context.Context) error {
	for ; ctx.Err() == nil; pauseFor(ctx, reviewLook) {
		began := time.Now()
		steps, err := d.journal.Review(ctx, d.clock.Now())
		if err == nil && steps > 0 {
			d.log.Info("all stories are in their topics by the rules in force", "took", time.Since(began).Round(time.Second))
			err = d.logDifferences()
		}
		if err != nil && ctx.Err() == nil {
			d.log.Error("earlier stories are not in their topics by the rules in force yet, will retry", "err", err)
			pauseFor(ctx, reviewRetry)
		}
	}
	return nil
}

// reviewRetry is the wait after records could not be filed.
const reviewRetry = 10 * time.Second
