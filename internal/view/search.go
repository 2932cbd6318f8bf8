package view

import (
	"strings"
	"unicode"

	"github.com/slugline/slugline/internal/store"
)

// SearchResults is what a search found.
type SearchResults struct {
	Stories    []Story      `json:"stories"`          // the newest first
	Before     string       `json:"before,omitempty"` // the story below which to ask for older ones; empty at the end
	Preview    QueryPreview `json:"preview"`          // what a topic with this query would carry
	Match      string       `json:"match"`            // the line of feeds.yaml that makes it a topic's rule; empty when YAML can't say it
	Incomplete string       `json:"waits,omitempty"`  // why something may not be found yet, in plain words
}

// QueryPreview is what a topic with a query would carry of the newest stories.
type QueryPreview struct {
	Looked  int    `json:"looked"`          // stories, the newest
	Carries int    `json:"carries"`         // of them
	Rough   bool   `json:"rough,omitempty"` // carries is an estimate
	Topic   string `json:"topic,omitempty"` // in force, whose match the query would stand for
	Added   int    `json:"in,omitempty"`    // how many would come in
	Removed int    `json:"out,omitempty"`   // how many would go out
}

// Compare says what would change in a topic if the query were its match.
func (o *QueryPreview) Compare(tx *store.Tx, name, query string) error {
	if name == "" {
		return nil
	}
	t, err := tx.Topics.Get(name)
	if err != nil {
		return err
	}
	if t == nil || t.Removed || t.RenamedTo != "" {
		return notFound("There is no topic %q.", name)
	}
	rule := t.Topic
	rule.Match = []string{query}
	f, err := Preview(tx, rule)
	if err != nil {
		return err
	}
	*o = QueryPreview{Looked: f.Looked, Carries: f.Carries, Topic: t.Name, Added: f.Added, Removed: f.Removed}
	return nil
}

// MatchLine is the query as a line of feeds.yaml. In single quotes YAML takes every
// character as it is but for the quote, which is doubled, and line ends.
func MatchLine(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	if line == "" || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' || r == unicode.ReplacementChar }) {
		return ""
	}
	return "match: '" + strings.ReplaceAll(line, "'", "''") + "'"
}
