package search

import "encoding/binary"

// levels are the sizes of windows of time, the largest first. Times, in milliseconds,
// that differ only in the lowest bits are in the same window. The largest window is 25
// days long, the smallest 70 minutes.
var levels = []level{{'a', 31}, {'b', 28}, {'c', 25}, {'d', 22}}

// takenLevel is the size of the windows of fieldTaken: 9 hours.
var takenLevel = levels[2]

type level struct {
	name byte
	bits uint
}

func windowTerm(l level, at uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{l.name}, at>>l.bits))
}

// windowStart returns when the window with this term begins.
func windowStart(l level, term string) uint64 {
	return binary.BigEndian.Uint64([]byte(term[1:])) << l.bits
}

// windows goes from one time back to an earlier one, in small windows first.
type windows struct {
	at, low uint64 // the end of the next window, and the earliest time; see sortable
	size    int    // of the last window, as an index of levels
	over    bool
}

func newWindows(at, low uint64) *windows {
	return &windows{at: at, low: low, size: len(levels) - 1, over: at < low}
}

// next returns the term of the next window. It changes to a larger size where a larger
// window ends.
func (w *windows) next() (term string, ok bool) {
	if w.over {
		return "", false
	}
	for w.size > 0 && w.at&(1<<levels[w.size-1].bits-1) == 1<<levels[w.size-1].bits-1 {
		w.size--
	}
	l := levels[w.size]
	term = windowTerm(l, w.at)
	start := w.at >> l.bits << l.bits
	w.over = start <= w.low
	w.at = start - 1
	return term, true
}
