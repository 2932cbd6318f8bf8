package topic

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reason says that an entry satisfies a term of a query, and by what.
type Reason struct {
	Term  string // as in the query, with its field: cyber*
	Found string // as the entry has it: Cyberangriff; empty when it can't be shown
}

// Why returns the terms of a query that an entry satisfies, in the order of the query.
// Terms behind NOT have nothing to show. It is for readers, and slower than Match.
func (q *Query) Why(d *Doc, outlets int) []Reason {
	if !q.Match(d, outlets) {
		return nil
	}
	return q.root.why(nil, d, outlets)
}

// Rule returns the rule that a query alone is.
func (q *Query) Rule() *Rule { return &Rule{match: []*Query{q}} }

// Why returns why an entry satisfies the first of the rule's queries that it matches, nil
// when it does not satisfy the rule, or all entries of its sources do.
func (r *Rule) Why(d *Doc, outlets int) []Reason {
	if !r.Match(d, outlets) {
		return nil
	}
	for _, q := range r.match {
		if q.Match(d, outlets) {
			return q.Why(d, outlets)
		}
	}
	return nil
}

func (n *node) why(all []Reason, d *Doc, outlets int) []Reason {
	switch n.op {
	case Not:
		return all
	case And, Or:
		for _, p := range n.parts {
			if p.match(d, outlets) {
				all = p.why(all, d, outlets)
			}
		}
		return all
	}
	if slices.ContainsFunc(all, func(r Reason) bool { return r.Term == n.term }) {
		return all // the same word, found in another form too
	}
	return append(all, Reason{Term: n.term, Found: n.found(d, outlets)})
}

// found returns what satisfies a term that matches.
func (n *node) found(d *Doc, outlets int) string {
	if n.op == Comparison {
		if n.field.Kind == Moment {
			return d.At().In(n.moment.Location()).Format("2006-01-02 15:04")
		}
		return strconv.Itoa(n.field.number(d, outlets))
	}
	if n.stars != nil {
		return ""
	}
	in := d.in(n.field)
	for _, v := range in.values {
		if n.matchesValue(v) {
			return v
		}
	}
	for _, t := range in.texts {
		if !n.isIn(t) {
			continue
		}
		for _, part := range t.parts {
			if s := n.shortest(part, t.lang); s != "" {
				return s
			}
		}
	}
	return ""
}

// maxShown is how many words of a text are shown for a term at most, beyond its own.
const maxShown = 2

// shortest returns the fewest words of a text that satisfy the term, as they are written.
func (n *node) shortest(part, lang string) string {
	all := strings.Fields(part)
	for size := 1; size <= min(len(all), len(n.words)+maxShown); size++ {
		for i := 0; i+size <= len(all); i++ {
			if s := strings.Join(all[i:i+size], " "); n.isIn(newText(lang, s)) {
				return n.trim(s, lang)
			}
		}
	}
	return ""
}

// trim removes what the term does not need from the ends of a text that satisfies it:
// punctuation, and in a script without spaces the words around it.
func (n *node) trim(s, lang string) string {
	unspaced := strings.ContainsFunc(s, Paired)
	isNeedless := func(part string, rest []string) bool {
		return (unspaced || isMark(part)) && n.isIn(newText(lang, strings.Join(rest, "")))
	}
	parts := segments(s)
	for len(parts) > 1 && isNeedless(parts[0], parts[1:]) {
		parts = parts[1:]
	}
	for last := len(parts) - 1; last > 0 && isNeedless(parts[last], parts[:last]); last-- {
		parts = parts[:last]
	}
	return strings.Join(parts, "")
}

// segments cuts a text into its punctuation, symbols and characters of paired scripts, and the words
// between them.
func segments(s string) (all []string) {
	from := 0
	for i, r := range s {
		if !isOnItsOwn(r) {
			continue
		}
		if from < i {
			all = append(all, s[from:i])
		}
		from = i + utf8.RuneLen(r)
		all = append(all, s[i:from])
	}
	if from < len(s) {
		all = append(all, s[from:])
	}
	return all
}

func isOnItsOwn(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) || Paired(r) }

// isMark reports whether a segment is punctuation or a symbol.
func isMark(segment string) bool {
	r, _ := utf8.DecodeRuneInString(segment)
	return unicode.IsPunct(r) || unicode.IsSymbol(r)
}
