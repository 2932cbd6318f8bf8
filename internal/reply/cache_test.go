package reply

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/slugline/slugline/internal/edition"
)

// However many ask for a page at once, one of them makes it; what could not be made
// is made by who asks next.
func TestPageIsRenderedOnce(t *testing.T) {
	var k PageCache
	var made atomic.Int32
	broken := errors.New("no room")
	if _, err := k.Get("front", func() (*Page, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	var all sync.WaitGroup
	pages := make([]*Page, 20)
	for i := range pages {
		all.Go(func() {
			pages[i], _ = k.Get("front", func() (*Page, error) {
				made.Add(1)
				return &Page{Edition: &edition.Edition{}}, nil
			})
		})
	}
	all.Wait()
	for _, p := range pages {
		if p == nil || p != pages[0] {
			t.Fatal("readers of one state got pages of several makings")
		}
	}
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times, want once", n)
	}
}

// Who waits for a page whose maker fell over is told so.
func TestWaitersLearnThatRenderingFailed(t *testing.T) {
	var k PageCache
	func() {
		defer func() { _ = recover() }()
		_, _ = k.Get("front", func() (*Page, error) { panic("fell over") })
	}()
	if _, err := k.Get("front", func() (*Page, error) { return &Page{}, nil }); !errors.Is(err, errNotRendered) {
		t.Errorf("error %v, want %v", err, errNotRendered)
	}
	if _, err := k.Get("front", func() (*Page, error) { return &Page{}, nil }); err != nil {
		t.Errorf("the next one is told %v", err)
	}
}

// The shelf is emptied when it is full: an attacker's addresses take no room for ever.
func TestPageCacheIsBounded(t *testing.T) {
	var k PageCache
	for i := range 3 * maxPages {
		if _, err := k.Get(string(rune(i)), func() (*Page, error) { return &Page{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.pages) > maxPages {
		t.Errorf("%d pages are kept, want at most %d", len(k.pages), maxPages)
	}
}
