// Package topic says which topics carry a story: the query language of topics,
// alerts and search, compiled once and asked for each entry.
//
// A query is words, "phrases" and prefix* that match headline and summary, the
// fields title: source: tag: lang: author: category: link: and outlets:>3, and
// AND, OR, NOT and ( ) in capitals; - is NOT, two terms side by side are AND,
// and AND binds closer than OR. Words match when they are equal after folding
// or have one stem in the entry's language.
//
// It keeps nothing, knows no time, and never asks what a story is: whether one
// of several entries satisfies a rule is for its callers to ask.
package topic

import (
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// Query is a parsed query. It may be asked by many goroutines.
type Query struct{ root *node }

// Error says what is wrong with a query, where, and what to do about it.
type Error struct {
	Column int // characters from the start of the query, the first is 1
	Text   string
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Text) }

// Match says whether an entry satisfies the query. outlets is the number of
// voices of its story.
func (q *Query) Match(d *Doc, outlets int) bool { return q.root.match(d, outlets) }

// Rule is a topic's from, not and match. It may be asked by many goroutines.
type Rule struct {
	from, not []string
	match     []*Query
}

// Compile makes the rule of a topic. An error wraps an *Error and names the query.
func Compile(t news.Topic) (*Rule, error) {
	r := &Rule{from: t.From, not: t.Not}
	for _, m := range t.Match {
		q, err := Parse(m)
		if err != nil {
			return nil, fmt.Errorf("match %q: %w", m, err)
		}
		r.match = append(r.match, q)
	}
	return r, nil
}

// Match says whether an entry satisfies the rule: its source is in from and not
// in not, and one of the queries matches. outlets is the number of voices of its
// story.
func (r *Rule) Match(d *Doc, outlets int) bool {
	switch {
	case len(r.from) > 0 && !slices.ContainsFunc(r.from, d.from):
		return false
	case slices.ContainsFunc(r.not, d.from):
		return false
	case len(r.match) == 0:
		return true
	}
	return slices.ContainsFunc(r.match, func(q *Query) bool { return q.Match(d, outlets) })
}
