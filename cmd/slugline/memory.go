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

// minMemoryLimit is the lowest memory limit. Documents of hostile sources are garbage soon
// after they are read; the limit keeps them from accumulating.
const minMemoryLimit = 160 << 20

// limitMemory limits memory to 1.6 times the live heap until ctx ends: the collector then
// runs more often than usual when much is read and written, and not otherwise. It does
// nothing if GOMEMLIMIT is set.
func limitMemory(ctx context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for {
		metrics.Read(live)
		debug.SetMemoryLimit(max(minMemoryLimit, int64(live[0].Value.Uint64())*8/5))
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// delayCollection delays the first garbage collection until the heap reaches
// minMemoryLimit, because most passes end before that. Later collections are as usual. It
// does nothing if GOGC or GOMEMLIMIT is set.
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
