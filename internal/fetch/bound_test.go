package fetch

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// The guard allows no private address, however it is written.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"https://a.example/rss", "http://127.0.0.1/", "http://[::ffff:127.0.0.1]:80/", "http://[fe80::1%25lo]/", "http://2130706433/", "http://0177.0.0.1/", "http://user:pw@10.0.0.1/#x",
		"http://[::ffff:a9fe:a9fe]/", "http://①②⑦.0.0.1/", "HTTP://A.EXAMPLE.:080", "http://[64:ff9b::7f00:1]", "http://a\\@127.0.0.1/", " http://127.1 ",
	} {
		f.Add(s)
	}
	g, err := newGuard("", nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_ = Domain(s)
		u, err := address(s)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" || len(u.String()) > maxURL {
			t.Errorf("address(%q): %q", s, u)
		}
		ip, err := netip.ParseAddr(u.Hostname())
		if err != nil {
			return // a name: the guard checks its address when it is dialled
		}
		inside := ip.Unmap().IsPrivate() || ip.Unmap().IsLoopback() || ip.Unmap().IsLinkLocalUnicast() || ip.Unmap().IsUnspecified() || ip.Unmap().IsMulticast()
		if g.control("tcp", net.JoinHostPort(ip.String(), "80"), nil) == nil && inside {
			t.Errorf("address(%q): %v may be dialled", s, ip)
		}
	})
}

// A visit stays within its limits wherever a server redirects it, and sends the source's
// headers only to the source's host.
func FuzzRedirect(f *testing.F) {
	for _, s := range []string{"/feed", "//b.example/feed", "https://a.example/feed", "http://u:p@a.example/", "file:///etc/passwd", "http://[::1", "?" + strings.Repeat("x", 10_000), "\x00", "https:a", "javascript:alert(1)", "../../..", "http://a.example:8080/"} {
		f.Add(s, "https://a.example/rss", "a=b; Path=/")
	}
	f.Fuzz(func(t *testing.T, location, from, cookie string) {
		start, err := address(from)
		if err != nil || start.User != nil {
			return
		}
		v := &visit{Client: &Client{conf: withDefaults(Config{})}, url: start, first: start.String(), onSourceHost: true, permanent: true}
		for range 20 {
			err := v.redirect(&http.Response{StatusCode: 301, Header: http.Header{"Location": {location}, "Set-Cookie": {cookie}}})
			if err != nil {
				break
			}
		}
		if u, err := address(v.url.String()); err != nil || u.String() != v.url.String() || v.url.User != nil || v.url.Fragment != "" || len(v.seen) > v.conf.MaxRedirects+1 {
			t.Errorf("%q leads from %q to %q after %d hops", location, from, v.url, len(v.seen))
		}
		if v.onSourceHost && !strings.EqualFold(v.url.Hostname(), start.Hostname()) {
			t.Errorf("%q leads from %q to %q, which counts as the same host", location, from, v.url)
		}
		if v.cookie != "" && !isSendable(v.cookie) {
			t.Errorf("%q: the cookie %q can't be sent", cookie, v.cookie)
		}
		if v.moved != "" {
			if u, err := url.Parse(v.moved); err != nil || u.User != nil {
				t.Errorf("%q: moved to %q", location, v.moved)
			}
		}
	})
}

// Cookies go where RFC 6265 section 5.4 lets them go.
func TestCookieScope(t *testing.T) {
	for _, tt := range []struct{ set, from, to, want string }{
		{"a=1", "https://press.example/news/feed", "https://press.example/news/x", "a=1"},
		{"a=1", "https://press.example/news/feed", "http://press.example/news/x", "a=1"},
		{"a=1", "https://press.example/news/feed", "https://press.example/", ""},
		{"a=1", "https://press.example/feed", "https://www.press.example/feed", ""},
		{"a=1; Secure", "https://press.example/feed", "https://press.example/feed", "a=1"},
		{"a=1; Secure", "https://press.example/feed", "http://press.example/feed", ""},
		{"a=1; Domain=.press.example", "https://www.press.example/feed", "https://press.example/feed", "a=1"},
		{"a=1; Domain=co.uk", "https://press.co.uk/feed", "https://other.co.uk/feed", ""},
		{"a=1; Domain=other.example", "https://press.example/feed", "https://other.example/feed", ""},
	} {
		from, err := address(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := address(tt.to)
		if err != nil {
			t.Fatal(err)
		}
		var c cookies
		c.keep(from, http.Header{"Set-Cookie": {tt.set}})
		if got := c.header(to); got != tt.want {
			t.Errorf("%q from %s: %s gets %q, want %q", tt.set, tt.from, tt.to, got, tt.want)
		}
	}
}

// Everything that is stored of a header can be sent back, whatever the header contains.
func FuzzHeader(f *testing.F) {
	f.Add(`W/"a"`, "Sun, 22 Nov 2026 06:05:00 GMT", "600")
	f.Add("a\r\nX-Evil: 1", "\x1b[2J", strings.Repeat("9", 400))
	f.Add(strings.Repeat("t", 5000), "\xff", "-1")
	f.Fuzz(func(t *testing.T, tag, date, wait string) {
		h := http.Header{"Etag": {tag}, "Last-Modified": {date}, "Retry-After": {wait}, "Content-Encoding": {tag}, "Content-Type": {date}}
		v := validators(h)
		for _, s := range []string{v.ETag, v.LastModified} {
			if s != "" && !isSendable(s) || strings.ContainsAny(s, "\r\n\x00\x1b") || len(s) > maxValidator {
				t.Errorf("stored %q, which can't be sent", s)
			}
		}
		_ = hiddenCodings(h["Content-Encoding"])
		_ = challenge(&http.Response{StatusCode: 200, Header: h}, []byte(tag))
	})
}
