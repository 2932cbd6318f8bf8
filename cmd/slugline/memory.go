package main

import (
	"context"
	"os"
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
