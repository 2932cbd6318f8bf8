package site_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// Guesses of a topic's key are limited for each reader; the right key always works.
func TestWrongKeysAreLimited(t *testing.T) {
	n := webtest.OpenFilled(t)
	s := newSite(n)
	s.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	at := webtest.Serve(t, s)
	get := func(from, path string) (*http.Response, string) {
		return webtest.Request(t, "GET", at+path, "X-Forwarded-For: "+from)
	}
	keyed := "/topics/inside.atom?key="
	for i := range 20 {
		if resp, _ := get("192.0.2.1", fmt.Sprint(keyed, i)); resp.StatusCode != 403 {
			t.Fatalf("wrong key %d: %d, want 403", i, resp.StatusCode)
		}
	}
	for _, path := range []string{keyed + "x", "/topics/inside?key=x", "/embed/inside?key=x", "/oembed?url=" + url.QueryEscape("http://press.example/topics/inside?key=x")} {
		resp, body := get("192.0.2.1", path)
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "Too many invalid keys") {
			t.Errorf("%s: %d, Retry-After %q, %.300s", path, resp.StatusCode, resp.Header.Get("Retry-After"), body)
		}
	}
	for name, resp := range map[string]*http.Response{
		"the right key": first(get("192.0.2.1", keyed+url.QueryEscape(webtest.TopicKey))), "another reader": first(get("192.0.2.2", keyed+url.QueryEscape(webtest.TopicKey))),
	} {
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d, want 200", name, resp.StatusCode)
		}
	}
	if resp, _ := get("192.0.2.1", "/topics/inside"); resp.StatusCode != 403 {
		t.Errorf("without a key: %d, want 403", resp.StatusCode)
	}
}

func first(resp *http.Response, _ string) *http.Response { return resp }

// No public page reads a long body. The error is in the language of the site.
func TestLongBodies(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Language = "de"
	n.ApplyRules()
	s, _ := newsletterSite(n)
	at := webtest.Serve(t, s)
	for _, path := range []string{"/newsletters/morning", "/newsletters/morning/confirm?r=x&k=y", "/oembed", "/", "/topics/world", "/nothing"} {
		for _, chunked := range []bool{false, true} {
			body := &zeros{}
			req, err := http.NewRequestWithContext(t.Context(), "POST", at+path, io.MultiReader(strings.NewReader("address="), body))
			n.Must(err)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if !chunked {
				req.ContentLength = 8 + 1<<30
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if sent := body.read.Load(); sent > 16<<20 { // what the kernel's buffers hold, and some
				t.Errorf("%s, chunked %v: %d bytes were read", path, chunked, sent)
			}
			if err != nil {
				continue // the server closed the connection while we sent
			}
			said, _ := io.ReadAll(resp.Body)
			n.Must(resp.Body.Close())
			if want := "Anfrage zu groß"; !chunked && (resp.StatusCode != 413 || !strings.Contains(string(said), want)) {
				t.Errorf("%s: %d, want 413 and %q in\n%s", path, resp.StatusCode, want, said)
			}
		}
	}
}

// zeros is a body of 1 GB, of the digit 0. It counts what is read.
type zeros struct{ read atomic.Int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.read.Load() >= 1<<30 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = '0'
	}
	z.read.Add(int64(len(p)))
	return len(p), nil
}
