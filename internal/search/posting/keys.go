package posting

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
)

const keysPerBlock = 128

// storedKey is a Key with its ID as it is stored.
type storedKey struct {
	at, seq uint64
	id      uint64 // the first 64 bits of a packed ID
	text    string // of an ID that is not packed
	flags   uint8
}

const (
	flagOfKey = 1 << iota
	flagPacked
	flagLastBit // of a packed ID, which has 65
)

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

var crockfordValues = func() (v [256]int8) {
	for i := range v {
		v[i] = int8(strings.IndexByte(crockford, byte(i)))
	}
	return v
}()

const packedLength = 13 // characters of five bits

func (k Key) stored() storedKey {
	s := storedKey{at: k.At, seq: k.Seq}
	if k.Flag {
		s.flags = flagOfKey
	}
	if len(k.ID) != packedLength {
		s.text = k.ID
		return s
	}
	var id, top uint64
	for i := range packedLength {
		v := crockfordValues[k.ID[i]]
		if v < 0 {
			s.text = k.ID
			return s
		}
		top = top<<5 | id>>59
		id = id<<5 | uint64(v)
	}
	s.flags |= flagPacked
	if id&1 != 0 {
		s.flags |= flagLastBit
	}
	s.id = top<<63 | id>>1
	return s
}

func (s storedKey) idString() string {
	if s.flags&flagPacked == 0 {
		return s.text
	}
	low := s.id<<1 | uint64(s.flags>>2&1)
	var out [packedLength]byte
	for i := packedLength - 1; i > 0; i-- {
		out[i], low = crockford[low&31], low>>5
	}
	out[0] = crockford[low&15|s.id>>63<<4]
	return string(out[:])
}

func (s storedKey) key() Key {
	return Key{At: s.at, Seq: s.seq, ID: s.idString(), Flag: s.flags&flagOfKey != 0}
}

// compare orders keys as Key.Compare does.
func (s storedKey) compare(o storedKey) int {
	if c := cmp.Or(cmp.Compare(o.at, s.at), cmp.Compare(o.seq, s.seq)); c != 0 {
		return c
	}
	if s.flags&o.flags&flagPacked != 0 {
		return cmp.Or(cmp.Compare(o.id, s.id), cmp.Compare(o.flags&flagLastBit, s.flags&flagLastBit))
	}
	return strings.Compare(o.idString(), s.idString())
}

// appendKey appends a key to a block in which prev is the one before.
func appendKey(b []byte, k, prev storedKey) []byte {
	b = binary.AppendUvarint(b, prev.at-k.at)
	b = binary.AppendUvarint(b, zigzag(int64(prev.seq-k.seq)))
	b = append(b, k.flags)
	if k.flags&flagPacked != 0 {
		return binary.BigEndian.AppendUint64(b, k.id)
	}
	return append(append(b, byte(len(k.text))), k.text...)
}

func (d *decoder) key(prev storedKey) (k storedKey) {
	k.at = prev.at - d.uint()
	k.seq = prev.seq - uint64(unzigzag(d.uint()))
	k.flags = d.byte()
	if k.flags&flagPacked != 0 {
		if b := d.bytes(8); b != nil {
			k.id = binary.BigEndian.Uint64(b)
		}
		return k
	}
	k.text = string(d.bytes(int(d.byte())))
	return k
}

// decodeKeys decodes a block of n keys, which must be in order.
func decodeKeys(payload []byte, n int, into []storedKey) ([]storedKey, error) {
	d, prev := decoder{b: payload}, storedKey{}
	into = into[:0]
	for i := range n {
		k := d.key(prev)
		if i > 0 && prev.compare(k) >= 0 {
			d.bad = true
		}
		if d.bad {
			return nil, fmt.Errorf("keys: %w", ErrDamaged)
		}
		into, prev = append(into, k), k
	}
	return into, nil
}
