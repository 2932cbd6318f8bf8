package posting

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Batch is a change of an index, which is applied as a whole: documents are deleted, then
// others are added, and values are set.
type Batch struct {
	keys    []storedKey
	terms   map[string]uint32     // numbers of terms
	short   [256]*[1 << 16]uint32 // in a large batch, numbers plus one of terms of three bytes
	texts   []string              // of terms, by number
	last    []uint32              // the last use of each term
	uses    []use
	deleted []storedKey
	ids     []string
	values  map[string][]byte
}

// manyDocs is how many documents make a large batch, for which tables of terms are worth
// their memory.
const manyDocs = 256

// use says that a document has a term. doc is twice the number of the document, and one more
// if it uses the term strongly.
type use struct{ term, doc uint32 }

// Add begins a document. Term adds its terms. A batch has a document with an ID once at most.
func (b *Batch) Add(k Key) {
	b.keys = append(b.keys, k.stored())
}

// Len returns how many documents the batch adds.
func (b *Batch) Len() int { return len(b.keys) }

// Term adds a term to the document that was added last, which uses it strongly or not. It may
// be added again; the strongest use counts. The bytes are copied.
func (b *Batch) Term(term []byte, strong bool) { b.Use(b.Number(term), strong) }

// Use is Term for a term by its number.
func (b *Batch) Use(n uint32, strong bool) {
	doc := uint32(len(b.keys)) << 1
	if strong {
		doc++
	}
	if last := b.last[n]; last>>1 == doc>>1 && last >= doc {
		return
	}
	b.last[n] = doc
	b.uses = append(b.uses, use{n, doc - 2})
}

// Number returns the number of a term in the batch. The bytes are copied.
func (b *Batch) Number(term []byte) uint32 {
	term = term[:min(len(term), MaxTerm)]
	if len(term) != 3 || len(b.keys) < manyDocs {
		return b.lookUp(term)
	}
	table := b.short[term[0]]
	if table == nil {
		table = new([1 << 16]uint32)
		b.short[term[0]] = table
	}
	n := &table[int(term[1])<<8|int(term[2])]
	if *n == 0 {
		*n = b.lookUp(term) + 1
	}
	return *n - 1
}

func (b *Batch) lookUp(term []byte) uint32 {
	if n, ok := b.terms[string(term)]; ok {
		return n
	}
	if b.terms == nil {
		b.terms = map[string]uint32{}
	}
	t, n := string(term), uint32(len(b.texts))
	b.texts, b.last = append(b.texts, t), append(b.last, 0)
	b.terms[t] = n
	return n
}

// Delete deletes the document with a key, if the index has it.
func (b *Batch) Delete(k Key) { b.deleted = append(b.deleted, k.stored()) }

// DeleteID deletes the document with an ID, if the index has it. This reads all keys.
func (b *Batch) DeleteID(id string) { b.ids = append(b.ids, id) }

// Set sets a value of the index.
func (b *Batch) Set(name string, value []byte) {
	if b.values == nil {
		b.values = map[string][]byte{}
	}
	b.values[name] = value
}

// segment makes a segment in memory of the documents that the batch adds.
func (b *Batch) segment() (*segment, error) {
	var file bytes.Buffer
	w, err := newSegmentWriter(&file)
	if err != nil {
		return nil, err
	}
	order := make([]uint32, len(b.keys)) // documents, the newest first
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, k uint32) int { return b.keys[i].compare(b.keys[k]) })
	numbers := make([]uint32, len(order))
	for i, doc := range order {
		numbers[doc] = uint32(i)
		if i > 0 && b.keys[order[i-1]].compare(b.keys[doc]) == 0 {
			return nil, fmt.Errorf("document %s is twice in a batch", b.keys[doc].idString())
		}
		if err := w.addKey(b.keys[doc]); err != nil {
			return nil, err
		}
	}
	if err := b.writeTerms(w, numbers); err != nil {
		return nil, err
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	return openSegment(bytes.NewReader(file.Bytes()), int64(file.Len()))
}

// writeTerms writes the terms in order, each with its documents by their numbers.
func (b *Batch) writeTerms(w *segmentWriter, numbers []uint32) error {
	ends := make([]uint32, len(b.texts)+1)
	for _, u := range b.uses {
		ends[u.term+1]++
	}
	for i := range b.texts {
		ends[i+1] += ends[i]
	}
	docs := make([]uint32, len(b.uses)) // as in use
	for _, u := range b.uses {
		docs[ends[u.term]] = numbers[u.doc>>1]<<1 | u.doc&1
		ends[u.term]++
	}
	order := make([]uint32, len(b.texts))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, k uint32) int { return strings.Compare(b.texts[i], b.texts[k]) })
	var term []byte
	var strong, weak []uint32
	for _, n := range order {
		list := docs[:ends[n]]
		if n > 0 {
			list = list[ends[n-1]:]
		}
		if !slices.IsSorted(list) {
			slices.Sort(list)
		}
		term = append(term[:0], b.texts[n]...)
		strong, weak = splitUses(list, strong[:0], weak[:0])
		if err := w.addTerm(term, strong, weak); err != nil {
			return err
		}
	}
	return nil
}

// splitUses appends the documents that use a term strongly, and the others.
func splitUses(uses, strong, weak []uint32) (_, _ []uint32) {
	for i, u := range uses {
		switch {
		case u&1 != 0:
			strong = append(strong, u>>1)
		case i+1 == len(uses) || uses[i+1] != u+1:
			weak = append(weak, u>>1)
		}
	}
	return strong, weak
}
