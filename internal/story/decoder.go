package story

import "encoding/binary"

// decoder reads values from the start of rest. failed tells that rest was too short.
type decoder struct {
	rest            []byte
	failed          bool
	withoutPhonetic bool // the signature is of versionWithoutPhonetic
}

func (r *decoder) next(n int) []byte {
	if n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *decoder) byte() byte {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *decoder) uint16() uint16 {
	if b := r.next(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *decoder) uint32() uint32 {
	if b := r.next(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *decoder) uint64() uint64 {
	if b := r.next(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// size reads the number of elements that follow, of at least one byte each.
func (r *decoder) size() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *decoder) tokens() []token {
	n := int(r.byte())
	if n > maxTokens {
		r.failed = true
	}
	if n == 0 || r.failed {
		return nil
	}
	out := make([]token, n)
	for i := range out {
		out[i] = token{root: r.uint32(), weight: r.byte(), kind: kind(r.byte())}
		if !r.withoutPhonetic {
			out[i].phonetic = r.uint16()
		}
		r.failed = r.failed || out[i].kind >= kinds
	}
	return out
}

func (r *decoder) stages() stages {
	v := r.uvarint()
	r.failed = r.failed || v > uint64(unknownStages) // the bits are places in stageNames, or only unknownStages
	return stages(v)
}

func (r *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.next(max(n, 0))
	r.failed = r.failed || n <= 0
	return v
}

func (r *decoder) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.next(max(n, 0))
	r.failed = r.failed || n <= 0
	return v
}
