package fetch_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

// E6, E7, E10, E23, and everything else that an origin can answer in place of a feed.
func TestProblems(t *testing.T) {
	o, s := serve(t)
	body := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 3000)
	zipped := encoded(t, "gzip", body)
	page := []byte("<!DOCTYPE html><title>Making sure you're not a bot!</title><script id=anubis_challenge></script>")
	tests := []struct {
		name   string
		answer http.Handler
		kind   fetch.Kind
		text   string
		after  time.Duration
	}{
		{"304 unasked", origin.Status(304), fetch.Unsolicited, "304", 0},
		{"no body", origin.Truncated("text/xml", body, 0), fetch.Truncated, "middle", 0},
		{"gzip of nothing", origin.Bytes("text/xml", zipped[:20], "Content-Encoding", "gzip"), fetch.Truncated, "middle", 0},
		{"wrong gzip", origin.Bytes("text/xml", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff"), "Content-Encoding", "gzip"), fetch.Malformed, "decompressed", 0},
		{"odd coding", origin.Bytes("text/xml", []byte("\x1f\x9d\x90\x3c\xe4\x00\x11"), "Content-Encoding", "compress"), fetch.Malformed, `"compress"`, 0},
		{"no content", origin.Status(204), fetch.BadStatus, "204 No Content", 0},
		{"range", origin.Status(206), fetch.BadStatus, "206", 0},
		{"401", origin.Status(401), fetch.Blocked, "password", 0},
		{"403", origin.Status(403), fetch.Blocked, "does not let us in", 0},
		{"451", origin.Status(451), fetch.Blocked, "451", 0},
		{"404", origin.Status(404), fetch.BadStatus, "no feed at this address", 0},
		{"410", origin.Status(410), fetch.Gone, "for good", 0},
		{"429", origin.Status(429), fetch.RetryLater, "fewer visits", 0},
		{"429 seconds", origin.Status(429, "Retry-After", "120"), fetch.RetryLater, "fewer visits", 2 * time.Minute},
		{"429 date", origin.Status(429, "Retry-After", "Sun, 22 Nov 2026 07:00:00 GMT", "Date", "Sun, 22 Nov 2026 06:00:00 GMT"), fetch.RetryLater, "", time.Hour},
		{"429 slow clock", origin.Status(429, "Retry-After", "Sun, 22 Nov 2020 07:00:00 GMT", "Date", "Sun, 22 Nov 2020 06:00:00 GMT"), fetch.RetryLater, "", time.Hour},
		{"429 absurd", origin.Status(429, "Retry-After", "99999999999999999999"), fetch.RetryLater, "", 7 * 24 * time.Hour},
		{"429 nonsense", origin.Status(429, "Retry-After", "soon"), fetch.RetryLater, "", 0},
		{"503", origin.Status(503), fetch.BadStatus, "broken", 0},
		{"503 later", origin.Status(503, "Retry-After", "60"), fetch.RetryLater, "later", time.Minute},
		{"500", origin.Status(500), fetch.BadStatus, "500 Internal Server Error", 0},
		{"odd status", origin.Status(599), fetch.BadStatus, "599", 0},
		{"challenge by header", origin.Status(403, "Cf-Mitigated", "challenge"), fetch.Blocked, "Cloudflare", 0},
		{"challenge by page", origin.Bytes("text/html", page), fetch.Blocked, "Anubis", 0},
	}
	c := client(t, fetch.Config{}, s)
	for _, tt := range tests {
		o.Feed("/rss").AnswerNext(tt.answer)
		p := problem(t, c, fetch.Request{URL: s.URL + "/rss"})
		var after time.Duration
		if !p.RetryAfter.IsZero() {
			after = p.RetryAfter.Sub(now)
		}
		if p.Kind != tt.kind || !strings.Contains(p.Text, tt.text) || after != tt.after {
			t.Errorf("%s: got %q, %q, after %v, want %q, %q, %v", tt.name, p.Kind, p.Text, after, tt.kind, tt.text, tt.after)
		}
	}
}

// A body that breaks off gives its beginning. If the connection broke off, the visit has
// failed unless that is a whole document.
func TestBrokenOff(t *testing.T) {
	o, s := serve(t)
	body := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 30_000)
	zipped := encoded(t, "gzip", body)
	c := client(t, fetch.Config{}, s)
	for _, tt := range []struct {
		name   string
		answer http.Handler
		broken bool
	}{
		{"connection", origin.Truncated("text/xml", body, 1000), true},
		{"connection, at the first byte", origin.Truncated("text/xml", body, 1), true},
		{"connection, behind the body", origin.Truncated("text/xml", append(body[:len(body):len(body)], 0), len(body)), true},
		{"gzip", origin.Bytes("text/xml", zipped[:len(zipped)-9], "Content-Encoding", "gzip", "ETag", `"1"`), false},
		{"br", origin.Bytes("text/xml", cutOff(encoded(t, "br", body)), "Content-Encoding", "br"), false},
		{"zstd", origin.Bytes("text/xml", cutOff(encoded(t, "zstd", body)), "Content-Encoding", "zstd"), false},
	} {
		o.Feed("/rss").AnswerNext(tt.answer)
		r := get(t, c, fetch.Request{URL: s.URL + "/rss"})
		if len(r.Body) == 0 || !bytes.HasPrefix(body, r.Body) || !r.Cut || r.CutText == "" || r.Validators != (news.Validators{}) {
			t.Errorf("%s: %d bytes, cut %t (%q), validators %+v", tt.name, len(r.Body), r.Cut, r.CutText, r.Validators)
		}
		if tt.broken != (r.Broken != nil) || tt.broken && (r.Broken.Kind != fetch.Truncated || !strings.Contains(r.Broken.Text, "middle") || r.Broken.URL == "") {
			t.Errorf("%s: broken: %+v, want %t", tt.name, r.Broken, tt.broken)
		}
		r.Release()
	}
}

func cutOff(b []byte) []byte { return b[:len(b)-4] }

// A page that only contains a firewall's script is an ordinary page: try searches it for
// feeds.
func TestOrdinaryPage(t *testing.T) {
	o, s := serve(t)
	o.Feed("/").AnswerAlways(origin.Bytes("text/html", []byte(`<html><script src="/cdn-cgi/challenge-platform/x.js"></script>`)))
	get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/"})
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	c := client(t, fetch.Config{Allow: []string{closed}})
	if p := problem(t, c, fetch.Request{URL: "http://" + closed + "/rss"}); p.Kind != fetch.Unreachable || !strings.Contains(p.Text, "refused") {
		t.Errorf("closed port: got %q, %q", p.Kind, p.Text)
	}
	for _, bad := range []string{"", "feeds.example", "/rss", "ftp://feeds.example/rss", "file:///etc/passwd", "http://", "http://[::1", "javascript:alert(1)",
		"http://feeds.example/" + strings.Repeat("x", 9000)} {
		if p := problem(t, c, fetch.Request{URL: bad}); p.Kind != fetch.BadAddress {
			t.Errorf("address %.40q: got %q, want %q", bad, p.Kind, fetch.BadAddress)
		}
	}
}

func TestTLS(t *testing.T) {
	feed := origin.Bytes("text/xml", []byte("<rss/>"))
	s := httptest.NewUnstartedServer(feed)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())

	trusting := client(t, fetch.Config{TLS: &tls.Config{RootCAs: roots}}, s)
	if r := get(t, trusting, fetch.Request{URL: s.URL}); string(r.Body) != "<rss/>" {
		t.Errorf("body %q over TLS", r.Body)
	}
	if p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL}); p.Kind != fetch.Insecure || !strings.Contains(p.Text, "unknown authority") {
		t.Errorf("unknown authority: got %q, %q", p.Kind, p.Text)
	}
	named := client(t, fetch.Config{TLS: &tls.Config{RootCAs: roots, ServerName: "other.example"}}, s)
	if p := problem(t, named, fetch.Request{URL: s.URL}); p.Kind != fetch.Insecure || !strings.Contains(p.Text, "another name") {
		t.Errorf("wrong name: got %q, %q", p.Kind, p.Text)
	}
	open := listen(t, feed)
	if p := problem(t, client(t, fetch.Config{}, open), fetch.Request{URL: "https://" + open.Listener.Addr().String()}); p.Kind != fetch.Insecure || !strings.Contains(p.Text, "does not speak TLS") {
		t.Errorf("no TLS: got %q, %q", p.Kind, p.Text)
	}
}

// Stopping the daemon is no problem of the source.
func TestStopIsNoProblem(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").AnswerAlways(origin.Hang())
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := client(t, fetch.Config{}, s).Get(ctx, fetch.Request{URL: s.URL + "/rss"}, now)
	var p *fetch.Problem
	if errors.As(err, &p) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled and no problem", err)
	}
}
