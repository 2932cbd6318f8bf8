package posting

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"
)

// segment is a segment that is open for reading. It never changes.
type segment struct {
	r    io.ReaderAt
	file *os.File // nil: the segment is in memory
	name string   // of the file
	size int64

	docs uint32
	keys []keyBlock
	text []byte // the first terms of all blocks of terms
	dict []dictBlock

	refs     atomic.Int32 // snapshots that have the segment
	obsolete atomic.Bool  // no manifest has it; the file is removed when it is closed
}

type keyBlock struct {
	first storedKey
	off   int64
	size  int
}

type dictBlock struct {
	from, to uint32 // its first term in segment.text
	size     uint32
	off      int64
}

func (s *segment) firstTerm(block int) []byte { return s.text[s.dict[block].from:s.dict[block].to] }

// openFile opens the segment in a file.
func openFile(path, name string) (*segment, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil {
		var s *segment
		if s, err = openSegment(f, fi.Size()); err == nil {
			s.file, s.name = f, name
			return s, nil
		}
	}
	_ = f.Close()
	return nil, fmt.Errorf("open %s: %w", path, err)
}

// openSegment opens a segment of so many bytes.
func openSegment(r io.ReaderAt, size int64) (*segment, error) {
	off, footer, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	d := decoder{b: footer}
	s := &segment{r: r, size: size, docs: uint32(d.upTo(none - 1))}
	for range (int(s.docs) + keysPerBlock - 1) / keysPerBlock {
		k := keyBlock{first: d.key(storedKey{})}
		k.off, k.size = d.place(off)
		if d.bad {
			break
		}
		s.keys = append(s.keys, k)
	}
	for range d.upTo(len(d.b)) {
		t := d.bytes(d.upTo(MaxTerm))
		from := len(s.text)
		s.text = append(s.text, t...)
		b := dictBlock{from: uint32(from), to: uint32(len(s.text))}
		var n int
		b.off, n = d.place(off)
		b.size = uint32(n)
		s.dict = append(s.dict, b)
		if len(s.dict) > 1 && bytes.Compare(s.firstTerm(len(s.dict)-2), t) >= 0 {
			d.bad = true
		}
		if d.bad {
			break
		}
	}
	if d.bad || len(d.b) > 0 {
		return nil, fmt.Errorf("table of blocks: %w", ErrDamaged)
	}
	s.text, s.keys, s.dict = slices.Clip(s.text), slices.Clip(s.keys), slices.Clip(s.dict)
	return s, nil
}

// place reads where a block is, which ends before end.
func (d *decoder) place(end int64) (off int64, size int) {
	off, size = int64(d.upTo(int(end))), d.upTo(maxBlock)
	if off+frameSize+int64(size) > end {
		d.bad = true
	}
	return off, size
}

// readFooter returns the last block of a segment and its offset.
func readFooter(r io.ReaderAt, size int64) (off int64, footer []byte, err error) {
	if size < int64(len(magic))+trailerSize {
		return 0, nil, fmt.Errorf("a segment of %d bytes: %w", size, ErrDamaged)
	}
	var b [trailerSize]byte
	if _, err := r.ReadAt(b[:], size-trailerSize); err == io.EOF {
		return 0, nil, fmt.Errorf("the end is missing: %w", ErrDamaged)
	} else if err != nil {
		return 0, nil, err
	}
	off, n := int64(binary.LittleEndian.Uint64(b[:])), int64(binary.LittleEndian.Uint32(b[8:]))
	if string(b[12:]) != magic || off < 0 || off > size || off+frameSize+n+trailerSize != size {
		return 0, nil, fmt.Errorf("the end is not that of a segment: %w", ErrDamaged)
	}
	footer, err = readBlock(r, off, int(n), nil)
	if err != nil {
		return 0, nil, err
	}
	return off, footer[:n], nil
}

// check reads all blocks and compares their checksums.
func (s *segment) check(ctx context.Context) error {
	var buf []byte
	for off := int64(len(magic)); off < s.size-trailerSize; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var frame [frameSize]byte
		if _, err := s.r.ReadAt(frame[:], off); err != nil {
			return fmt.Errorf("check %s: %w: %w", s.name, err, ErrDamaged)
		}
		n := int64(binary.LittleEndian.Uint32(frame[:]))
		if off+frameSize+n > s.size-trailerSize {
			return fmt.Errorf("check %s: block at %d: %w", s.name, off, ErrDamaged)
		}
		b, err := readBlock(s.r, off, int(n), buf)
		if err != nil {
			return fmt.Errorf("check %s: %w", s.name, err)
		}
		buf = b[:0:0]
		off += frameSize + n
	}
	var start [len(magic)]byte
	if _, err := s.r.ReadAt(start[:], 0); err != nil || string(start[:]) != magic {
		return fmt.Errorf("check %s: start: %w", s.name, ErrDamaged)
	}
	return nil
}

func (s *segment) inMemory() bool { return s.file == nil }

func (s *segment) retain() { s.refs.Add(1) }

// release closes the segment when nothing has it any more.
func (s *segment) release() {
	if s.refs.Add(-1) > 0 || s.file == nil {
		return
	}
	_ = s.file.Close() // opened for reading only
	if s.obsolete.Load() {
		_ = os.Remove(s.file.Name()) // a leftover is removed by the next Open
	}
}

// blockOfKey returns the block that has the key, if any has.
func (s *segment) blockOfKey(k storedKey) int {
	i, found := slices.BinarySearchFunc(s.keys, k, func(b keyBlock, k storedKey) int { return b.first.compare(k) })
	if found {
		return i
	}
	return i - 1
}

func (s *segment) keysIn(block int) int {
	return min(keysPerBlock, int(s.docs)-block*keysPerBlock)
}

// readKeys reads a block of keys.
func (s *segment) readKeys(block int, into []storedKey) ([]storedKey, error) {
	b := s.keys[block]
	payload, err := readBlock(s.r, b.off, b.size, nil)
	if err != nil {
		return nil, err
	}
	return decodeKeys(payload[:b.size], s.keysIn(block), into)
}

// find returns the number of the document with a key, and none if there is no such document.
func (s *segment) find(k storedKey, r *keyReader) (uint32, error) {
	block := s.blockOfKey(k)
	if block < 0 {
		return none, nil
	}
	keys, err := r.read(s, block)
	if err != nil {
		return none, err
	}
	i, found := slices.BinarySearchFunc(keys, k, storedKey.compare)
	if !found {
		return none, nil
	}
	return uint32(block*keysPerBlock + i), nil
}

// keyReader keeps the block of keys that was read last.
type keyReader struct {
	of    *segment
	block int
	keys  []storedKey
}

func (r *keyReader) read(s *segment, block int) ([]storedKey, error) {
	if r.of == s && r.block == block {
		return r.keys, nil
	}
	r.of = nil
	keys, err := s.readKeys(block, r.keys)
	if err != nil {
		return nil, err
	}
	r.of, r.block, r.keys = s, block, keys
	return keys, nil
}

func (r *keyReader) key(s *segment, doc uint32) (storedKey, error) {
	keys, err := r.read(s, int(doc/keysPerBlock))
	if err != nil {
		return storedKey{}, err
	}
	return keys[doc%keysPerBlock], nil
}
