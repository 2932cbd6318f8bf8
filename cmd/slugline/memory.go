package main

import (
	"context"
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

// passMemory is the memory limit of a pass while its live heap is small, and passGrowth by how
// many percent the heap may outgrow what is live.
const (
	passMemory = 104 << 20
	passGrowth = 60
)

// limitPass delays the first garbage collection until memory reaches passMemory, because most
// passes end before that. After it, the heap grows by passGrowth between collections, but not
// over a limit that does not count what one commit alone needs. It does nothing if GOGC or
// GOMEMLIMIT is set.
func limitPass() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(passMemory)
	afterCollection(0)
}

// afterCollection sets the limits of a pass after each garbage collection. least is the
// smallest live heap of the last collections, in bytes, 0 before the first.
func afterCollection(least uint64) {
	runtime.AddCleanup(new([32]byte), func(least uint64) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		now := live[0].Value.Uint64()
		if least == 0 {
			least = now
			debug.SetGCPercent(passGrowth)
		}
		least = min(now, least+least/16)
		debug.SetMemoryLimit(max(passMemory, int64(least)*(100+passGrowth)/100))
		afterCollection(least)
	}, least)
}
