package search

import (
	"slices"

	"github.com/slugline/slugline/internal/search/posting"
)

// candidateQuery asks the index for the stories that may satisfy a part of a query. It
// may find others too, but never misses one that does.
type candidateQuery struct {
	op    queryOp
	field string            // of opTerms
	terms []string          // of opTerms
	keys  []posting.Key     // of opStories
	parts []*candidateQuery // of opAll, opAny and opNot

	sureForOne  bool // a story with one take that is found satisfies the part
	sureForMany bool // so does a story with several takes
	ofStory     bool // the part is about the story, not about one of its takes
}

type queryOp uint8

const (
	opEvery   queryOp = iota // finds all stories
	opTerms                  // any of the terms
	opStories                // the stories with these keys
	opAll                    // all parts
	opAny                    // any part
	opNot                    // not its only part
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

// maxParts is how many parts of a conjunction are looked for in the index, each of which
// takes memory.
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

// compile makes what the index is asked.
func (q *candidateQuery) compile() *posting.Query {
	out := &posting.Query{}
	switch q.op {
	case opEvery:
		out.Op = posting.Every
	case opTerms:
		out.Op = posting.Terms
		stored, strong := storedField(q.field)
		out.Strong = strong
		for _, t := range q.terms {
			out.Terms = append(out.Terms, stored+t)
		}
	case opStories:
		out.Op, out.Keys = posting.Keys, q.keys
	case opAll:
		out.Op = posting.All
	case opAny:
		out.Op = posting.Any
	case opNot:
		out.Op = posting.Not
	}
	for _, p := range q.parts {
		out.Parts = append(out.Parts, p.compile())
	}
	return out
}
