package view

import (
	"context"
	"strings"
	"unicode"

	"github.com/slugline/slugline/internal/store"
)

// SearchResults is the result of a search.
type SearchResults struct {
	Stories    []Story      `json:"stories"`          // the newest first
	Before     string       `json:"before,omitempty"` // id of the story to continue below; empty: no more
	Preview    QueryPreview `json:"preview"`          // what a topic with the query would carry
	Match      string       `json:"match"`            // line for feeds.yaml that makes the query the match of a topic; empty when it can't be written in one line, or only a search can ask it
	Incomplete string       `json:"waits,omitempty"`  // why results may be missing; empty: they are complete
}

// QueryPreview is what a topic with a query would carry of the newest stories.
type QueryPreview struct {
	Looked  int    `json:"looked"`          // how many stories were examined
	Carries int    `json:"carries"`         // how many of them it would carry
	Rough   bool   `json:"rough,omitempty"` // carries is an estimate
	Cut     bool   `json:"cut,omitempty"`   // the query costs so much that fewer stories were examined than usual
	Topic   string `json:"topic,omitempty"` // existing topic whose match the query would replace
	Added   int    `json:"in,omitempty"`    // how many would join
	Removed int    `json:"out,omitempty"`   // how many would leave
}

// Compare replaces o by what would change in the topic name if the query were its match.
// It does nothing for an empty name and returns an Error when there is no such topic.
func (o *QueryPreview) Compare(ctx context.Context, tx *store.Tx, name, query string) error {
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
	f, err := Preview(ctx, tx, rule)
	if err != nil {
		return err
	}
	*o = QueryPreview{Looked: f.Looked, Carries: f.Carries, Topic: t.Name, Added: f.Added, Removed: f.Removed, Cut: f.Cut}
	return nil
}

// MatchLine returns the query as a line of feeds.yaml: in single quotes, where YAML changes
// nothing but a doubled quote and line ends (YAML 1.2 section 7.3.2). It is empty for an
// empty query or one with characters that YAML does not allow.
func MatchLine(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	if line == "" || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' || r == unicode.ReplacementChar }) {
		return ""
	}
	return "match: '" + strings.ReplaceAll(line, "'", "''") + "'"
}
