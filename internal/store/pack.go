package store

import (
	"bytes"
	"encoding/binary"
)

// A pack is many neighbouring rows of a bucket in one row of bbolt. Rows of a few bytes would
// otherwise take up several times as many: bbolt needs 16 bytes for each, its header takes 5,
// and most of its key is that of its neighbour.
//
// A pack is stored under the key of its first row. Its payload is the number of rows and, for
// each, a control byte, the key and the payload. Of both it has only what differs from those of
// the row before: shared bytes that both begin with, raw bytes, and characters of ids, 5 bits
// each. The control byte says which of these numbers are the same as those of the row before; the
// others follow as uvarints. The key of the first row is empty there.

// packedRow is a row in a pack.
type packedRow struct{ key, payload []byte }

// Of the control byte: which numbers follow. Those of the payload have the next bits.
const (
	newShared = 1 << iota
	newRaw
	newIDs
	ofKey   = 0
	ofValue = 3
)

// shape says how a key or a payload is written after the one before.
type shape struct {
	shared int // bytes that are those of the one before
	raw    int // bytes, the shared ones among them, before the characters of ids
	ids    int // such characters
}

// shapeOf returns the shape of v after before.
func shapeOf(v, before []byte) shape {
	var s shape
	for s.shared < len(v) && s.shared < len(before) && v[s.shared] == before[s.shared] {
		s.shared++
	}
	rest := v[s.shared:]
	switch {
	case isIdentifier(rest):
		s.ids = len(rest)
	case len(rest) > idSize && isIdentifier(rest[len(rest)-idSize:]):
		s.ids = idSize
	}
	s.raw = len(v) - s.ids
	return s
}

func isIdentifier(v []byte) bool {
	for _, c := range v {
		if digits[c] == noDigit {
			return false
		}
	}
	return true
}

// packer writes a pack.
type packer struct {
	b            []byte
	key, payload []byte // of the row before
	ks, ps       shape
}

// pack returns packs of rows, whose keys are in ascending order, and the index of the row after
// each. A pack ends at the first row from which it is longer than limit.
func pack(rows []packedRow, limit int) (packs [][]byte, ends []int) {
	var p packer
	from := 0
	for i, row := range rows {
		if i == from {
			p = packer{key: row.key}
		}
		p.add(row)
		if len(p.b) <= limit && i < len(rows)-1 {
			continue
		}
		n := binary.AppendUvarint(nil, uint64(i+1-from))
		packs, ends = append(packs, append(n, p.b...)), append(ends, i+1)
		from = i + 1
	}
	return packs, ends
}

func (p *packer) add(row packedRow) {
	ks, ps := shapeOf(row.key, p.key), shapeOf(row.payload, p.payload)
	at := len(p.b)
	p.b = append(p.b, ks.changed(p.ks)<<ofKey|ps.changed(p.ps)<<ofValue)
	p.b = ks.append(p.b, p.b[at]>>ofKey)
	p.b = ps.append(p.b, p.b[at]>>ofValue)
	p.b = ks.appendRest(p.b, row.key)
	p.b = ps.appendRest(p.b, row.payload)
	p.key, p.payload, p.ks, p.ps = row.key, row.payload, ks, ps
}

// changed returns which numbers are not those of before.
func (s shape) changed(before shape) (control byte) {
	if s.shared != before.shared {
		control |= newShared
	}
	if s.raw != before.raw {
		control |= newRaw
	}
	if s.ids != before.ids {
		control |= newIDs
	}
	return control
}

// append appends the numbers that control names.
func (s shape) append(to []byte, control byte) []byte {
	for i, n := range [...]int{s.shared, s.raw, s.ids} {
		if control&(1<<i) != 0 {
			to = binary.AppendUvarint(to, uint64(n))
		}
	}
	return to
}

func (s shape) appendRest(to, v []byte) []byte {
	to = append(to, v[s.shared:s.raw]...)
	bits, n := uint(0), 0
	for _, c := range v[s.raw:] {
		bits, n = bits<<5|uint(digits[c]), n+5
		if n >= 8 {
			n -= 8
			to = append(to, byte(bits>>n))
		}
	}
	if n > 0 {
		to = append(to, byte(bits<<(8-n)))
	}
	return to
}

// unpacker reads a pack. key and payload are those of the current row, until the next one is
// read.
type unpacker struct {
	b            []byte
	left         uint64 // rows
	key, payload []byte
	ks, ps       shape
}

// newUnpacker returns an unpacker of the pack under a key.
func newUnpacker(key, pack []byte) (unpacker, error) {
	n, size := binary.Uvarint(pack)
	if size <= 0 || n == 0 || n > uint64(len(pack)) {
		return unpacker{}, errEncoding
	}
	u := unpacker{b: pack[size:], left: n, key: make([]byte, 0, 64), payload: make([]byte, 0, 64)}
	u.key = append(u.key, key...)
	return u, nil
}

// next reads the next row; there must be one left.
func (u *unpacker) next() bool {
	if u.left == 0 || len(u.b) == 0 {
		return false
	}
	u.left--
	control := u.b[0]
	u.b = u.b[1:]
	if control>>(2*ofValue) != 0 || !u.shape(&u.ks, control>>ofKey) || !u.shape(&u.ps, control>>ofValue) {
		return false
	}
	return u.read(&u.key, u.ks) && u.read(&u.payload, u.ps)
}

// shape reads the numbers that control names.
func (u *unpacker) shape(s *shape, control byte) bool {
	for i, n := range [...]*int{&s.shared, &s.raw, &s.ids} {
		if control&(1<<i) == 0 {
			continue
		}
		v, size := binary.Uvarint(u.b)
		if size <= 0 || v > maxPackedRow {
			return false
		}
		*n, u.b = int(v), u.b[size:]
	}
	return true
}

// maxPackedRow is more than a key or a payload in a pack may have.
const maxPackedRow = 1 << 24

// read reads what follows the shared bytes of v.
func (u *unpacker) read(v *[]byte, s shape) bool {
	raw := s.raw - s.shared
	size := raw + (5*s.ids+7)/8
	if s.shared > len(*v) || raw < 0 || size > len(u.b) {
		return false
	}
	to := append((*v)[:s.shared], u.b[:raw]...)
	bits, n := uint(0), 0
	rest := u.b[raw:size]
	for range s.ids {
		if n < 5 {
			bits, n, rest = bits<<8|uint(rest[0]), n+8, rest[1:]
		}
		n -= 5
		to = append(to, alphabet[bits>>n&31])
	}
	*v, u.b = to, u.b[size:]
	return true
}

// unpack returns the rows of the pack under a key.
func unpack(key, pack []byte) ([]packedRow, error) {
	u, err := newUnpacker(key, pack)
	if err != nil {
		return nil, err
	}
	rows := make([]packedRow, 0, u.left)
	slab := make([]byte, 0, 3*len(pack))
	keep := func(v []byte) []byte {
		if cap(slab)-len(slab) < len(v) {
			slab = make([]byte, 0, max(len(pack), len(v)))
		}
		from := len(slab)
		slab = append(slab, v...)
		return slab[from:len(slab):len(slab)]
	}
	for u.left > 0 {
		if !u.next() {
			return nil, errEncoding
		}
		row := packedRow{keep(u.key), keep(u.payload)}
		if n := len(rows); n > 0 && bytes.Compare(rows[n-1].key, row.key) >= 0 {
			return nil, errEncoding
		}
		rows = append(rows, row)
	}
	if len(u.b) > 0 || !bytes.Equal(rows[0].key, key) {
		return nil, errEncoding
	}
	return rows, nil
}

// findPacked returns the payload of a row in the pack under the key first; ok is false if there
// is none.
func findPacked(first, pack, key []byte) (payload []byte, ok bool, err error) {
	u, err := newUnpacker(first, pack)
	if err != nil {
		return nil, false, err
	}
	for u.left > 0 {
		if !u.next() {
			return nil, false, errEncoding
		}
		switch c := bytes.Compare(u.key, key); {
		case c == 0:
			return u.payload, true, nil
		case c > 0:
			return nil, false, nil
		}
	}
	return nil, false, nil
}
