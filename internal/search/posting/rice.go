package posting

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A list of document numbers is written as Golomb-Rice codes of the gaps between them: a
// gap's high bits in unary, zeros ended by a one, then its k low bits. The least significant
// bit of a byte comes first.

// riceParameter returns the k for n numbers among so many. No k takes much less space, if
// the numbers are spread evenly.
func riceParameter(among, n uint32) uint {
	return uint(max(bits.Len32(uint32(uint64(among)*89/128/uint64(n)))-1, 0))
}

// appendRice appends the codes of ascending numbers, all above the number after. For
// the first list of a segment, after is none, which is one below 0.
func appendRice(b []byte, docs []uint32, after uint32, k uint) []byte {
	var acc uint64 // the last n bits, not appended yet
	var n uint
	for _, d := range docs {
		gap := d - after - 1
		after = d
		for q := uint(gap >> k); ; q -= 32 {
			if q < 32 {
				acc |= 1 << (n + q)
				n += q + 1
				break
			}
			n += 32
			for ; n >= 8; n -= 8 {
				b, acc = append(b, byte(acc)), acc>>8
			}
		}
		for ; n >= 8; n -= 8 {
			b, acc = append(b, byte(acc)), acc>>8
		}
		acc |= uint64(gap&(1<<k-1)) << n
		for n += k; n >= 8; n -= 8 {
			b, acc = append(b, byte(acc)), acc>>8
		}
	}
	if n > 0 {
		b = append(b, byte(acc))
	}
	return b
}

// slack is how many bytes must follow a list in memory, whatever they are, so that it can
// be read in words.
const slack = 8

// riceReader reads the codes of a list.
type riceReader struct {
	b        []byte // with slack bytes more than the list has
	pos, end uint   // in bits
	k        uint
}

func newRiceReader(withSlack []byte, k uint) riceReader {
	return riceReader{b: withSlack, end: uint(len(withSlack)-slack) * 8, k: k}
}

// next returns the next gap; ok is false if the list ends before.
func (r *riceReader) next() (gap uint32, ok bool) {
	q := uint(0)
	for {
		if r.pos >= r.end {
			return 0, false
		}
		w := binary.LittleEndian.Uint64(r.b[r.pos>>3:]) >> (r.pos & 7)
		if w != 0 {
			z := uint(bits.TrailingZeros64(w))
			q, r.pos = q+z, r.pos+z+1
			break
		}
		zeros := 64 - r.pos&7
		q, r.pos = q+zeros, r.pos+zeros
	}
	if r.pos+r.k > r.end || q > 1<<31>>r.k {
		return 0, false
	}
	low := binary.LittleEndian.Uint64(r.b[r.pos>>3:]) >> (r.pos & 7) & (1<<r.k - 1)
	r.pos += r.k
	return uint32(q<<r.k) | uint32(low), true
}

// appendAll appends the n numbers of a list, which are above after and below end.
func (r *riceReader) appendAll(docs []uint32, after, n, end uint32) ([]uint32, error) {
	for range n {
		gap, ok := r.next()
		if after += gap + 1; !ok || after >= end {
			return docs, fmt.Errorf("list: %w", ErrDamaged)
		}
		docs = append(docs, after)
	}
	return docs, nil
}
