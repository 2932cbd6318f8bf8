package edition

import (
	"cmp"
	"slices"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// summaryLength is the length of a summary that show: summary lets us republish.
const summaryLength = 300 // characters

// Text is what a source lets us republish of an entry.
type Text struct {
	Summary string       // plain text; empty with show: headline
	Body    string       // safe HTML; only with show: full
	Media   []news.Media // linked, never copied; none with show: headline
}

// PermittedText is the gate: it returns what show lets us republish of an entry. body
// is the stored body of the entry; only show: full uses it.
func PermittedText(show news.Show, e *news.Entry, body string) Text {
	return permittedText(show, e, body, &textCache{current: map[uint64]string{}})
}

func permittedText(show news.Show, e *news.Entry, body string, c *textCache) Text {
	switch {
	case e == nil || show == news.ShowHeadline:
		return Text{}
	case show != news.ShowFull:
		return Text{Summary: c.cut(e.Summary), Media: e.Media}
	}
	t := Text{Summary: e.Summary, Media: e.Media}
	if body != "" {
		t.Body = c.safe(body, cmp.Or(e.Base, e.Link))
	}
	return t
}

// textCache holds sanitised bodies and shortened summaries, by a hash of their input.
// Making them takes a hundred times as long as writing them, and when a topic changes
// few of them are new. old is of the edition before.
type textCache struct{ old, current map[uint64]string }

func (c *textCache) safe(body, base string) string {
	return c.get(news.Key('b', body, base), func() string { return canon.Safe(body, base) })
}

func (c *textCache) cut(summary string) string {
	if len(summary) <= summaryLength {
		return words.Cut(summary, summaryLength)
	}
	return c.get(news.Key('s', summary), func() string { return words.Cut(summary, summaryLength) })
}

func (c *textCache) get(key uint64, make func() string) string {
	s, ok := c.current[key]
	if !ok {
		if s, ok = c.old[key]; !ok {
			s = make()
		}
		c.current[key] = s
	}
	return s
}

// ShownTakes returns the takes of a story that may be shown. It leaves out those of
// sources that are read with credentials, unless the topic is keyed; takes that
// another take of their outlet corrects; those that are held; and withdrawn takes, unless the whole story
// is withdrawn.
func ShownTakes(s *news.Story, keyed bool, source func(id string) *news.SourceState) []news.Take {
	isClosed := func(t news.Take) bool {
		if t.IsWithdrawn() && !s.IsWithdrawn() || t.IsHeld("") || s.IsSuperseded(&t) {
			return true
		}
		src := source(t.Source)
		return !keyed && src != nil && src.Keyed
	}
	if !slices.ContainsFunc(s.Takes, isClosed) {
		return s.Takes
	}
	return withFirstTimes(s, slices.DeleteFunc(slices.Clone(s.Takes), isClosed))
}

// OpenIn returns the takes that at least one of some topics does not hold.
func OpenIn(takes []news.Take, topics ...string) []news.Take {
	isHeld := func(t news.Take) bool {
		return len(t.Holds) > 0 && !slices.ContainsFunc(topics, func(topic string) bool { return !t.IsHeld(topic) })
	}
	if !slices.ContainsFunc(takes, isHeld) {
		return takes
	}
	return slices.DeleteFunc(slices.Clone(takes), isHeld)
}

// Withdrawer returns the source that is said to have withdrawn a take: the one that did,
// but for readers without a key the take's own if that one is read with credentials.
func Withdrawer(t *news.Take, keyed bool, source func(id string) *news.SourceState) string {
	by := t.Withdrawer()
	if src := source(by); !keyed && src != nil && src.Keyed {
		return t.Source
	}
	return by
}

// withFirstTimes gives each correction the time of the take that it corrects: since
// then its outlet has the story.
func withFirstTimes(s *news.Story, takes []news.Take) []news.Take {
	for i := range takes {
		for _, t := range s.Takes {
			if t.CorrectedBy == takes[i].Entry && t.At.Before(takes[i].At) {
				takes[i].At = t.At
			}
		}
	}
	return takes
}

// TopicLeadTake returns the take whose headline and link the story shows in a topic: the
// one that the topic prefers, else that of LeadTake.
func TopicLeadTake(s *news.Story, topic string, takes []news.Take) (news.Take, bool) {
	if preferred := s.TopicLead(topic); preferred != nil {
		for i := range takes {
			if takes[i].Entry == preferred.Entry {
				return takes[i], true
			}
		}
	}
	return LeadTake(s, takes)
}

// LeadTake returns the take whose headline and link the story shows: the lead, with
// the story's own headline and link, or the first of takes when the lead is not among
// them. It returns false when there are no takes.
func LeadTake(s *news.Story, takes []news.Take) (news.Take, bool) {
	for _, t := range takes {
		if t.Entry == s.Lead {
			t.Headline, t.Link, t.Language = s.Headline, s.Link, s.Language
			return t, true
		}
	}
	if len(takes) == 0 {
		return news.Take{}, false
	}
	return takes[0], true
}
