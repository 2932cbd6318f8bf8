package view

import (
	"cmp"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Coverage says how many outlets have an event, and since when. Withdrawn and held reports
// don't count, nor do stories that an editor hid everywhere.
type Coverage struct {
	Outlets int       `json:"outlets"` // each owner counted once
	Stories int       `json:"stories"`
	First   time.Time `json:"first"` // when the first outlet had it
	Last    time.Time `json:"last"`  // of the latest report
}

// maxCounted is how many stories an event may have for its coverage to be counted. Of a
// larger one, coverage tells what desk noted while it grew.
const maxCounted = 50

// coverage returns the coverage of a story's event, nil while one outlet has one story.
func (snap *Snapshot) coverage(ev *news.Event, s *news.Story) *Coverage {
	if len(ev.Stories) < 2 {
		return newCoverage(s)
	}
	c, ok := snap.coverages[ev.ID]
	if !ok {
		c = snap.eventCoverage(ev)
		snap.coverages[ev.ID] = c
	}
	return c
}

func (snap *Snapshot) eventCoverage(ev *news.Event) *Coverage {
	if n := len(ev.Voices); len(ev.Stories) > maxCounted && n > 0 {
		return &Coverage{Outlets: n, Stories: len(ev.Stories), First: ev.Voices[0].At, Last: news.Later(ev.Voices[n-1].At, ev.Last)}
	}
	var all []*news.Story
	for _, id := range ev.Stories[max(0, len(ev.Stories)-maxCounted):] {
		s, err := snap.Tx.Stories.Get(id)
		snap.Err = cmp.Or(snap.Err, err)
		if s != nil {
			all = append(all, s)
		}
	}
	return newCoverage(all...)
}

func newCoverage(stories ...*news.Story) *Coverage {
	c, owners := &Coverage{}, map[string]bool{}
	for _, s := range stories {
		if s.MergedInto != "" || s.IsTakenDown() || s.IsWithdrawn() {
			continue
		}
		c.Stories++
		for i := range s.Takes {
			if t := &s.Takes[i]; !t.IsWithdrawn() && !t.IsHeld("") {
				owners[t.Owner] = true
				c.add(t.At)
			}
		}
	}
	c.Outlets = len(owners)
	if c.Outlets == 0 || c.Outlets == 1 && c.Stories < 2 {
		return nil
	}
	return c
}

func (c *Coverage) add(at time.Time) {
	if c.First.IsZero() || at.Before(c.First) {
		c.First = at
	}
	c.Last = news.Later(c.Last, at)
}
