package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// visitsADay says what feeds.yaml means in visits a day: sources with `every` take theirs,
// the others share the rest of the budget.
type visitsADay struct {
	Fixed  int `json:"every"`  // visits of sources with `every`
	Shared int `json:"shared"` // the most that the others get together

	fixedSources, sharing, paused int // sources
}

func visitsOf(c *config.Config) *visitsADay {
	settings := pollSettings(c)
	fixed, shared := settings.VisitsADay()
	v := &visitsADay{Fixed: int(fixed), Shared: int(shared)}
	for i := range c.Sources {
		switch src := &c.Sources[i]; {
		case src.Paused:
			v.paused++
		case src.Every > 0:
			v.fixedSources++
		default:
			v.sharing++
		}
	}
	return v
}

// String returns a sentence without its period.
func (v *visitsADay) String() string {
	text := fmt.Sprintf("At most %s a day", plural(v.Fixed+v.Shared, "visit"))
	switch {
	case v.fixedSources > 0 && v.sharing > 0:
		text += fmt.Sprintf(": %d for %s with `every`, the other %d for %s", v.Fixed, plural(v.fixedSources, "source"), v.Shared, plural(v.sharing, "source"))
	case v.fixedSources > 0:
		text += ", all for sources with `every`"
	}
	if v.paused > 0 {
		text += fmt.Sprintf("; none for %s", plural(v.paused, "paused source"))
	}
	return text
}

// describeFloor says how close two visits to a source may be, without the period.
func describeFloor(c *config.Config) string {
	text := fmt.Sprintf("At least %s between two visits to a source", formatDuration(c.Fetch.Floor))
	if c.Fetch.Floor > time.Minute && slices.ContainsFunc(c.Sources, func(s news.SourceConfig) bool { return s.Wire }) {
		text += ", 1m for wires"
	}
	return text
}

// privateNotes returns notes about sources at addresses that are not public and that
// fetch.allow does not name. Only addresses that no look-up is needed for are known.
func privateNotes(c *config.Config) (out []string) {
	for i := range c.Sources {
		src := &c.Sources[i]
		if at := fetch.Refused(src.Address, c.Fetch.Allow); at != "" && !src.Paused {
			out = append(out, fmt.Sprintf("source %s is not visited, because %s is not a public address: to allow it, add \"%[2]s\" to fetch.allow", src.Name, at))
		}
	}
	return out
}

// visitNotes returns notes about intervals that have no effect, and about a budget that is
// too small for the sources with `every`.
func visitNotes(c *config.Config) (out []string) {
	for i := range c.Sources {
		floor, remedy := c.Fetch.Floor, "set fetch.floor"
		src := &c.Sources[i]
		if src.Wire {
			floor = min(floor, time.Minute)
		} else if src.Every >= time.Minute {
			remedy += ", or `wire: true`"
		}
		if src.Every > 0 && src.Every < floor && !src.Paused {
			out = append(out, fmt.Sprintf("source %s is visited every %s, not every %s, because of the floor: %s", src.Name, formatDuration(floor), formatDuration(src.Every), remedy))
		}
	}
	if v := visitsOf(c); v.sharing > 0 && v.Fixed+v.Shared > c.Fetch.Budget {
		out = append(out, fmt.Sprintf("%s a day are more than fetch.budget, which is %d: sources with `every` take %d, and the others share at least a tenth of the budget",
			plural(v.Fixed+v.Shared, "visit"), c.Fetch.Budget, v.Fixed))
	}
	return out
}
