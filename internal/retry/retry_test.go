package retry

import (
	"testing"
	"time"
)

func TestWaitGrowsToItsBound(t *testing.T) {
	b := Backoff{First: 5 * time.Second, Factor: 4, Max: 4 * time.Hour}
	for _, c := range []struct {
		failures int
		jitter   float64
		want     time.Duration
	}{
		{1, .5, 5 * time.Second},
		{1, 0, 4500 * time.Millisecond},
		{1, 1, 5500 * time.Millisecond},
		{2, .5, 20 * time.Second},
		{3, .5, 80 * time.Second},
		{7, .5, 4 * time.Hour},
		{1 << 30, .5, 4 * time.Hour},
		{100, 1, 4*time.Hour + 24*time.Minute},
	} {
		if got := b.Wait(c.failures, c.jitter); got != c.want {
			t.Errorf("after %d failures with jitter %v: got %v, want %v", c.failures, c.jitter, got, c.want)
		}
	}
}

func TestWakeNeverBlocks(t *testing.T) {
	c := make(chan struct{}, 1)
	Wake(c)
	Wake(c)
	<-c
	select {
	case <-c:
		t.Error("two signals before the loop read one are two, want one")
	default:
	}
}
