package pace

import (
	"encoding/binary"
	"errors"
	"math"
)

const version = 1

// stateSize is the size in bytes of the version and of all numbers in savedState.
const stateSize = 1 + 6*8 + 4 + (2*24+2*7+60+1)*4 + 2*len(burstModels)*4

var errState = errors.New("not a state of this version")

// encode returns the version and the numbers in the order of the fields, little-endian.
// It is called for each visit, so it avoids the reflection of encoding/binary.
func (k *savedState) encode() []byte {
	b := make([]byte, 0, stateSize)
	b = append(b, version)
	k.visitNumbers(func(x *float64) { b = binary.LittleEndian.AppendUint64(b, math.Float64bits(*x)) }, func(all []float32) {
		for _, x := range all {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	})
	return b
}

// decode returns errState for anything that encode can't have returned.
func decode(b []byte) (k savedState, err error) {
	if len(b) != stateSize || b[0] != version {
		return savedState{}, errState
	}
	b = b[1:]
	k.visitNumbers(func(x *float64) { *x, b = math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:] }, func(all []float32) {
		for i := range all {
			all[i], b = math.Float32frombits(binary.LittleEndian.Uint32(b)), b[4:]
		}
	})
	if !k.isValid() {
		return savedState{}, errState
	}
	return k, nil
}

// visitNumbers calls long and short with all numbers of a state, in the order of their
// encoding.
func (k *savedState) visitNumbers(long func(*float64), short func([]float32)) {
	for _, x := range []*float64{&k.At, &k.Newest, &k.Items, &k.Watched} {
		long(x)
	}
	window := []float32{k.Window}
	short(window)
	k.Window = window[0]
	p := &k.Profile
	for _, all := range [][]float32{p.Hour[:], p.HourExpected[:], p.Day[:], p.DayExpected[:], p.Minute[:]} {
		short(all)
	}
	count := []float32{p.Count}
	short(count)
	p.Count = count[0]
	short(k.Excitation[:])
	short(k.Score[:])
	long(&k.ExcitedAt)
	long(&k.ProfileAt)
}

// isValid reports whether Observe can have produced the numbers.
func (k *savedState) isValid() bool {
	ok := k.At > 0 && k.Items >= 0 && k.Watched >= 0
	for _, x := range []float64{k.At, k.Newest, k.Items, k.Watched, k.ExcitedAt, k.ProfileAt, float64(k.Window)} {
		ok = ok && x >= 0 && x < 1e12
	}
	for i := range burstModels {
		h, s := float64(k.Excitation[i]), float64(k.Score[i])
		ok = ok && h >= 0 && h < 1e6 && math.Abs(s) < 1e12
	}
	k.Profile.forEach(&k.Profile, func(a, _ *float32) { ok = ok && *a >= 0 && *a < 1e12 })
	return ok
}
