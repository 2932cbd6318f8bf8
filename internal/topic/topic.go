// Package topic says which topics carry a story: the query language of topics, alerts
// and search, compiled once and matched against each entry.
//
// A query is words, "phrases" and prefix* that match headline and summary, fields such
// as title:budget or outlets:>3, and AND, OR, NOT and ( ) in capitals. - is NOT, two
// terms side by side are joined by AND, and AND binds closer than OR. Words match when
// they are equal after folding, and a word finds its forms in the entry's language: with
// the prefixes of Arabic and Hebrew, the cases of Russian and Ukrainian, the endings of
// Turkish, irregular plurals, and elsewhere what has the same stem. All fields are in
// one table, Fields.
//
// How a name is written counts where the words alone would find too much or too little:
// heise+, C# and AT&T need their signs, a word in capitals that is also an ordinary word
// (WHO, US) needs its capitals, wifi is Wi-Fi too, and =word or "=a phrase" finds only
// what is written so. In scripts without spaces a word is looked for anywhere, but not in
// longer words that are listed as something else: 京都 is not in 東京都.
//
// Where a query is used, its Scope, decides what it may ask: a rule of a topic knows
// neither now nor the topics of a story, so an age such as after:24h and topic: are errors
// in it; who starred a story, and to whom it is assigned, only the desk may ask.
//
// The package stores nothing and reads no clock. It matches single entries; whether
// one of a story's entries matches is for the caller to ask.
//
//	field.go  the table of fields; syntax.go examples of the rest, for help
//	parse.go  text to query
//	scope.go  where a query is used; moment.go its dates
//	meant.go  what others mean by a word or a sign, for errors and notes
//	match.go  query against entry
//	doc.go    an entry as queries see it; text.go its words
//	word.go   which words of a text a word of a query finds
//	forms.go     the forms of a word, by script and language (forms_*.go)
//	rests.go     finds words of a text by their forms, with and without a prefix
//	halves.go    words of Arabic and Persian that are written in one or in two
//	joined.go    words written with a hyphen, or as one
//	written.go   what a term asks beyond words: exact text, capitals; signs.go: signs
//	longer.go    words that only stand in a longer one, from own/longer.txt
//	ordinary.go  the ordinary words of ten languages, from ordinary/*.txt
//	why.go    which terms an entry satisfies, and by what
//	marks.go  where a text has what a query looks for
//	part.go   the parts of a query, for search
package topic

import (
	"errors"
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
)

// Query is a parsed query. It is safe for use by several goroutines.
type Query struct{ root *node }

// Error says what is wrong with a query, where, and how to correct it.
type Error struct {
	Column int // in characters; the first is 1
	Text   string
	Said   locale.Message // Text, for other languages
	Query  string         // set by Compile
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Text) }

// Match reports whether an entry satisfies the query. outlets is the number of outlets
// that have its story.
func (q *Query) Match(d *Doc, outlets int) bool { return q.root.match(d, outlets) }

// Rule is a topic's from, not and match, with the mute words of all topics. It is safe
// for use by several goroutines.
type Rule struct {
	from, not []string
	match     []*Query
	muted     []*Query
}

// Compile makes the rule of a topic. muted are the queries that no topic carries. An
// error wraps an *Error and quotes the query.
func Compile(t news.Topic, muted ...string) (*Rule, error) { return Scope{}.Compile(t, muted...) }

// Compile is Compile for queries that are used in s.
func (s Scope) Compile(t news.Topic, muted ...string) (*Rule, error) {
	r := &Rule{from: t.From, not: t.Not}
	var err error
	if r.match, err = s.parseAll("match", t.Match); err != nil {
		return nil, err
	}
	r.muted, err = s.parseAll("not", muted)
	return r, err
}

// CompileHold makes the rule of what a topic holds back; nil when that is nothing.
func (s Scope) CompileHold(t news.Topic) (*Rule, error) {
	if len(t.Hold) == 0 {
		return nil, nil
	}
	all, err := s.parseAll("hold", t.Hold)
	return &Rule{match: all}, err
}

// parseAll parses the queries of a key.
func (s Scope) parseAll(key string, queries []string) (all []*Query, err error) {
	for _, text := range queries {
		q, err := s.Parse(text)
		if wrong := (*Error)(nil); errors.As(err, &wrong) {
			wrong.Query = text
			return nil, fmt.Errorf("%s %q: %w", key, text, err)
		}
		all = append(all, q)
	}
	return all, nil
}

// Match reports whether an entry satisfies the rule: its source is in from and not in
// not, one of the queries matches, and none that is muted. outlets is the number of
// outlets that have its story.
func (r *Rule) Match(d *Doc, outlets int) bool {
	switch {
	case len(r.from) > 0 && !slices.ContainsFunc(r.from, d.isFrom):
		return false
	case slices.ContainsFunc(r.not, d.isFrom):
		return false
	case len(r.match) > 0 && !matchAny(r.match, d, outlets):
		return false
	}
	return !matchAny(r.muted, d, outlets)
}

func matchAny(all []*Query, d *Doc, outlets int) bool {
	return slices.ContainsFunc(all, func(q *Query) bool { return q.Match(d, outlets) })
}
