//go:build !linux

package quota

import "time"

var start = time.Now()

// threadTime returns the time since the start: here the processor time of one thread can't
// be read without cgo.
func threadTime() time.Duration { return time.Since(start) }
