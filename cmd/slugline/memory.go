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

// minMemoryLimit is how much memory the collector lets the program take as long as twice of
// what is alive is less: what bad sources send is garbage a moment later, and need
// not lie about.
const minMemoryLimit = 160 << 20

// limitMemory bounds the memory until ctx ends. Who set GOMEMLIMIT has said how much
// there is.
func limitMemory(ctx context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for {
		metrics.Read(live)
		debug.SetMemoryLimit(max(minMemoryLimit, 2*int64(live[0].Value.Uint64())))
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// delayCollection keeps the collector from running before the program has taken calm:
// most passes end sooner. From the first collection on all is as usual. Who set
// GOGC or GOMEMLIMIT has said what is wanted.
func delayCollection() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	usual := debug.SetGCPercent(-1)
	debug.SetMemoryLimit(minMemoryLimit)
	runtime.AddCleanup(new([32]byte), func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, usual)
}
