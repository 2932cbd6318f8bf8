package search

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/topic"
)

// formLanguages returns the languages of the index in which words have forms of their
// own, and the empty one for all others. all is false if the index does not know its
// languages, so that all of them are returned.
func (p *planner) formLanguages() (langs []string, all bool, err error) {
	langs = append(topic.FormLanguages(), "")
	m, ok := p.mapped["lang"]
	if !ok {
		return langs, false, nil
	}
	indexed, all, err := p.dictionary(m.field, "", maxExpansion)
	if err != nil || !all {
		return langs, false, err
	}
	present := map[string]bool{"": true}
	for _, l := range indexed {
		base, _, _ := strings.Cut(l, "-")
		present[base] = true
	}
	return slices.DeleteFunc(langs, func(l string) bool { return !present[l] }), true, nil
}

// withForms adds to a query what else the i-th word of a part finds: the words of the
// index that are forms of it. It is sure of those that are so in each language of the
// index.
func (p *planner) withForms(q *candidateQuery, field string, part topic.Part, i int) (*candidateQuery, error) {
	langs, all, err := p.formLanguages()
	if err != nil {
		return nil, err
	}
	var uncertain []string
	for _, b := range beginnings(part, i, langs) {
		terms, complete, err := p.dictionary(field, b, p.maxTerms)
		if err != nil || !complete {
			return unsure(), err
		}
		for _, t := range terms {
			switch found, sure := findsIn(part, i, t, langs); {
			case sure && all:
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
