package quota

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Work ends when it has used its time, and stays ended.
func TestLimit(t *testing.T) {
	used := time.Hour
	ctx := limitBy(context.Background(), 250*time.Millisecond, func() time.Duration { return used })
	if err := ctx.Err(); err != nil {
		t.Fatalf("at the start: %v", err)
	}
	used += 249 * time.Millisecond
	if err := ctx.Err(); err != nil {
		t.Errorf("before the end: %v", err)
	}
	used += time.Millisecond
	if err := ctx.Err(); !errors.Is(err, ErrUsedUp) {
		t.Errorf("at the end: %v, want %v", err, ErrUsedUp)
	}
	used = time.Hour
	if err := ctx.Err(); !errors.Is(err, ErrUsedUp) {
		t.Errorf("later: %v, want %v", err, ErrUsedUp)
	}
}

// The end of the context around it comes first.
func TestLimitOfEndedContext(t *testing.T) {
	parent, stop := context.WithCancel(context.Background())
	ctx := limitBy(parent, 0, func() time.Duration { return 1 })
	stop()
	if err := ctx.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// An allowance is used up by all pieces of work together, and comes back with time.
func TestAllowance(t *testing.T) {
	now, used := time.Now(), time.Hour
	a := Allowance{Most: 250 * time.Millisecond, Refill: 20 * time.Millisecond}
	piece := func(cost time.Duration) error {
		ctx, done := a.limitBy(context.Background(), now, func() time.Duration { return used })
		defer done()
		if err := ctx.Err(); err != nil {
			return err
		}
		used += cost
		return ctx.Err()
	}
	for i, step := range []struct {
		pass, cost time.Duration
		ended      bool
	}{
		{0, 100 * time.Millisecond, false},
		{0, 149 * time.Millisecond, false},
		{0, 2 * time.Millisecond, true},
		{0, 0, true},
		{time.Second, 18 * time.Millisecond, false},
		{0, 2 * time.Millisecond, true},
		{time.Hour, 249 * time.Millisecond, false},
		{time.Hour, 251 * time.Millisecond, true},
	} {
		now = now.Add(step.pass)
		if err := piece(step.cost); errors.Is(err, ErrUsedUp) != step.ended {
			t.Errorf("piece %d: %v, want ended %t", i, err, step.ended)
		}
	}
}

// What the calling goroutine computes counts.
func TestLimitOfWork(t *testing.T) {
	ctx, done := Limit(context.Background(), 20*time.Millisecond)
	defer done()
	for ctx.Err() == nil {
	}
}

func BenchmarkErr(b *testing.B) {
	ctx, done := Limit(context.Background(), time.Hour)
	defer done()
	for b.Loop() {
		_ = ctx.Err()
	}
}
