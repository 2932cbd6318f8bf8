package view

import (
	"fmt"
	"slices"
	"strings"
)

// Trouble says what is wrong with a source and what to do about it, and what of its last
// document was not read. It is empty when nothing is wrong.
func (s *Source) Trouble() string {
	wrong := s.wrong()
	if wrong != "" && s.Cut != "" {
		return wrong + "; " + s.Cut
	}
	return wrong + s.Cut
}

func (s *Source) wrong() string {
	problem := s.Problem
	if s.Outcome == "blocked" {
		problem = "blocked: " + problem
	}
	switch {
	case problem != "" && s.Failures > 1:
		return fmt.Sprintf("%s (%d times)", problem, s.Failures)
	case problem != "":
		return problem
	case s.Quiet != "":
		return s.Quiet
	case s.Moved != "":
		return "has moved: write " + s.Moved + " in feeds.yaml"
	case s.Found != "":
		return "is a web page: write its feed, " + s.Found + ", in feeds.yaml"
	}
	return ""
}

// NotVisited says why there is no next visit. It is empty when there is one.
func (s *Source) NotVisited() string {
	switch {
	case s.Gone:
		return "it is gone"
	case s.Paused && s.Pause != nil:
		return "feeds.yaml and the desk pause it"
	case s.Paused:
		return "feeds.yaml pauses it"
	case s.Pause == nil:
		return ""
	case s.Pause.Who != "":
		return "paused by " + s.Pause.Who + withReason(s.Pause.Why)
	}
	return "paused by the desk" + withReason(s.Pause.Why)
}

// State returns one word for the state of a source: gone, paused, problem, quiet, new or
// ok.
func (s *Source) State() string {
	switch {
	case s.Gone:
		return "gone"
	case s.Paused || s.Pause != nil:
		return "paused"
	case s.Problem != "":
		return "problem"
	case s.Quiet != "":
		return "quiet"
	case s.Tried.IsZero():
		return "new"
	}
	return "ok"
}

// DescribeEntries describes the outcome of the last visit.
func (s *Source) DescribeEntries() string {
	switch s.Outcome {
	case "new":
		return "new entries"
	case "same":
		return "no new entries"
	case "not-modified":
		return "not modified"
	}
	return s.Outcome
}

// Mentions tells whether each of the words is in the source's name, title, address or
// tags, in either case.
func (s *Source) Mentions(words string) bool {
	text := strings.ToLower(strings.Join(append([]string{s.Name, s.Title, s.Address}, s.Tags...), "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Bars returns the SVG path of a bar chart of Days, sparkHeight high and Wide wide.
func (s *Source) Bars() string {
	most := slices.Max(append(s.Days, 1))
	var b strings.Builder
	for i, n := range s.Days {
		high := n * sparkHeight / most
		if n > 0 {
			high = max(high, 1)
		}
		if high > 0 {
			fmt.Fprintf(&b, "M%d %dv-%dh3v%dz", i*sparkStep, sparkHeight, high, high)
		}
	}
	return b.String()
}

// Wide returns the width of Bars.
func (s *Source) Wide() int { return max(len(s.Days), 1) * sparkStep }

// Today returns how many entries the source had today.
func (s *Source) Today() int {
	if len(s.Days) == 0 {
		return 0
	}
	return s.Days[len(s.Days)-1]
}

// Busiest returns the largest number of entries on one of Days.
func (s *Source) Busiest() int { return slices.Max(append(s.Days, 0)) }

// The size of the bar chart in its own units. A bar is 3 wide, with a gap of 1.
const (
	sparkHeight = 24
	sparkStep   = 4
)
