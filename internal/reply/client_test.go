package reply_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/reply"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

func requestFrom(peer string, headers ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = peer
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// The client is who a trusted proxy says it is, in whatever header; a client that says so
// itself is not believed.
func TestClientAddr(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		headers    []string
		want       string
	}{
		{"no proxy", "192.0.2.1:99", nil, "192.0.2.1"},
		{"no proxy, and a header", "192.0.2.1:99", []string{"X-Forwarded-For: 198.51.100.1"}, "192.0.2.1"},
		{"a proxy without a header", "127.0.0.1:99", nil, "127.0.0.1"},
		{"a proxy", "127.0.0.1:99", []string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1"},
		{"a proxy of IPv6", "[fd00::1]:99", []string{"X-Forwarded-For: 2001:db8::1"}, "2001:db8::1"},
		{"a mapped address", "[::ffff:10.1.1.1]:99", []string{"X-Forwarded-For: ::ffff:192.0.2.1"}, "192.0.2.1"},
		{"two proxies", "127.0.0.1:99", []string{"X-Forwarded-For: 192.0.2.1, 10.1.1.1"}, "192.0.2.1"},
		{"two header lines", "127.0.0.1:99", []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 10.1.1.1"}, "192.0.2.1"},
		{"a forged hop", "127.0.0.1:99", []string{"X-Forwarded-For: 198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
		{"with ports", "127.0.0.1:99", []string{"X-Forwarded-For: 192.0.2.1:8080, [fd00::2]:80"}, "192.0.2.1"},
		{"in brackets", "127.0.0.1:99", []string{"X-Forwarded-For: [2001:db8::1]"}, "2001:db8::1"},
		{"nonsense", "127.0.0.1:99", []string{"X-Forwarded-For: 192.0.2.1, unknown"}, "127.0.0.1"},
		{"Forwarded", "127.0.0.1:99", []string{`Forwarded: for=192.0.2.1;proto=https`}, "192.0.2.1"},
		{"Forwarded, quoted", "127.0.0.1:99", []string{`Forwarded: for=198.51.100.1, For = "[2001:db8::1]:4711";by="x,y;for=z", for=10.1.1.1`}, "2001:db8::1"},
		{"Forwarded, escaped", "127.0.0.1:99", []string{`Forwarded: for="192.0.\2.1"`}, "192.0.2.1"},
		{"Forwarded, hidden", "127.0.0.1:99", []string{`Forwarded: for=_hidden`}, "127.0.0.1"},
		{"X-Real-IP", "127.0.0.1:99", []string{"X-Real-IP: 192.0.2.1"}, "192.0.2.1"},
		{"X-Forwarded-For first", "127.0.0.1:99", []string{"X-Real-IP: 198.51.100.1", "Forwarded: for=198.51.100.2", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1"},
		{"no address", "@", nil, "invalid IP"},
	} {
		if got := reply.ClientAddr(requestFrom(tt.peer, tt.headers...), proxies).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestCameByHTTPS(t *testing.T) {
	if r := requestFrom("192.0.2.1:99", "X-Forwarded-Proto: https"); reply.CameByHTTPS(r, proxies) {
		t.Error("a client is believed that it used HTTPS")
	}
	r := requestFrom("192.0.2.1:99")
	if r.TLS = new(tls.ConnectionState); !reply.CameByHTTPS(r, nil) {
		t.Error("TLS is not HTTPS")
	}
	if r := requestFrom("10.0.0.1:99", "Forwarded: for=192.0.2.1;proto=http, proto=https"); reply.CameByHTTPS(r, proxies) {
		t.Error("HTTPS between proxies counts as the client's")
	}
}

// FuzzForwarded checks that no header of a proxy makes the client anything but an address
// that stands in it, or the peer.
func FuzzForwarded(f *testing.F) {
	f.Add(`for="[2001:db8::1]:4711";by="a\"b,c", for=192.0.2.1`, "192.0.2.1:80, ::1")
	f.Add(`for="`, "[")
	f.Add(`for="\`, `,,"`)
	f.Fuzz(func(t *testing.T, forwarded, xff string) {
		for name, value := range map[string]string{"Forwarded": forwarded, "X-Forwarded-For": xff} {
			r := requestFrom("127.0.0.1:99")
			r.Header[name] = []string{value}
			_ = reply.CameByHTTPS(r, proxies)
			if got := reply.ClientAddr(r, proxies); !got.IsValid() || got.Zone() != "" || got.Is4In6() {
				t.Errorf("%s %q: client %v", name, value, got)
			}
		}
	})
}

// The log says once that a proxy is not trusted, and what to write. A stranger's header
// does not use that up.
func TestProxyNotice(t *testing.T) {
	var log bytes.Buffer
	n := &reply.ProxyNotice{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	var passed int
	desk := n.Watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	public := n.Watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	for range 3 {
		for _, r := range []*http.Request{
			requestFrom("127.0.0.1:99"), requestFrom("10.0.0.1:99", "X-Forwarded-For: 192.0.2.1"),
			requestFrom("203.0.113.5:99", "X-Forwarded-For: 192.0.2.1"), requestFrom("[::1]:99", "Forwarded: for=192.0.2.1"), requestFrom("127.0.0.1:99", "X-Real-IP: 192.0.2.1"),
		} {
			desk.ServeHTTP(httptest.NewRecorder(), r)
			public.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 2 || passed != 30 {
		t.Errorf("%d lines, %d requests passed, want 2 and 30:\n%s", got, passed, &log)
	}
	for _, want := range []string{"trusted_proxies", `[\"::1\"]`, "reverse proxy"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, &log)
		}
	}
}
