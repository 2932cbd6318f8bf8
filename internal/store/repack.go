package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// repacking is a piece of a bucket that is written anew: neighbouring rows of bbolt in one
// block.
type repacking struct {
	*rows
	in     bucket
	p      *packing
	block  []byte
	had    []bboltRow // in ascending order
	length int        // bytes of had before compression
	end    []byte     // the key of the row of bbolt after had; nil: there is none

	appending bool // the last row is new
}

type bboltRow struct{ key, value []byte }

// putPacked stores rows, in ascending order of their keys, in a bucket with packs. A nil payload
// deletes a row.
func (r *rows) putPacked(b bucket, changes []packedRow) error {
	for len(changes) > 0 {
		rp := repacking{rows: r, in: b, p: packings[b], block: b.block(changes[0].key)}
		n, err := rp.put(changes)
		if err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// put stores the changes at the beginning that are near each other. It returns how many they
// are.
func (r *repacking) put(changes []packedRow) (n int, err error) {
	if err := r.find(changes); err != nil {
		return 0, err
	}
	for n < len(changes) && (n == 0 || isBelow(changes[n].key, r.end) && bytes.Equal(r.in.block(changes[n].key), r.block)) {
		n++
	}
	var all []packedRow
	for _, row := range r.had {
		in, err := r.in.rowsIn(row.key, row.value)
		if err != nil {
			return 0, err
		}
		all = append(all, in...)
	}
	all = mergeRows(all, changes[:n])
	r.appending = len(all) > 0 && bytes.Equal(all[len(all)-1].key, changes[n-1].key)
	return n, r.write(all)
}

// mergeRows returns rows after changes. Both are in ascending order.
func mergeRows(all, changes []packedRow) []packedRow {
	merged := make([]packedRow, 0, len(all)+len(changes))
	for _, c := range changes {
		for len(all) > 0 && bytes.Compare(all[0].key, c.key) < 0 {
			merged, all = append(merged, all[0]), all[1:]
		}
		if len(all) > 0 && bytes.Equal(all[0].key, c.key) {
			all = all[1:]
		}
		if c.payload != nil {
			merged = append(merged, c)
		}
	}
	return append(merged, all...)
}

// maxRepacked is how many packs of full length are written anew at once, about and at most.
const maxRepacked = 8

// find finds the rows of bbolt to write anew: the one that has the first changed row, or would,
// those after it that change too and go into packs, and beside them those that are short
// enough to be in one pack with it.
func (r *repacking) find(changes []packedRow) error {
	key, accepted := changes[0].key, changes[0].payload != nil && r.p.accepts(changes[0].payload)
	c := r.bucket(r.in).Cursor()
	k, v := c.Seek(key)
	if !bytes.Equal(k, key) {
		if first, value := packBefore(r.in, c, key, k); first != nil {
			k, v = first, value
		} else {
			k, v = c.Seek(key)
		}
	}
	from := key
	if k != nil && bytes.Compare(k, key) <= 0 {
		from, accepted = k, accepted || isPack(v)
		r.had, r.length = append(r.had, bboltRow{k, v}), rowLength(v)
		k, v = c.Next()
	}
	for accepted && k != nil {
		var ok bool
		if changes, ok = r.packs(changes, k); ok {
			r.length += rowLength(v)
		} else {
			var err error
			if ok, err = r.absorbs(k, v); err != nil {
				return err
			}
		}
		if !ok {
			break
		}
		r.had = append(r.had, bboltRow{k, v})
		k, v = c.Next()
	}
	r.end = bytes.Clone(k)
	if !accepted {
		return nil
	}
	return r.absorbBefore(c, from)
}

// packs reports whether changes, of which it returns those from a key on, change the row of bbolt
// under that key to one that goes into a pack. Then it is written anew with the row before it,
// unless these are long already.
func (r *repacking) packs(changes []packedRow, key []byte) (rest []packedRow, ok bool) {
	for len(changes) > 0 && bytes.Compare(changes[0].key, key) < 0 {
		changes = changes[1:]
	}
	if len(changes) == 0 || !bytes.Equal(changes[0].key, key) || r.length > maxRepacked*r.p.size || !bytes.Equal(r.in.block(key), r.block) {
		return changes, false
	}
	return changes, changes[0].payload == nil || r.p.accepts(changes[0].payload)
}

// absorbBefore adds the row before a key if it is short.
func (r *repacking) absorbBefore(c *bolt.Cursor, key []byte) error {
	found, _ := c.Seek(key)
	k, v := previous(c, found)
	if k == nil {
		return nil
	}
	if r.length > r.p.size && len(r.had) > 1 { // they will be several packs
		r.length = rowLength(r.had[0].value)
	}
	ok, err := r.absorbs(k, v)
	if ok {
		r.had = append([]bboltRow{{k, v}}, r.had...)
	}
	return err
}

// absorbs reports whether a row of bbolt may be in one pack with the others, and adds its
// length to theirs if so.
func (r *repacking) absorbs(k, v []byte) (bool, error) {
	n := rowLength(v)
	if r.length+n > r.p.size || !bytes.Equal(r.in.block(k), r.block) {
		return false, nil
	}
	if !isPack(v) && r.p.packable != nil {
		p, err := r.in.unseal(k, v)
		if err != nil || !r.p.packable(p) {
			return false, err
		}
	}
	r.length += n
	return true, nil
}

// rowLength returns about how many bytes a row of bbolt takes up in a pack.
func rowLength(value []byte) int {
	if isPack(value) {
		return packLength(value)
	}
	return len(value) + idSize
}

// write replaces what was found by rows.
func (r *repacking) write(all []packedRow) error {
	var next []bboltRow
	for len(all) > 0 {
		n := 1
		if r.p.accepts(all[0].payload) {
			for n < len(all) && r.p.accepts(all[n].payload) {
				n++
			}
			next = r.appendPacks(next, all[:n])
		} else {
			next = append(next, bboltRow{all[0].key, r.seal(r.in, all[0].key, all[0].payload)})
		}
		all = all[n:]
	}
	return r.replace(next)
}

// appendPacks appends packs of rows. They are filled if the next rows are likely to come after
// them, else they are of equal length.
func (r *repacking) appendPacks(to []bboltRow, all []packedRow) []bboltRow {
	whole, ends := pack(all, r.p.size)
	if n := len(ends); n > 1 && !r.appending {
		length := 0
		for _, p := range whole {
			length += len(p)
		}
		whole, ends = pack(all, length/n+length/(8*n))
	}
	from := 0
	for i, end := range ends {
		to = append(to, bboltRow{all[from].key, r.sealPack(all[from:end], whole[i])})
		from = end
	}
	return to
}

// sealPack returns the value for a pack. A pack of one row is stored as that row.
func (r *repacking) sealPack(all []packedRow, p []byte) []byte {
	key := all[0].key
	if len(all) == 1 {
		return r.seal(r.in, key, all[0].payload)
	}
	format := byte(packed)
	if r.in.compresses() {
		if frame, ok := r.compressor.compressPack(p); ok {
			p, format = append(binary.AppendUvarint(nil, uint64(len(p))), frame...), packedCompressed
		}
	}
	return r.in.appendSealed(make([]byte, 0, headerSize+len(p)), key, p, format)
}

// replace stores next in place of the rows that were found.
func (r *repacking) replace(next []bboltRow) error {
	had := r.had
	for _, row := range next {
		for len(had) > 0 && bytes.Compare(had[0].key, row.key) < 0 {
			if err := r.deleteRow(r.in, had[0].key); err != nil {
				return err
			}
			had = had[1:]
		}
		if len(had) > 0 && bytes.Equal(had[0].key, row.key) {
			same := bytes.Equal(had[0].value, row.value)
			if had = had[1:]; same {
				continue
			}
		}
		if err := r.putRow(r.in, row.key, row.value); err != nil {
			return err
		}
	}
	for _, row := range had {
		if err := r.deleteRow(r.in, row.key); err != nil {
			return err
		}
	}
	return nil
}

// putRow stores a row of bbolt.
func (r *rows) putRow(b bucket, key, sealed []byte) error {
	r.noteSum(b, key, sealed)
	if err := r.bucket(b).Put(key, sealed); err != nil {
		return fmt.Errorf("put %s %q: %w", b, key, err)
	}
	return nil
}

// deleteRow deletes a row of bbolt, if there is one.
func (r *rows) deleteRow(b bucket, key []byte) error {
	r.noteSum(b, key, nil)
	if err := r.bucket(b).Delete(key); err != nil {
		return fmt.Errorf("delete %s %q: %w", b, key, err)
	}
	return nil
}
