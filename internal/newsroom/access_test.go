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
	"strconv"
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

// behindProxy trusts the proxies of this machine.
func behindProxy(d *newsroom.Desk) {
	d.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// Wrong keys have limits: each one that a client repeats, all that a client tries, and each
// one that many clients try. A right key works whatever was tried before it.
func TestAccessGuessing(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, behindProxy)
	try := func(from, given string) int {
		t.Helper()
		resp, body := webtest.Request(t, "GET", at+"/api/status", "X-Forwarded-For: "+from, "Authorization: Bearer "+given)
		if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); resp.StatusCode == 429 && (err != nil || wait < 1 || !strings.Contains(body, "Too many wrong tokens")) {
			t.Errorf("429 with Retry-After %q and %s", resp.Header.Get("Retry-After"), body)
		}
		return resp.StatusCode
	}
	check := func(name string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	for range 5 {
		check("an old key, repeated", try("192.0.2.1", "old"), 401)
	}
	check("an old key, repeated too often", try("192.0.2.1", "old"), 429)
	check("a typo of somebody else there", try("192.0.2.1", "typo"), 401)
	check("the old key elsewhere", try("192.0.2.2", "old"), 401)
	for i := range 50 {
		try("192.0.2.1", fmt.Sprintf("guess%d", i))
		try("192.0.2.1", "another")
	}
	check("many guesses", try("192.0.2.1", "one more"), 429)
	check("with a forged hop before it", try("198.51.100.7, 192.0.2.1", "another"), 429)
	check("the right key", try("192.0.2.1", token), 200)
	check("a guess from another client", try("192.0.2.3", "one more"), 401)
	check("another guess, much like those of others", try("192.0.2.4", "guessed"), 401)
	check("the guess of a client that is refused", try("192.0.2.5", "another"), 401)
	for i := range 20 {
		try(fmt.Sprintf("2001:db8:0:%x::1", i), "shared")
	}
	check("the same key from many clients", try("2001:db8:1::1", "shared"), 429)
	check("another key from the last of them", try("2001:db8:1::1", "of its own"), 401)
	for i := range 20 {
		try(fmt.Sprintf("2001:db8:2::%x", i), fmt.Sprintf("%d-guess-of-one-network", i))
	}
	check("from another address of that network", try("2001:db8:2::ffff", "again"), 429)
	check("the right key from there", try("2001:db8:2::ffff", token), 200)
}

// Programs on this machine are never refused for the keys that they tried, nor is the
// proxy of this machine if it is not trusted.
func TestAccessGuessingOnThisMachine(t *testing.T) {
	at := serve(webtest.Open(t), func(d *newsroom.Desk) { d.AlwaysAuth = true })
	for i := range 50 {
		if resp, _ := webtest.Request(t, "GET", at+"/api/status", fmt.Sprintf("Authorization: Bearer wrong%d", i)); resp.StatusCode != 401 {
			t.Fatalf("wrong key %d on this machine: %d, want 401", i, resp.StatusCode)
		}
		webtest.Request(t, "GET", at+"/api/status", fmt.Sprintf("Authorization: Bearer other%d", i), "X-Forwarded-For: 192.0.2.1")
	}
	for _, header := range []string{"X-Nothing: x", "X-Forwarded-For: 192.0.2.1"} {
		if resp, _ := webtest.Request(t, "GET", at+"/api/status", header, "Authorization: Bearer "+token); resp.StatusCode != 200 {
			t.Errorf("the right key with %s: %d, want 200", header, resp.StatusCode)
		}
	}
}

// A page with a revoked cookie hears 401 however often it asks: that is how it knows that
// it must sign in again.
func TestAccessWithRevokedCookie(t *testing.T) {
	at := serve(webtest.Open(t), behindProxy)
	for i := range 30 {
		resp, _ := webtest.Request(t, "GET", at+"/api/status", "X-Forwarded-For: 192.0.2.1", "Cookie: slugline=desk_revoked")
		if resp.StatusCode != 401 {
			t.Fatalf("request %d: %d, want 401", i, resp.StatusCode)
		}
	}
	resp, _ := webtest.Request(t, "GET", at+"/", "X-Forwarded-For: 192.0.2.1", "Cookie: slugline=desk_revoked", "Accept: text/html")
	if resp.StatusCode != 303 || !strings.HasPrefix(resp.Header.Get("Location"), "/login") {
		t.Errorf("a page: %d to %q, want 303 to /login", resp.StatusCode, resp.Header.Get("Location"))
	}
}

// Pages of other sites can't make the desk work, but may link to its pages.
func TestAccessOfOtherSites(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	link := []string{"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-User: ?1"}
	image := []string{"Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}
	frame := []string{"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}
	costly := []string{"/api/backup", "/api/status", "/api/preview?q=a", "/api/search?q=a", "/api/audit", "/debug/pprof/", "/debug/pprof/profile?seconds=1", "/debug/pprof/trace", "/live"}
	pages := []string{"/", "/?q=ferry", "/search?q=ferry", "/decisions", "/sources", "/help"}
	for _, tt := range []struct {
		name    string
		paths   []string
		headers []string
		want    int
	}{
		{"a link to what costs", costly, link, 403},
		{"an image", append(costly, pages...), image, 403},
		{"a frame", append(costly, pages...), frame, 403},
		{"a bare header", costly, nil, 403},
		{"a link to a page", pages, link, 200},
		{"the login as an image", []string{"/login", "/desk.css", "/icon.svg"}, image, 200},
	} {
		for _, site := range []string{"cross-site", "same-site"} {
			for _, path := range tt.paths {
				if path == "/search?q=ferry" && tt.want == 200 {
					continue // this desk has no index
				}
				resp, _ := webtest.Request(t, "GET", at+path, append([]string{"Sec-Fetch-Site: " + site}, tt.headers...)...)
				if resp.StatusCode != tt.want {
					t.Errorf("%s, %s, %s: %d, want %d", tt.name, site, path, resp.StatusCode, tt.want)
				}
			}
		}
	}
	for _, site := range []string{"same-origin", "none"} {
		if resp, _ := webtest.Request(t, "GET", at+"/api/backup", append(link, "Sec-Fetch-Site: "+site)...); resp.StatusCode != 200 {
			t.Errorf("%s: a backup: %d, want 200", site, resp.StatusCode)
		}
	}
	for _, kind := range []string{"image", "audio", "video"} { // in the text of an outlet
		for _, path := range append(costly, pages...) {
			if resp, _ := webtest.Request(t, "GET", at+path, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: "+kind); resp.StatusCode != 403 {
				t.Errorf("%s as %s in a page of the desk: %d, want 403", path, kind, resp.StatusCode)
			}
		}
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/backup", "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+token); resp.StatusCode != 200 {
		t.Errorf("with a token that no page has by itself: %d, want 200", resp.StatusCode)
	}
}
