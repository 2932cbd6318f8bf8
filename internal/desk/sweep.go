package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

const (
	maxStride   = 24 * time.Hour      // the horizon moves no further in one sweep, whatever the clock says
	keepKeys    = 90 * 24 * time.Hour // keys outlive their entry's listing by this much
	keepChanges = 7 * 24 * time.Hour  // Last-Event-ID reaches back this far
	keepNotices = 30 * 24 * time.Hour // what rang is listed so long
	keepApplied = 1 << 18             // a record filed twice is known for as many records
	sweepAtOnce = 20000               // rows of each kind that one sweep takes at most
)

// sweep moves the horizon. Retention forgets text, never identity.
func (e *edit) sweep() error {
	horizon := e.horizon()
	if err := e.tx.PutHorizon(horizon); err != nil {
		return err
	}
	if err := e.tx.Fold.PutState(e.fold.Sweep(horizon)); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.cache, e.read = nil, nil // retention changes what is behind them
	for _, step := range []func(time.Time) error{e.fade, e.oldStories, e.windows, e.seal, e.expire, e.trim} {
		if err := step(horizon); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) horizon() time.Time {
	last := e.tx.Horizon()
	if last.IsZero() {
		return e.rec.At
	}
	if limit := last.Add(maxStride); e.rec.At.After(limit) {
		return limit
	}
	return later(last, e.rec.At)
}

func (e *edit) forget(s *news.Story) error {
	for name, p := range s.Places {
		if p.Out {
			continue
		}
		t, err := e.topicState(name)
		if err != nil {
			return err
		}
		if t != nil {
			t.Count--
			if e.bumped == nil {
				e.bumped = map[string]bool{}
			}
			e.bumped[name] = true
		}
	}
	e.retell(s.ID)
	return e.tx.Stories.Delete(s)
}

// windows moves the edge of topics that show only what is young. Feeds have no now:
// the edge is theirs until the next sweep.
func (e *edit) windows(horizon time.Time) error {
	for _, t := range e.rules.Topics {
		st, err := e.topicState(t.Name)
		if err != nil {
			return err
		}
		if st == nil || t.Window == 0 && st.WindowStart.IsZero() {
			continue
		}
		was := st.WindowStart
		st.WindowStart = time.Time{}
		if t.Window > 0 {
			st.WindowStart = horizon.Add(-t.Window)
		}
		if err := e.moveEdge(&t, was, st.WindowStart); err != nil {
			return err
		}
	}
	return nil
}

// moveEdge makes the edition new when a story that it showed is past the edge now.
func (e *edit) moveEdge(t *news.Topic, was, edge time.Time) error {
	if e.bumped == nil {
		e.bumped = map[string]bool{}
	}
	e.bumped[t.Name] = true
	top, err := e.tx.Stories.InTopic(t.Name, t.Stories, news.Place{})
	if err != nil {
		return err
	}
	for _, s := range top {
		at := s.Places[t.Name].At
		if at.Before(was) != at.Before(edge) {
			return e.bump(t.Name, 0)
		}
	}
	return nil
}

// trim forgets what only young readers of changes ask for, and the signatures that
// the fold no longer holds.
func (e *edit) trim(horizon time.Time) error {
	if err := e.tx.Fold.DeleteSignaturesBefore(horizon.Add(-story.Horizon)); err != nil {
		return err
	}
	if _, err := e.tx.Changes.DeleteBefore(horizon.Add(-keepChanges), sweepAtOnce); err != nil {
		return err
	}
	if err := e.tx.Notices.DeleteBefore(horizon.Add(-keepNotices), sweepAtOnce); err != nil {
		return err
	}
	if e.rec.Seq <= keepApplied {
		return nil
	}
	_, err := e.tx.Records.DeleteBefore(e.rec.Seq-keepApplied, sweepAtOnce)
	return err
}
