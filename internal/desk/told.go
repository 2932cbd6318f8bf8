package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/news"
)

// knowsTold is the first fold that takes alerts for told that rang before a restore.
const knowsTold = 9

// toldUntil returns until when what happened to an event is known to have been published before
// a restore; zero if none of its stories is. s may be one of them.
func (w storyWork) toldUntil(ev *news.Event, s *news.Story) (until time.Time, err error) {
	if w.rules.Fold < knowsTold {
		return until, nil
	}
	for _, id := range withStory(slices.Clip(newest(ev)), s.ID) {
		a, err := w.Tx.Adopted.Story(id)
		if err != nil {
			return until, err
		}
		if a != nil {
			until = news.Later(until, a.Shown)
		}
	}
	return until, nil
}

// breakAsBefore lets an event that grows by backlog break when it did before a restore, as far
// as the voices show it that it had when it was last published. usual is how events grew until
// now.
func (w storyWork) breakAsBefore(ev *news.Event, s *news.Story, usual news.Rhythm) error {
	until, err := w.toldUntil(ev, s)
	if err != nil || until.IsZero() {
		return err
	}
	for i, v := range ev.Voices {
		if v.At.After(until) {
			return nil
		}
		surge, unusual := usual.Grow(ev.Voices[:i+1])
		if unusual && alerting.Breaks(ev, v.At, v.At, false) {
			ev.Breaking, ev.Surge = v.At, surge
		}
	}
	return nil
}

// brokeBefore tells whether an event that grows by backlog broke before a restore, so that its
// alerts have rung.
func (w *visitWork) brokeBefore(ev *news.Event, s *news.Story) (bool, error) {
	if !w.backlog {
		return false, nil
	}
	until, err := w.toldUntil(ev, s)
	return err == nil && !ev.Breaking.After(until), err
}

// noteTold notes whether an entry that joins a story was published before a restore: known is
// what is known of it from then, nil for nothing.
func (w *visitWork) noteTold(en *news.Entry, known *news.AdoptedEntry) error {
	told, err := w.wasTold(en, known)
	if told {
		w.told[en.Story] = true
	} else {
		w.untold[en.Story] = true
	}
	return err
}

func (w *visitWork) wasTold(en *news.Entry, known *news.AdoptedEntry) (bool, error) {
	if known == nil || w.rules.Fold < knowsTold {
		return false, nil
	}
	a, err := w.Tx.Adopted.Story(known.Story)
	if err != nil || a == nil || len(a.Places) == 0 {
		return false, err
	}
	isOf := known.Source == en.Source || known.Keys.Page != "" && known.Keys.Page == en.Keys.Page
	return isOf || !en.Published.IsZero() && !en.Published.After(a.Shown), nil // another outlet may have the headline since
}

// isTold tells whether what the batch brought to a story was published before a restore.
func (w *visitWork) isTold(story string) bool { return w.told[story] && !w.untold[story] }
