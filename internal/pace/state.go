package pace

import (
	"encoding/binary"
	"errors"
	"math"
)

const version = 1

var errState = errors.New("not a state of this version")

func (k *kept) encode() []byte {
	b := make([]byte, 0, 700)
	b = append(b, version)
	b, _ = binary.Append(b, binary.LittleEndian, k) // fixed size: can't fail
	return b
}

func decode(b []byte) (k kept, err error) {
	if len(b) != 1+binary.Size(k) || b[0] != version {
		return kept{}, errState
	}
	if _, err := binary.Decode(b[1:], binary.LittleEndian, &k); err != nil {
		return kept{}, errState
	}
	if !k.sane() {
		return kept{}, errState
	}
	return k, nil
}

// sane says whether the figures are ones that read can have made.
func (k *kept) sane() bool {
	ok := k.At > 0 && k.Items >= 0 && k.Watched >= 0
	for _, x := range []float64{k.At, k.Newest, k.Items, k.Watched, k.Heated, k.Aged, float64(k.Window)} {
		ok = ok && x >= 0 && x < 1e12
	}
	for i := range tempers {
		h, s := float64(k.Heat[i]), float64(k.Score[i])
		ok = ok && h >= 0 && h < 1e6 && math.Abs(s) < 1e12
	}
	k.Profile.each(&k.Profile, func(a, _ *float32) { ok = ok && *a >= 0 && *a < 1e12 })
	return ok
}
