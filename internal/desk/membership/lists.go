package membership

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	TombstoneTime = 24 * time.Hour // how long a topic shows a tombstone
	MaxPins       = 10             // in a topic

	maxTombstones = 100 // in a topic; the oldest is dropped first
)

// AddTombstone returns a topic's tombstones with one for the story. all is not changed.
func AddTombstone(all []news.Tombstone, s *news.Story, at time.Time) []news.Tombstone {
	more := append(slices.Clone(all), news.Tombstone{Story: s.ID, URI: s.URI, At: at})
	return more[max(0, len(more)-maxTombstones):]
}

// RemoveTombstone returns a topic's tombstones without those of a story. all is not
// changed.
func RemoveTombstone(all []news.Tombstone, story string) []news.Tombstone {
	return slices.DeleteFunc(slices.Clone(all), func(g news.Tombstone) bool { return g.Story == story })
}

// ExpireTombstones returns the tombstones that a topic still shows at a time. all is
// not changed.
func ExpireTombstones(all []news.Tombstone, at time.Time) []news.Tombstone {
	return slices.DeleteFunc(slices.Clone(all), func(g news.Tombstone) bool { return !g.At.After(at.Add(-TombstoneTime)) })
}

// IsPinned tells whether a topic has a pin of a story.
func IsPinned(pins []news.Pin, story string) bool {
	return slices.ContainsFunc(pins, func(p news.Pin) bool { return p.Story == story })
}

// RemovePin returns a topic's pins without those of a story. pins is not changed.
func RemovePin(pins []news.Pin, story string) []news.Pin {
	return slices.DeleteFunc(slices.Clone(pins), func(p news.Pin) bool { return p.Story == story })
}

// ExpirePins splits a topic's pins into those that hold at a time and those that ended.
// pins is not changed.
func ExpirePins(pins []news.Pin, at time.Time) (left, ended []news.Pin) {
	over := func(p news.Pin) bool { return !p.Until.IsZero() && !p.Until.After(at) }
	for _, p := range pins {
		if over(p) {
			ended = append(ended, p)
		}
	}
	return slices.DeleteFunc(slices.Clone(pins), over), ended
}
