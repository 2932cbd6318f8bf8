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

// need is what the index must hold of a story that satisfies a part of a query. It
// may let through others, never leaves one out.
type need struct {
	op    needOp
	field string   // of terms
	terms []string // any of them
	kids  []*need

	sure  bool // a story told by one outlet satisfies the part when it meets the need
	whole bool // so does one told by several
	story bool // the part asks of the story, not of one of its takes
}

type needOp uint8

const (
	every needOp = iota // all stories meet it
	terms
	all
	either
	but // not its kid
)

func nothing() *need { return &need{op: terms, sure: true, whole: true} }

// planner makes needs for one state of the index.
type planner struct {
	ctx     context.Context
	reader  index.IndexReader
	sources []take   // every source, with an empty entry
	langs   []string // by which texts of the index are stemmed
	most    int      // words that a prefix may stand for
}

func (p *planner) plan(part topic.Part) (*need, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	switch part.Kind() {
	case topic.And, topic.Or, topic.Not:
		return p.compound(part)
	case topic.Outlets:
		return p.outlets(part)
	}
	switch part.Field() {
	case "source", "tag":
		return p.sourced(part), nil
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

func (p *planner) compound(part topic.Part) (*need, error) {
	var kids []*need
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
		return eitherOf(kids), nil
	}
	return butNot(kids[0]), nil
}

// allOf is met by who meets all. With several outlets it takes one take that
// satisfies all parts, which the index does not tell.
func allOf(kids []*need) *need {
	n := &need{op: all, sure: true, whole: true, story: true}
	takes := 0
	for _, k := range kids {
		n.sure, n.whole, n.story = n.sure && k.sure, n.whole && k.whole, n.story && k.story
		if !k.story {
			takes++
		}
		switch k.op {
		case every:
		case all:
			n.kids = append(n.kids, k.kids...)
		default:
			n.kids = append(n.kids, k)
		}
	}
	n.whole = n.whole && takes <= 1
	if len(n.kids) == 0 {
		n.op = every
	}
	return n
}

func eitherOf(kids []*need) *need {
	n := &need{op: either, sure: true, whole: true, story: true}
	for _, k := range kids {
		n.sure, n.whole, n.story = n.sure && k.sure, n.whole && k.whole, n.story && k.story
		if k.op == every {
			n.op = every
		}
		n.kids = append(n.kids, k)
	}
	if n.op == every {
		n.kids = nil
	}
	return n
}

// butNot is met by who does not meet k. Of a story told by several outlets the
// index can't tell whether one of them does not.
func butNot(k *need) *need {
	switch {
	case !k.sure:
		return &need{op: every}
	case k.op == every:
		return nothing()
	case k.story:
		return &need{op: but, kids: []*need{k}, sure: true, whole: k.whole, story: true}
	}
	one := &need{op: terms, field: fieldSort, terms: []string{oneTake}}
	return &need{op: but, kids: []*need{allOf([]*need{k, one})}, sure: true}
}

// outlets looks for the numbers of outlets there are that satisfy the part.
func (p *planner) outlets(part topic.Part) (*need, error) {
	n := &need{op: terms, field: fieldOutlets, sure: true, whole: true, story: true}
	all, _, err := p.dictionary(fieldOutlets, "", 1<<20)
	for _, t := range all {
		if voices, err := strconv.Atoi(t); err == nil && part.Compare(voices) {
			n.terms = append(n.terms, t)
		}
	}
	return n, err
}

// sourced looks for the sources that satisfy the part by themselves.
func (p *planner) sourced(part topic.Part) *need {
	n := &need{op: terms, field: fieldSource, sure: true, whole: true}
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

func (p *planner) lang(part topic.Part) (*need, error) {
	if part.Prefix() {
		return p.begins(fieldLang, part.Text())
	}
	n, err := p.begins(fieldLang, part.Text()+"-")
	n.terms = append(n.terms, part.Text())
	return n, err
}

// link looks for the labels of the address. The last may go on where the part is a
// prefix.
func (p *planner) link(part topic.Part) (*need, error) {
	labels := topic.Labels(part.Text())
	if len(labels) == 0 {
		return &need{op: every}, nil
	}
	var kids []*need
	for i, l := range labels {
		if part.Prefix() && i == len(labels)-1 {
			n, err := p.begins(fieldLink, l)
			if err != nil {
				return nil, err
			}
			kids = append(kids, n)
			continue
		}
		kids = append(kids, &need{op: terms, field: fieldLink, terms: []string{l}, sure: true, whole: true})
	}
	n := allOf(kids)
	if labels[0] != part.Text() {
		n.sure, n.whole = false, false
	}
	return n, nil
}

func (p *planner) text(part topic.Part, field string) (*need, error) {
	ws := part.Words()
	if part.Kind() == topic.Inner {
		var one []string
		for _, r := range ws[0] {
			one = append(one, runeTerm(r))
		}
		return &need{op: terms, field: field, terms: one, sure: true, whole: true}, nil
	}
	var kids []*need
	for i, w := range ws {
		if part.Prefix() && i == len(ws)-1 {
			n, err := p.begins(field, w)
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
		n.sure, n.whole = false, false
	}
	return n, nil
}

// word looks for a word and for its stem in every language there is.
func (p *planner) word(field, w string) *need {
	n := &need{op: terms, field: field, terms: []string{w}, sure: true, whole: true}
	if stemmable(w, "") {
		n.terms = append(n.terms, stemTerm("", words.Stem(w, "")))
	}
	for _, lang := range p.langs {
		if stemmable(w, lang) {
			n.terms = append(n.terms, stemTerm(lang, words.Stem(w, lang)))
		}
	}
	return n
}

// maxExpansion is how many words a prefix may stand for. One that stands for more
// is met by everything: the newest stories will do.
const maxExpansion = 4096

// begins looks for the terms with a prefix.
func (p *planner) begins(field, prefix string) (*need, error) {
	all, whole, err := p.dictionary(field, prefix, p.most)
	if err != nil || !whole {
		return &need{op: every}, err
	}
	return &need{op: terms, field: field, terms: all, sure: true, whole: true}, nil
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
func (n *need) open(ctx context.Context, r index.IndexReader) (search.Searcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch n.op {
	case terms:
		if len(n.terms) == 0 {
			return searcher.NewMatchNoneSearcher(r)
		}
		return searcher.NewMultiTermSearcher(ctx, r, n.terms, n.field, 1, unscored, false)
	case either:
		kids, err := openAll(ctx, r, n.kids)
		if err != nil {
			return nil, err
		}
		return searcher.NewDisjunctionSearcher(ctx, r, kids, 0, unscored)
	case all, but:
		return n.openAnd(ctx, r)
	}
	return searcher.NewMatchAllSearcher(ctx, r, 1, unscored)
}

// openAnd finds what meets all kids; those that are but take away from the rest.
func (n *need) openAnd(ctx context.Context, r index.IndexReader) (search.Searcher, error) {
	kids := n.kids
	if n.op == but {
		kids = []*need{n}
	}
	var with, without []*need
	for _, k := range kids {
		if k.op == but {
			without = append(without, k.kids[0])
			continue
		}
		with = append(with, k)
	}
	if len(with) == 0 {
		with = []*need{{op: every}}
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

func openAll(ctx context.Context, r index.IndexReader, needs []*need) (out []search.Searcher, err error) {
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
