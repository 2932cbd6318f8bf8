package embargo

import (
	"strings"
	"time"
)

// Where a day begins first, and where it ends last.
var (
	firstZone = time.FixedZone("", 14*3600)
	lastZone  = time.FixedZone("", -12*3600)
)

// justOver is how long ago a time without a day may be to be today's.
const justOver = 6 * time.Hour

// until returns when the time that was read has come; zero when it names none. What it
// leaves open is the latest that it can be: a time without a zone is that of the language
// where that has one, or of where it comes last; an hour that can't be read precisely is
// the end of its day. A date alone ends where the date begins last.
func (c *clock) until() time.Time {
	switch {
	case c.wrong || c.month != 0 && c.day == 0:
		return time.Time{}
	case !c.hasDate():
		return c.nextTime()
	case c.hasTime || c.vague:
		return c.latest(c.homeZone()).UTC()
	}
	t := c.latest(nil)
	if !t.IsZero() && !t.After(c.at) {
		t = t.Add(24 * time.Hour) // the date is today's
	}
	return t.UTC()
}

// isOpen tells whether the time leaves open what day, hour or zone it is of.
func (c *clock) isOpen() bool { return !c.hasTime || c.vague || c.either || c.homeZone() == nil }

// hasDate tells whether a day was read.
func (c *clock) hasDate() bool {
	return c.day != 0 || c.weekday != 0 || c.tomorrow || c.today
}

// homeZone returns the zone that the time names, or else that of the language; nil when
// neither is known.
func (c *clock) homeZone() *time.Location {
	if c.elsewhere || c.zone != nil {
		return c.zone
	}
	base, _, _ := strings.Cut(c.language, "-")
	z, err := time.LoadLocation(homes[base])
	if err != nil || homes[base] == "" {
		return nil
	}
	return z
}

// nextTime returns the next time without a day, unless it is just over. Within a day it
// has come in each zone.
func (c *clock) nextTime() time.Time {
	z := c.homeZone()
	switch {
	case !c.hasTime && !c.vague:
		return time.Time{}
	case c.vague || z == nil:
		return c.at.Add(24 * time.Hour).UTC()
	}
	at := c.at.In(z)
	t := c.on(at.Year(), at.Month(), at.Day(), z)
	if t.Before(at.Add(-justOver)) {
		t = c.on(at.Year(), at.Month(), at.Day()+1, z)
	}
	return t.UTC()
}

// latest returns the time on the day that was read; zero when the month has no such day.
// Without a zone it is the latest, also where another day than here is today.
func (c *clock) latest(z *time.Location) time.Time {
	if z != nil {
		return c.ofAnyDay(c.at.In(z), z)
	}
	return later(c.ofAnyDay(c.at.In(lastZone), lastZone), c.ofAnyDay(c.at.In(firstZone), lastZone))
}

// later returns the later of two times, zero when one is.
func later(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && a.After(b) {
		return a
	}
	return b
}

// on returns the time that was read on a date. One that is not precise is the end of the
// day.
func (c *clock) on(year int, month time.Month, day int, z *time.Location) time.Time {
	if c.vague {
		return time.Date(year, month, day+1, 0, 0, 0, 0, z)
	}
	return time.Date(year, month, day, c.hour, c.minute, 0, 0, z)
}

// ofAnyDay returns the time in a zone on the day that was read, as somebody means it for
// whom it is at.
func (c *clock) ofAnyDay(at time.Time, z *time.Location) time.Time {
	switch {
	case c.month != 0 && c.either:
		return later(c.ofDate(c.month, c.day, z), c.ofDate(time.Month(c.day), int(c.month), z))
	case c.month != 0:
		return c.ofDate(c.month, c.day, z)
	case c.day != 0:
		return c.ofDay(at, z)
	case c.weekday != 0:
		return c.on(at.Year(), at.Month(), at.Day()+(c.weekday-int(at.Weekday())+7)%7, z)
	case c.tomorrow:
		return c.on(at.Year(), at.Month(), at.Day()+1, z)
	}
	return c.on(at.Year(), at.Month(), at.Day(), z)
}

// ofDay returns the time on the next day of that number; zero when the month has none.
func (c *clock) ofDay(at time.Time, z *time.Location) time.Time {
	month := at.Month()
	if c.day < at.Day() {
		month++
	}
	if time.Date(at.Year(), month, c.day, 0, 0, 0, 0, time.UTC).Day() != c.day {
		return time.Time{}
	}
	return c.on(at.Year(), month, c.day, z)
}

// ofDate returns the time on a date. Without a year it is the nearest.
func (c *clock) ofDate(month time.Month, day int, z *time.Location) time.Time {
	if c.year != 0 {
		return c.on(c.year, month, day, z)
	}
	best := c.on(c.at.Year(), month, day, z)
	for _, year := range []int{c.at.Year() - 1, c.at.Year() + 1} {
		if t := c.on(year, month, day, z); t.Sub(c.at).Abs() < best.Sub(c.at).Abs() {
			best = t
		}
	}
	return best
}
