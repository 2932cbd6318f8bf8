package poll

import (
	"context"
	"errors"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// TestAttacks visits hostile servers, one at a time, and parses what they send: time and
// memory are limited, and the result is a problem or a document.
func TestAttacks(t *testing.T) {
	o := origin.New(time.Now)
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	c, err := fetch.New(fetch.Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}, HeaderTimeout: time.Second, TotalTimeout: 3 * time.Second, RateWindow: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for _, a := range origin.Attacks() {
		o.Feed("/rss").AnswerAlways(a)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start, used := time.Now(), processorTime(t)
		res, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/rss"}, time.Now())
		var p *fetch.Problem
		switch {
		case errors.As(err, &p) && p.Text == "":
			t.Errorf("%s: a problem without a text: %+v", a.Name, p)
		case err != nil && p == nil:
			t.Errorf("%s: %v", a.Name, err)
		case err == nil:
			doc, fault := feed.Read(res.Body, feed.Hints{URL: res.URL})
			if err = fault; err == nil && len(doc.Items) > 2000 {
				t.Errorf("%s: %d items", a.Name, len(doc.Items))
			}
			res.Release()
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if used := processorTime(t) - used; used > 15*time.Second { // with what the server uses; the machine may be busy
			t.Errorf("%s: used %v of processor time", a.Name, used)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 400 { // with what the server allocates
			t.Errorf("%s: allocated %d MB", a.Name, mb)
		}
		t.Logf("%-25s %8v %4d MB %v", a.Name, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, err)
	}
}

// processorTime returns the processor time of this process so far.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
