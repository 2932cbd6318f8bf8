package poll

import (
	"context"
	"errors"
	"fmt"
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
// memory are limited, and the result is a problem or a document. The limit of the time is that
// of some ordinary feeds that are as large as a feed may be.
func TestAttacks(t *testing.T) {
	o := origin.New(time.Now)
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	config := fetch.Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}, RateWindow: time.Hour, TotalTimeout: time.Hour, HeaderTimeout: time.Hour}
	patient, err := fetch.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(patient.Close)
	config.HeaderTimeout, config.TotalTimeout, config.RateWindow = time.Second, 3*time.Second, 500*time.Millisecond
	c, err := fetch.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	o.Feed("/rss").AnswerAlways(origin.Bytes("text/xml", largeFeed()))
	began := processorTime(t)
	if _, err := visitAndRead(patient, s.URL+"/rss"); err != nil {
		t.Fatal(err)
	}
	usual := processorTime(t) - began
	for _, a := range origin.Attacks() {
		o.Feed("/rss").AnswerAlways(a)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start, used := time.Now(), processorTime(t)
		items, err := visitAndRead(c, s.URL+"/rss")
		took := time.Since(start)
		used = processorTime(t) - used // with what the server uses
		runtime.ReadMemStats(&after)
		var p *fetch.Problem
		switch {
		case errors.As(err, &p) && p.Text == "":
			t.Errorf("%s: a problem without a text: %+v", a.Name, p)
		case items > 2000:
			t.Errorf("%s: %d items", a.Name, items)
		}
		if used > 50*usual {
			t.Errorf("%s: used %v of processor time, and an ordinary feed %v", a.Name, used, usual)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 400 { // with what the server allocates
			t.Errorf("%s: allocated %d MB", a.Name, mb)
		}
		t.Logf("%-25s %8v %8v %4d MB %v", a.Name, took.Round(time.Millisecond), used, (after.TotalAlloc-before.TotalAlloc)>>20, err)
	}
}

// visitAndRead visits an address and returns how many items it has, or a problem or fault.
func visitAndRead(c *fetch.Client, address string) (items int, err error) {
	res, err := c.Get(context.Background(), fetch.Request{URL: address}, time.Now())
	if err != nil {
		return 0, err
	}
	defer res.Release()
	doc, err := feed.Read(res.Body, feed.Hints{URL: res.URL})
	if err != nil {
		return 0, err
	}
	return len(doc.Items), nil
}

// largeFeed returns an ordinary feed of 8 MB.
func largeFeed() []byte {
	d := origin.Doc{Title: "Large", Site: "https://large.example/"}
	for i := range 2000 {
		d.Items = append(d.Items, origin.Item{ID: fmt.Sprint(i), Title: fmt.Sprint("Ferry runs again on line ", i), Summary: strings.Repeat("The river rose & the dam was closed. ", 105)})
	}
	return d.Bytes()
}

// processorTime returns the processor time of this process so far.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
