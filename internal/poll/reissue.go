package poll

import (
	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// minUndated is how many known reports without dates a part of a document that was re-issued
// has. One with the same headline and the same date or text is enough.
const minUndated = 2

const reasonReissued = "its hub sent known items under new guids and links; a visit tells what they replace"

// isReissue tells whether a pushed document, or one that was cut off, has known reports under
// new guids and links, as after a source moved to another system: no key in it is known, and
// some headlines with their dates are. Such a document does not say what the source no longer
// lists, so that desk would take each of its items for new. One known report is enough in what
// was pushed, even if there are known keys, because a visit follows.
func (v *visit) isReissue() (is bool, err error) {
	if len(v.changes.changed) == 0 || !v.pushed && len(v.changes.changed) < len(v.entries) {
		return false, nil
	}
	sure, undated, hasKnown := 0, 0, len(v.changes.changed) < len(v.entries)
	err = v.p.Store.View(func(tx *store.Tx) error {
		for i := range v.changes.changed {
			e := &v.changes.changed[i]
			if hasKnownKey(tx, v.conf.ID, e) {
				hasKnown = true
				continue
			}
			known, err := isKnownReport(tx, v.conf.ID, e)
			if err != nil {
				return err
			}
			switch {
			case !known:
			case !e.Published.IsZero() || hasText(e):
				sure++
			default:
				undated++
			}
		}
		return nil
	})
	if hasKnown {
		return v.pushed && sure > 0, err
	}
	return sure > 0 || undated >= minUndated, err
}

// hasText tells whether an item says more than its headline.
func hasText(e *news.Entry) bool {
	return e.Summary != "" && canon.TextKey(e.Summary) != e.Keys.Text
}

func hasKnownKey(tx *store.Tx, source string, e *news.Entry) bool {
	for _, key := range []uint64{e.Keys.First(), e.Keys.Link} {
		if key != 0 && tx.Entries.ByKey(source, key) != "" {
			return true
		}
	}
	return false
}

// isKnownReport tells whether a source has an entry with the headline and the date of
// another one or, where neither has a date, with its headline and summary.
func isKnownReport(tx *store.Tx, source string, e *news.Entry) (bool, error) {
	if e.Keys.Text == 0 {
		return false, nil
	}
	for _, id := range tx.Entries.ByText(source, e.Keys.Text) {
		old, err := tx.Entries.Get(id)
		if err != nil {
			return false, err
		}
		if old != nil && old.Published.Equal(e.Published) && (!e.Published.IsZero() || old.Summary == e.Summary) {
			return true, nil
		}
	}
	return false, nil
}

// visitSoon has a source visited as soon as its floor and its server allow it, unless it has
// a problem or another node visits it. While it is being visited, that is done at the end: the
// document may be older than the reason. It reports whether it will be visited.
func (p *Poller) visitSoon(id, why string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	src := p.sources[id]
	if src == nil || src.elsewhere || src.withheld || !p.Clock.Believed() {
		return false
	}
	if src.visiting {
		src.again = why
		return true
	}
	if !p.hasten(src, why) {
		return false
	}
	if p.running {
		p.enqueue(src, p.now())
	}
	p.wakeLoop()
	return true
}

// hasten makes the next visit of a source the soonest that its floor and its server allow. It
// reports whether there will be one, not if the source has a problem. p.mu must be locked.
func (p *Poller) hasten(src *source, why string) bool {
	s, now := &src.state, p.now()
	if s.Failures > 0 || s.Gone || s.Refused || s.RetryAfter.After(now) {
		return false
	}
	due, why := afterSkipped(s.Hints, news.Later(now, s.LastAttempt.Add(p.schedule.leastWait(src))), why)
	if !s.Due.Before(due) {
		s.Due, s.Reason = news.Instant(due), why
		p.changed.add(src.ID)
	}
	return true
}
