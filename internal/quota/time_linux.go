package quota

import (
	"syscall"
	"time"
)

// threadTime returns the processor time that the calling thread has used, to a few
// milliseconds.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD, see getrusage(2)
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		return 0 // can't happen: the arguments are valid
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
