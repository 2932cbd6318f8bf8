package search

import (
	"context"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// candidateQuery is what the index must hold of a story that satisfies a part of a query. It
// may let through others, never leaves one out.
type candidateQuery struct {
	op    queryOp
	field string   // of terms
	terms []string // any of them
	parts  []*candidateQuery

	sureForOne  bool // a story told by one outlet satisfies the part when it meets the need
	sureForMany bool // so does one told by several
	ofStory bool // the part asks of the story, not of one of its takes
}

type queryOp uint8

const (
	opEvery queryOp = iota // all stories meet it
	opTerms
	opAll
	opAny
	opNot // not its kid
)

func matchNone() *candidateQuery { return &candidateQuery{op: opTerms, sureForOne: true, sureForMany: true} }

// planner makes needs for one state of the index.
type planner struct {
	ctx     context.Context
	reader  index.IndexReader
	sources []take   // every source, with an empty entry
	langs   []string // by which texts of the index are stemmed
	maxTerms    int      // words that a prefix may stand for
}

func (p *planner) plan(part topic.Part) (*candidateQuery, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	switch part.Kind() {
	case topic.And, topic.Or, topic.Not:
		return p.compound(part)
	case topic.Comparison:
		return p.outlets(part)
	}
	switch part.Field() {
	case "source", "tag":
		return p.ofSource(part), nil
	case "lang":
		return p.lang(part)
	case "link":
		return p.link(part)
	case "title":
		return p.text(part, fieldTitle)
	case "author":
		return p.text(part, fieldAuthor)
	case "category":
		return p.text(part, fieldCategory)
	}
	return p.text(part, fieldNews)
}

func (p *planner) compound(part topic.Part) (*candidateQuery, error) {
	var kids []*candidateQuery
	for _, k := range part.Parts() {
		n, err := p.plan(k)
		if err != nil {
			return nil, err
		}
		kids = append(kids, n)
	}
	switch part.Kind() {
	case topic.And:
		return allOf(kids), nil
	case topic.Or:
		return anyOf(kids), nil
	}
	return notOf(kids[0]), nil
}

// allOf is met by who meets all. With several outlets it takes one take that
// satisfies all parts, which the index does not tell.
func allOf(kids []*candidateQuery) *candidateQuery {
	n := &candidateQuery{op: opAll, sureForOne: true, sureForMany: true, ofStory: true}
	takes := 0
	for _, k := range kids {
		n.sureForOne, n.sureForMany, n.ofStory = n.sureForOne && k.sureForOne, n.sureForMany && k.sureForMany, n.ofStory && k.ofStory
		if !k.ofStory {
			takes++
		}
		switch k.op {
		case opEvery:
		case opAll:
			n.parts = append(n.parts, k.parts...)
		default:
			n.parts = append(n.parts, k)
		}
	}
	n.sureForMany = n.sureForMany && takes <= 1
	if len(n.parts) == 0 {
		n.op = opEvery
	}
	return n
}

func anyOf(kids []*candidateQuery) *candidateQuery {
	n := &candidateQuery{op: opAny, sureForOne: true, sureForMany: true, ofStory: true}
	for _, k := range kids {
		n.sureForOne, n.sureForMany, n.ofStory = n.sureForOne && k.sureForOne, n.sureForMany && k.sureForMany, n.ofStory && k.ofStory
		if k.op == opEvery {
			n.op = opEvery
		}
		n.parts = append(n.parts, k)
	}
	if n.op == opEvery {
		n.parts = nil
	}
	return n
}

// notOf is met by who does not meet k. Of a story told by several outlets the
// index can't tell whether one of them does not.
func notOf(k *candidateQuery) *candidateQuery {
	switch {
	case !k.sureForOne:
		return &candidateQuery{op: opEvery}
	case k.op == opEvery:
		return matchNone()
	case k.ofStory:
		return &candidateQuery{op: opNot, parts: []*candidateQuery{k}, sureForOne: true, sureForMany: k.sureForMany, ofStory: true}
	}
	one := &candidateQuery{op: opTerms, field: fieldFlags, terms: []string{oneTake}}
	return &candidateQuery{op: opNot, parts: []*candidateQuery{allOf([]*candidateQuery{k, one})}, sureForOne: true}
}

// outlets looks for the numbers of outlets there are that satisfy the part.
func (p *planner) outlets(part topic.Part) (*candidateQuery, error) {
	n := &candidateQuery{op: opTerms, field: fieldOutlets, sureForOne: true, sureForMany: true, ofStory: true}
	all, _, err := p.dictionary(fieldOutlets, "", 1<<20)
	for _, t := range all {
		if voices, err := strconv.Atoi(t); err == nil && part.Compare(voices) {
			n.terms = append(n.terms, t)
		}
	}
	return n, err
}

// ofSource looks for the sources that satisfy the part by themselves.
func (p *planner) ofSource(part topic.Part) *candidateQuery {
	n := &candidateQuery{op: opTerms, field: fieldSource, sureForOne: true, sureForMany: true}
	for _, s := range p.sources {
		if part.Match(s.doc, 0) {
			n.terms = append(n.terms, s.source.ID)
		}
	}
	return n
}

// asksSources says whether a query can't be planned without the sources.
func asksSources(part topic.Part) bool {
	switch part.Kind() {
	case topic.And, topic.Or, topic.Not:
		return slices.ContainsFunc(part.Parts(), asksSources)
	}
	return part.Field() == "source" || part.Field() == "tag"
}

func (p *planner) lang(part topic.Part) (*candidateQuery, error) {
	if part.Prefix() {
		return p.withPrefix(fieldLang, part.Text())
	}
	n, err := p.withPrefix(fieldLang, part.Text()+"-")
	n.terms = append(n.terms, part.Text())
	return n, err
}

// link looks for the labels of the address. The last may go on where the part is a
// prefix.
func (p *planner) link(part topic.Part) (*candidateQuery, error) {
	labels := topic.Labels(part.Text())
	if len(labels) == 0 {
		return &candidateQuery{op: opEvery}, nil
	}
	var kids []*candidateQuery
	for i, l := range labels {
		if part.Prefix() && i == len(labels)-1 {
			n, err := p.withPrefix(fieldLink, l)
			if err != nil {
				return nil, err
			}
			kids = append(kids, n)
			continue
		}
		kids = append(kids, &candidateQuery{op: opTerms, field: fieldLink, terms: []string{l}, sureForOne: true, sureForMany: true})
	}
	n := allOf(kids)
	if labels[0] != part.Text() {
		n.sureForOne, n.sureForMany = false, false
	}
	return n, nil
}

func (p *planner) text(part topic.Part, field string) (*candidateQuery, error) {
	ws := part.Words()
	if part.Kind() == topic.Character {
		var one []string
		for _, r := range ws[0] {
			one = append(one, runeTerm(r))
		}
		return &candidateQuery{op: opTerms, field: field, terms: one, sureForOne: true, sureForMany: true}, nil
	}
	var kids []*candidateQuery
	for i, w := range ws {
		if part.Prefix() && i == len(ws)-1 {
			n, err := p.withPrefix(field, w)
			if err != nil {
				return nil, err
			}
			kids = append(kids, n)
			continue
		}
		kids = append(kids, p.word(field, w))
	}
	n := allOf(kids)
	if len(ws) > 1 { // in which order they stand is for Match to see
		n.sureForOne, n.sureForMany = false, false
	}
	return n, nil
}

// word looks for a word and for its stem in every language there is.
func (p *planner) word(field, w string) *candidateQuery {
	n := &candidateQuery{op: opTerms, field: field, terms: []string{w}, sureForOne: true, sureForMany: true}
	if canStem(w, "") {
		n.terms = append(n.terms, stemTerm("", words.Stem(w, "")))
	}
	for _, lang := range p.langs {
		if canStem(w, lang) {
			n.terms = append(n.terms, stemTerm(lang, words.Stem(w, lang)))
		}
	}
	return n
}

// maxExpansion is how many words a prefix may stand for. One that stands for more
// is met by everything: the newest stories will do.
const maxExpansion = 4096

// withPrefix looks for the terms with a prefix.
func (p *planner) withPrefix(field, prefix string) (*candidateQuery, error) {
	all, whole, err := p.dictionary(field, prefix, p.maxTerms)
	if err != nil || !whole {
		return &candidateQuery{op: opEvery}, err
	}
	return &candidateQuery{op: opTerms, field: field, terms: all, sureForOne: true, sureForMany: true}, nil
}

// dictionary returns up to n terms of a field, and whether that is all of them.
func (p *planner) dictionary(field, prefix string, n int) (all []string, whole bool, err error) {
	dict, err := p.reader.FieldDictPrefix(field, []byte(prefix))
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = dict.Close() }()
	for {
		e, err := dict.Next()
		if err != nil || e == nil {
			return all, err == nil, err
		}
		if len(all) == n {
			return all, false, p.ctx.Err()
		}
		all = append(all, e.Term)
	}
}

// unscored lets bleve work with sets of stories alone.
var unscored = search.SearcherOptions{Score: "none"}

// open looks a need up in the index. The caller closes what it gets.
func (n *candidateQuery) open(ctx context.Context, r index.IndexReader) (search.Searcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch n.op {
	case opTerms:
		if len(n.terms) == 0 {
			return searcher.NewMatchNoneSearcher(r)
		}
		return searcher.NewMultiTermSearcher(ctx, r, n.terms, n.field, 1, unscored, false)
	case opAny:
		kids, err := openAll(ctx, r, n.parts)
		if err != nil {
			return nil, err
		}
		return searcher.NewDisjunctionSearcher(ctx, r, kids, 0, unscored)
	case opAll, opNot:
		return n.openAnd(ctx, r)
	}
	return searcher.NewMatchAllSearcher(ctx, r, 1, unscored)
}

// openAnd finds what meets all kids; those that are but take away from the rest.
func (n *candidateQuery) openAnd(ctx context.Context, r index.IndexReader) (search.Searcher, error) {
	kids := n.parts
	if n.op == opNot {
		kids = []*candidateQuery{n}
	}
	var with, without []*candidateQuery
	for _, k := range kids {
		if k.op == opNot {
			without = append(without, k.parts[0])
			continue
		}
		with = append(with, k)
	}
	if len(with) == 0 {
		with = []*candidateQuery{{op: opEvery}}
	}
	must, err := openAll(ctx, r, with)
	if err != nil {
		return nil, err
	}
	found := must[0]
	if len(must) > 1 {
		if found, err = searcher.NewConjunctionSearcher(ctx, r, must, unscored); err != nil {
			return nil, err
		}
	}
	if len(without) == 0 {
		return found, nil
	}
	not, err := openAll(ctx, r, without)
	if err != nil {
		_ = found.Close()
		return nil, err
	}
	taken := not[0]
	if len(not) > 1 {
		if taken, err = searcher.NewDisjunctionSearcher(ctx, r, not, 0, unscored); err != nil {
			_ = found.Close()
			return nil, err
		}
	}
	return searcher.NewBooleanSearcher(ctx, r, found, nil, taken, unscored)
}

func openAll(ctx context.Context, r index.IndexReader, needs []*candidateQuery) (out []search.Searcher, err error) {
	for _, n := range needs {
		s, err := n.open(ctx, r)
		if err != nil {
			for _, s := range out {
				_ = s.Close()
			}
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
