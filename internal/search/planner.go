package search

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/topic"
)

// planner makes candidate queries for one state of the index.
type planner struct {
	ctx      context.Context
	reader   *posting.Reader
	mapped   map[string]mapping     // query fields that the index knows
	sources  []take                 // each source with an empty entry; read only when asksSources
	langs    []string               // by which texts of the index are stemmed
	forms    *formLanguages         // nil: not read yet
	maxTerms int                    // that a prefix may expand to
	partly   bool                   // see FindPartly
	read     map[[2]string][]string // terms by field and prefix, nil where there are too many; see prefixTerms
	expanded int                    // terms in read

	found map[[2]string]*candidateQuery // by field and word, see word
}

// maxExpansion is how many words a prefix may expand to. With more, all stories are
// candidates: a prefix so frequent is in most of the newest stories anyway.
const maxExpansion = 4096

// maxExpanded is how many words all prefixes of a query may expand to. With more, all
// stories are candidates for the rest of them, so a query of many prefixes takes little
// memory.
const maxExpanded = 16 * maxExpansion

// plan makes the candidate query for a part of a query.
func (p *planner) plan(part topic.Part) (*candidateQuery, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	switch part.Kind() {
	case topic.And, topic.Or, topic.Not:
		return p.compound(part)
	}
	if stars, ok := part.Stars(); ok {
		return starred(stars), nil
	}
	f := part.Field()
	if f.Of == topic.OfSource {
		return p.ofSource(part), nil
	}
	if m, ok := p.mapped[f.Name]; ok {
		return m.plan(p, m.field, part)
	}
	return unsure(), nil
}

func (p *planner) compound(part topic.Part) (*candidateQuery, error) {
	if part.Kind() == topic.Not && p.partly {
		return unsure(), nil // readers may not see what it excludes
	}
	var queries []*candidateQuery
	for _, sub := range part.Parts() {
		q, err := p.plan(sub)
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	switch part.Kind() {
	case topic.And:
		return allOf(queries), nil
	case topic.Or:
		return anyOf(queries), nil
	}
	return notOf(queries[0]), nil
}

// asksSources reports whether the planner needs the sources for a part of a query.
func asksSources(part topic.Part) bool {
	switch part.Kind() {
	case topic.And, topic.Or, topic.Not:
		return slices.ContainsFunc(part.Parts(), asksSources)
	}
	return part.Field().Of == topic.OfSource
}

// ofSource finds the stories of the sources that satisfy the part by themselves.
func (p *planner) ofSource(part topic.Part) *candidateQuery {
	q := sureTerms(fieldSource)
	for _, s := range p.sources {
		if part.Match(s.doc, 0) {
			q.terms = append(q.terms, s.source.ID)
		}
	}
	return q
}

// starred finds stories by their ids.
func starred(stars map[string]*news.Star) *candidateQuery {
	q := &candidateQuery{op: opStories, sureForOne: true, sureForMany: true, ofStory: true}
	for id, s := range stars {
		q.keys = append(q.keys, keyOf(&news.Story{ID: id, First: s.First, Seq: s.Seq}))
	}
	return q
}

// number finds the numbers in the index that satisfy the part.
func (p *planner) number(field string, part topic.Part) (*candidateQuery, error) {
	if p.partly {
		return unsure(), nil // readers may see fewer outlets
	}
	q := sureTerms(field)
	q.ofStory = part.Field().Of == topic.OfStory
	all, _, err := p.dictionary(field, "", 1<<20)
	for _, t := range all {
		if n, err := strconv.Atoi(t); err == nil && part.Compare(n) {
			q.terms = append(q.terms, t)
		}
	}
	return q, err
}

// value finds a whole value, or values that begin with it.
func (p *planner) value(field string, part topic.Part) (*candidateQuery, error) {
	if part.Prefix() {
		return p.withPrefix(field, part.Text())
	}
	return sureTerms(field, part.Text()), nil
}

// moment finds the windows of time in which a take may satisfy the part. match decides
// about takes in the window that the moment itself is in.
func (p *planner) moment(field string, part topic.Part) (*candidateQuery, error) {
	q := sureTerms(field)
	q.sureForOne, q.sureForMany = false, false
	all, _, err := p.dictionary(field, "", 1<<20)
	for _, t := range all {
		start := windowStart(t)
		if part.Within(timeOf(start)) || part.Within(timeOf(start+1<<takenBits-1)) {
			q.terms = append(q.terms, t)
		}
	}
	return q, err
}

// lang finds the language itself, and languages that begin with it and a hyphen.
func (p *planner) lang(field string, part topic.Part) (*candidateQuery, error) {
	if part.Prefix() {
		return p.withPrefix(field, part.Text())
	}
	q, err := p.withPrefix(field, part.Text()+"-")
	if err != nil || q.op == opEvery {
		return q, err
	}
	q.terms = append(q.terms, part.Text())
	return q, nil
}

// link finds the labels of the address in any order; match decides about the order.
func (p *planner) link(field string, part topic.Part) (*candidateQuery, error) {
	labels := topic.Labels(part.Text())
	if len(labels) == 0 {
		return unsure(), nil
	}
	q, err := p.each(field, labels, part.Prefix(), func(field string, i int) (*candidateQuery, error) {
		return sureTerms(field, labels[i]), nil
	})
	if err == nil && labels[0] != part.Text() {
		q.sureForOne, q.sureForMany = false, false
	}
	return q, err
}

// words finds the words of a text in any order; match decides about a
// phrase and about capitals and signs.
func (p *planner) words(field string, part topic.Part) (*candidateQuery, error) {
	ws := part.Words()
	var q *candidateQuery
	var err error
	switch {
	case part.Kind() == topic.Character:
		q = sureTerms(field, runeTerms(ws[0])...)
	case part.IsExact():
		q, err = p.allPrefixes(field, ws)
	default:
		q, err = p.each(field, ws, part.Prefix(), func(field string, i int) (*candidateQuery, error) {
			return p.word(field, part, i)
		})
	}
	if err == nil && (len(ws) > 1 || part.AsksWriting()) {
		q.sureForOne, q.sureForMany = false, false
	}
	return q, err
}

// each finds the stories that have all terms in a field. With prefix, the last term may
// be only the beginning of one.
func (p *planner) each(field string, terms []string, prefix bool, find func(field string, i int) (*candidateQuery, error)) (*candidateQuery, error) {
	var queries []*candidateQuery
	for i, t := range terms {
		if slices.Contains(terms[:min(i, maxParts)], t) && i < len(terms)-1 {
			continue // a phrase that repeats a word
		}
		err := p.ctx.Err()
		if err != nil {
			return nil, err
		}
		var q *candidateQuery
		if prefix && i == len(terms)-1 {
			q, err = p.withPrefix(field, t)
		} else {
			q, err = find(field, i)
		}
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	return allOf(queries), nil
}

// isCharacter reports whether w is a single character of a script without spaces.
func isCharacter(w string) bool {
	r, size := utf8.DecodeRuneInString(w)
	return size == len(w) && topic.Paired(r)
}

// allPrefixes finds the stories that have a word for each prefix.
func (p *planner) allPrefixes(field string, prefixes []string) (*candidateQuery, error) {
	var queries []*candidateQuery
	for _, prefix := range prefixes {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
		if isCharacter(prefix) {
			queries = append(queries, sureTerms(field, runeTerms(prefix)...))
			continue
		}
		q, err := p.withPrefix(field, prefix)
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	return allOf(queries), nil
}

// word finds the i-th word of a part, in each language of the index words with the
// same stem, and its forms. The result is not modified.
func (p *planner) word(field string, part topic.Part, i int) (*candidateQuery, error) {
	key := [2]string{field, part.Words()[i]}
	if q := p.found[key]; q != nil {
		return q, nil
	}
	q, err := p.findWord(field, part, i)
	if err != nil {
		return nil, err
	}
	if p.found == nil {
		p.found = map[[2]string]*candidateQuery{}
	}
	p.found[key] = q
	return q, nil
}

func (p *planner) findWord(field string, part topic.Part, i int) (*candidateQuery, error) {
	w := part.Words()[i]
	if isCharacter(w) {
		return sureTerms(field, runeTerms(w)...), nil // it may be part of a pair
	}
	q := sureTerms(field, w)
	for _, lang := range append([]string{""}, p.langs...) {
		if stem := part.Stem(i, lang); stem != "" && canStem(w, lang) {
			q.terms = append(q.terms, stemTerm(lang, stem))
		}
	}
	return p.withForms(q, field, part, i)
}

// withPrefix finds the terms that begin with a prefix.
func (p *planner) withPrefix(field, prefix string) (*candidateQuery, error) {
	terms, complete, err := p.prefixTerms(field, prefix)
	if err != nil || !complete {
		return unsure(), err
	}
	return sureTerms(field, terms...), nil
}

// prefixTerms returns the terms of a field that begin with a prefix, and whether they are
// few enough. A prefix that a query repeats is read once. The result is not modified.
func (p *planner) prefixTerms(field, prefix string) (terms []string, complete bool, err error) {
	key := [2]string{field, prefix}
	if terms, ok := p.read[key]; ok {
		return terms, terms != nil, nil
	}
	if p.expanded >= maxExpanded {
		return nil, false, p.ctx.Err()
	}
	terms, complete, err = p.dictionary(field, prefix, p.maxTerms)
	if err != nil {
		return nil, false, err
	}
	if p.read == nil {
		p.read = map[[2]string][]string{}
	}
	p.read[key] = nil
	if complete {
		p.read[key] = slices.Clip(append([]string{}, terms...))
		p.expanded += len(terms)
	}
	return terms, complete, nil
}

// dictionary returns up to n terms of a field, and whether those are all.
func (p *planner) dictionary(field, prefix string, n int) (terms []string, complete bool, err error) {
	complete = true
	err = p.visit(field, prefix, func(term string) bool {
		if complete = len(terms) < n; complete {
			terms = append(terms, term)
		}
		return complete
	})
	return terms, complete && err == nil, err
}

// visit calls fn with the terms of a field that begin with a prefix, until it returns false.
func (p *planner) visit(field, prefix string, fn func(term string) bool) error {
	stored, onlyStrong := storedField(field)
	err := p.reader.Terms(stored+prefix, func(term []byte, strong bool) bool {
		return onlyStrong && !strong || fn(string(term[len(stored):]))
	})
	return cmp.Or(err, p.ctx.Err())
}
