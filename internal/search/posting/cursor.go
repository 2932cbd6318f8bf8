package posting

import (
	"fmt"
	"math/bits"
	"slices"
)

// An iterator goes through numbers of documents in ascending order. advance returns the first
// that is not below target, none at the end; a later call's target is never below an earlier
// one's. An iterator that fails ends, and the searcher has its error.
type iterator interface {
	advance(target uint32) uint32
}

// everyDoc goes through all documents of a segment.
type everyDoc struct{ docs uint32 }

func (e everyDoc) advance(target uint32) uint32 {
	if target < e.docs {
		return target
	}
	return none
}

// sortedDocs goes through numbers that are in memory.
type sortedDocs struct{ left []uint32 }

func (s *sortedDocs) advance(target uint32) uint32 {
	if len(s.left) > 0 && s.left[0] < target {
		step := 1
		for step < len(s.left) && s.left[step] < target {
			step *= 2
		}
		from := step / 2
		i, _ := slices.BinarySearch(s.left[from:min(step+1, len(s.left))], target)
		s.left = s.left[from+i:]
	}
	if len(s.left) == 0 {
		return none
	}
	return s.left[0]
}

// bitset is a set of numbers.
type bitset []uint64

func newBitset(n uint32) bitset { return make(bitset, (uint64(n)+63)/64) }

func (b bitset) add(doc uint32)      { b[doc/64] |= 1 << (doc % 64) }
func (b bitset) has(doc uint32) bool { return b != nil && b[doc/64]&(1<<(doc%64)) != 0 }

func (b bitset) count() (n uint32) {
	for _, w := range b {
		n += uint32(bits.OnesCount64(w))
	}
	return n
}

func (b bitset) advance(target uint32) uint32 {
	i := int(target / 64)
	if i >= len(b) {
		return none
	}
	w := b[i] >> (target % 64) << (target % 64)
	for ; w == 0; w = b[i] {
		if i++; i == len(b) {
			return none
		}
	}
	return uint32(i*64 + bits.TrailingZeros64(w))
}

// cursor goes through the list of a term. It reads a long list chunk by chunk, and skips those
// that end before target.
type cursor struct {
	s      *segment
	chunks []chunk // of a long list
	n      uint32  // of documents in all
	chunk  int     // the current one
	buf    []byte
	codes  riceReader
	left   uint32 // in the current chunk or short list
	doc    uint32 // the last that was read
	began  bool
	failed func(error)
}

type chunk struct {
	off         int64
	size        int
	after, last uint32 // the last document before the chunk and the last in it
}

// newCursor makes a cursor of a list. A short list is used in place.
func newCursor(s *segment, l *list, failed func(error)) *cursor {
	c := &cursor{s: s, n: l.n, doc: none, failed: failed}
	switch {
	case l.n == 1:
		c.doc, c.began = l.only, true
	case !l.isLong():
		c.codes, c.left = newRiceReader(l.codes, riceParameter(s.docs, l.n)), l.n
	default:
		chunks, err := l.chunks(s)
		if err != nil {
			return c.fail(err)
		}
		c.chunks, c.chunk = chunks, -1
	}
	return c
}

// chunks decodes the table of the chunks of a long list.
func (l *list) chunks(s *segment) ([]chunk, error) {
	d := decoder{b: l.codes[:len(l.codes)-slack]}
	off, after := int64(d.upTo(int(s.size))), uint32(none)
	all := make([]chunk, 0, min(int(l.n+perChunk-1)/perChunk, len(d.b)))
	for n := 0; n < int(l.n); n += perChunk {
		c := chunk{off: off, size: d.upTo(maxBlock), after: after}
		c.last = after + uint32(d.upTo(int(s.docs)))
		if d.bad || c.last >= s.docs || after != none && c.last <= after {
			return nil, fmt.Errorf("table of chunks: %w", ErrDamaged)
		}
		all = append(all, c)
		off, after = off+frameSize+int64(c.size), c.last
	}
	return all, nil
}

func (c *cursor) fail(err error) *cursor {
	c.failed(err)
	c.chunks, c.left, c.doc, c.began = nil, 0, none, true
	return c
}

func (c *cursor) advance(target uint32) uint32 {
	if c.began && c.doc >= target {
		return c.doc
	}
	c.began = true
	if c.chunks != nil && (c.chunk < 0 || c.chunks[c.chunk].last < target) && !c.skipTo(target) {
		return c.doc
	}
	for {
		if c.left == 0 && c.chunks == nil {
			c.doc = none
			return none
		}
		gap, ok := c.codes.next()
		doc := c.doc + gap + 1
		if !ok || doc >= c.s.docs || c.left == 0 {
			return c.fail(fmt.Errorf("list: %w", ErrDamaged)).doc
		}
		c.left--
		c.doc = doc
		if doc >= target {
			return doc
		}
	}
}

// skipTo loads the chunk that has target, or the first after it.
func (c *cursor) skipTo(target uint32) bool {
	from := max(c.chunk, 0)
	n, _ := slices.BinarySearchFunc(c.chunks[from:], target, func(k chunk, t uint32) int {
		if k.last < t {
			return -1
		}
		return 1
	})
	return c.load(from + n)
}

func (c *cursor) load(n int) bool {
	if n >= len(c.chunks) {
		c.chunk, c.left, c.doc = len(c.chunks)-1, 0, none
		return false
	}
	k := c.chunks[n]
	buf, err := readBlock(c.s.r, k.off, k.size, c.buf)
	if err != nil {
		c.fail(err)
		return false
	}
	c.left = min(perChunk, c.n-uint32(n)*perChunk)
	c.chunk, c.buf, c.doc = n, buf, k.after
	c.codes = newRiceReader(buf[:k.size+slack], riceParameter(k.last-k.after, c.left))
	return true
}

// appendDocs appends the numbers of all documents of a list.
func appendDocs(docs []uint32, s *segment, l *list) ([]uint32, error) {
	switch {
	case l.n == 0:
		return docs, nil
	case l.n == 1:
		return append(docs, l.only), nil
	case !l.isLong():
		r := newRiceReader(l.codes, riceParameter(s.docs, l.n))
		return r.appendAll(docs, none, l.n, s.docs)
	}
	chunks, err := l.chunks(s)
	if err != nil {
		return docs, err
	}
	var buf []byte
	left := l.n
	for _, k := range chunks {
		if buf, err = readBlock(s.r, k.off, k.size, buf); err != nil {
			return docs, err
		}
		n := min(left, perChunk)
		r := newRiceReader(buf[:k.size+slack], riceParameter(k.last-k.after, n))
		if docs, err = r.appendAll(docs, k.after, n, k.last+1); err != nil {
			return docs, err
		}
		left -= n
	}
	return docs, nil
}
