package newsroom

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// noReads are the addresses that answer without reading the store.
var noReads = []string{"/monitor.js", "/bell.js", "/topic.js", "/source.js", "/cluster.js", "/add-source", "/wire/", "/assets/", "/readyz", "/debug/", "/api/openapi.json", "/api/cluster", "/api/recipients"}

// No page and no address of the API reads for a client that has left.
func TestReadsEndWithTheRequest(t *testing.T) {
	n := webtest.OpenFilled(t)
	id := n.Find("Copper rises for a third day").ID
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, route := range (&Desk{}).routes() {
		d := &Desk{Store: n.Store, Live: &n.Live, Token: "0123456789abcdefghjk"} // with a budget of requests of its own
		method, path, _ := strings.Cut(strings.NewReplacer("sources/{name}", "sources/gulf", "topics/{name}", "topics/world", "{id}", id, "{$}", "").Replace(route.pattern), " ")
		if method != http.MethodGet || startsWithOneOf(path, noReads) {
			continue
		}
		for ctx, want := range map[context.Context]bool{t.Context(): true, left: false} {
			if path == "/live" && want {
				continue // it stays open
			}
			r := httptest.NewRequestWithContext(ctx, method, path+"?"+url.Values{"q": {"copper"}, "entry": {id}}.Encode(), nil)
			r.Header.Set("Authorization", "Bearer "+d.Token)
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			if got := w.Code == http.StatusOK && w.Body.Len() > 0; got != want && !(want && path == "/api/search" || path == "/search") {
				t.Errorf("%s with the context %v: %d, %d bytes", path, ctx.Err(), w.Code, w.Body.Len())
			}
		}
	}
}

func startsWithOneOf(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// deskOf returns a desk without a listener, and what gets the status of a page of it.
func deskOf(n *webtest.Newsroom) (*Desk, func(context.Context, string) int) {
	d := &Desk{Store: n.Store, Live: &n.Live, Token: "0123456789abcdefghjk"}
	return d, func(ctx context.Context, path string) int {
		r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+d.Token)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w.Code
	}
}

// Requests that examine thousands of stories wait for each other; one that leaves gives up
// its turn, and the wire without a filter waits for none of them.
func TestScansTakeTurns(t *testing.T) {
	n := webtest.Open(t)
	for i := range 500 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	}
	d, get := deskOf(n)
	if got := get(t.Context(), "/"); got != http.StatusOK {
		t.Fatalf("the wire: %d", got)
	}
	if err := d.scans.Acquire(t.Context(), 1); err != nil { // as a request in progress does
		t.Fatal(err)
	}
	slow := []string{"/?q=copper", "/api/wire?q=copper", "/api/preview?q=copper", "/api/claims", "/handover", "/api/why?entry=http://gulf.example/none"}
	leaving, leave := context.WithCancel(t.Context())
	var left sync.WaitGroup
	for _, path := range slow {
		left.Go(func() {
			if got := get(leaving, path); got == http.StatusOK {
				t.Errorf("%s had an answer though it had no turn", path)
			}
		})
	}
	for _, path := range []string{"/", "/api/wire", "/?q=bulletin", "/api/stories", "/sources", "/alerts", "/decisions"} {
		if got := get(t.Context(), path); got != http.StatusOK {
			t.Errorf("%s while others scan: %d", path, got)
		}
	}
	leave()
	left.Wait()
	d.scans.Release(1)
	for _, path := range slow {
		if got := get(t.Context(), path); got >= 500 {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// Requests for more stories than a page of the wire has wait for each other, and nobody else
// waits for them.
func TestLongListsTakeTurns(t *testing.T) {
	n := webtest.OpenFilled(t)
	d, get := deskOf(n)
	long := []string{"/api/stories?limit=500", "/api/stories?topic=world&limit=201", "/api/wire?limit=1000", "/api/events?limit=1000", "/api/wire?limit=300&q=copper"}
	short := []string{"/", "/?q=copper", "/api/wire", "/api/wire?limit=200", "/api/stories", "/api/preview?q=copper", "/handover"}
	for _, path := range append(long, short...) {
		if got := get(t.Context(), path); got != http.StatusOK {
			t.Fatalf("%s: %d", path, got)
		}
	}
	if err := d.longLists.Acquire(t.Context(), 1); err != nil { // as a request in progress does
		t.Fatal(err)
	}
	leaving, leave := context.WithCancel(t.Context())
	var left sync.WaitGroup
	for _, path := range long {
		left.Go(func() {
			if got := get(leaving, path); got == http.StatusOK {
				t.Errorf("%s had an answer though it had no turn", path)
			}
		})
	}
	for _, path := range short {
		if got := get(t.Context(), path); got != http.StatusOK {
			t.Errorf("%s while others read long lists: %d", path, got)
		}
	}
	leave()
	left.Wait()
}
