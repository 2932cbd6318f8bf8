package news

import (
	"maps"
	"slices"
)

// Standing returns the story's place in a topic, and whether the story is in that topic now:
// a story that a rule or an order removed still has its place.
func (s *Story) Standing(topic string) (p Place, in bool) {
	p, placed := s.Places[topic]
	return p, placed && !p.Out
}

// InTopics returns the names of the topics that have the story and may show it, sorted.
func (s *Story) InTopics() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Places)) {
		if !s.Places[name].Out && s.MayStandIn(name) {
			names = append(names, name)
		}
	}
	return names
}

// TopicLead returns the take that a topic prefers to the story's lead; nil when there is
// none, or it may no longer be shown.
func (s *Story) TopicLead(topic string) *Take {
	entry := s.Places[topic].Lead
	for i := range s.Takes {
		if t := &s.Takes[i]; entry != "" && t.Entry == entry && !t.IsWithdrawn() && !s.IsSuperseded(t) {
			return t
		}
	}
	return nil
}

// LeadSource returns the source of what leads the story in a topic.
func (s *Story) LeadSource(topic string) string {
	if t := s.TopicLead(topic); t != nil {
		return t.Source
	}
	return s.Source
}

// IsTakenDown reports whether an editor hid the story everywhere.
func (s *Story) IsTakenDown() bool { return s.Hidden[Everywhere] != 0 }

// IsWithdrawn reports whether all outlets of the story withdrew it.
func (s *Story) IsWithdrawn() bool { return !s.Killed.IsZero() }

// IsShown reports whether pages list the story: it was not merged into another one,
// withdrawn or hidden everywhere.
func (s *Story) IsShown() bool {
	return s.MergedInto == "" && !s.IsWithdrawn() && !s.IsTakenDown()
}

// WithheldFrom returns from which topics the story was hidden, sorted, or Everywhere if it was
// withdrawn.
func (s *Story) WithheldFrom() []string {
	if s.IsWithdrawn() || s.IsTakenDown() {
		return []string{Everywhere}
	}
	return slices.Sorted(maps.Keys(s.Hidden))
}

// MayStandIn reports whether the story may be in a topic's feed with its text: it is
// neither withdrawn nor hidden there.
func (s *Story) MayStandIn(topic string) bool { return !s.IsWithdrawn() && !s.IsHidden(topic) }

// Withdrawer returns the source that withdrew the take.
func (t *Take) Withdrawer() string {
	if t.KilledBy != "" {
		return t.KilledBy
	}
	return t.Source
}

// IsWithdrawn reports whether the take's source withdrew it. Such a take is neither
// shown nor counted.
func (t *Take) IsWithdrawn() bool { return !t.Killed.IsZero() }

// EntryWithoutText returns what is stored of the take's entry after retention deleted its
// text: headline, link, language and time.
func (t *Take) EntryWithoutText() *Entry {
	return &Entry{Headline: t.Headline, Link: t.Link, Language: t.Language, At: t.At}
}
