package news

// Standing is the story's place in a topic, and whether it is in that topic's feed
// now: a story that a rule or an order removed keeps its place.
func (s *Story) Standing(topic string) (p Place, in bool) {
	p, placed := s.Places[topic]
	return p, placed && !p.Out
}

// IsTakenDown tells whether an editor hid the story everywhere.
func (s *Story) IsTakenDown() bool { return s.Hidden[Everywhere] != 0 }

// IsWithdrawn tells whether all outlets that had the story took it back.
func (s *Story) IsWithdrawn() bool { return !s.Killed.IsZero() }

// IsShown tells whether pages list the story: it was not merged into another one,
// withdrawn or hidden everywhere.
func (s *Story) IsShown() bool {
	return s.MergedInto == "" && !s.IsWithdrawn() && !s.IsTakenDown()
}

// MayStandIn tells whether the story may be in a topic's feed with its text: it is
// neither withdrawn nor hidden there.
func (s *Story) MayStandIn(topic string) bool { return !s.IsWithdrawn() && !s.IsHidden(topic) }

// IsWithdrawn tells whether the take's source took it back. Such a take is not shown
// and not counted.
func (t *Take) IsWithdrawn() bool { return !t.Killed.IsZero() }

// EntryWithoutText is what is left of the take's entry after retention deleted its
// text: headline, link and language.
func (t *Take) EntryWithoutText() *Entry {
	return &Entry{Headline: t.Headline, Link: t.Link, Language: t.Language}
}
