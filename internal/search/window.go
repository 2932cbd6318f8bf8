package search

import "encoding/binary"

// takenBits says how long the windows of fieldTaken are: times, in milliseconds, that differ
// only in so many of the lowest bits are in the same window, of 9 hours.
const takenBits = 25

// windowTerm returns the term of the window that has a time, see sortable.
func windowTerm(at uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, at>>takenBits))
}

// windowStart returns when the window with this term begins.
func windowStart(term string) uint64 {
	if len(term) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(term)) << takenBits
}
