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

// Measure returns how much processor time the calling goroutine uses for work.
func Measure(work func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := threadTime()
	work()
	return threadTime() - began
}

// Allowance is the processor time of work that comes in pieces, such as that for one
// connection. It is not for use by several goroutines at the same time.
type Allowance struct {
	Most   time.Duration // at once; if it is not positive, there is never any
	Refill time.Duration // for each second that passes, up to Most

	used time.Duration
	at   time.Time // when used was right
}

// Used returns the processor time that is used up.
func (a *Allowance) Used() time.Duration { return a.used }

// Limit is like the function Limit, for one piece of work: it may use what is left.
func (a *Allowance) Limit(ctx context.Context, now time.Time) (_ context.Context, done func()) {
	runtime.LockOSThread()
	limited, charge := a.limitBy(ctx, now, threadTime)
	return limited, func() {
		charge()
		runtime.UnlockOSThread()
	}
}

// limitBy is Limit with another clock.
func (a *Allowance) limitBy(ctx context.Context, now time.Time, used func() time.Duration) (_ context.Context, charge func()) {
	if passed := now.Sub(a.at); passed > 0 {
		a.used = max(0, a.used-time.Duration(passed.Seconds()*float64(a.Refill)))
		a.at = now
	}
	began := used()
	return limitBy(ctx, a.Most-a.used, used), func() { a.used += used() - began }
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
