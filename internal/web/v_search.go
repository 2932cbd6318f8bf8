package web

import (
	"strings"
	"unicode"

	"github.com/slugline/slugline/internal/store"
)

// Results is what a search found.
type Results struct {
	Stories []Story `json:"stories"`          // the newest first
	Before  string  `json:"before,omitempty"` // the story below which to ask for older ones; empty at the end
	Preview Outlook `json:"preview"`          // what a topic with this query would carry
	Match   string  `json:"match"`            // the line of feeds.yaml that makes it a topic's rule; empty when YAML can't say it
	Waits   string  `json:"waits,omitempty"`  // why something may not be found yet, in plain words
}

// Outlook is what a topic with a query would carry of the newest stories.
type Outlook struct {
	Looked  int    `json:"looked"`          // stories, the newest
	Carries int    `json:"carries"`         // of them
	Rough   bool   `json:"rough,omitempty"` // carries is an estimate
	Topic   string `json:"topic,omitempty"` // in force, whose match the query would stand for
	In      int    `json:"in,omitempty"`    // how many would come in
	Out     int    `json:"out,omitempty"`   // how many would go out
}

// compare says what would change in a topic if the query were its match.
func (o *Outlook) compare(tx *store.Tx, a sought) error {
	if a.topic == "" {
		return nil
	}
	t, err := tx.Topic(a.topic)
	if err != nil {
		return err
	}
	if t == nil || t.Removed || t.RenamedTo != "" {
		return noSuch("There is no topic %q.", a.topic)
	}
	rule := t.Topic
	rule.Match = []string{a.query}
	f, err := Preview(tx, rule)
	if err != nil {
		return err
	}
	*o = Outlook{Looked: f.Looked, Carries: f.Carries, Topic: t.Name, In: f.In, Out: f.Out}
	return nil
}

// matchLine is the query as a line of feeds.yaml. In single quotes YAML takes every
// character as it is but for the quote, which is doubled, and line ends.
func matchLine(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	if line == "" || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' || r == unicode.ReplacementChar }) {
		return ""
	}
	return "match: '" + strings.ReplaceAll(line, "'", "''") + "'"
}
