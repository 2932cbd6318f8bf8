package posting

import (
	"cmp"
	"slices"
	"strings"
)

// Query says which documents are asked for.
type Query struct {
	Op     Op
	Terms  []string // of Terms
	Strong bool     // of Terms: only documents that use one strongly
	Keys   []Key    // of Keys
	Parts  []*Query // of All, Any and Not
}

// Op is the kind of a query.
type Op uint8

// A query asks for:
const (
	Every Op = iota // all documents
	Terms           // those with any of the terms
	Keys            // those with these keys
	All             // those that all parts ask for; those of no part are all
	Any             // those that any part asks for
	Not             // those that its only part does not ask for
)

// searcher opens queries on one segment.
type searcher struct {
	r     *Reader
	s     *segment
	terms *termReader
	err   error // the first of an iterator
	steps int
}

func (s *searcher) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// mayGoOn asks now and then whether the search may go on.
func (s *searcher) mayGoOn() bool {
	if s.steps++; s.steps%512 == 0 {
		if err := s.r.ctx.Err(); err != nil {
			s.fail(err)
		}
	}
	return s.err == nil
}

// open starts a query. size is about how many documents it finds.
func (s *searcher) open(q *Query) (it iterator, size uint32, err error) {
	if !s.mayGoOn() {
		return nil, 0, s.err
	}
	switch q.Op {
	case Every:
		return everyDoc{s.s.docs}, s.s.docs, nil
	case Terms:
		return s.openTerms(termsOf(q), nil)
	case Keys:
		return s.openKeys(q.Keys)
	case Any:
		return s.openAny(q.Parts)
	case Not:
		return s.openAll([]*Query{q})
	}
	return s.openAll(q.Parts)
}

// openAny opens the parts. The terms of all parts that are terms are one part.
func (s *searcher) openAny(parts []*Query) (iterator, uint32, error) {
	var terms []soughtTerm
	var others []*Query
	for _, p := range parts {
		if p.Op == Terms {
			terms = append(terms, termsOf(p)...)
		} else {
			others = append(others, p)
		}
	}
	var all []iterator
	size := uint32(0)
	for _, p := range others {
		it, n, err := s.open(p)
		if err != nil {
			return nil, 0, err
		}
		all, size = append(all, it), min(size+n, s.s.docs)
	}
	if len(terms) == 0 {
		return anyOf(all), size, nil
	}
	it, n, err := s.openTerms(terms, all)
	return it, min(size+n, s.s.docs), err
}

const (
	maxCursors = 8    // that a query goes through side by side
	sortAtOnce = 4096 // documents of short lists are sorted; more are a bitset
)

// soughtTerm is a term whose documents are sought.
type soughtTerm struct {
	text   string
	strong bool // only those that use it strongly
}

func termsOf(q *Query) []soughtTerm {
	all := make([]soughtTerm, len(q.Terms))
	for i, t := range q.Terms {
		all[i] = soughtTerm{t, q.Strong}
	}
	return all
}

// openTerms goes through the documents of terms, and of other iterators. Lists are
// gathered in memory, but for a few long ones.
func (s *searcher) openTerms(terms []soughtTerm, all []iterator) (iterator, uint32, error) {
	slices.SortFunc(terms, func(a, b soughtTerm) int { return strings.Compare(a.text, b.text) })
	var long []list
	u := union{of: s.s.docs}
	size := uint32(0)
	for _, t := range terms {
		if !s.mayGoOn() {
			return nil, 0, s.err
		}
		ok, err := s.terms.seek([]byte(t.text))
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			break // all others are greater
		}
		if string(s.terms.term) != t.text {
			continue
		}
		lists := []list{s.terms.entry.strong, s.terms.entry.weak}
		if t.strong {
			lists = lists[:1]
		}
		for _, l := range lists {
			size = min(size+l.n, s.s.docs)
			if l.isLong() {
				l.codes = slices.Clone(l.codes)
				long = append(long, l)
			} else if err := u.add(s.s, &l); err != nil {
				return nil, 0, err
			}
		}
	}
	if len(long) > maxCursors {
		for _, l := range long {
			if err := s.r.ctx.Err(); err != nil {
				return nil, 0, err
			}
			if err := u.add(s.s, &l); err != nil {
				return nil, 0, err
			}
		}
		long = nil
	}
	for _, l := range long {
		all = append(all, newCursor(s.s, &l, s.fail))
	}
	if it := u.iterator(); it != nil {
		all = append(all, it)
	}
	return anyOf(all), size, nil
}

// union gathers lists.
type union struct {
	of   uint32 // documents of the segment
	docs []uint32
	bits bitset // instead of docs, when they are many
}

func (u *union) add(s *segment, l *list) (err error) {
	if u.docs, err = appendDocs(u.docs, s, l); err != nil {
		return err
	}
	if u.bits == nil && len(u.docs) > sortAtOnce {
		u.bits = newBitset(u.of)
	}
	if u.bits != nil {
		for _, d := range u.docs {
			u.bits.add(d)
		}
		u.docs = u.docs[:0]
	}
	return nil
}

func (u *union) iterator() iterator {
	if u.bits != nil {
		return u.bits
	}
	if len(u.docs) == 0 {
		return nil
	}
	slices.Sort(u.docs)
	return &sortedDocs{slices.Compact(u.docs)}
}

// openKeys finds the documents with these keys.
func (s *searcher) openKeys(keys []Key) (iterator, uint32, error) {
	var docs []uint32
	for _, k := range slices.SortedFunc(slices.Values(keys), Key.Compare) {
		if !s.mayGoOn() {
			return nil, 0, s.err
		}
		doc, err := s.s.find(k.stored(), &s.r.keys)
		if err != nil {
			return nil, 0, err
		}
		if doc != none {
			docs = append(docs, doc)
		}
	}
	return &sortedDocs{slices.Compact(docs)}, uint32(len(docs)), nil
}

// openAll finds what all parts find. Parts that are Not exclude from the others.
func (s *searcher) openAll(parts []*Query) (iterator, uint32, error) {
	a := &allOf{s: s}
	type part struct {
		it   iterator
		size uint32
	}
	var with []part
	for _, p := range parts {
		exclude := p.Op == Not
		if exclude {
			p = p.Parts[0]
		}
		it, size, err := s.open(p)
		if err != nil {
			return nil, 0, err
		}
		if exclude {
			a.without = append(a.without, it)
		} else {
			with = append(with, part{it, size})
		}
	}
	if len(with) == 0 {
		with = []part{{everyDoc{s.s.docs}, s.s.docs}}
	}
	slices.SortStableFunc(with, func(a, b part) int { return cmp.Compare(a.size, b.size) })
	for _, p := range with {
		a.with = append(a.with, p.it)
	}
	if len(a.with) == 1 && len(a.without) == 0 {
		return a.with[0], with[0].size, nil
	}
	return a, with[0].size, nil
}

// allOf finds what all iterators find that none of the others find.
type allOf struct {
	s             *searcher
	with, without []iterator
	doc           uint32 // the last that was found
	began         bool
}

func (a *allOf) advance(target uint32) uint32 {
	if !a.began || a.doc < target {
		a.began, a.doc = true, a.find(target)
	}
	return a.doc
}

func (a *allOf) find(target uint32) uint32 {
next:
	for target != none && a.s.mayGoOn() {
		doc := a.with[0].advance(target)
		if doc == none {
			return none
		}
		for _, it := range a.with[1:] {
			if d := it.advance(doc); d != doc {
				target = d
				continue next
			}
		}
		for _, it := range a.without {
			if it.advance(doc) == doc {
				target = doc + 1
				continue next
			}
		}
		return doc
	}
	return none
}

// anyOf finds what any of the iterators finds.
func anyOf(all []iterator) iterator {
	switch len(all) {
	case 0:
		return &sortedDocs{}
	case 1:
		return all[0]
	}
	return &anyIterator{all: all, at: make([]uint32, len(all))}
}

type anyIterator struct {
	all   []iterator
	at    []uint32 // where each is
	began bool
}

func (a *anyIterator) advance(target uint32) uint32 {
	first := uint32(none)
	for i, it := range a.all {
		if !a.began || a.at[i] < target {
			a.at[i] = it.advance(target)
		}
		first = min(first, a.at[i])
	}
	a.began = true
	return first
}
