package view

import (
	"fmt"
	"slices"
	"strings"
)

// Trouble says in plain words what there is to know of a source beyond its visits:
// what is wrong, and what to do; empty when nothing is.
func (s *Source) Trouble() string {
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

// NotVisited says why there is no next visit, "" where there is one.
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
		return "paused by " + s.Pause.Who + quoted(s.Pause.Why)
	}
	return "paused by the desk" + quoted(s.Pause.Why)
}

// State is one word for how a source stands: gone, paused, problem, quiet, new or ok.
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

// DescribeEntries says what came of the last visit.
func (s *Source) DescribeEntries() string {
	switch s.Outcome {
	case "new":
		return "something new"
	case "same":
		return "nothing new"
	case "not-modified":
		return "not modified"
	}
	return s.Outcome
}

// Mentions says whether a source's name, title, address or a tag has the words.
func (s *Source) Mentions(words string) bool {
	text := strings.ToLower(strings.Join(append([]string{s.Name, s.Title, s.Address}, s.Tags...), "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Bars draws the entries of each day, today's at the end.
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

// Wide is how wide Bars are.
func (s *Source) Wide() int { return max(len(s.Days), 1) * sparkStep }

// Today is how many entries the last day of Days has.
func (s *Source) Today() int {
	if len(s.Days) == 0 {
		return 0
	}
	return s.Days[len(s.Days)-1]
}

// Busiest is the most entries that one of the days has.
func (s *Source) Busiest() int { return slices.Max(append(s.Days, 0)) }

// The sparkline's size in its own units: a bar is three wide, with one between.
const (
	sparkHeight = 24
	sparkStep   = 4
)
