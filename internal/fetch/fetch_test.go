package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
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

// client returns a client that may visit the servers and nothing else on this machine.
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
		t.Fatalf("get %s: got a result with %d bytes, error %v, want a problem", r.URL, len(res.Body), err)
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
		r.URL, r.MovedTo, r.FreshFor.String(), r.Hub, r.Self, r.Validators.ETag, r.Validators.LastModified,
		r.Header.Get("Content-Type"), r.Header.Get("Content-Language"), r.Header.Get("Content-Location"),
	}
	want := []string{
		s.URL + "/rss", "", "10m0s", s.URL + "/hub", "http://halden.example/rss", f.ETag(), "Sun, 22 Nov 2026 06:00:00 GMT",
		"application/rss+xml; charset=utf-8", "en-GB", "/rss/real.xml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
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
		{"gzip without Content-Encoding", origin.Bytes("application/gzip", zipped)},
		{"Content-Encoding gzip, but not encoded", origin.Bytes("text/xml", body, "Content-Encoding", "gzip")},
		{"a charset for an encoding", origin.Bytes("text/xml", body, "Content-Encoding", "UTF-8")},
		{"two members", origin.Bytes("text/xml", append(encoded(t, "gzip", body[:999]), encoded(t, "gzip", body[999:])...), "Content-Encoding", "gzip")},
		{"padded", origin.Bytes("text/xml", append(bytes.Clone(zipped), make([]byte, 64)...), "Content-Encoding", "gzip")},
	}
	c := client(t, fetch.Config{}, s)
	for range 2 { // the second time with decoders from the pool
		for _, tt := range tests {
			o.Feed("/rss").AnswerNext(tt.answer)
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

// E1, E2, E3: validators are sent back byte for byte.
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
		o.ClearRequests()
		o.Feed("/rss").AnswerNext(origin.Bytes("text/xml", []byte("<rss/>"), header...), origin.Status(304))
		first := get(t, c, fetch.Request{URL: s.URL + "/rss"})
		if diff := cmp.Diff(v, first.Validators); diff != "" {
			t.Errorf("validators (-sent +stored):\n%s", diff)
		}
		second := get(t, c, fetch.Request{URL: s.URL + "/rss", Validators: first.Validators})
		h := o.Requests()[1].Header
		if diff := cmp.Diff(v, news.Validators{ETag: h.Get("If-None-Match"), LastModified: h.Get("If-Modified-Since")}); diff != "" {
			t.Errorf("validators (-received +sent back):\n%s", diff)
		}
		if !second.NotModified || second.Validators != v {
			t.Errorf("304: unchanged %t, validators %+v, want true and %+v", second.NotModified, second.Validators, v)
		}
	}
}

// E2: validators that were never received are never sent.
func TestNoValidatorsInvented(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").Set(doc("Ferry runs again"))
	get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"})
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "A-Im"} {
		if got := o.Requests()[0].Header.Values(name); got != nil {
			t.Errorf("first visit sent %s: %q", name, got)
		}
	}
}

// A validator that a request can't contain would make every later visit fail.
func TestUnsendableValidators(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").AnswerNext(origin.Bytes("text/xml", []byte("<rss/>"), "ETag", `"`+strings.Repeat("x", 5000)+`"`))
	r := get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"})
	if r.Validators.ETag != "" {
		t.Errorf("stored an ETag of %d bytes", len(r.Validators.ETag))
	}
	o.Feed("/rss").AnswerNext(origin.Bytes("text/xml", []byte("<rss/>")))
	get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss", Validators: news.Validators{ETag: "a\x7f\nb"}})
}

// E4: a 304 can have new validators. Those that it does not have stay.
func TestNotModifiedBringsValidators(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").AnswerAlways(origin.Status(304, "ETag", `"2"`, "Cache-Control", "max-age=60"))
	r := get(t, client(t, fetch.Config{}, s), fetch.Request{
		URL: s.URL + "/rss", Validators: news.Validators{ETag: `"1"`, LastModified: "Sun, 22 Nov 2026 06:00:00 GMT"},
	})
	want := news.Validators{ETag: `"2"`, LastModified: "Sun, 22 Nov 2026 06:00:00 GMT"}
	if r.Validators != want || r.FreshFor != time.Minute {
		t.Errorf("got %+v, floor %v, want %+v, floor 1m", r.Validators, r.FreshFor, want)
	}
}

// E16, E17
func TestRequestHeaders(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").AnswerAlways(origin.Redirect(302, "/there"))
	o.Feed("/there").AnswerAlways(origin.Bytes("text/xml", []byte("<rss/>"), "Set-Cookie", "id=1; Path=/"))
	c := client(t, fetch.Config{Version: "1.2", URL: "https://press.example", Contact: "desk@press.example (day)"}, s)
	for range 2 {
		get(t, c, fetch.Request{URL: s.URL + "/rss", Subscribers: 12})
	}
	for _, v := range o.Requests() {
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
	o.Feed("/rss").AnswerNext(origin.Status(226, "IM", "feed", "ETag", `"2"`))
	if res := get(t, c, r); !res.Delta || res.Validators.ETag != `"2"` {
		t.Errorf("226: got %+v, want a delta with validators", res)
	}
	if got := o.Requests()[0].Header.Get("A-IM"); got != "feed" {
		t.Errorf("A-IM: %q, want feed", got)
	}
	o.Feed("/rss").AnswerNext(origin.Status(226, "IM", "vcdiff"))
	if p := problem(t, c, r); p.Kind != fetch.Unsolicited {
		t.Errorf("226 of another kind: %q, want %q", p.Kind, fetch.Unsolicited)
	}
	o.Feed("/rss").AnswerNext(origin.Status(226, "IM", "feed"))
	if p := problem(t, c, fetch.Request{URL: s.URL + "/rss"}); p.Kind != fetch.Unsolicited {
		t.Errorf("226 without A-IM in the request: %q, want %q", p.Kind, fetch.Unsolicited)
	}
}

// E18: connections are reused after every kind of answer.
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
		o.Feed("/rss").AnswerNext(answer)
		if _, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/rss"}, now); err != nil && !errors.As(err, new(*fetch.Problem)) {
			t.Fatal(err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections for successive visits, want 1", n)
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
		if err != nil || !res.NotModified {
			b.Fatal(res, err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	o, s := serve(b)
	body := []byte("<rss>" + strings.Repeat("<item>Ferry runs again</item>", 2000) + "</rss>")
	c := client(b, fetch.Config{}, s)
	for name, answer := range map[string]http.Handler{
		"plain": origin.Bytes("text/xml", body), "gzip": origin.Encoded("gzip", "text/xml", body),
		"br": origin.Encoded("br", "text/xml", body), "zstd": origin.Encoded("zstd", "text/xml", body),
	} {
		b.Run(name, func(b *testing.B) {
			o.Feed("/rss").AnswerAlways(answer)
			b.ReportAllocs()
			for b.Loop() {
				res, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/rss"}, now)
				if err != nil || len(res.Body) != len(body) {
					b.Fatal(res, err)
				}
				res.Release()
			}
		})
	}
}
