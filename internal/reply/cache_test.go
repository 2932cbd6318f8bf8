package reply

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/slugline/slugline/internal/edition"
)

// Concurrent requests for a page render it once. The next request renders a page again
// whose rendering failed.
func TestPageIsRenderedOnce(t *testing.T) {
	var k PageCache
	var rendered atomic.Int32
	broken := errors.New("disk full")
	if _, err := k.Get("front", func() (*Page, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	var all sync.WaitGroup
	pages := make([]*Page, 20)
	for i := range pages {
		all.Go(func() {
			pages[i], _ = k.Get("front", func() (*Page, error) {
				rendered.Add(1)
				return &Page{Edition: &edition.Edition{}}, nil
			})
		})
	}
	all.Wait()
	for _, p := range pages {
		if p == nil || p != pages[0] {
			t.Fatal("concurrent calls got different pages, want one rendered page")
		}
	}
	if n := rendered.Load(); n != 1 {
		t.Errorf("rendered %d times, want once", n)
	}
}

// Requests that wait for a page get an error when its rendering panics.
func TestWaitersLearnThatRenderingFailed(t *testing.T) {
	var k PageCache
	func() {
		defer func() { _ = recover() }()
		_, _ = k.Get("front", func() (*Page, error) { panic("rendering failed") })
	}()
	if _, err := k.Get("front", func() (*Page, error) { return &Page{}, nil }); !errors.Is(err, errNotRendered) {
		t.Errorf("error %v, want %v", err, errNotRendered)
	}
	if _, err := k.Get("front", func() (*Page, error) { return &Page{}, nil }); err != nil {
		t.Errorf("the request after that: %v, want no error", err)
	}
}

// The cache does not grow without bound when a client asks for many addresses.
func TestPageCacheIsBounded(t *testing.T) {
	var k PageCache
	for i := range 3 * maxPages {
		if _, err := k.Get(string(rune(i)), func() (*Page, error) { return &Page{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.pages) > maxPages {
		t.Errorf("%d pages are cached, want at most %d", len(k.pages), maxPages)
	}
}
