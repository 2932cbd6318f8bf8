package store

import (
	"bytes"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// packing says which rows of a bucket are in packs, and how long those are. A row that is not
// in a pack, as older versions wrote all, is put into one when a neighbour changes. A pack has
// no rows of two blocks (see sums.go).
type packing struct {
	size     int                       // bytes of a pack before compression, about and at most
	packable func(payload []byte) bool // nil: every row
}

var packings = [numBuckets]*packing{
	applied: {size: 1 << 10}, recordIDs: {size: 1200}, firstSeqs: {size: 256}, keys: {size: 1 << 10}, texts: {size: 1 << 10}, unlisted: {size: 1200},
	entries:  {size: 16 << 10, packable: isTextDeleted},
	archives: {size: 4 << 10, packable: isEmptyPage},
}

func (p *packing) accepts(payload []byte) bool { return p.packable == nil || p.packable(payload) }

func isPack(value []byte) bool {
	return len(value) > 0 && (value[0] == packed || value[0] == packedCompressed)
}

// unsealPack checks a value that is a pack, and returns the pack.
func (b bucket) unsealPack(key, value []byte) ([]byte, error) {
	if err := b.check(key, value); err != nil {
		return nil, err
	}
	p := value[headerSize:]
	if value[0] == packed {
		return p, nil
	}
	_, n := binary.Uvarint(p)
	if n <= 0 {
		return nil, decodeError(b, key, errEncoding)
	}
	p, err := decompress(p[n:])
	return p, decodeError(b, key, err)
}

// packLength returns how many bytes a pack has before compression.
func packLength(value []byte) int {
	if value[0] == packedCompressed {
		n, _ := binary.Uvarint(value[headerSize:])
		return int(min(n, 1<<30))
	}
	return len(value) - headerSize
}

// rowsIn returns the rows of a pack, or the one row that is not in a pack.
func (b bucket) rowsIn(key, value []byte) ([]packedRow, error) {
	if !isPack(value) {
		p, err := b.unseal(key, value)
		return []packedRow{{key, p}}, err
	}
	p, err := b.unsealPack(key, value)
	if err != nil {
		return nil, err
	}
	rows, err := unpack(key, p)
	return rows, decodeError(b, key, err)
}

// countIn returns how many rows of a value are in [low, high).
func (b bucket) countIn(key, value, low, high []byte) (n int, err error) {
	if !isPack(value) {
		if bytes.Compare(key, low) >= 0 && isBelow(key, high) {
			n++
		}
		return n, nil
	}
	all, err := b.rowsIn(key, value)
	for _, row := range all {
		if bytes.Compare(row.key, low) >= 0 && isBelow(row.key, high) {
			n++
		}
	}
	return n, err
}

// packBefore returns the pack that has a key's row if any has, when c searched the key and
// found k.
func packBefore(b bucket, c *bolt.Cursor, key, k []byte) (first, value []byte) {
	first, value = previous(c, k)
	if first == nil || !isPack(value) || !bytes.Equal(b.block(first), b.block(key)) {
		return nil, nil
	}
	return first, value
}

// previous moves a cursor that searched a key and found k, nil if there was none from that key
// on, to the row before.
func previous(c *bolt.Cursor, k []byte) (key, value []byte) {
	if k == nil {
		return last(c)
	}
	return c.Prev()
}

// last moves a cursor to the last row of its bucket. bbolt's own Last doesn't end where a
// transaction has deleted all rows of a bucket that has several pages.
func last(c *bolt.Cursor) (key, value []byte) {
	if c.Bucket().Writable() {
		if key, _ := c.First(); key == nil {
			return nil, nil
		}
	}
	return c.Last()
}

// getPacked returns the payload of a row in a pack, nil if there is none.
func (r *rows) getPacked(b bucket, key, k []byte) ([]byte, error) {
	first, value := packBefore(b, r.cursor(b), key, k)
	if first == nil {
		return nil, nil
	}
	p, err := r.unsealPack(b, first, value)
	if err != nil {
		return nil, err
	}
	p, ok, err := findPacked(first, p, key)
	if err != nil || !ok {
		return nil, decodeError(b, first, err)
	}
	return p, nil
}

// unpackedRow is a row of bbolt that is a compressed pack, and that pack. A transaction changes
// no value where it is: it puts another one in its place.
type unpackedRow struct {
	bucket
	value, pack []byte
}

// unsealPack is bucket.unsealPack. Neighbours are often read one after the other: the last pack
// is not decompressed again for them.
func (r *rows) unsealPack(b bucket, first, value []byte) ([]byte, error) {
	last := &r.unpacked
	if b == last.bucket && len(value) == len(last.value) && &value[0] == &last.value[0] {
		return last.pack, nil
	}
	p, err := b.unsealPack(first, value)
	if err == nil && value[0] == packedCompressed {
		*last = unpackedRow{b, value, p}
	}
	return p, err
}

// firstPacked returns the payload of the first row of a pack.
func (r *rows) firstPacked(b bucket, key, value []byte) ([]byte, error) {
	p, err := r.unsealPack(b, key, value)
	if err != nil {
		return nil, err
	}
	p, ok, err := findPacked(key, p, key)
	if err == nil && !ok {
		err = errEncoding
	}
	return p, decodeError(b, key, err)
}

// storedCursor walks the rows of a bucket, those in packs too.
type storedCursor struct {
	*bolt.Cursor
	in   bucket
	rows []packedRow // of the pack that the cursor is in; nil when it is in none
	at   int
}

// storedRow is a row where a cursor is; a nil key: there is none. The value is sealed unless
// the row is in a pack. A pack that can't be read is returned as a row.
type storedRow struct {
	key, value []byte
	sealed     bool
}

// payload returns the row's payload.
func (s storedRow) payload(b bucket) ([]byte, error) {
	if !s.sealed {
		return s.value, nil
	}
	return b.unseal(s.key, s.value)
}

func (r *rows) newCursor(b bucket) *storedCursor {
	return &storedCursor{Cursor: r.bucket(b).Cursor(), in: b}
}

func (c *storedCursor) seek(key []byte) storedRow {
	k, v := c.Seek(key)
	if packings[c.in] == nil || k != nil && bytes.Equal(k, key) {
		return c.enter(k, v, false)
	}
	first, value := packBefore(c.in, c.Cursor, key, k)
	if first != nil {
		if row := c.enter(first, value, false); !row.sealed {
			for ; c.at < len(c.rows); c.at++ {
				if row := c.rows[c.at]; bytes.Compare(row.key, key) >= 0 {
					return storedRow{row.key, row.payload, false}
				}
			}
		} else {
			return row
		}
	}
	k, v = c.Seek(key)
	return c.enter(k, v, false)
}

// enter returns the first row, or the last one, of what the bbolt cursor is at.
func (c *storedCursor) enter(k, v []byte, last bool) storedRow {
	c.rows = nil
	if k == nil || !isPack(v) {
		return storedRow{k, v, true}
	}
	all, err := c.in.rowsIn(k, v)
	if err != nil {
		return storedRow{k, v, true}
	}
	c.rows, c.at = all, 0
	if last {
		c.at = len(all) - 1
	}
	return storedRow{all[c.at].key, all[c.at].payload, false}
}

func (c *storedCursor) step(by int) storedRow {
	if c.rows != nil {
		if c.at += by; c.at >= 0 && c.at < len(c.rows) {
			return storedRow{c.rows[c.at].key, c.rows[c.at].payload, false}
		}
	}
	if by > 0 {
		k, v := c.Next()
		return c.enter(k, v, false)
	}
	k, v := c.Prev()
	return c.enter(k, v, true)
}

func (c *storedCursor) next() storedRow { return c.step(1) }
func (c *storedCursor) prev() storedRow { return c.step(-1) }

func (c *storedCursor) last() storedRow {
	k, v := last(c.Cursor)
	return c.enter(k, v, true)
}
