package fetch_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

var now = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// serve runs an origin on a loopback port for one test.
func serve(t testing.TB) (*origin.Origin, *httptest.Server) {
	t.Helper()
	o := origin.New(time.Now)
	return o, listen(t, o)
}

func listen(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// client may visit the servers, and nothing else on this machine.
func client(t testing.TB, conf fetch.Config, servers ...*httptest.Server) *fetch.Client {
	t.Helper()
	for _, s := range servers {
		conf.Allow = append(conf.Allow, s.Listener.Addr().String())
	}
	c, err := fetch.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func get(t testing.TB, c *fetch.Client, r fetch.Request) *fetch.Result {
	t.Helper()
	res, err := c.Get(context.Background(), r, now)
	if err != nil {
		t.Fatalf("get %s: %v", r.URL, err)
	}
	return res
}

func problem(t testing.TB, c *fetch.Client, r fetch.Request) *fetch.Problem {
	t.Helper()
	res, err := c.Get(context.Background(), r, now)
	var p *fetch.Problem
	if !errors.As(err, &p) {
		t.Fatalf("get %s: got result %+v, error %v, want a problem", r.URL, res, err)
	}
	return p
}

func doc(titles ...string) origin.Doc {
	d := origin.Doc{Title: "Halden Wire", Site: "http://halden.example/", Modified: now}
	for _, s := range titles {
		d.Items = append(d.Items, origin.Item{ID: s, Title: s, Published: now})
	}
	return d
}

func TestDocument(t *testing.T) {
	o, s := serve(t)
	d := doc("Ferry runs again")
	d.Header = http.Header{
		"Cache-Control":    {"max-age=600"},
		"Content-Language": {"en-GB"},
		"Content-Location": {"/rss/real.xml"},
		"Link":             {`</hub>; rel="hub", <http://halden.example/rss>; rel=self`},
	}
	f := o.Feed("/rss")
	f.Set(d)
	r := get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"})
	if got, want := string(r.Body), string(d.Bytes()); got != want {
		t.Errorf("body\n got %q\nwant %q", got, want)
	}
	got := []string{
		r.URL, r.Moved, r.Floor.String(), r.Hub, r.Self, r.Validators.ETag, r.Validators.LastModified,
		r.Header.Get("Content-Type"), r.Header.Get("Content-Language"), r.Header.Get("Content-Location"),
	}
	want := []string{
		s.URL + "/rss", "", "10m0s", s.URL + "/hub", "http://halden.example/rss", f.ETag(), "Sun, 22 Nov 2026 06:00:00 GMT",
		"application/rss+xml; charset=utf-8", "en-GB", "/rss/real.xml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the answer says (-want +got):\n%s", diff)
	}
	r.Release()
	if r.Body != nil {
		t.Error("a released result still has a body")
	}
}

func TestEncodings(t *testing.T) {
	o, s := serve(t)
	body := []byte(strings.Repeat("<item>Ferry runs again</item>", 5000))
	zipped := encoded(t, "gzip", body)
	tests := []struct {
		name   string
		answer http.Handler
	}{
		{"plain", origin.Bytes("text/xml", body)},
		{"gzip", origin.Encoded("gzip", "text/xml", body)},
		{"br", origin.Encoded("br", "text/xml", body)},
		{"zstd", origin.Encoded("zstd", "text/xml", body)},
		{"x-gzip", origin.Bytes("text/xml", zipped, "Content-Encoding", "x-gzip")},
		{"gzip and not told", origin.Bytes("application/gzip", zipped)},
		{"told gzip and is not", origin.Bytes("text/xml", body, "Content-Encoding", "gzip")},
		{"a charset for an encoding", origin.Bytes("text/xml", body, "Content-Encoding", "UTF-8")},
		{"two members", origin.Bytes("text/xml", append(encoded(t, "gzip", body[:999]), encoded(t, "gzip", body[999:])...), "Content-Encoding", "gzip")},
		{"padded", origin.Bytes("text/xml", append(bytes.Clone(zipped), make([]byte, 64)...), "Content-Encoding", "gzip")},
	}
	c := client(t, fetch.Config{}, s)
	for range 2 { // the second time with used decoders
		for _, tt := range tests {
			o.Feed("/rss").Next(tt.answer)
			r := get(t, c, fetch.Request{URL: s.URL + "/rss"})
			if !bytes.Equal(r.Body, body) {
				t.Errorf("%s: body of %d bytes, want %d", tt.name, len(r.Body), len(body))
			}
			r.Release()
		}
	}
}

func encoded(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	origin.Encoded(encoding, "text/xml", body).ServeHTTP(w, nil)
	return w.Body.Bytes()
}

// E1, E2, E3: validators go back as they came.
func TestValidatorsByteForByte(t *testing.T) {
	o, s := serve(t)
	c := client(t, fetch.Config{}, s)
	for _, v := range []news.Validators{
		{ETag: `"abc"`},
		{ETag: `W/"abc"`},
		{ETag: `w/abc`},
		{ETag: `unquoted`},
		{ETag: `"with space" and more`},
		{ETag: `"caf` + "\xe9" + `"`},
		{LastModified: "Sun, 22 Nov 2026 06:00:00 GMT"},
		{LastModified: "yesterday at six"},
		{LastModified: "2026-11-22T06:00:00Z"},
		{ETag: `"abc"`, LastModified: "Sun, 22 Nov 2026 06:00:00 +0000"},
	} {
		var header []string
		if v.ETag != "" {
			header = append(header, "ETag", v.ETag)
		}
		if v.LastModified != "" {
			header = append(header, "Last-Modified", v.LastModified)
		}
		o.Forget()
		o.Feed("/rss").Next(origin.Bytes("text/xml", []byte("<rss/>"), header...), origin.Status(304))
		first := get(t, c, fetch.Request{URL: s.URL + "/rss"})
		if diff := cmp.Diff(v, first.Validators); diff != "" {
			t.Errorf("validators (-sent +kept):\n%s", diff)
		}
		second := get(t, c, fetch.Request{URL: s.URL + "/rss", Validators: first.Validators})
		h := o.Visits()[1].Header
		if diff := cmp.Diff(v, news.Validators{ETag: h.Get("If-None-Match"), LastModified: h.Get("If-Modified-Since")}); diff != "" {
			t.Errorf("validators (-received +sent back):\n%s", diff)
		}
		if !second.Unchanged || second.Validators != v {
			t.Errorf("304: unchanged %t, validators %+v, want true and %+v", second.Unchanged, second.Validators, v)
		}
	}
}

// E2: what was never received is never sent.
func TestNoValidatorsInvented(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Set(doc("Ferry runs again"))
	get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"})
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "A-Im"} {
		if got := o.Visits()[0].Header.Values(name); got != nil {
			t.Errorf("first visit sent %s: %q", name, got)
		}
	}
}

// A validator that can't stand in a request would make every later visit fail.
func TestUnsendableValidators(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Next(origin.Bytes("text/xml", []byte("<rss/>"), "ETag", `"`+strings.Repeat("x", 5000)+`"`))
	r := get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"})
	if r.Validators.ETag != "" {
		t.Errorf("kept an ETag of %d bytes", len(r.Validators.ETag))
	}
	o.Feed("/rss").Next(origin.Bytes("text/xml", []byte("<rss/>")))
	get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss", Validators: news.Validators{ETag: "a\x7f\nb"}})
}

// E4: a 304 may bring new validators, and says nothing of those it leaves out.
func TestNotModifiedBringsValidators(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Instead(origin.Status(304, "ETag", `"2"`, "Cache-Control", "max-age=60"))
	r := get(t, client(t, fetch.Config{}, s), fetch.Request{
		URL: s.URL + "/rss", Validators: news.Validators{ETag: `"1"`, LastModified: "Sun, 22 Nov 2026 06:00:00 GMT"},
	})
	want := news.Validators{ETag: `"2"`, LastModified: "Sun, 22 Nov 2026 06:00:00 GMT"}
	if r.Validators != want || r.Floor != time.Minute {
		t.Errorf("got %+v, floor %v, want %+v, floor 1m", r.Validators, r.Floor, want)
	}
}

// E16, E17
func TestManners(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Instead(origin.Redirect(302, "/there"))
	o.Feed("/there").Instead(origin.Bytes("text/xml", []byte("<rss/>"), "Set-Cookie", "id=1; Path=/"))
	c := client(t, fetch.Config{Version: "1.2", URL: "https://press.example", Contact: "desk@press.example (day)"}, s)
	for range 2 {
		get(t, c, fetch.Request{URL: s.URL + "/rss", Subscribers: 12})
	}
	for _, v := range o.Visits() {
		got := map[string]string{}
		for name := range v.Header {
			got[name] = v.Header.Get(name)
		}
		if !strings.Contains(got["Accept"], "application/atom+xml") {
			t.Errorf("Accept %q names no feed types", got["Accept"])
		}
		delete(got, "Accept")
		want := map[string]string{
			"User-Agent":      "Slugline/1.2 (+https://press.example; 12 subscribers) (desk@press.example day)",
			"Accept-Encoding": "gzip, br, zstd",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: header (-want +got):\n%s", v.Path, diff)
		}
	}
}

// E21
func TestDelta(t *testing.T) {
	o, s := serve(t)
	c := client(t, fetch.Config{}, s)
	r := fetch.Request{URL: s.URL + "/rss", Validators: news.Validators{ETag: `"1"`}}
	o.Feed("/rss").Next(origin.Status(226, "IM", "feed", "ETag", `"2"`))
	if res := get(t, c, r); !res.Delta || res.Validators.ETag != `"2"` {
		t.Errorf("226: got %+v, want a delta that is vouched for", res)
	}
	if got := o.Visits()[0].Header.Get("A-IM"); got != "feed" {
		t.Errorf("A-IM: %q, want feed", got)
	}
	o.Feed("/rss").Next(origin.Status(226, "IM", "vcdiff"))
	if p := problem(t, c, r); p.Kind != fetch.Unasked {
		t.Errorf("226 of another kind: %q, want %q", p.Kind, fetch.Unasked)
	}
	o.Feed("/rss").Next(origin.Status(226, "IM", "feed"))
	if p := problem(t, c, fetch.Request{URL: s.URL + "/rss"}); p.Kind != fetch.Unasked {
		t.Errorf("226 that nobody asked for: %q, want %q", p.Kind, fetch.Unasked)
	}
}

// E13, E14, E15
func TestRedirects(t *testing.T) {
	o, s := serve(t)
	feed := origin.Bytes("text/xml", []byte("<rss/>"))
	paths := map[string]http.Handler{
		"/feed":   feed,
		"/301":    origin.Redirect(301, "/feed"),
		"/308":    origin.Redirect(308, s.URL+"/feed#top"),
		"/302":    origin.Redirect(302, "/feed"),
		"/303":    origin.Redirect(303, "/feed"),
		"/307":    origin.Redirect(307, "feed"),
		"/301x2":  origin.Redirect(301, "/308"),
		"/301302": origin.Redirect(301, "/302"),
		"/302301": origin.Redirect(302, "/301"),
		"/301404": origin.Redirect(301, "/404"),
		"/self":   origin.Redirect(302, "/self"),
		"/ping":   origin.Redirect(302, "/pong"),
		"/pong":   origin.Redirect(301, "/ping"),
		"/none":   origin.Status(302),
		"/file":   origin.Redirect(302, "file:///etc/passwd"),
		"/odd":    origin.Redirect(302, "http://[::1"),
		"/login":  origin.Redirect(302, strings.Replace(s.URL, "//", "//user:pw@", 1)+"/feed"),
	}
	for i := range 12 {
		paths[fmt.Sprintf("/hop%d", i)] = origin.Redirect(302, fmt.Sprintf("/hop%d", i+1))
	}
	paths["/hop12"] = feed
	for path, h := range paths {
		o.Feed(path).Instead(h)
	}
	tests := []struct {
		path, url, moved string
		kind             fetch.Kind
	}{
		{path: "/301", url: "/feed", moved: "/feed"},
		{path: "/308", url: "/feed", moved: "/feed"},
		{path: "/302", url: "/feed"},
		{path: "/303", url: "/feed"},
		{path: "/307", url: "/feed"},
		{path: "/301x2", url: "/feed", moved: "/feed"},
		{path: "/301302", url: "/feed", moved: "/302"},
		{path: "/302301", url: "/feed"},
		{path: "/301404", url: "/404", moved: "/404", kind: fetch.Failing},
		{path: "/self", url: "/self", kind: fetch.BadRedirect},
		{path: "/ping", url: "/pong", kind: fetch.BadRedirect},
		{path: "/none", url: "/none", kind: fetch.BadRedirect},
		{path: "/file", url: "/file", kind: fetch.BadRedirect},
		{path: "/odd", url: "/odd", kind: fetch.BadRedirect},
		{path: "/login", url: "/feed"},
		{path: "/hop2", url: "/hop12"},
		{path: "/hop1", url: "/hop11", kind: fetch.BadRedirect},
	}
	c := client(t, fetch.Config{}, s)
	for _, tt := range tests {
		var url, moved string
		var kind fetch.Kind
		res, err := c.Get(context.Background(), fetch.Request{URL: s.URL + tt.path}, now)
		var p *fetch.Problem
		if errors.As(err, &p) {
			url, moved, kind = p.URL, p.Moved, p.Kind
		} else {
			url, moved = res.URL, res.Moved
		}
		url, moved = strings.TrimPrefix(url, s.URL), strings.TrimPrefix(moved, s.URL)
		if url != tt.url || moved != tt.moved || kind != tt.kind {
			t.Errorf("%s: got %q, moved %q, problem %q, want %q, %q, %q", tt.path, url, moved, kind, tt.url, tt.moved, tt.kind)
		}
	}
	for _, v := range o.Visits() {
		if v.Header.Get("Referer") != "" || v.Header.Get("Authorization") != "" {
			t.Errorf("%s: sent Referer %q, Authorization %q", v.Path, v.Header.Get("Referer"), v.Header.Get("Authorization"))
		}
	}
}

// E16: what belongs to a source goes to its host alone, and not after a detour.
func TestCredentialsStayHome(t *testing.T) {
	o, s := serve(t)
	other, away := serve(t)
	o.Feed("/near").Instead(origin.Redirect(302, "/feed"))
	o.Feed("/far").Instead(origin.Redirect(302, away.URL+"/back"))
	other.Feed("/back").Instead(origin.Redirect(302, s.URL+"/feed"))
	o.Feed("/feed").Instead(origin.Bytes("text/xml", []byte("<rss/>")))
	c := client(t, fetch.Config{}, s, away)

	r := fetch.Request{Header: http.Header{"authorization": {"Bearer t0ken"}, "X-Key": {"k3y"}}}
	with := strings.Replace(s.URL, "//", "//desk:secr3t@", 1)
	for _, tt := range []struct {
		name, url string
		header    http.Header
		want      []string // path, Authorization, X-Key of each request to the source's host
	}{
		{"headers", s.URL + "/near", r.Header, []string{"/near Bearer t0ken k3y", "/feed Bearer t0ken k3y"}},
		{"headers abroad", s.URL + "/far", r.Header, []string{"/far Bearer t0ken k3y", "/feed  "}},
		{"name and password", with + "/near", nil, []string{"/near Basic ZGVzazpzZWNyM3Q= ", "/feed Basic ZGVzazpzZWNyM3Q= "}},
		{"name and password abroad", with + "/far", nil, []string{"/far Basic ZGVzazpzZWNyM3Q= ", "/feed  "}},
	} {
		o.Forget()
		other.Forget()
		res := get(t, c, fetch.Request{URL: tt.url, Header: tt.header})
		if strings.Contains(res.URL, "secr3t") {
			t.Errorf("%s: the result's URL tells the password", tt.name)
		}
		var got []string
		for _, v := range o.Visits() {
			got = append(got, v.Path+" "+v.Header.Get("Authorization")+" "+v.Header.Get("X-Key"))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", tt.name, diff)
		}
		for _, v := range other.Visits() {
			if v.Header.Get("Authorization")+v.Header.Get("X-Key")+v.Header.Get("Cookie")+v.Header.Get("Referer") != "" {
				t.Errorf("%s: told another host %v", tt.name, v.Header)
			}
		}
	}
	o.Feed("/feed").Instead(origin.Status(500))
	if p := problem(t, c, fetch.Request{URL: with + "/near"}); strings.Contains(p.Text+p.URL+fmt.Sprint(p.Err), "secr3t") {
		t.Errorf("a problem tells the password: %+v", p)
	}
}

// E6, E7, E10, E23 and the rest of what an origin may answer instead of a feed.
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
		{"304 unasked", origin.Status(304), fetch.Unasked, "304", 0},
		{"cut", origin.Cut("text/xml", body, 1000), fetch.Cut, "middle", 0},
		{"cut at the first byte", origin.Cut("text/xml", body, 1), fetch.Cut, "middle", 0},
		{"cut gzip", origin.Bytes("text/xml", zipped[:len(zipped)-9], "Content-Encoding", "gzip"), fetch.Cut, "middle", 0},
		{"cut br", origin.Bytes("text/xml", cutOff(encoded(t, "br", body)), "Content-Encoding", "br"), fetch.Cut, "middle", 0},
		{"cut zstd", origin.Bytes("text/xml", cutOff(encoded(t, "zstd", body)), "Content-Encoding", "zstd"), fetch.Cut, "middle", 0},
		{"wrong br", origin.Bytes("text/xml", body, "Content-Encoding", "br"), fetch.Garbled, "decompressed", 0},
		{"wrong zstd", origin.Bytes("text/xml", body, "Content-Encoding", "zstd"), fetch.Garbled, "decompressed", 0},
		{"odd encoding", origin.Bytes("text/xml", body, "Content-Encoding", "compress"), fetch.Garbled, `"compress"`, 0},
		{"twice encoded", origin.Bytes("text/xml", zipped, "Content-Encoding", "gzip, gzip"), fetch.Garbled, "not asked for", 0},
		{"no content", origin.Status(204), fetch.Failing, "204 No Content", 0},
		{"range", origin.Status(206), fetch.Failing, "206", 0},
		{"401", origin.Status(401), fetch.Blocked, "password", 0},
		{"403", origin.Status(403), fetch.Blocked, "does not let us in", 0},
		{"451", origin.Status(451), fetch.Blocked, "451", 0},
		{"404", origin.Status(404), fetch.Failing, "no feed at this address", 0},
		{"410", origin.Status(410), fetch.Gone, "for good", 0},
		{"429", origin.Status(429), fetch.Busy, "fewer visits", 0},
		{"429 seconds", origin.Status(429, "Retry-After", "120"), fetch.Busy, "fewer visits", 2 * time.Minute},
		{"429 date", origin.Status(429, "Retry-After", "Sun, 22 Nov 2026 07:00:00 GMT", "Date", "Sun, 22 Nov 2026 06:00:00 GMT"), fetch.Busy, "", time.Hour},
		{"429 slow clock", origin.Status(429, "Retry-After", "Sun, 22 Nov 2020 07:00:00 GMT", "Date", "Sun, 22 Nov 2020 06:00:00 GMT"), fetch.Busy, "", time.Hour},
		{"429 absurd", origin.Status(429, "Retry-After", "99999999999999999999"), fetch.Busy, "", 7 * 24 * time.Hour},
		{"429 nonsense", origin.Status(429, "Retry-After", "soon"), fetch.Busy, "", 0},
		{"503", origin.Status(503), fetch.Failing, "broken", 0},
		{"503 later", origin.Status(503, "Retry-After", "60"), fetch.Busy, "later", time.Minute},
		{"500", origin.Status(500), fetch.Failing, "500 Internal Server Error", 0},
		{"odd status", origin.Status(599), fetch.Failing, "599", 0},
		{"challenge by header", origin.Status(403, "Cf-Mitigated", "challenge"), fetch.Blocked, "Cloudflare", 0},
		{"challenge by page", origin.Bytes("text/html", page), fetch.Blocked, "Anubis", 0},
	}
	c := client(t, fetch.Config{}, s)
	for _, tt := range tests {
		o.Feed("/rss").Next(tt.answer)
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

func cutOff(b []byte) []byte { return b[:len(b)-4] }

// A page that only mentions a firewall's script is a page, in which try looks for feeds.
func TestOrdinaryPage(t *testing.T) {
	o, s := serve(t)
	o.Feed("/").Instead(origin.Bytes("text/html", []byte(`<html><script src="/cdn-cgi/challenge-platform/x.js"></script>`)))
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
	if p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL}); p.Kind != fetch.Insecure || !strings.Contains(p.Text, "signed by nobody") {
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

// A stop of the daemon is no problem of the source.
func TestStopIsNoProblem(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Instead(origin.Silent())
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := client(t, fetch.Config{}, s).Get(ctx, fetch.Request{URL: s.URL + "/rss"}, now)
	var p *fetch.Problem
	if errors.As(err, &p) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled and no problem", err)
	}
}

// E18: connections are used again, after every sort of answer.
func TestKeepAlive(t *testing.T) {
	o := origin.New(time.Now)
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(o)
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	body := bytes.Repeat([]byte("<item/>"), 500)
	c := client(t, fetch.Config{}, s)
	o.Feed("/feed").Set(doc("Ferry runs again"))
	for _, answer := range []http.Handler{
		origin.Encoded("gzip", "text/xml", body), origin.Encoded("br", "text/xml", body), origin.Encoded("zstd", "text/xml", body),
		origin.Redirect(302, "/feed"), origin.Status(404), origin.Bytes("text/xml", body),
	} {
		o.Feed("/rss").Next(answer)
		if _, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/rss"}, now); err != nil && !errors.As(err, new(*fetch.Problem)) {
			t.Fatal(err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections for one visit after the other, want 1", n)
	}
}

// Promise 6: bytes and time are bounded for each visit.
func TestLimits(t *testing.T) {
	o, s := serve(t)
	short := fetch.Config{
		MaxBytes: 1 << 20, Header: time.Second, Total: 2 * time.Second,
		Window: 150 * time.Millisecond, MinBytes: 1 << 10,
	}
	empty := encoded(t, "gzip", nil)
	body := bytes.Repeat([]byte("x"), 100_000)
	tests := []struct {
		name   string
		answer http.Handler
		kind   fetch.Kind
	}{
		{"endless", origin.Endless("text/xml", "<item/>"), fetch.Large},
		{"endless empty members", endless(empty, "gzip"), fetch.Large},
		{"endless error page", endlessStatus(500), fetch.Failing},
		{"wide header", origin.Wide(16 << 20), fetch.Large},
		{"silent", origin.Silent(), fetch.Slow},
		{"drip", origin.Drip("text/xml", body, 10, 10*time.Millisecond), fetch.Slow},
		{"stops", origin.Drip("text/xml", body, 50_000, time.Hour), fetch.Slow},
		{"slow for ever", origin.Drip("text/xml", bytes.Repeat(body, 10), 2000, 30*time.Millisecond), fetch.Slow},
	}
	c := client(t, short, s)
	for _, tt := range tests {
		o.Feed("/rss").Next(tt.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		p := problem(t, c, fetch.Request{URL: s.URL + "/rss"})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if p.Kind != tt.kind {
			t.Errorf("%s: got %q (%s), want %q", tt.name, p.Kind, p.Text, tt.kind)
		}
		if took > 4*time.Second {
			t.Errorf("%s: took %v", tt.name, took)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 {
			t.Errorf("%s: allocated %d MB", tt.name, mb)
		}
	}
	o.Feed("/rss").Next(origin.Late(20*time.Millisecond, origin.Drip("text/xml", body, 20_000, 20*time.Millisecond)))
	if r := get(t, c, fetch.Request{URL: s.URL + "/rss"}); len(r.Body) != len(body) {
		t.Errorf("a slow but steady body: %d bytes of %d", len(r.Body), len(body))
	}
}

// A small answer that grows: what counts is the bytes after decoding.
func TestBombs(t *testing.T) {
	o, s := serve(t)
	c := client(t, fetch.Config{MaxBytes: 1 << 20}, s)
	for _, encoding := range []string{"gzip", "br", "zstd"} {
		o.Feed("/rss").Next(origin.Bomb(encoding, 1<<25))
		if p := problem(t, c, fetch.Request{URL: s.URL + "/rss"}); p.Kind != fetch.Large {
			t.Errorf("%s: got %q (%s), want %q", encoding, p.Kind, p.Text, fetch.Large)
		}
	}
}

func endless(chunk []byte, encoding string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		big := bytes.Repeat(chunk, 1000)
		for {
			if _, err := w.Write(big); err != nil {
				return
			}
		}
	})
}

func endlessStatus(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		for {
			if _, err := io.WriteString(w, "sorry, sorry, sorry\n"); err != nil {
				return
			}
		}
	})
}

// Many large bodies at the same time take turns, and small ones don't wait for them.
func TestLargeBodiesTakeTurns(t *testing.T) {
	o, s := serve(t)
	big := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 100_000)
	o.Feed("/plain").Instead(origin.Bytes("text/xml", big))
	o.Feed("/gzip").Instead(origin.Encoded("gzip", "text/xml", big))
	o.Feed("/br").Instead(origin.Encoded("br", "text/xml", big))
	o.Feed("/zstd").Instead(origin.Encoded("zstd", "text/xml", big))
	o.Feed("/small").Set(doc("Ferry runs again"))
	c := client(t, fetch.Config{}, s)
	paths := []string{"/plain", "/gzip", "/br", "/zstd"}
	held := make(chan *fetch.Result)
	for i := range 12 {
		go func() {
			r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + paths[i%len(paths)]}, now)
			if err != nil {
				t.Error(err)
			}
			held <- r
		}()
	}
	var first []*fetch.Result
	for range 4 {
		first = append(first, <-held)
	}
	get(t, c, fetch.Request{URL: s.URL + "/small"}).Release()
	select {
	case <-held:
		t.Error("a fifth large body is in memory")
	case <-time.After(100 * time.Millisecond):
	}
	for i := range 12 {
		if i >= 4 {
			first = append(first, <-held)
		}
		if !bytes.Equal(first[i].Body, big) {
			t.Errorf("body %d: %d bytes, want %d", i, len(first[i].Body), len(big))
		}
		first[i].Release()
	}
}

func BenchmarkNotModified(b *testing.B) {
	o, s := serve(b)
	o.Feed("/rss").Set(doc("Ferry runs again"))
	c := client(b, fetch.Config{}, s)
	r := fetch.Request{URL: s.URL + "/rss", Validators: news.Validators{ETag: o.Feed("/rss").ETag()}}
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Get(context.Background(), r, now)
		if err != nil || !res.Unchanged {
			b.Fatal(res, err)
		}
	}
}
