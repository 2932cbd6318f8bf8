package newsroom

import (
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slugline/slugline/internal/topic"
)

// queryParts cuts a query at its spaces, but not inside quotes and parentheses.
func queryParts(query string) (parts []string) {
	quoted, depth, from := false, 0, -1
	for i, r := range query {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '(' && !quoted:
			depth++
		case r == ')' && !quoted:
			depth--
		}
		space := unicode.IsSpace(r) && !quoted && depth <= 0
		if space && from >= 0 {
			parts, from = append(parts, query[from:i]), -1
		} else if !space && from < 0 {
			from = i
		}
	}
	if from >= 0 {
		parts = append(parts, query[from:])
	}
	return parts
}

// narrow adds terms to a query that lacks them. narrow.js does the same.
func narrow(query, terms string) string {
	parts := queryParts(query)
	if slices.Contains(parts, "OR") {
		parts = []string{"(" + strings.Join(parts, " ") + ")"}
	}
	for _, term := range queryParts(terms) {
		if !slices.Contains(parts, term) {
			parts = append(parts, term)
		}
	}
	return strings.Join(parts, " ")
}

// queryChip is a term of a query that a click takes off.
type queryChip struct{ Term, Href string }

// Chips lists the fields that the query asks for, each with the address without it. A query
// with OR has none: without one side it would ask for something else.
func (p *wirePage) Chips(path string) (chips []queryChip) {
	parts := queryParts(p.Query)
	if slices.Contains(parts, "OR") {
		return nil
	}
	for i, part := range parts {
		name, _, isField := strings.Cut(strings.TrimPrefix(part, "-"), ":")
		known := slices.ContainsFunc(topic.Fields, func(f *topic.Field) bool { return f.Name == name })
		if !isField || !known {
			continue
		}
		term, rest := withoutTerm(parts, i)
		chips = append(chips, queryChip{term, path + "?" + url.Values{"q": {rest}}.Encode()})
	}
	return chips
}

// withoutTerm takes the term at i out of the parts of a query, with its NOT and an AND beside
// it.
func withoutTerm(parts []string, i int) (term, rest string) {
	from, to := i, i+1
	if from > 0 && parts[from-1] == "NOT" {
		from--
	}
	term = strings.Join(parts[from:to], " ")
	if from > 0 && parts[from-1] == "AND" {
		from--
	} else if to < len(parts) && parts[to] == "AND" {
		to++
	}
	return term, strings.Join(slices.Delete(slices.Clone(parts), from, to), " ")
}

// Narrow is the address of the wire with a term added to the filter, or of the search on its
// page.
func (p *wirePage) Narrow(term string) string {
	path := "/"
	if p.Marks != nil {
		path = "/search"
	}
	return path + "?" + url.Values{"q": {narrow(p.Query, term)}}.Encode()
}

// Highlighted is a headline with what matched the query.
func (p *wirePage) Highlighted(text, lang string) template.HTML {
	var b strings.Builder
	from := 0
	if p.Marks != nil {
		for _, m := range p.Marks(text, lang) {
			b.WriteString(template.HTMLEscapeString(text[from:m.From]) + "<mark>" + template.HTMLEscapeString(text[m.From:m.To]) + "</mark>")
			from = m.To
		}
	}
	b.WriteString(template.HTMLEscapeString(text[from:]))
	return template.HTML(b.String())
}

// DayTerm asks for the day of the story in the site's zone.
func (p *storyPage) DayTerm() string {
	day := p.Story.First.In(p.Zone)
	return "after:" + day.Format(time.DateOnly) + " before:" + day.AddDate(0, 0, 1).Format(time.DateOnly)
}

// Date formats the day of a time.
func (p *wirePage) Date(t time.Time) string { return p.loc().Date(t.In(p.Zone)) }
