package edition

import (
	"cmp"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// summaryLength is how much of an entry is republished by show: summary.
const summaryLength = 300 // characters

// Text is what a source lets us tell of an entry. All that shows entries to the
// public asks for it.
type Text struct {
	Summary string       // plain; empty by show: headline
	Body    string       // safe HTML; only by show: full
	Media   []news.Media // linked, never copied; none by show: headline
}

// PermittedText is the gate. body is the entry's, as stored; it is asked for by show: full
// alone.
func PermittedText(show news.Show, e *news.Entry, body string) Text {
	return permittedText(show, e, body, &textCache{current: map[uint64]string{}})
}

func permittedText(show news.Show, e *news.Entry, body string, w *textCache) Text {
	switch {
	case e == nil || show == news.ShowHeadline:
		return Text{}
	case show != news.ShowFull:
		return Text{Summary: w.cut(e.Summary), Media: e.Media}
	}
	t := Text{Summary: e.Summary, Media: e.Media}
	if body != "" {
		t.Body = w.safe(body, cmp.Or(e.Base, e.Link))
	}
	return t
}

// ShownTakes are those of a story that may be shown: what was read with credentials is
// for who has the key of a topic alone, what its outlet corrected in another take is
// that one's history, and what it took back is for nobody, unless nothing else is left
// of the story.
func ShownTakes(s *news.Story, keyed bool, source func(id string) *news.SourceState) []news.Take {
	closed := func(t news.Take) bool {
		if !t.Killed.IsZero() && s.Killed.IsZero() || s.IsSuperseded(&t) {
			return true
		}
		src := source(t.Source)
		return !keyed && src != nil && src.Keyed
	}
	if !slices.ContainsFunc(s.Takes, closed) {
		return s.Takes
	}
	return withFirstTimes(s, slices.DeleteFunc(slices.Clone(s.Takes), closed))
}

// withFirstTimes gives corrections the time at which their outlet first told what they correct.
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

// LeadTake is the take, of those that may be shown, whose headline and link stand for
// the story: the lead, else the first. The lead shows the story's own.
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
