// Package retry helps the loops that send things: it says how long to wait after a
// failure, and wakes a loop early.
//
// It reads no clock and draws no random numbers; both are arguments.
package retry

import "time"

// Backoff says how long to wait after failures in a row.
type Backoff struct {
	First  time.Duration // after the first failure
	Factor int           // each wait is this many times the one before
	Max    time.Duration // no wait is longer, but for the jitter
}

// Wait returns the wait after so many failures, which are 1 or more, give or take a
// tenth. jitter is in [0,1).
func (b Backoff) Wait(failures int, jitter float64) time.Duration {
	wait := b.First
	for i := 1; i < failures && wait < b.Max; i++ {
		wait *= time.Duration(b.Factor)
	}
	wait = min(wait, b.Max)
	return wait*9/10 + time.Duration(jitter*float64(wait/5))
}

// Wake signals a loop that reads from c. c has a capacity of one, so that a loop that
// is busy finds the signal later, and several signals are one.
func Wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
