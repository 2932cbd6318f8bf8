package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

const (
	maxHorizonStep = 24 * time.Hour      // the horizon moves no further in one sweep, whatever the clock says
	changesKept    = 7 * 24 * time.Hour  // how far Last-Event-ID reaches back
	noticesKept    = 30 * 24 * time.Hour // how long notices are listed
	appliedKept    = 1 << 18             // so many records are recognized when they are filed twice
	maxSwept       = 20000               // rows of each kind that one sweep deletes
)

// KeysKept is how long an entry without text and its keys are stored after its source last listed it.
const KeysKept = 90 * 24 * time.Hour

// sweepWork moves the horizon and deletes what is past it. Retention deletes text, never
// identity.
type sweepWork struct {
	storyWork
	horizon time.Time
	lowest  map[string]time.Time // by topic: see lowestShown
}

// sweep applies a sweep.
func (w *recordWork) sweep() error {
	s := sweepWork{w.storyWork(), w.nextHorizon(), map[string]time.Time{}}
	if err := w.Tx.PutHorizon(s.horizon); err != nil {
		return err
	}
	state, splits := w.fold.Sweep(s.horizon)
	if err := w.Tx.Fold.PutState(state); err != nil {
		return err
	}
	if err := s.applySplits(splits); err != nil {
		return err
	}
	if err := w.Reload(); err != nil { // the steps change rows past the ledger
		return err
	}
	steps := []func() error{s.deleteTexts, s.deleteEntries, s.deleteStories, s.emptyArchives, s.moveWindows, s.seal, s.expireLists, s.endDue, s.trim, s.expireAdopted}
	if under, err := w.isUnderReview(); err != nil {
		return err
	} else if under { // what feeds show, and what archives list, is decided when it is done
		steps = []func() error{s.moveWindows, s.expireLists, s.endDue, s.trim, s.expireAdopted}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// nextHorizon returns the time from which retention counts in this record.
func (w *recordWork) nextHorizon() time.Time {
	last := w.Tx.Horizon()
	if last.IsZero() {
		return w.record.At
	}
	if limit := last.Add(maxHorizonStep); w.record.At.After(limit) {
		return limit
	}
	return news.Later(last, w.record.At)
}

// moveWindows moves the edge of topics that show only young stories. An edition does
// not depend on the clock: its edge holds until the next sweep.
func (w sweepWork) moveWindows() error {
	for i := range w.rules.Topics {
		rule := &w.rules.Topics[i]
		t, err := w.Topic(rule.Name)
		if err != nil {
			return err
		}
		if t == nil || rule.Window == 0 && t.WindowStart.IsZero() {
			continue
		}
		before := t.WindowStart
		t.WindowStart = time.Time{}
		if rule.Window > 0 {
			t.WindowStart = w.horizon.Add(-rule.Window)
		}
		w.ChangeTopic(rule.Name)
		if err := w.renewIfShown(t, before, t.WindowStart); err != nil {
			return err
		}
	}
	return nil
}

// renewIfShown makes a topic's edition new if a story that it may show is between two
// edges of its window.
func (w sweepWork) renewIfShown(t *news.TopicState, before, now time.Time) error {
	top, _, err := w.Tx.Stories.InFeed(t, t.Stories)
	if err != nil {
		return err
	}
	for _, s := range top {
		at := s.Places[t.Name].At
		if at.Before(before) != at.Before(now) {
			return w.renew(t.Name, 0)
		}
	}
	return nil
}

// expireLists removes tombstones that were shown for a day, and pins that have ended.
func (w sweepWork) expireLists() error {
	for i := range w.rules.Topics {
		t, err := w.Topic(w.rules.Topics[i].Name)
		if err != nil || t == nil {
			return err
		}
		if err := w.expireTombstones(t, w.horizon); err != nil {
			return err
		}
		if err := w.expirePins(t); err != nil {
			return err
		}
	}
	return nil
}

// trim deletes signatures that the fold no longer holds, old changes and notices, and
// the ids of the oldest records.
func (w sweepWork) trim() error {
	if err := w.Tx.Fold.DeleteSignaturesBefore(w.horizon.Add(-story.Horizon)); err != nil {
		return err
	}
	if _, err := w.Tx.Changes.DeleteBefore(w.horizon.Add(-changesKept), maxSwept); err != nil {
		return err
	}
	if err := w.Tx.Notices.DeleteBefore(w.horizon.Add(-noticesKept), maxSwept); err != nil {
		return err
	}
	if w.record.Seq <= appliedKept {
		return nil
	}
	_, err := w.Tx.Records.DeleteBefore(w.record.Seq-appliedKept, maxSwept)
	return err
}

// expireAdopted forgets identities from before a restore.
func (w sweepWork) expireAdopted() error { return w.Tx.Adopted.Expire(w.horizon) }
