package topic

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// node is a part of a query. Which fields are set depends on op.
type node struct {
	op     Kind
	parts  []*node
	field  *Field // nil for And, Or and Not
	words  []*word
	value  string // of Whole; of words, the folded text
	prefix bool
	cmp    string // of Comparison: =, >, >=, < or <=
	n      int    // of Comparison
}

// newTerm makes the node that looks for s in a field, nil when s is no valid value or
// has nothing to look for.
func newTerm(f *Field, s string, prefix bool) *node {
	n := &node{field: f, prefix: prefix}
	if f.Kind == Exact {
		n.op, n.value = Whole, f.normalize(s)
		if n.value == "" {
			return nil
		}
		return n
	}
	n.value = words.Fold(s)
	for _, w := range words.Words(s, "") {
		n.words = append(n.words, newWord(w.Text))
	}
	switch {
	case len(n.words) == 0:
		return nil
	case len(n.words) > 1:
		n.op = Phrase
	case isPairedCharacter(n.words[0].text):
		n.op = Character
	default:
		n.op = Word
	}
	return n
}

// isPairedCharacter reports whether s is a single character for which Paired holds.
func isPairedCharacter(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size == len(s) && Paired(r)
}

// Paired reports whether r belongs to a script whose text package words cuts into
// pairs of characters. Alone in a query, r is a Character.
func Paired(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func (n *node) match(d *Doc, outlets int) bool {
	switch n.op {
	case And:
		for _, p := range n.parts {
			if !p.match(d, outlets) {
				return false
			}
		}
		return true
	case Or:
		for _, p := range n.parts {
			if p.match(d, outlets) {
				return true
			}
		}
		return false
	case Not:
		return !n.parts[0].match(d, outlets)
	case Comparison:
		return n.compare(n.field.number(d, outlets))
	}
	return n.find(d)
}

func (n *node) compare(with int) bool {
	switch n.cmp {
	case ">":
		return with > n.n
	case ">=":
		return with >= n.n
	case "<":
		return with < n.n
	case "<=":
		return with <= n.n
	}
	return with == n.n
}

// find looks for the term in its field.
func (n *node) find(d *Doc) bool {
	in := d.in(n.field)
	for _, v := range in.values {
		if n.matchesValue(v) {
			return true
		}
	}
	for _, t := range in.texts {
		if n.isIn(t) {
			return true
		}
	}
	return false
}

func (n *node) matchesValue(v string) bool {
	if n.field.matches != nil {
		return n.field.matches(n, v)
	}
	return n.equals(v)
}

// equals compares a whole value, or its beginning when the term is a prefix.
func (n *node) equals(s string) bool {
	if n.prefix {
		return strings.HasPrefix(s, n.value)
	}
	return s == n.value
}

func (n *node) isIn(t *text) bool {
	switch {
	case n.op == Phrase:
		return t.hasPhrase(n.words, n.prefix)
	case n.op == Character:
		return t.contains(n.words[0].text)
	case n.prefix:
		return t.hasPrefix(n.words[0].text)
	}
	return t.hasWord(n.words[0])
}

// inLink looks for the value where a label of the host or a part of the path begins,
// so that link:ft.com does not match microsoft.com.
func (n *node) inLink(s string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], n.value)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(n.value)
		if isBoundary(s, i) && (n.prefix || isBoundary(s, end)) {
			return true
		}
		from = i + 1
	}
}

// isBoundary reports whether no word spans s[:i] and s[i:].
func isBoundary(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return !isWordRune(before) || !isWordRune(after)
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
