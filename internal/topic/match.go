package topic

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// node is a part of a query. Which fields are set depends on op.
type node struct {
	op      Kind
	parts   []*node
	field   *Field // nil for And, Or and Not
	term    string // as the query has it, with its field
	words   []*word
	value   string // of Whole; of words, the folded text
	prefix  bool
	written *written  // what the words leave open; nil: nothing
	cmp     string    // of Comparison: =, >, >=, < or <=
	n       int       // of Comparison
	moment  time.Time // of Comparison in a field of kind Moment
	isAge   bool      // moment is counted back from the time of the search
	isMe    bool      // value is the name of whoever asks

	stars func() map[string]*news.Star // in starField
}

// term is a word, a prefix or a phrase as a query has it.
type term struct {
	text   string
	prefix bool // a * ends it
	quoted bool // it stood in quotes
	exact  bool // a = began it
}

// newTerm makes the node that looks for a term in a field, nil when it is no valid value
// or has nothing to look for. In a field that has values and texts, only a term in quotes
// looks into the texts.
func newTerm(f *Field, t term) *node {
	if f.Kind == Exact {
		n := &node{op: Whole, field: f, prefix: t.prefix, value: f.normalize(t.text)}
		if n.value == "" {
			return nil
		}
		return n
	}
	if f.values != nil && !t.quoted {
		n := &node{op: Whole, field: f, prefix: t.prefix, value: words.Fold(t.text)}
		if words.Key(n.value) == "" {
			return nil
		}
		return n
	}
	n := newTextNode(f, t.text, t.prefix)
	if n == nil {
		return nil
	}
	n.written = newWritten(t, f.names)
	if t.exact || n.written != nil && n.written.signs != nil {
		return n
	}
	return n.orForms(t)
}

// setTerm says how the query has the term that n was made of.
func (n *node) setTerm(s string) {
	n.term = s
	for _, p := range n.parts {
		p.setTerm(s)
	}
}

// orForms adds the other ways in which the words of a term are written: in one word, or
// apart.
func (n *node) orForms(t term) *node {
	any := &node{op: Or, parts: []*node{n}}
	for _, s := range []string{joinedForm(n.value), splitForm(t.text), apartForm(n.value), wholeForm(n.value), numberApart(n.value), pointless(n.value), doubledForm(n.value), umlauts.Replace(t.text)} {
		if s == n.value || s == t.text {
			continue
		}
		if other := newTextNode(n.field, s, t.prefix); other != nil {
			other.written = n.written
			any.parts = append(any.parts, other)
		}
	}
	if len(any.parts) == 1 {
		return n
	}
	return any
}

// newTextNode makes the node that looks for the words of s, nil when it has none.
func newTextNode(f *Field, s string, prefix bool) *node {
	n := &node{field: f, prefix: prefix, value: words.Fold(s)}
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

// isExact reports whether a text must have the term as it is written. A word of the text
// may go on behind it where an apostrophe ends the term.
func (n *node) isExact() bool { return n.written != nil && n.written.exact != nil }

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
		if n.field.Kind == Moment {
			return n.field.within(d.entry.At, n.moment)
		}
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
	if n.stars != nil {
		return n.stars()[d.story] != nil
	}
	in := d.in(n.field)
	for _, v := range in.values {
		if n.matchesValue(v) {
			return true
		}
	}
	if n.op == Whole {
		return false
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
	return n.hasWords(t) && (n.written == nil || n.written.isIn(t))
}

func (n *node) hasWords(t *text) bool {
	switch {
	case n.isExact() && n.op != Character:
		return !slices.ContainsFunc(n.words, func(w *word) bool { return !t.hasPrefix(w.text) && !(isPairedCharacter(w.text) && t.contains(w.text)) })
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
