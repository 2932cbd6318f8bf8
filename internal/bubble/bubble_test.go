package bubble_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
)

// TestDueTimers receives from timers that are due already: with synctest.Test alone, the race
// detector of Go 1.26 crashed in each of three runs on two processors.
func TestDueTimers(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	for range 50 {
		bubble.Test(t, func(t *testing.T) {
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					for range 50 {
						due := time.NewTimer(time.Millisecond)
						time.Sleep(2 * time.Millisecond)
						<-due.C
					}
				})
			}
			all.Wait()
		})
	}
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("%d processors after the tests, %d before", after, before)
	}
}
