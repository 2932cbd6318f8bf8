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

// passGrowth is by how many percent the heap of a pass may outgrow what is live: as much as
// limitMemory allows the daemon. A first pass of many sources has a large heap only for as
// long as it takes.
const passGrowth = 60

// delayCollection delays the first garbage collection until the heap reaches
// minMemoryLimit, because most passes end before that. Later ones begin when it has grown
// by passGrowth. It does nothing if GOGC or GOMEMLIMIT is set.
func delayCollection() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(minMemoryLimit)
	runtime.AddCleanup(new([32]byte), func(growth int) {
		debug.SetGCPercent(growth)
		debug.SetMemoryLimit(math.MaxInt64)
	}, passGrowth)
}
