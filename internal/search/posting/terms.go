package posting

import (
	"bytes"
	"fmt"
	"slices"
)

// list is where the documents of a term are.
type list struct {
	n     uint32 // documents
	only  uint32 // the document, when n is 1
	codes []byte // of a short list, with slack; the table of the chunks of a long one
}

func (l *list) isLong() bool { return l.n > shortList }

// entry is what a segment says about a term: which documents use it strongly, and which
// others use it.
type entry struct{ strong, weak list }

// termReader goes through the terms of a segment in order.
type termReader struct {
	s     *segment
	block int // -1: none was read
	buf   []byte
	d     decoder
	term  []byte
	entry entry
	ended bool
}

func newTermReader(s *segment) *termReader { return &termReader{s: s, block: -1} }

// seek goes to the first term that is not before a term, and reports whether there is one. It
// is fast when terms are sought in order.
func (t *termReader) seek(term []byte) (bool, error) {
	block, found := slices.BinarySearchFunc(t.s.dict, term, func(b dictBlock, term []byte) int {
		return bytes.Compare(t.s.text[b.from:b.to], term)
	})
	if !found {
		block = max(block-1, 0)
	}
	if block >= len(t.s.dict) {
		t.ended = true
		return false, nil
	}
	if block != t.block || t.ended || t.term == nil || bytes.Compare(t.term, term) > 0 {
		if err := t.load(block); err != nil {
			return false, err
		}
		if ok, err := t.next(); !ok {
			return false, err
		}
	}
	for bytes.Compare(t.term, term) < 0 {
		if ok, err := t.next(); !ok {
			return false, err
		}
	}
	return true, nil
}

func (t *termReader) load(block int) error {
	b := t.s.dict[block]
	t.ended = false
	if block != t.block {
		t.block = -1
		buf, err := readBlock(t.s.r, b.off, int(b.size), t.buf)
		if err != nil {
			return err
		}
		t.buf, t.block = buf, block
	}
	t.d, t.term = decoder{b: t.buf[:b.size]}, t.term[:0]
	return nil
}

// next goes to the next term, and reports whether there is one. What the entry had before
// is overwritten.
func (t *termReader) next() (bool, error) {
	if t.ended {
		return false, nil
	}
	if t.block < 0 || len(t.d.b) == 0 {
		if t.block+1 >= len(t.s.dict) {
			t.ended = true
			return false, nil
		}
		if err := t.load(t.block + 1); err != nil {
			t.ended = true
			return false, err
		}
	}
	t.decode()
	if t.d.bad {
		t.ended, t.block = true, -1
		return false, fmt.Errorf("terms: %w", ErrDamaged)
	}
	return true, nil
}

// decode decodes the term and entry that are next in the block.
func (t *termReader) decode() {
	d := &t.d
	lengths := d.byte()
	shared, suffix := int(lengths>>4), int(lengths&15)
	if shared == 15 {
		shared += d.upTo(MaxTerm)
	}
	if suffix == 15 {
		suffix += d.upTo(MaxTerm)
	}
	if shared > len(t.term) {
		d.bad = true
		return
	}
	t.term = append(t.term[:shared], d.bytes(suffix)...)
	uses := d.uint()
	n, kind := uses>>2, uses&3
	if n == 0 || n > uint64(t.s.docs) || kind > usesAreBoth {
		d.bad = true
		return
	}
	strong := uint64(0)
	switch kind {
	case usesAreStrong:
		strong = n
	case usesAreBoth:
		if strong = uint64(d.upTo(int(n) - 1)); strong == 0 {
			d.bad = true
		}
	}
	t.entry.strong = t.list(uint32(strong))
	t.entry.weak = t.list(uint32(n - strong))
}

func (t *termReader) list(n uint32) list {
	d, l := &t.d, list{n: n}
	switch n {
	case 0:
	case 1:
		for i, b := range d.bytes(docWidth(t.s.docs)) {
			l.only |= uint32(b) << (8 * i)
		}
		d.bad = d.bad || l.only >= t.s.docs
	default:
		size := 0
		if n <= tinyList {
			size = t.sizeOfTiny(n)
		} else {
			size = d.upTo(len(d.b))
		}
		from := int(t.s.dict[t.block].size) - len(d.b)
		d.bytes(size)
		l.codes = t.buf[from:min(from+size+slack, len(t.buf))]
	}
	return l
}

// sizeOfTiny returns the size of the list of n documents that is next in the block.
func (t *termReader) sizeOfTiny(n uint32) int {
	from := int(t.s.dict[t.block].size) - len(t.d.b)
	r := newRiceReader(t.buf[from:], riceParameter(t.s.docs, n))
	for range n {
		if _, ok := r.next(); !ok {
			t.d.bad = true
			return 0
		}
	}
	return int(r.pos+7) / 8
}
