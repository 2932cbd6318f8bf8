package newsroom_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// endless is a body of 1 GB that counts what is read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.read.Load() >= 1<<30 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'a'
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

// No address of the desk reads a long body, whoever sends it and however.
func TestLongBodies(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) {
		d.AlwaysAuth = true
		d.Resend, d.Discard = func(string) error { return nil }, func(string) error { return nil }
	})
	const form, multipart, json = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"
	for _, tt := range []struct {
		method, path, kind, start string
	}{
		{"POST", "/login", form, "key="},
		{"POST", "/login", multipart, "--b\r\nContent-Disposition: form-data; name=\"key\"; filename=\"x\"\r\n\r\n"},
		{"POST", "/logout", form, "a="},
		{"POST", "/api/orders", json, `{"verb": "`},
		{"POST", "/api/orders", form, "verb="},
		{"POST", "/api/seat", json, `{"read": ["`},
		{"POST", "/api/seat", form, "act="},
		{"POST", "/api/alerts", json, `{"notice": "`},
		{"POST", "/api/alerts", form, "notice="},
		{"POST", "/api/claims", json, `{"story": "`},
		{"POST", "/api/tokens", json, `{"name": "`},
		{"POST", "/api/recipients", json, `{"address": "`},
		{"POST", "/api/visit", json, `{"source": "`},
		{"POST", "/api/visit", form, "source="},
		{"POST", "/api/stars", json, `{"star": "`},
		{"POST", "/api/stars", form, "star="},
		{"POST", "/add-source", form, "url="},
		{"POST", "/sources/gulf", form, "tags="},
		{"POST", "/topics/world", form, "match="},
		{"POST", "/debug/pprof/symbol", "text/plain", "0x1+"},
		{"POST", "/nothing", json, `{"a": "`},
		{"DELETE", "/api/claims/x", json, `{"a": "`},
		{"GET", "/login", multipart, "--b\r\nContent-Disposition: form-data; name=\"to\"; filename=\"x\"\r\n\r\n"},
		{"GET", "/", form, "q="},
	} {
		for _, chunked := range []bool{false, true} {
			body := &endless{}
			req, err := http.NewRequestWithContext(t.Context(), tt.method, at+tt.path, io.MultiReader(strings.NewReader(tt.start), body))
			n.Must(err)
			req.Header.Set("Content-Type", tt.kind)
			req.Header.Set("Authorization", "Bearer "+token)
			if !chunked {
				req.ContentLength = int64(len(tt.start)) + 1<<30
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			var said string
			if err == nil {
				b, _ := io.ReadAll(resp.Body)
				said = string(b)
				n.Must(resp.Body.Close())
			}
			if n := body.read.Load(); n > 16<<20 { // what the kernel's buffers hold, and some
				t.Errorf("%s %s (%s, chunked %v): %d bytes were read", tt.method, tt.path, tt.kind, chunked, n)
			}
			reads := tt.method == "POST" && !strings.HasPrefix(tt.path, "/debug") && tt.path != "/logout" && tt.path != "/nothing"
			if err == nil && (!chunked || reads) && (resp.StatusCode != 413 || !strings.Contains(said, "larger than this page accepts")) {
				t.Errorf("%s %s (%s, chunked %v): %d %s, want 413", tt.method, tt.path, tt.kind, chunked, resp.StatusCode, said)
			}
		}
	}
}

// A client that asks whether it may send a long body hears no before it sends a byte.
func TestLongBodyIsRefusedUnsent(t *testing.T) {
	host := strings.TrimPrefix(serve(webtest.Open(t), nil), "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 200000000\r\nExpect: 100-continue\r\n\r\n", host); err != nil {
		t.Fatal(err)
	}
	status, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(status, " 413 ") {
		t.Errorf("answer %q, %v, want 413 at once", status, err)
	}
}
