package news

import (
	"slices"
	"time"
)

// Hold says that a take must not be published yet.
type Hold struct {
	Topic string    `json:"topic,omitempty"` // the topic whose hold query it matches; empty: it is held in all topics
	Until time.Time `json:"until,omitzero"`  // when the hold ends; zero: when an editor releases the story
	Why   string    `json:"why"`             // the words that say so, the query, DatedAhead or KillNotice
}

// DatedAhead is the reason of a hold until the date of an entry.
const DatedAhead = "dated ahead"

// KillNotice is the reason of a hold of a kill that withdraws nothing that is known: an
// editor must see what it means.
const KillNotice = "kill notice"

// HeldStory is a story with a take that is held.
type HeldStory struct {
	Story string    `json:"story"`
	Until time.Time `json:"until,omitzero"` // when the next of its holds ends; zero: when an editor releases it
}

// IsHeld reports whether the take must not be published in a topic yet. With an empty
// topic it reports whether it is held in all topics.
func (t *Take) IsHeld(topic string) bool {
	return slices.ContainsFunc(t.Holds, func(h Hold) bool { return h.Topic == "" || h.Topic == topic })
}

// IsHeld reports whether the story must not be published in a topic yet, or in all with
// an empty topic: all its takes are held that were not withdrawn.
func (s *Story) IsHeld(topic string) bool {
	held := false
	for i := range s.Takes {
		if t := &s.Takes[i]; !t.IsWithdrawn() {
			if !t.IsHeld(topic) {
				return false
			}
			held = true
		}
	}
	return held
}

// HasHolds reports whether a take of the story is held anywhere.
func (s *Story) HasHolds() bool {
	return slices.ContainsFunc(s.Takes, func(t Take) bool { return len(t.Holds) > 0 })
}

// NextHold returns when the next hold of the story ends; zero when all wait for an
// editor.
func (s *Story) NextHold() (next time.Time) {
	for i := range s.Takes {
		for _, h := range s.Takes[i].Holds {
			if next.IsZero() || !h.Until.IsZero() && h.Until.Before(next) {
				next = h.Until
			}
		}
	}
	return next
}
