package main

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// calm is how much memory the collector lets the program take as long as twice of
// what is alive is less: what bad sources send is garbage a moment later, and need
// not lie about.
const calm = 160 << 20

// keepCalm bounds the memory until ctx ends. Who set GOMEMLIMIT has said how much
// there is.
func keepCalm(ctx context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for {
		metrics.Read(live)
		debug.SetMemoryLimit(max(calm, 2*int64(live[0].Value.Uint64())))
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// collectLate keeps the collector from running before the program has taken calm:
// most passes end sooner. From the first collection on all is as usual. Who set
// GOGC or GOMEMLIMIT has said what is wanted.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	usual := debug.SetGCPercent(-1)
	debug.SetMemoryLimit(calm)
	runtime.AddCleanup(new([32]byte), func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, usual)
}
