// Package bubble runs tests in bubbles of testing/synctest, also under the race detector.
//
// The race detector of Go 1.26 can crash in a bubble: it keeps one state for all timers of a
// bubble, and two goroutines that each receive from a timer that is due already use it at the
// same time (https://go.dev/issue/78156). It can't where goroutines run one at a time, and what
// it finds depends on how they synchronize, not on whether they run at once.
package bubble

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

var processors struct {
	mu    sync.Mutex
	tests int // tests in a bubble now
	usual int // GOMAXPROCS without them
}

// Test is [synctest.Test]. A program built with the race detector runs on one processor until
// the last test in a bubble has ended.
func Test(t *testing.T, f func(*testing.T)) {
	t.Helper()
	if raceDetector {
		oneProcessor()
		defer usualProcessors()
	}
	synctest.Test(t, f)
}

func oneProcessor() {
	processors.mu.Lock()
	defer processors.mu.Unlock()
	if processors.tests == 0 {
		processors.usual = runtime.GOMAXPROCS(1)
	}
	processors.tests++
}

func usualProcessors() {
	processors.mu.Lock()
	defer processors.mu.Unlock()
	processors.tests--
	if processors.tests == 0 {
		runtime.GOMAXPROCS(processors.usual)
	}
}
