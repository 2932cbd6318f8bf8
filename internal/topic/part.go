package topic

import "strings"

// Part is a part of a query, for who finds entries by their words before Match
// decides. The zero Part is none.
type Part struct{ n *node }

// Kind says what a Part asks of an entry.
type Kind uint8

// The kinds. Not has one part; And and Or have two or more.
const (
	And     Kind = iota
	Or           // any of its parts
	Not          // not its part
	Word         // a word of Words in Field, or one that begins with it
	Character        // a character that a word of Field holds
	Phrase       // Words one after the other in Field
	Whole        // Text is Field as a whole, or begins it; see Field
	Comparison      // of the story, not of the entry: see Compare
)

// Root is the whole query.
func (q *Query) Root() Part { return Part{q.root} }

// Kind is the part's kind.
func (p Part) Kind() Kind {
	switch p.n.op {
	case opAnd:
		return And
	case opOr:
		return Or
	case opNot:
		return Not
	case opInner:
		return Character
	case opPhrase:
		return Phrase
	case opWhole:
		return Whole
	case opOutlets:
		return Comparison
	}
	return Word
}

// Parts are those of And, Or and Not.
func (p Part) Parts() []Part {
	out := make([]Part, len(p.n.kids))
	for i, k := range p.n.kids {
		out[i] = Part{k}
	}
	return out
}

// Field is the name of the field as queries write it, empty for headline and
// summary together.
func (p Part) Field() string { return p.n.field.String() }

// Words are the folded words that are looked for.
func (p Part) Words() []string {
	out := make([]string, len(p.n.words))
	for i, w := range p.n.words {
		out[i] = w.text
	}
	return out
}

// Text is what Whole looks for: folded for tag:, in lower case for lang: and link:.
func (p Part) Text() string { return p.n.whole }

// Prefix says whether what is found may go on behind the last word, or the text.
func (p Part) Prefix() bool { return p.n.prefix }

// Compare says whether so many voices satisfy Outlets.
func (p Part) Compare(voices int) bool { return p.n.compare(voices) }

// Match says whether an entry satisfies the part, as Query.Match does.
func (p Part) Match(d *Doc, outlets int) bool { return p.n.match(d, outlets) }

// Labels are the runs of letters and digits of an address. What link: finds in it
// begins where one of them does, or between two.
func Labels(address string) []string {
	return strings.FieldsFunc(address, func(r rune) bool { return !wordly(r) })
}
