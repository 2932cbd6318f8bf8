package poll

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
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
	bubble.Test(t, func(t *testing.T) {
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

// heldSink files nothing until release is closed.
type heldSink struct {
	Sink
	waits   chan struct{}
	release chan struct{}
}

func (s *heldSink) File(ctx context.Context, r news.Record) error {
	s.waits <- struct{}{}
	<-s.release
	return s.Sink.File(ctx, r)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// First visits whose batches wait to be filed hold their entries, and not all that was
// needed to read them.
func TestVisitsThatWaitHoldLittle(t *testing.T) {
	const visits, items = 40, 500
	var sources []news.SourceConfig
	for i := range visits {
		sources = append(sources, sourceNamed(fmt.Sprint("s", i)))
	}
	r := newEnv(t, sources...)
	text := strings.Repeat("The port &lt;b&gt;reopens&lt;/b&gt; today. ", 40)
	var size atomic.Int64 // of a document
	for i := range visits {
		r.serve(fmt.Sprintf("https://s%d.example/rss", i), func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			var b bytes.Buffer
			for k := range items {
				fmt.Fprintf(&b, "<item><title>Bulletin %d of %d</title><link>https://s%d.example/%d</link><description>%s</description></item>", k, i, i, k, text)
			}
			res, err := rss{extra: b.String(), etag: `"1"`}.answer(q, now)
			size.Store(int64(len(res.Body)))
			return res, err
		})
	}
	held := &heldSink{r, make(chan struct{}), make(chan struct{})}
	r.poller.Sink = held
	before := liveHeap()
	ended := make(chan error)
	go func() { ended <- r.poller.Pass(t.Context(), true, func(Visited) {}) }()
	for range visits {
		<-held.waits
	}
	if each := (liveHeap() - before) / visits; each > 2*size.Load() {
		t.Errorf("a visit of a document of %d bytes holds %d bytes while it waits, want at most twice the document", size.Load(), each)
	}
	go func() {
		for range held.waits {
		}
	}()
	close(held.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	close(held.waits)
}
