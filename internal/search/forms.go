package search

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/topic"
)

// formLanguages are the languages of the index in which words have forms of their own,
// and the empty one for all others.
type formLanguages struct {
	list []string
	all  bool // false: the index does not know its languages, and list has all that there are
}

// formLanguages returns the languages of the index. It reads them once.
func (p *planner) formLanguages() (*formLanguages, error) {
	if p.forms == nil {
		var err error
		if p.forms, err = p.readFormLanguages(); err != nil {
			return nil, err
		}
	}
	return p.forms, nil
}

func (p *planner) readFormLanguages() (*formLanguages, error) {
	every := &formLanguages{list: append(topic.FormLanguages(), "")}
	m, ok := p.mapped["lang"]
	if !ok {
		return every, nil
	}
	indexed, complete, err := p.dictionary(m.field, "", maxExpansion)
	if err != nil || !complete {
		return every, err
	}
	present := map[string]bool{"": true}
	for _, l := range indexed {
		base, _, _ := strings.Cut(l, "-")
		present[base] = true
	}
	return &formLanguages{slices.DeleteFunc(every.list, func(l string) bool { return !present[l] }), true}, nil
}

// withForms adds to a query what else the i-th word of a part finds: the words of the
// index that are forms of it. It is sure of those that are so in each language of the
// index.
func (p *planner) withForms(q *candidateQuery, field string, part topic.Part, i int) (*candidateQuery, error) {
	langs, err := p.formLanguages()
	if err != nil {
		return nil, err
	}
	var uncertain []string
	for _, b := range beginnings(part, i, langs.list) {
		terms, complete, err := p.prefixTerms(field, b)
		if err == nil && !complete {
			terms, complete, err = p.scanForms(field, b, part, i, langs.list)
		}
		if err != nil || !complete {
			return unsure(), err
		}
		for _, t := range terms {
			switch found, sure := findsIn(part, i, t, langs.list); {
			case sure && langs.all:
				q.terms = append(q.terms, t)
			case found:
				uncertain = append(uncertain, t)
			}
		}
	}
	if len(uncertain) == 0 {
		return q, nil
	}
	return anyOf([]*candidateQuery{q, {op: opTerms, field: field, terms: uncertain}}), nil
}

// maxScannedForms is how many terms with one beginning are read for the forms among them.
const maxScannedForms = 1 << 16

// scanForms returns the terms of a field with a beginning that the i-th word of a part finds
// in one of the languages, and whether those are all. Where many words begin with another,
// few of them are its forms.
func (p *planner) scanForms(field, prefix string, part topic.Part, i int, langs []string) (terms []string, complete bool, err error) {
	n := 0
	complete = true
	err = p.visit(field, prefix, func(t string) bool {
		n++
		if complete = n <= maxScannedForms && len(terms) <= p.maxTerms; !complete {
			return false
		}
		if found, _ := findsIn(part, i, t, langs); found {
			terms = append(terms, t)
		}
		return true
	})
	return terms, complete && err == nil, err
}

// beginnings returns with what the forms of a word begin in any of the languages. None
// of them begins with another.
func beginnings(part topic.Part, i int, langs []string) (all []string) {
	for _, l := range langs {
		all = append(all, part.Beginnings(i, l)...)
	}
	slices.Sort(all)
	return slices.CompactFunc(all, func(a, b string) bool { return strings.HasPrefix(b, a) })
}

// findsIn reports whether a word finds a term in one of the languages, and whether it
// surely does in all.
func findsIn(part topic.Part, i int, term string, langs []string) (found, sure bool) {
	sure = true
	for _, l := range langs {
		f, s := part.Finds(i, term, l)
		found, sure = found || f, sure && s
	}
	return found, sure
}
