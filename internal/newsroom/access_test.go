package newsroom_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

const token = "0123456789abcdefghjkmnpqrstvwxyz"

// serve runs a desk on loopback and returns its address.
func serve(n *webtest.Newsroom, change func(*newsroom.Desk)) string {
	n.Helper()
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Token: token, Visit: func(context.Context, bool, func(any)) error { return nil }}
	if change != nil {
		change(d)
	}
	return webtest.Serve(n.TB, d)
}

func TestAccess(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	strictly := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	closed := serve(n, func(d *newsroom.Desk) { d.Token = "" })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(at, "http://"))
	bearer := "Authorization: Bearer " + token

	tests := []struct {
		name, method, base, path string
		headers                  []string
		want                     int
	}{
		{name: "reading on this machine", path: "/api/status", want: 200},
		{name: "by the name of this machine", path: "/api/status", headers: []string{"Host: localhost:" + port}, want: 200},
		{name: "by its IPv6 address", path: "/api/status", headers: []string{"Host: [::1]:" + port}, want: 200},
		{name: "with a token", path: "/api/status", headers: []string{bearer}, want: 200},
		{name: "scheme in another case", path: "/api/status", headers: []string{"Authorization: bearer " + token}, want: 200},
		{name: "a foreign name that resolves to this machine", path: "/api/status", headers: []string{"Host: evil.example:" + port}, want: 401},
		{name: "a name that starts with localhost", path: "/api/status", headers: []string{"Host: localhost.evil.example"}, want: 401},
		{name: "user in the Host", path: "/api/status", headers: []string{"Host: localhost@evil.example"}, want: 401},
		{name: "another address", path: "/api/status", headers: []string{"Host: 192.0.2.1"}, want: 401},
		{name: "X-Forwarded-For", path: "/api/status", headers: []string{"X-Forwarded-For: 127.0.0.1"}, want: 401},
		{name: "X-Forwarded-Proto", path: "/api/status", headers: []string{"X-Forwarded-Proto: https"}, want: 401},
		{name: "Forwarded", path: "/api/status", headers: []string{"Forwarded: for=127.0.0.1"}, want: 401},
		{name: "Via", path: "/api/status", headers: []string{"Via: 1.1 gate"}, want: 401},
		{name: "X-Real-IP", path: "/api/status", headers: []string{"X-Real-IP: 127.0.0.1"}, want: 401},
		{name: "CF-Connecting-IP", path: "/api/status", headers: []string{"CF-Connecting-IP: 127.0.0.1"}, want: 401},
		{name: "a page of another site", path: "/api/status", headers: []string{"Origin: https://evil.example"}, want: 401},
		{name: "metrics too", path: "/metrics", headers: []string{"Via: 1.1 gate"}, want: 401},
		{name: "an unknown address without a token", path: "/api/nothing", headers: []string{"Via: 1.1 gate"}, want: 401},
		{name: "an unknown address", path: "/api/nothing", want: 404},
		{name: "the wire", path: "/", want: 200},
		{name: "a forwarded request with the token", path: "/api/status", headers: []string{"X-Forwarded-For: 192.0.2.9", bearer}, want: 200},
		{name: "addresses of readers without the token", path: "/api/recipients", want: 403},
		{name: "addresses of readers with it", path: "/api/recipients", headers: []string{bearer}, want: 200},
		{name: "changing on this machine", method: "POST", path: "/api/visit", want: 200},
		{name: "changing from our own page", method: "POST", path: "/api/visit", headers: []string{"Origin: " + at, "Sec-Fetch-Site: same-origin"}, want: 200},
		{name: "changing from another site", method: "POST", path: "/api/visit", headers: []string{"Sec-Fetch-Site: cross-site"}, want: 403},
		{name: "changing from another port here", method: "POST", path: "/api/visit", headers: []string{"Origin: http://127.0.0.1:1", "Sec-Fetch-Site: same-site"}, want: 403},
		{name: "changing through a rebound name", method: "POST", path: "/api/visit", headers: []string{"Host: evil.example", "Origin: http://evil.example"}, want: 401},
		{name: "changing with the token", method: "POST", path: "/api/visit", headers: []string{bearer, "Host: desk.example"}, want: 200},
		{name: "changing by GET", path: "/api/visit", want: 405},
		{name: "always: reading", base: strictly, path: "/api/status", want: 401},
		{name: "always: with the token", base: strictly, path: "/api/status", headers: []string{bearer}, want: 200},
		{name: "no master token: an empty one is refused", base: closed, path: "/api/status", headers: []string{"Authorization: Bearer "}, want: 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method, base := tt.method, tt.base
			if method == "" {
				method = "GET"
			}
			if base == "" {
				base = at
			}
			resp, body := webtest.Request(t, method, base+tt.path, tt.headers...)
			if resp.StatusCode != tt.want {
				t.Errorf("%s %s %q: %d %s, want %d", method, tt.path, tt.headers, resp.StatusCode, body, tt.want)
			}
			if tt.want == 401 && resp.Header.Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
		})
	}
}

// A reverse proxy on the same machine makes every request look local. Whatever headers it
// sends, requests through it need the token.
func TestAccessThroughProxy(t *testing.T) {
	n := webtest.Open(t)
	at, err := url.Parse(serve(n, nil))
	if err != nil {
		t.Fatal(err)
	}
	proxies := map[string]http.Handler{
		"director": httputil.NewSingleHostReverseProxy(at),
		"rewrite":  &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at); r.SetXForwarded() }},
		"original host, no header": &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(at)
			r.Out.Host = r.In.Host
		}},
	}
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			front := httptest.NewServer(p)
			defer front.Close()
			resp, _ := webtest.Request(t, "GET", front.URL+"/api/sources", "Host: desk.example")
			if resp.StatusCode != 401 {
				t.Errorf("without token: %d, want 401", resp.StatusCode)
			}
			resp, _ = webtest.Request(t, "POST", front.URL+"/api/visit", "Host: desk.example")
			if resp.StatusCode != 401 {
				t.Errorf("changing without token: %d, want 401", resp.StatusCode)
			}
			resp, _ = webtest.Request(t, "GET", front.URL+"/api/sources", "Host: desk.example", "Authorization: Bearer "+token)
			if resp.StatusCode != 200 {
				t.Errorf("with token: %d, want 200", resp.StatusCode)
			}
		})
	}
}

// Some proxies use HTTP/1.0 and our own address, and add no header.
func TestAccessOfOldProxies(t *testing.T) {
	n := webtest.Open(t)
	host := strings.TrimPrefix(serve(n, nil), "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "GET /api/sources HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", host); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer), " 401 ") {
		t.Errorf("answer starts with %.40q, want 401", answer)
	}
}

func TestAccessGuessing(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	try := func(from, given string) int {
		resp, _ := webtest.Request(t, "GET", at+"/api/status", "X-Forwarded-For: "+from, "Authorization: Bearer "+given)
		return resp.StatusCode
	}
	for range 5 {
		if got := try("192.0.2.1", "wrong"); got != 401 {
			t.Fatalf("a wrong token: %d, want 401", got)
		}
	}
	if got := try("192.0.2.1", token); got != 429 {
		t.Errorf("after five wrong ones: %d, want 429", got)
	}
	if got := try("198.51.100.7, 192.0.2.1", token); got != 429 {
		t.Errorf("with a forged hop before it: %d, want 429", got)
	}
	if got := try("192.0.2.2", token); got != 200 {
		t.Errorf("from another client: %d, want 200", got)
	}
	if got := try("2001:db8::1", token); got != 200 {
		t.Errorf("from another network: %d, want 200", got)
	}
}
