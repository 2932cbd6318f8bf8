package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/wire"
)

type checkCommand struct{}

// checkResult is the JSON output of check.
type checkResult struct {
	OK      bool           `json:"ok"`
	Sources int            `json:"sources,omitempty"`
	Topics  int            `json:"topics,omitempty"`
	Visits  *visitsADay    `json:"visits_a_day,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
	Errors  []config.Error `json:"errors,omitempty"`

	Alerts      []checkedAlert      `json:"alerts,omitempty"`
	Targets     []namedTarget       `json:"targets,omitempty"`
	Newsletters []checkedNewsletter `json:"newsletters,omitempty"`
}

// Run exits with 1, not 2, when the file has errors: finding them is its purpose.
func (checkCommand) Run(s *shell) error {
	c, err := s.config()
	var all *config.Errors
	switch {
	case errors.As(err, &all) && s.json:
		return errors.Join(s.printJSON(checkResult{Errors: all.List}), &printedError{err})
	case errors.As(err, &all):
		fmt.Fprintln(s.err, all)
		fmt.Fprintf(s.err, "%s\n", plural(len(all.List), "error"))
		return &printedError{err}
	case err != nil:
		return err
	}
	if err := checkRules(c); err != nil {
		if s.json {
			return errors.Join(s.printJSON(checkResult{Errors: []config.Error{{Line: 1, Column: 1, Text: err.Error()}}}), &printedError{err})
		}
		return err
	}
	if s.json {
		return s.printJSON(checkResult{OK: true, Sources: len(c.Sources), Topics: len(c.Topics), Visits: visitsOf(c), Notes: s.notes(c),
			Alerts: checkedAlerts(c), Targets: namedTargets(c), Newsletters: checkedNewsletters(c)})
	}
	s.explain(c)
	return nil
}

// checkRules refuses rules that the nodes of a cluster can't exchange.
func checkRules(c *config.Config) error {
	if c.Cluster == nil {
		return nil
	}
	rules := c.Rules()
	return wire.CheckRules(&rules)
}

func (s *shell) explain(c *config.Config) {
	s.printf("%s is valid: %s, %s.\n", c.Path, plural(len(c.Sources), "source"), plural(len(c.Topics), "topic"))
	s.printf("\nThe public site is %s, the desk is http://%s/.\n", c.Site.URL, dialAddress(c.Desk))
	s.printf("The database is %s. Text is stored for %s, stories %s.\n", c.Database, formatDuration(c.Keep), retention(c.Archive))
	s.printf("%s. %s.\n", visitsOf(c), describeFloor(c))
	s.printf("\nTopics:\n")
	t := s.table()
	for i := range c.Topics {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", c.Topics[i].Name, plural(len(topicSources(c, &c.Topics[i])), "source"), describeTopic(&c.Topics[i]))
	}
	_ = t.Flush()
	if len(c.Not) > 0 {
		s.printf("\nNo topic carries what matches %s.\n", strings.Join(c.Not, " | "))
	}
	s.explainSending(c)
	for _, n := range s.notes(c) {
		s.printf("\nNote: %s\n", sentence(n))
	}
}

// notes returns what is allowed but probably a mistake, and what visits found.
func (s *shell) notes(c *config.Config) []string {
	return slices.Concat(visitNotes(c), privateNotes(c), topicNotes(c), queryNotes(c, queriesOf(c)), s.movedSources(c))
}

// movedSources returns notes about sources whose feeds visits found at another address. It
// returns nothing if no source was visited yet.
func (s *shell) movedSources(c *config.Config) []string {
	list, err := ask(s, c, "/api/sources", nil, view.Sources)
	if err != nil {
		return nil
	}
	var out []string
	for i := range list {
		switch src := &list[i]; {
		case src.Removed:
		case src.Moved != "":
			out = append(out, fmt.Sprintf("source %s has moved: replace %[3]s with %[2]s", src.Name, src.Moved, src.Address))
		case src.Found != "":
			out = append(out, fmt.Sprintf("source %s is a web page, and its feed is visited: replace %[3]s with %[2]s", src.Name, src.Found, src.Address))
		}
	}
	return out
}

func describeTopic(t *config.Topic) string {
	var parts []string
	if len(t.From) > 0 {
		parts = append(parts, "from "+strings.Join(t.From, ", "))
	} else {
		parts = append(parts, "all sources")
	}
	if len(t.Not) > 0 {
		parts = append(parts, "not "+strings.Join(t.Not, ", "))
	}
	if len(t.Match) > 0 {
		parts = append(parts, "matching "+strings.Join(t.Match, " | "))
	}
	if t.Keyed {
		parts = append(parts, "with a key")
	}
	return strings.Join(append(parts, describeBalance(t)...), "; ")
}

// describeBalance says what a topic does with sources, paywalls and what must wait.
func describeBalance(t *config.Topic) (parts []string) {
	if t.MaxPerSource > 0 {
		parts = append(parts, fmt.Sprintf("at most %d of a source in the feed", t.MaxPerSource))
	}
	switch t.PageOrder {
	case news.ByRank:
		parts = append(parts, "its page by rank")
	case news.ByOutlets:
		parts = append(parts, "its page by number of outlets")
	}
	if t.PreferFree {
		parts = append(parts, "free copies lead")
	}
	if len(t.Hold) > 0 {
		parts = append(parts, "holding "+strings.Join(t.Hold, " | "))
	}
	return parts
}

// topicSources returns the sources that a topic carries.
func topicSources(c *config.Config, t *config.Topic) []*news.SourceConfig {
	var out []*news.SourceConfig
	for i := range c.Sources {
		if t.Carries(&c.Sources[i]) {
			out = append(out, &c.Sources[i])
		}
	}
	return out
}

// topicNotes returns notes about sources and tags that no topic uses.
func topicNotes(c *config.Config) []string {
	used := map[string]bool{}
	for i := range c.Topics {
		for _, src := range topicSources(c, &c.Topics[i]) {
			used[src.Name] = true
		}
	}
	words := map[string]bool{}
	var idle []string
	for i := range c.Sources {
		src := &c.Sources[i]
		words[src.Name] = true
		for _, tag := range src.Tags {
			words[tag] = true
		}
		if !used[src.Name] {
			idle = append(idle, src.Name)
		}
	}
	var out []string
	if len(idle) > 0 {
		out = append(out, "no topic carries "+strings.Join(idle, ", "))
	}
	strange := map[string]bool{}
	for i := range c.Topics {
		for _, w := range c.Topics[i].Not {
			strange[w] = !words[w]
		}
	}
	for _, w := range slices.Sorted(maps.Keys(strange)) {
		if strange[w] {
			out = append(out, fmt.Sprintf("%q in the not of a topic is neither a tag nor the name of a source; to leave out words, write them with a minus in its match, as in -word", w))
		}
	}
	return out
}

// sentence ends a note, unless it ends with a question.
func sentence(note string) string {
	if strings.HasSuffix(note, "?") {
		return note
	}
	return note + "."
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if stem, ok := strings.CutSuffix(thing, "y"); ok && thing != "day" {
		thing = stem + "ie"
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func retention(d time.Duration) string {
	if d == 0 {
		return "forever"
	}
	return "for " + formatDuration(d)
}

// formatDuration formats a duration as feeds.yaml has it, with at most two units.
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day < time.Hour:
		return fmt.Sprintf("%dd", d/day)
	case d >= 2*day:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	case d >= time.Hour && d%time.Hour < time.Minute:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute && d%time.Minute < time.Second:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d >= time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dms", d/time.Millisecond)
}
