package topic

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Part is a part of a query, for callers that look up candidates before Match decides.
// The zero Part is not valid.
type Part struct{ n *node }

// Kind says what a Part asks of an entry.
type Kind uint8

// The kinds of parts. A Not has one part; an And or Or has two or more.
const (
	And        Kind = iota
	Or              // any of its parts
	Not             // not its part
	Word            // a word of Words in Field, or with Prefix one that begins with it
	Character       // a character within a word of Field
	Phrase          // Words one after the other in Field
	Whole           // Text is a value of Field, or with Prefix begins one; the field may compare in its own way
	Comparison      // the number in Field satisfies Compare, or the time Within
)

// Root returns the whole query.
func (q *Query) Root() Part { return Part{q.root} }

// Named returns the whole values that the query asks for in the field with a name, such
// as the topics behind topic:.
func (q *Query) Named(field string) []string { return q.root.named(nil, field) }

func (n *node) named(values []string, field string) []string {
	if n.op == Whole && n.field.Name == field && !n.prefix {
		values = append(values, n.value)
	}
	for _, p := range n.parts {
		values = p.named(values, field)
	}
	return values
}

// Kind returns the part's kind.
func (p Part) Kind() Kind { return p.n.op }

// Parts returns the parts of And, Or and Not.
func (p Part) Parts() []Part {
	out := make([]Part, len(p.n.parts))
	for i, n := range p.n.parts {
		out[i] = Part{n}
	}
	return out
}

// Field returns the field that the part looks at: Anywhere or one of Fields; nil for
// And, Or and Not.
func (p Part) Field() *Field { return p.n.field }

// Words returns the folded words of Word, Character and Phrase.
func (p Part) Words() []string {
	out := make([]string, len(p.n.words))
	for i, w := range p.n.words {
		out[i] = w.text
	}
	return out
}

// AsksWriting reports whether Match asks for more than Words say: capitals, signs, or a
// text as it is written.
func (p Part) AsksWriting() bool { return p.n.written != nil }

// IsExact reports whether Match looks for a text as it is written. A word that it finds
// may be only the beginning of a word as package words splits them.
func (p Part) IsExact() bool { return p.n.isExact() }

// Stem returns the stem by which the i-th word of a Word or Phrase finds others in a
// language; it is empty if words are not compared by stems there.
func (p Part) Stem(i int, lang string) string { return p.n.words[i].forms(lang).stem }

// Beginnings returns with what the words begin that the i-th word of a Word or Phrase
// may find in a language, sorted. Equal words and those with the same Stem are not
// meant.
func (p Part) Beginnings(i int, lang string) []string { return p.n.words[i].beginnings(lang) }

// Finds reports whether the i-th word of a Word or Phrase finds a folded word in a
// language as one of its forms. Without sure, that depends on how the word was written.
func (p Part) Finds(i int, folded, lang string) (found, sure bool) {
	f := p.n.words[i].find(folded, lang)
	return f != not, f == surely
}

// Stars returns which stories satisfy the part, by their ids, if it asks for those that
// were starred.
func (p Part) Stars() (stars map[string]*news.Star, ok bool) {
	if p.n.stars == nil {
		return nil, false
	}
	return p.n.stars(), true
}

// Text returns the value of Whole, normalized as the field's values are.
func (p Part) Text() string { return p.n.value }

// Prefix reports whether the last word, or the text, may be only the beginning.
func (p Part) Prefix() bool { return p.n.prefix }

// Compare reports whether a number satisfies a Comparison.
func (p Part) Compare(n int) bool { return p.n.compare(n) }

// Within reports whether a time satisfies a Comparison in a field of kind Moment.
func (p Part) Within(t time.Time) bool { return p.n.field.within(t, p.n.moment) }

// Match reports whether an entry satisfies the part, as Query.Match does.
func (p Part) Match(d *Doc, outlets int) bool { return p.n.match(d, outlets) }

// Labels returns the runs of letters and digits of an address. A match of link: begins
// where one of them begins, or between two.
func Labels(address string) []string {
	return strings.FieldsFunc(address, func(r rune) bool { return !isWordRune(r) })
}

// AsksForAge reports whether what satisfies the rule depends on when it was compiled.
func (r *Rule) AsksForAge() bool { return r.has(func(n *node) bool { return n.isAge }) }

// AsksForMe reports whether what satisfies the rule depends on the name of whoever asks.
func (r *Rule) AsksForMe() bool { return r.has(func(n *node) bool { return n.isMe }) }

// AsksForStars reports whether what satisfies the rule depends on the stars of whoever asks.
func (r *Rule) AsksForStars() bool { return r.has(func(n *node) bool { return n.stars != nil }) }

func (r *Rule) has(is func(*node) bool) bool {
	in := func(q *Query) bool { return q.root.has(is) }
	return slices.ContainsFunc(r.match, in) || slices.ContainsFunc(r.muted, in)
}

func (n *node) has(is func(*node) bool) bool {
	return is(n) || slices.ContainsFunc(n.parts, func(p *node) bool { return p.has(is) })
}
