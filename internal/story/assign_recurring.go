package story

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// isRecurring tells whether a publisher repeats a headline of an earlier day.
func (f *Fold) isRecurring(s *signature) bool {
	if s.key == 0 || f.recurring.has(s.key) {
		return s.key != 0
	}
	i, ok := f.keys[s.key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if t.owner == s.owner && distance(t.at, s.at) >= (18*time.Hour).Milliseconds() {
			return true
		}
		i = t.olderKey
	}
	return false
}

// Recurs tells whether a headline is known as one that returns on other days.
func (f *Fold) Recurs(h Headline) bool {
	s := f.newSignature(h)
	return f.recurring.has(s.key)
}

// recurringKeys holds the keys of recurring headlines, with the number of sweeps
// since each was last seen.
type recurringKeys struct{ idle map[uint64]uint64 }

const maxRecurringKeys = 1 << 16

func newRecurringKeys() recurringKeys { return recurringKeys{map[uint64]uint64{}} }

func (f *recurringKeys) has(key uint64) bool {
	if len(f.idle) == 0 {
		return false
	}
	_, ok := f.idle[key]
	return ok
}

func (f *recurringKeys) set(key uint64) {
	if len(f.idle) < maxRecurringKeys || f.has(key) {
		f.idle[key] = 0
	}
}

func (f *recurringKeys) sweep() {
	for key, n := range f.idle {
		if n >= maxIdle {
			delete(f.idle, key)
		} else {
			f.idle[key] = n + 1
		}
	}
}

func (f *recurringKeys) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.idle)))
	for _, key := range slices.Sorted(maps.Keys(f.idle)) {
		b = binary.BigEndian.AppendUint64(b, key)
		b = binary.AppendUvarint(b, f.idle[key])
	}
	return b
}

func (f *recurringKeys) decode(r *decoder) {
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		key := r.uint64()
		f.idle[key] = r.uvarint()
	}
}
