package poll

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// countingContext counts the contexts that were made of it and have not ended.
type countingContext struct {
	context.Context
	alive atomic.Int64
}

// Value hides the context below, so that package context calls AfterFunc.
func (c *countingContext) Value(any) any { return nil }

func (c *countingContext) AfterFunc(f func()) func() bool {
	c.alive.Add(1)
	stop := context.AfterFunc(c.Context, f)
	return func() bool {
		c.alive.Add(-1)
		return stop()
	}
}

// A visit leaves nothing behind: a daemon makes a hundred thousand a day.
func TestVisitsEndTheirContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"), sourceNamed("broken"))
		r.serve("https://a.example/rss", rss{items: []string{"1", "2"}}.answer)
		ctx, cancel := context.WithCancel(t.Context())
		c := &countingContext{Context: ctx}
		done := make(chan error)
		go func() { done <- r.poller.Run(c) }()
		time.Sleep(3 * 24 * time.Hour)
		synctest.Wait()
		if n, visits := c.alive.Load(), len(r.requests()); n > 0 || visits < 10 {
			t.Errorf("%d of %d visits left a context behind", n, visits)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
