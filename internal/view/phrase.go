package view

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/locale"
)

// Phrase returns an English sentence of a package that knows no language in a language. What
// is not among the phrases stays as it is: what servers and libraries say.
func Phrase(loc *locale.Locale, english string) string {
	text, parts, ok := MatchPhrase(english)
	if !ok || loc.Lang == "en" {
		return english
	}
	said := make([]any, len(parts))
	for i, part := range parts {
		said[i] = Phrase(loc, part)
	}
	return loc.T(text, said...)
}

// Sentence is an English sentence of a package that knows no language, as a part of a
// locale.Message.
type Sentence string

// In returns the sentence in a language if it is a phrase.
func (s Sentence) In(loc *locale.Locale) string { return Phrase(loc, string(s)) }

// MatchPhrase finds the phrase that an English sentence is: the English text with {} for its
// parts, and the parts. A part may be a phrase itself.
func MatchPhrase(english string) (text string, parts []string, ok bool) {
	if len(english) > maxPhrase {
		return "", nil, false
	}
	for _, p := range patterns() {
		if parts, ok := p.match(english); ok {
			return p.text, parts, true
		}
	}
	return matchSeveral(english)
}

// maxPhrase bounds the work for texts of others.
const maxPhrase = 4 << 10

// matchSeveral finds two phrases with a semicolon between them.
func matchSeveral(english string) (text string, parts []string, ok bool) {
	const both = string(locale.Text("{}; {}"))
	for at, tried := 0, 0; tried < 8; tried++ { // phrases have few semicolons
		i := strings.Index(english[at:], "; ")
		if i < 0 {
			break
		}
		first, rest := english[:at+i], english[at+i+2:]
		if isPhrase(first) && isPhrase(rest) {
			return both, []string{first, rest}, true
		}
		at += i + 2
	}
	return "", nil, false
}

func isPhrase(english string) bool {
	return slices.ContainsFunc(patterns(), func(p pattern) bool { _, ok := p.match(english); return ok })
}

// pattern is a phrase that is found by what it says.
type pattern struct {
	text     string
	literals []string // what stands around the parts
	size     int      // of all literals
}

var patterns = sync.OnceValue(func() (all []pattern) {
	for _, p := range phrases {
		literals := strings.Split(string(p), "{}")
		all = append(all, pattern{string(p), literals, len(strings.Join(literals, ""))})
	}
	// Others may have a part that fits all that a phrase says. So those that have a part at
	// both ends come last, and of the rest the one that says most comes first.
	open := func(p pattern) int {
		if p.literals[0] == "" && p.literals[len(p.literals)-1] == "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b pattern) int { return cmp.Or(open(a)-open(b), b.size-a.size) })
	return all
})

// match returns the parts of an English sentence between the literals of the pattern. None of
// them is empty.
func (p pattern) match(english string) (parts []string, ok bool) {
	rest, ok := strings.CutPrefix(english, p.literals[0])
	if !ok || len(p.literals) == 1 {
		return nil, ok && rest == ""
	}
	last := len(p.literals) - 1
	for i, literal := range p.literals[1:] {
		at := len(rest) - len(literal)
		if i+1 < last && rest != "" {
			at = 1 + strings.Index(rest[1:], literal)
		}
		if at < 1 || rest[at:at+len(literal)] != literal {
			return nil, false
		}
		parts, rest = append(parts, rest[:at]), rest[at+len(literal):]
	}
	return parts, true
}
