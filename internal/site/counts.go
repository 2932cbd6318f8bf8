package site

import (
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// placeCounts is how many stories topics have on each day. It counts a day once, and again
// when a story with a place in it changed.
type placeCounts struct {
	mu    sync.Mutex  // guards the fields below
	seq   uint64      // of the last record that it has; 0: it has nothing
	rules *news.Rules // in force then
	days  map[countedDay]int
}

// countedDay is a day of a topic. Days of different zones may begin alike.
type countedDay struct {
	topic    string
	from, to int64 // seconds since 1970
}

// maxCounted is how many days placeCounts keeps.
const maxCounted = 100_000

// dayCount is how many stories a topic has on a day.
type dayCount struct {
	span
	stories int
}

// ofDays returns the days of a span that have stories in a topic, the last day first.
func (c *placeCounts) ofDays(d *publicReader, topic string, sp span) ([]dayCount, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.update(d); err != nil {
		return nil, err
	}
	var out []dayCount
	for before := sp.to; ; {
		at, err := d.Tx.Stories.PlaceBefore(topic, before)
		if err != nil || at.Before(sp.from) { // the zero time too
			return out, err
		}
		day := d.set.daySpan(at)
		n, err := c.of(d, topic, day)
		if err != nil {
			return nil, err
		}
		out = append(out, dayCount{day, n})
		before = day.from
	}
}

// of returns how many stories a topic has on a day.
func (c *placeCounts) of(d *publicReader, topic string, day span) (int, error) {
	key := countedDay{topic, day.from.Unix(), day.to.Unix()}
	isCurrent := c.seq == d.Tx.Seq() && d.set.has(c.rules, c.seq)
	if n, ok := c.days[key]; ok && isCurrent {
		return n, nil
	}
	n, err := d.Tx.Stories.CountBetween(topic, day.from, day.to)
	if err == nil && isCurrent && len(c.days) < maxCounted {
		c.days[key] = n
	}
	return n, err
}

// update forgets the days whose stories changed since the last update. A reader of an older
// state, or one that began before a reload, changes nothing.
func (c *placeCounts) update(d *publicReader) error {
	rules, err := d.Tx.Rules()
	if err != nil || !d.set.has(rules, d.Tx.Seq()) || c.seq > d.Tx.Seq() || c.seq == d.Tx.Seq() && c.rules == rules {
		return err
	}
	known := c.seq > 0 && c.rules == rules && len(c.days) < maxCounted
	if known {
		if known, err = c.forgetChanged(d); err != nil {
			return err
		}
	}
	if !known {
		c.days = map[countedDay]int{}
	}
	c.seq, c.rules = d.Tx.Seq(), rules
	return nil
}

// forgetChanged forgets the days of changed stories. It returns false if they are not known.
func (c *placeCounts) forgetChanged(d *publicReader) (known bool, err error) {
	return d.eachChanged(c.seq, func(s *news.Story) bool {
		for topic, p := range s.Places {
			day := d.set.daySpan(p.At)
			delete(c.days, countedDay{topic, day.from.Unix(), day.to.Unix()})
		}
		return true
	})
}

// eachChanged calls fn for the stories that records after one changed, until it returns
// false. known is false then, and also if too much has changed, a story was deleted, or the
// changes are no longer stored.
func (d *publicReader) eachChanged(seq uint64, fn func(*news.Story) bool) (known bool, err error) {
	changes, err := d.Tx.Changes.After(seq, maxCatchUp)
	if err != nil || len(changes) == maxCatchUp {
		return false, err
	}
	if oldest := d.Tx.Changes.Oldest(); d.Tx.Seq() != seq && (oldest == 0 || oldest > seq+1) {
		return false, nil
	}
	for i := range changes {
		for _, id := range append(changes[i].Stories, changes[i].TextChanged...) {
			s, err := d.Tx.Stories.Get(id)
			if s == nil || err != nil || !fn(s) {
				return false, err
			}
		}
	}
	return true, nil
}

// total returns how many stories the days have together.
func total(days []dayCount) (n int) {
	for _, d := range days {
		n += d.stories
	}
	return n
}

// startOf returns where a list goes on after its first stories: the time below which to
// read, and how many stories to skip there. days are those of the list, the last day first,
// before a time. It skips whole days without reading them.
func startOf(days []dayCount, before time.Time, first int) (to time.Time, skip int) {
	for _, d := range days {
		if first < d.stories {
			return d.to, first
		}
		first -= d.stories
	}
	return before, first
}

// calendarDay is a day in the calendar of a month.
type calendarDay struct {
	Date                 stamp
	Number, Count, Total string // of the day in its month; of its stories, as a number and in words
	Href                 string
}

// calendar returns the days of a month with stories, the first day first.
func (d *publicReader) calendar(t *news.TopicState, days []dayCount) []calendarDay {
	out, loc := make([]calendarDay, len(days)), d.set.locale()
	for i, day := range days {
		out[len(days)-1-i] = calendarDay{
			Date: d.set.stamp(day.from), Number: loc.Number(day.from.Day()), Count: loc.Number(day.stories),
			Total: loc.Count(loc.Stories, day.stories), Href: d.dayAddress(t, day.from),
		}
	}
	return out
}
