package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// The index has no positions. So that a phrase of frequent words has few candidates, each
// two words in a row are a term. Many pairs share one, so that the terms are few, and match
// decides about each story.

const (
	pairBits     = 16  // of the hash of a pair
	maxPairs     = 8   // of a phrase that are looked for
	maxPairForms = 64  // of a word; a pair of words with more is not looked for
	maxPairTerms = 256 // for all forms of both words
)

// pairKey is what all forms of a word of a text with the same stem have in common.
func pairKey(w words.Word, by string) string {
	if canStem(w.Text, by) {
		return w.Stem
	}
	return w.Text
}

// edge is where a character is in a word.
type edge func(word string) (r rune, size int)

var (
	atStart edge = utf8.DecodeRuneInString
	atEnd   edge = utf8.DecodeLastRuneInString
)

// edgeKey is the character at an edge of a word, if a query can ask for it alone, and the
// key of the word otherwise. A phrase finds a single character at the edge of a word.
func edgeKey(word, key string, at edge) string {
	if r, _ := at(word); topic.Paired(r) {
		return runeTerm(r)
	}
	return key
}

// pairTerm is the term of two words in a row, by their keys.
func pairTerm(first, second string) string {
	return string(appendPair(nil, first, second))
}

func appendPair(b []byte, first, second string) []byte {
	n := hash(hash(14695981039346656037, first)*fnvPrime, second) // a zero byte between them
	n = (n ^ n>>32) & (1<<pairBits - 1)
	return append(b, byte(n>>8), byte(n))
}

const fnvPrime = 1099511628211

// hash is FNV-1a of a text behind what gave n.
func hash(n uint64, text string) uint64 {
	for i := range len(text) {
		n = (n ^ uint64(text[i])) * fnvPrime
	}
	return n
}

// news finds the words of a headline or summary as words does, and the pairs of a phrase.
func (p *planner) news(field string, part topic.Part) (*candidateQuery, error) {
	q, err := p.words(field, part)
	if _, ok := p.mapped[topic.Anywhere.Name]; err != nil || !ok || part.Kind() != topic.Phrase || part.IsExact() {
		return q, err
	}
	pairs, err := p.pairs(field, part)
	if err != nil || len(pairs) == 0 {
		return q, err
	}
	q = allOf(append(pairs, q))
	q.sureForOne, q.sureForMany = false, false
	return q, nil
}

// pairs finds the first pairs of a phrase, except those with a word of which the index has
// too many forms, or with a prefix.
func (p *planner) pairs(field string, part topic.Part) (all []*candidateQuery, err error) {
	ws := part.Words()
	if part.Prefix() {
		ws = ws[:len(ws)-1]
	}
	for i := range min(len(ws)-1, maxPairs) {
		end, start := atEnd, atStart
		if !isCharacter(ws[i]) && !isCharacter(ws[i+1]) {
			end, start = nil, nil
		}
		first, err := p.pairKeys(field, part, i, end)
		if err != nil {
			return nil, err
		}
		second, err := p.pairKeys(field, part, i+1, start)
		if err != nil {
			return nil, err
		}
		if n := len(first) * len(second); n > 0 && n <= maxPairTerms {
			all = append(all, sureTerms(fieldPairs, pairTerms(first, second)...))
		}
	}
	return all, nil
}

func pairTerms(first, second []string) (terms []string) {
	for _, a := range first {
		for _, b := range second {
			terms = append(terms, pairTerm(a, b))
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// pairKeys returns the keys of all words that the i-th word of a part may find, at an edge
// if it isn't nil. There are none if they are not known or too many.
func (p *planner) pairKeys(field string, part topic.Part, i int, at edge) (keys []string, err error) {
	if w := part.Words()[i]; isCharacter(w) {
		return runeTerms(w), nil
	}
	q, err := p.word(field, part, i)
	if err != nil {
		return nil, err
	}
	terms, ok := q.allTerms()
	if !ok || len(terms) > maxPairForms {
		return nil, nil
	}
	for _, t := range terms {
		keys = append(keys, p.keysOf(t, at)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// keysOf returns the keys of the words that have a term, which is a word or a stem.
func (p *planner) keysOf(term string, at edge) (keys []string) {
	if after, ok := strings.CutPrefix(term, "\x01"); ok {
		_, stem, _ := strings.Cut(after, "\x01")
		return []string{stem}
	}
	for _, lang := range append([]string{""}, p.langs...) {
		key := pairKey(words.Word{Text: term, Stem: words.Stem(term, lang)}, lang)
		if at != nil {
			key = edgeKey(term, key, at)
		}
		keys = append(keys, key)
	}
	return keys
}
