package posting

import (
	"bufio"
	"encoding/binary"
	"io"
	"math/bits"
)

const (
	magic       = "slugpost"
	termBlock   = 4 << 10 // bytes in a block of terms, about
	perChunk    = 1024    // documents in each chunk of a long list
	shortList   = 256     // documents in a list that has no chunks, at most
	tinyList    = 4       // documents in a list that does not begin with its size, at most
	trailerSize = 8 + 4 + int64(len(magic))
)

// segmentWriter writes a segment: first all keys in order, then all terms in order.
type segmentWriter struct {
	buf    *bufio.Writer
	blocks blockWriter

	docs, terms uint32
	last        storedKey
	keys        []byte // the block of keys that is being filled
	firstKeys   []byte // the first key and the offset of each block of keys
	entries     []byte // the block of terms that is being filled
	firstTerms  []byte // the first term and the offset of each block of terms
	blockTerms  uint32 // number of blocks of terms
	term        []byte // the last one
	list        []byte // for the codes of a list
	table       []byte // for the chunks of a list
}

func newSegmentWriter(w io.Writer) (*segmentWriter, error) {
	buf := bufio.NewWriterSize(w, 64<<10)
	s := &segmentWriter{buf: buf, blocks: blockWriter{w: buf, off: int64(len(magic))}}
	_, err := buf.WriteString(magic)
	return s, err
}

func (s *segmentWriter) addKey(k storedKey) error {
	if s.docs%keysPerBlock == 0 {
		if err := s.endKeys(); err != nil {
			return err
		}
		s.last = storedKey{}
		s.firstKeys = appendKey(s.firstKeys, k, s.last)
	}
	s.keys = appendKey(s.keys, k, s.last)
	s.last = k
	s.docs++
	return nil
}

// endKeys writes the block of keys and notes where it is.
func (s *segmentWriter) endKeys() error {
	if len(s.keys) == 0 {
		return nil
	}
	size := len(s.keys)
	off, err := s.blocks.write(s.keys)
	s.firstKeys = binary.AppendUvarint(binary.AppendUvarint(s.firstKeys, uint64(off)), uint64(size))
	s.keys = s.keys[:0]
	return err
}

// addTerm adds a term with the numbers of its documents, which are ascending: those that use
// it strongly and the others.
func (s *segmentWriter) addTerm(term []byte, strong, weak []uint32) error {
	if s.terms == 0 {
		if err := s.endKeys(); err != nil {
			return err
		}
	}
	if len(s.entries) >= termBlock {
		if err := s.endTerms(); err != nil {
			return err
		}
	}
	shared := 0
	if len(s.entries) == 0 {
		s.firstTerms = binary.AppendUvarint(s.firstTerms, uint64(len(term)))
		s.firstTerms = append(s.firstTerms, term...)
	} else {
		for shared < min(len(term), len(s.term)) && term[shared] == s.term[shared] {
			shared++
		}
	}
	s.appendText(shared, term[shared:])
	s.term = append(s.term[:0], term...)
	s.terms++
	kind := usesAreWeak
	switch {
	case len(strong) > 0 && len(weak) > 0:
		kind = usesAreBoth
	case len(strong) > 0:
		kind = usesAreStrong
	}
	s.entries = binary.AppendUvarint(s.entries, uint64(len(strong)+len(weak))<<2|uint64(kind))
	if kind == usesAreBoth {
		s.entries = binary.AppendUvarint(s.entries, uint64(len(strong)))
	}
	if err := s.addList(strong); err != nil {
		return err
	}
	return s.addList(weak)
}

// What the lists of a term hold. One that has both has the list of strong uses first.
const (
	usesAreWeak = iota
	usesAreStrong
	usesAreBoth
)

// appendText appends a term that shares so many bytes with the one before. One byte has both
// lengths if they are small.
func (s *segmentWriter) appendText(shared int, suffix []byte) {
	s.entries = append(s.entries, byte(min(shared, 15)<<4|min(len(suffix), 15)))
	if shared >= 15 {
		s.entries = binary.AppendUvarint(s.entries, uint64(shared-15))
	}
	if len(suffix) >= 15 {
		s.entries = binary.AppendUvarint(s.entries, uint64(len(suffix)-15))
	}
	s.entries = append(s.entries, suffix...)
}

// docWidth returns how many bytes a number of one of so many documents takes.
func docWidth(docs uint32) int { return (bits.Len32(docs-1) + 7) / 8 }

// addList adds a list to the last term, if it is not empty.
func (s *segmentWriter) addList(docs []uint32) error {
	switch {
	case len(docs) == 0:
		return nil
	case len(docs) == 1:
		for n := range docWidth(s.docs) {
			s.entries = append(s.entries, byte(docs[0]>>(8*n)))
		}
		return nil
	case len(docs) > shortList:
		if err := s.addChunks(docs); err != nil {
			return err
		}
	default:
		s.list = appendRice(s.list[:0], docs, none, riceParameter(s.docs, uint32(len(docs))))
	}
	if len(docs) <= tinyList {
		s.entries = append(s.entries, s.list...)
		return nil
	}
	s.entries = binary.AppendUvarint(s.entries, uint64(len(s.list)))
	s.entries = append(s.entries, s.list...)
	return nil
}

// addChunks writes a long list in chunks, each a block. What stays with the term is where
// the first is, and the size and the last document of each.
func (s *segmentWriter) addChunks(docs []uint32) error {
	s.table = binary.AppendUvarint(s.table[:0], uint64(s.blocks.off))
	after := uint32(none)
	for len(docs) > 0 {
		some := docs[:min(len(docs), perChunk)]
		docs = docs[len(some):]
		last := some[len(some)-1]
		s.list = appendRice(s.list[:0], some, after, riceParameter(last-after, uint32(len(some))))
		if _, err := s.blocks.write(s.list); err != nil {
			return err
		}
		s.table = binary.AppendUvarint(binary.AppendUvarint(s.table, uint64(len(s.list))), uint64(last-after))
		after = last
	}
	s.list = append(s.list[:0], s.table...)
	return nil
}

func (s *segmentWriter) endTerms() error {
	if len(s.entries) == 0 {
		return nil
	}
	size := len(s.entries)
	off, err := s.blocks.write(s.entries)
	s.firstTerms = binary.AppendUvarint(binary.AppendUvarint(s.firstTerms, uint64(off)), uint64(size))
	s.entries = s.entries[:0]
	s.blockTerms++
	return err
}

// finish writes the index of the blocks and where that is.
func (s *segmentWriter) finish() error {
	if err := s.endKeys(); err != nil {
		return err
	}
	if err := s.endTerms(); err != nil {
		return err
	}
	b := binary.AppendUvarint(nil, uint64(s.docs))
	b = append(b, s.firstKeys...)
	b = binary.AppendUvarint(b, uint64(s.blockTerms))
	b = append(b, s.firstTerms...)
	off, err := s.blocks.write(b)
	if err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint64(nil, uint64(off))
	end = binary.LittleEndian.AppendUint32(end, uint32(len(b)))
	if _, err := s.buf.Write(append(end, magic...)); err != nil {
		return err
	}
	s.blocks.off += trailerSize
	return s.buf.Flush()
}
