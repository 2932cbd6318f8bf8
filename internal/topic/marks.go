package topic

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// Mark is a part of a text that satisfies a term of a query: the bytes from From to before
// To.
type Mark struct{ From, To int }

const (
	maxMarkedTerms = 16 // of a query, whose parts are marked
	maxTrimmed     = 40 // characters of a run without spaces, of which the ends are removed
)

// Marks returns the parts of a headline or a summary that satisfy terms of the query, in
// order and without overlap. They are whole words, so that letters which join keep their
// forms, but in scripts without spaces. Terms behind NOT and terms with a field have none,
// except those of title:.
func (q *Query) Marks(s, lang string) []Mark {
	whole := newText(lang, s)
	var all []Mark
	for _, n := range q.root.markable(nil) {
		if n.isIn(whole) {
			all = append(all, n.marks(s, lang)...)
		}
	}
	return joinMarks(all)
}

// markable returns the terms that look for words in headline or summary.
func (n *node) markable(all []*node) []*node {
	switch n.op {
	case Not:
		return all
	case And, Or:
		for _, p := range n.parts {
			all = p.markable(all)
		}
		return all
	}
	if len(all) < maxMarkedTerms && len(n.words) > 0 && (n.field == Anywhere || n.field.Name == "title") {
		all = append(all, n)
	}
	return all
}

// marks returns the shortest runs of words that satisfy the term.
func (n *node) marks(s, lang string) (all []Mark) {
	if all = n.literal(s, lang); len(all) > 0 {
		return all
	}
	at := fieldsOf(s)
	for size := 1; size <= min(len(at), len(n.words)+maxShown) && len(all) == 0; size++ {
		for i := 0; i+size <= len(at); i++ {
			m := Mark{at[i].From, at[i+size-1].To}
			if !n.isIn(newText(lang, s[m.From:m.To])) {
				continue
			}
			all = append(all, n.trimMark(s, lang, m))
			i += size - 1
		}
	}
	return all
}

// literal returns where a text without spaces has the term as the query writes it.
func (n *node) literal(s, lang string) (all []Mark) {
	if !words.Unspaced(n.value) || strings.Contains(n.value, " ") {
		return nil
	}
	for from := 0; ; {
		i := strings.Index(s[from:], n.value)
		if i < 0 {
			return all
		}
		all = append(all, Mark{from + i, from + i + len(n.value)})
		from += i + len(n.value)
	}
}

// trimMark removes from the ends of a mark what the term does not need.
func (n *node) trimMark(s, lang string, m Mark) Mark {
	part := s[m.From:m.To]
	if utf8.RuneCountInString(part) > maxTrimmed {
		return m
	}
	trimmed := n.trim(part, lang)
	i := strings.Index(part, trimmed)
	return Mark{m.From + i, m.From + i + len(trimmed)}
}

// fieldsOf returns where the words of a text are, as spaces separate them.
func fieldsOf(s string) (all []Mark) {
	from := 0
	for _, f := range strings.Fields(s) {
		i := from + strings.Index(s[from:], f)
		from = i + len(f)
		all = append(all, Mark{i, from})
	}
	return all
}

// joinMarks sorts marks and joins those that overlap.
func joinMarks(all []Mark) (out []Mark) {
	slices.SortFunc(all, func(a, b Mark) int { return cmp.Compare(a.From, b.From) })
	for _, m := range all {
		if last := len(out) - 1; last >= 0 && m.From <= out[last].To {
			out[last].To = max(out[last].To, m.To)
		} else {
			out = append(out, m)
		}
	}
	return out
}
