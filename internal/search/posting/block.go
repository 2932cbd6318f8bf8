package posting

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// A file is a sequence of blocks. A block is preceded by its size and checksum, four bytes
// each, least significant first.
const frameSize = 8

// maxBlock is the largest block that is read; a larger one is damage.
const maxBlock = 1 << 28

// blockWriter writes blocks one after the other.
type blockWriter struct {
	w   io.Writer
	off int64
}

// write writes a block and returns where it is.
func (w *blockWriter) write(payload []byte) (off int64, err error) {
	var frame [frameSize]byte
	binary.LittleEndian.PutUint32(frame[:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(payload, castagnoli))
	off = w.off
	if _, err := w.w.Write(frame[:]); err != nil {
		return 0, err
	}
	_, err = w.w.Write(payload)
	w.off += int64(frameSize + len(payload))
	return off, err
}

// readBlock reads the block of a size at an offset, and appends slack bytes. It uses buf if
// that is large enough.
func readBlock(r io.ReaderAt, off int64, size int, buf []byte) ([]byte, error) {
	if size < 0 || size > maxBlock || off < 0 {
		return nil, fmt.Errorf("block of %d bytes at %d: %w", size, off, ErrDamaged)
	}
	if n := frameSize + size + slack; cap(buf) < n {
		buf = make([]byte, n)
	} else {
		buf = buf[:n]
	}
	if _, err := r.ReadAt(buf[:frameSize+size], off); err == io.EOF {
		return nil, fmt.Errorf("block at %d ends early: %w", off, ErrDamaged)
	} else if err != nil {
		return nil, err
	}
	clear(buf[frameSize+size:])
	payload := buf[frameSize : frameSize+size]
	if binary.LittleEndian.Uint32(buf) != uint32(size) || binary.LittleEndian.Uint32(buf[4:]) != crc32.Checksum(payload, castagnoli) {
		return nil, fmt.Errorf("checksum of the block at %d: %w", off, ErrDamaged)
	}
	return buf[frameSize:], nil
}

// decoder reads numbers and bytes from a block. After damage it returns zeros.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// upTo returns a number that is damaged if it is greater than most.
func (d *decoder) upTo(most int) int {
	v := d.uint()
	if v > uint64(most) {
		d.bad = true
		return 0
	}
	return int(v)
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
