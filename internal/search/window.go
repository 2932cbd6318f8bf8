package search

import "encoding/binary"

// levels are the sizes of windows, the largest first: the bits of a time in
// milliseconds that all stories of a window have in common are those above. The
// largest is 25 days, the smallest 70 minutes.
var levels = []level{{'a', 31}, {'b', 28}, {'c', 25}, {'d', 22}}

type level struct {
	name byte
	bits uint
}

func windowTerm(l level, at uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{l.name}, at>>l.bits))
}

// windows walks from one time to an earlier one, in small windows first.
type windows struct {
	at, low uint64 // see sortable
	size    int    // index in levels of the last window
	over    bool
}

func newWindows(at, low uint64) *windows {
	return &windows{at: at, low: low, size: len(levels) - 1, over: at < low}
}

// next is the term of the next window. It grows where a larger one ends where we are.
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

// windowStart is when a window begins.
func windowStart(l level, term string) uint64 {
	return binary.BigEndian.Uint64([]byte(term[1:])) << l.bits
}
