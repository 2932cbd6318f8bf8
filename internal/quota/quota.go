// Package quota ends work that uses more processor time than it may.
//
// The time is that of the work alone, so a busy machine ends nothing early: what others
// compute, and waiting for the disk or for a turn, do not count. Work notices its end where
// it asks its context, so a loop must ask often enough.
package quota

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// ErrUsedUp is the error of a context whose work has used its processor time.
var ErrUsedUp = errors.New("the processor time is used up")

// Limit returns a context for work of the calling goroutine, which may use this much
// processor time until it calls done. Then the context's Err is ErrUsedUp; its Done does
// not tell that. Until done is called, the goroutine has a thread for itself.
func Limit(ctx context.Context, most time.Duration) (_ context.Context, done func()) {
	runtime.LockOSThread()
	return limitBy(ctx, most, threadTime), runtime.UnlockOSThread
}

// limitBy is Limit with another clock.
func limitBy(ctx context.Context, most time.Duration, used func() time.Duration) context.Context {
	return &limited{Context: ctx, until: used() + most, used: used}
}

// limited is a context that ends when its work has used its processor time.
type limited struct {
	context.Context
	until time.Duration // of used
	used  func() time.Duration
	over  atomic.Bool
}

// Err returns why the work must end, nil if it may go on.
func (l *limited) Err() error {
	if err := l.Context.Err(); err != nil {
		return err
	}
	if !l.over.Load() && l.used() < l.until {
		return nil
	}
	l.over.Store(true)
	return ErrUsedUp
}
