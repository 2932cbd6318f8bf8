package search

import (
	"context"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// candidateQuery asks the index for the stories that may satisfy a part of a query. It
// may find others too, but never misses one that does.
type candidateQuery struct {
	op    queryOp
	field string            // of opTerms
	terms []string          // of opTerms
	parts []*candidateQuery // of opAll, opAny and opNot

	sureForOne  bool // a story with one take that is found satisfies the part
	sureForMany bool // so does a story with several takes
	ofStory     bool // the part is about the story, not about one of its takes
}

type queryOp uint8

const (
	opEvery queryOp = iota // finds all stories
	opTerms                // any of the terms
	opAll                  // all parts
	opAny                  // any part
	opNot                  // not its only part
)

// unsure is the answer when the index doesn't know: every story is a candidate, and
// none is known to satisfy the part.
func unsure() *candidateQuery { return &candidateQuery{op: opEvery} }

// sureTerms finds the stories with any of the terms, which are exactly those that
// satisfy the part.
func sureTerms(field string, terms ...string) *candidateQuery {
	return &candidateQuery{op: opTerms, field: field, terms: terms, sureForOne: true, sureForMany: true}
}

func matchNone() *candidateQuery { return sureTerms("") }

// allOf finds what all parts find. One take must satisfy all parts, and the index does
// not say which take of a story satisfies which part, so it is unsure about stories
// with several takes.
func allOf(parts []*candidateQuery) *candidateQuery {
	q := &candidateQuery{op: opAll, sureForOne: true, sureForMany: true, ofStory: true}
	ofTake := 0
	for _, p := range parts {
		q.and(p)
		if !p.ofStory {
			ofTake++
		}
		switch p.op {
		case opEvery:
		case opAll:
			q.parts = append(q.parts, p.parts...)
		default:
			q.parts = append(q.parts, p)
		}
	}
	q.sureForMany = q.sureForMany && ofTake <= 1
	if len(q.parts) == 0 {
		q.op = opEvery
	}
	if len(q.parts) > maxParts {
		q.keepSome()
	}
	return q
}

// maxParts is how many parts of a conjunction are looked for in the index. Bleve goes
// through all of them between two hits, and can't be stopped there.
const maxParts = 64

// keepSome keeps maxParts different parts. Leaving out others finds more, so match must
// decide about each story.
func (q *candidateQuery) keepSome() {
	all := q.parts
	q.parts = nil
	for _, p := range all {
		if !slices.ContainsFunc(q.parts, p.isSameAs) {
			q.parts = append(q.parts, p)
		}
		if len(q.parts) == maxParts {
			q.sureForOne, q.sureForMany = false, false
			return
		}
	}
}

// isSameAs reports whether two parts ask the index for the same terms.
func (q *candidateQuery) isSameAs(other *candidateQuery) bool {
	return q.op == opTerms && other.op == opTerms && q.field == other.field && slices.Equal(q.terms, other.terms)
}

// and keeps a property of the query only if the part has it too.
func (q *candidateQuery) and(part *candidateQuery) {
	q.sureForOne = q.sureForOne && part.sureForOne
	q.sureForMany = q.sureForMany && part.sureForMany
	q.ofStory = q.ofStory && part.ofStory
}

func anyOf(parts []*candidateQuery) *candidateQuery {
	q := &candidateQuery{op: opAny, sureForOne: true, sureForMany: true, ofStory: true}
	for _, p := range parts {
		q.and(p)
		if p.op == opEvery {
			q.op = opEvery
		}
		q.parts = append(q.parts, p)
	}
	if q.op == opEvery {
		q.parts = nil
	}
	return q
}

// notOf finds what the part does not find. The index does not say whether one of
// several takes fails to satisfy the part, so all stories with several takes are
// candidates, unless the part is about the story.
func notOf(part *candidateQuery) *candidateQuery {
	switch {
	case !part.sureForOne:
		return unsure()
	case part.op == opEvery:
		return matchNone()
	case part.ofStory:
		return &candidateQuery{op: opNot, parts: []*candidateQuery{part}, sureForOne: true, sureForMany: part.sureForMany, ofStory: true}
	}
	one := sureTerms(fieldFlags, oneTake)
	return &candidateQuery{op: opNot, parts: []*candidateQuery{allOf([]*candidateQuery{part, one})}, sureForOne: true}
}

// allTerms returns the terms one of which a story must have. ok is false if the query asks
// for anything else.
func (q *candidateQuery) allTerms() (terms []string, ok bool) {
	switch q.op {
	case opTerms:
		return q.terms, true
	case opAny:
		for _, p := range q.parts {
			more, ok := p.allTerms()
			if !ok {
				return nil, false
			}
			terms = append(terms, more...)
		}
		return terms, true
	}
	return nil, false
}

// unscored makes bleve return sets of stories without scores.
var unscored = search.SearcherOptions{Score: "none"}

// open starts the query on the index. The caller closes the searcher.
func (q *candidateQuery) open(ctx context.Context, r index.IndexReader) (search.Searcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch q.op {
	case opTerms:
		if len(q.terms) == 0 {
			return searcher.NewMatchNoneSearcher(r)
		}
		return searcher.NewMultiTermSearcher(ctx, r, q.terms, q.field, 1, unscored, false)
	case opAny:
		return openAny(ctx, r, q.parts)
	case opAll:
		return openAll(ctx, r, q.parts)
	case opNot:
		return openAll(ctx, r, []*candidateQuery{q})
	}
	return searcher.NewMatchAllSearcher(ctx, r, 1, unscored)
}

func openAny(ctx context.Context, r index.IndexReader, parts []*candidateQuery) (search.Searcher, error) {
	opened, err := openEach(ctx, r, parts)
	if err != nil {
		return nil, err
	}
	if len(opened) == 1 {
		return opened[0], nil
	}
	return searcher.NewDisjunctionSearcher(ctx, r, opened, 0, unscored)
}

// openAll finds what all parts find. Parts that are opNot exclude from the others, or
// from all stories when there are no others.
func openAll(ctx context.Context, r index.IndexReader, parts []*candidateQuery) (search.Searcher, error) {
	var with, without []*candidateQuery
	for _, p := range parts {
		if p.op == opNot {
			without = append(without, p.parts[0])
		} else {
			with = append(with, p)
		}
	}
	if len(with) == 0 {
		with = []*candidateQuery{{op: opEvery}}
	}
	opened, err := openEach(ctx, r, with)
	if err != nil {
		return nil, err
	}
	found := opened[0]
	if len(opened) > 1 {
		if found, err = searcher.NewConjunctionSearcher(ctx, r, opened, unscored); err != nil {
			return nil, err
		}
	}
	if len(without) == 0 {
		return found, nil
	}
	excluded, err := openAny(ctx, r, without)
	if err != nil {
		_ = found.Close()
		return nil, err
	}
	return searcher.NewBooleanSearcher(ctx, r, found, nil, excluded, unscored)
}

// openEach opens all queries, or none when one fails.
func openEach(ctx context.Context, r index.IndexReader, queries []*candidateQuery) (opened []search.Searcher, err error) {
	for _, q := range queries {
		s, err := q.open(ctx, r)
		if err != nil {
			for _, s := range opened {
				_ = s.Close()
			}
			return nil, err
		}
		opened = append(opened, s)
	}
	return opened, nil
}
