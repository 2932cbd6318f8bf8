package story

import (
	"encoding/binary"
	"time"
)

// ChangeTimes returns a state that Sweep returned with other times: at gives the time that
// takes the place of each, and must keep their order. Verdicts and statistics stay.
func ChangeTimes(state []byte, at func(time.Time) time.Time) ([]byte, error) {
	if len(state) == 0 {
		return state, nil
	}
	if _, err := Restore(state); err != nil {
		return nil, err
	}
	change := func(ms int64) int64 {
		if ms == 0 {
			return 0
		}
		return at(time.UnixMilli(ms)).UnixMilli()
	}
	f, r := New(), decoder{rest: state}
	version := r.byte()
	b := binary.AppendUvarint([]byte{version}, r.uvarint())
	b = binary.AppendVarint(b, change(r.varint())) // the horizon
	b = binary.AppendVarint(b, change(r.varint())) // the last sweep
	rest := r.rest
	f.suffixes.decode(&r)
	f.recurring.decode(&r)
	f.df.decode(&r)
	if version == versionWithoutOrders {
		return append(b, rest...), nil
	}
	for n := r.size(); n > 0; n-- {
		r.uvarint()
	}
	b = append(b, rest[:len(rest)-len(r.rest)]...)
	n := r.size()
	b = binary.AppendUvarint(b, uint64(n))
	for ; n > 0; n-- {
		b = binary.AppendUvarint(b, r.uvarint())
		b = binary.AppendVarint(b, change(r.varint())) // when an event began
	}
	return append(b, r.rest...), nil
}

// SignatureTime returns the time in a signature.
func SignatureTime(sig []byte) (time.Time, error) {
	_, at, _, err := splitAtTime(sig)
	return at, err
}

// WithTime returns a signature with another time.
func WithTime(sig []byte, at time.Time) ([]byte, error) {
	before, _, after, err := splitAtTime(sig)
	if err != nil {
		return nil, err
	}
	return append(binary.AppendVarint(append([]byte(nil), before...), at.UnixMilli()), after...), nil
}

// splitAtTime returns the time of a signature and what is before and after it.
func splitAtTime(sig []byte) (before []byte, at time.Time, after []byte, err error) {
	if _, err := decodeSignature(sig); err != nil {
		return nil, at, nil, err
	}
	r := decoder{rest: sig}
	r.next(5) // version, level, flags, order
	for range 5 {
		r.uvarint()
	}
	before = sig[:len(sig)-len(r.rest)]
	at = time.UnixMilli(r.varint()).UTC()
	return before, at, r.rest, nil
}
