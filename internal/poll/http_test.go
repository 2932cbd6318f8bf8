package poll

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

// newHTTPEnv makes a testEnv whose Poller visits an origin over HTTP, without synctest.
func newHTTPEnv(t *testing.T, names ...string) (*testEnv, *origin.Origin) {
	o := origin.New(time.Now)
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	var sources []news.SourceConfig
	for _, n := range names {
		s := sourceNamed(n)
		s.Address = server.URL + "/" + n
		o.Feed("/" + n).Set(origin.Doc{Title: n, Modified: time.Now().Add(-time.Hour), Items: []origin.Item{{ID: n + "-1", Title: "First of " + n}}})
		sources = append(sources, s)
	}
	r := newEnv(t, sources...)
	r.useClient(strings.TrimPrefix(server.URL, "http://"))
	return r, o
}

func (r *testEnv) useClient(allow string) {
	r.t.Helper()
	c, err := fetch.New(fetch.Config{Allow: []string{allow}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.Close)
	r.poller.Get, r.poller.NoPause = c.Get, c.IsAllowListed
}

// An origin gets one request without validators, then only conditional ones, also after
// restarts.
func TestHTTPConditional(t *testing.T) {
	r, o := newHTTPEnv(t, "a", "b", "c")
	get, free := r.poller.Get, r.poller.NoPause
	r.pass(false)
	for range 3 {
		r.restart()
		r.poller.Get, r.poller.NoPause = get, free
		for _, v := range r.pass(true) {
			if v.Outcome != NotModified {
				t.Errorf("%s: %s, want not modified", v.Name, v.Outcome)
			}
		}
	}
	plain := 0
	for _, v := range o.Requests() {
		if !v.IsConditional() {
			plain++
			continue
		}
		if got, want := v.Header.Get("If-None-Match"), o.Feed(v.Path).ETag(); got != want {
			t.Errorf("%s: If-None-Match %q, want %q", v.Path, got, want)
		}
		if v.Header.Get("If-Modified-Since") == "" {
			t.Errorf("%s: without If-Modified-Since", v.Path)
		}
	}
	if plain != 3 || len(o.Requests()) != 12 {
		t.Errorf("%d of %d requests were unconditional, want 3 of 12", plain, len(o.Requests()))
	}
}

// What a server does wrong becomes the problem of the source, in plain words.
func TestHTTPProblems(t *testing.T) {
	r, o := newHTTPEnv(t, "fine", "gone", "closed", "cut", "page", "unasked", "silly")
	o.Feed("/gone").AnswerAlways(origin.Status(410))
	o.Feed("/closed").AnswerAlways(origin.Status(403))
	o.Feed("/cut").AnswerAlways(origin.Truncated("application/rss+xml", rss{items: []string{"x", "y"}}.body(), 120))
	o.Feed("/page").AnswerAlways(origin.Bytes("text/html", []byte(`<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/real"></head><body>Hello</body></html>`)))
	o.Feed("/unasked").AnswerAlways(origin.Status(304))
	o.Feed("/silly").AnswerAlways(origin.Bytes("application/json", []byte(`{"error": "sorry"}`)))
	got := map[string]Visited{}
	for _, v := range r.pass(false) {
		got[v.Name] = v
	}
	for _, c := range []struct{ name, outcome, text string }{
		{"fine", New, ""},
		{"gone", Gone, "410"},
		{"closed", Blocked, "403"},
		{"cut", Problem, "broke off"},
		{"page", Problem, "/real"},
		{"unasked", Problem, "304"},
		{"silly", Problem, ""},
	} {
		v := got[c.name]
		if v.Outcome != c.outcome || !strings.Contains(v.Problem, c.text) || (v.Problem == "") != (c.outcome == New) {
			t.Errorf("%s: got %+v, want %s with a problem that names %q", c.name, v, c.outcome, c.text)
		}
		if spot := r.state(c.name); c.outcome != New && spot.Validators != (news.Validators{}) {
			t.Errorf("%s: a failed visit stored validators %+v", c.name, spot.Validators)
		}
	}
}

// What of a document is not read is remembered, until one is read as a whole.
func TestHTTPCut(t *testing.T) {
	r, o := newHTTPEnv(t, "long")
	items := make([]string, 2001)
	for i := range items {
		items[i] = strconv.Itoa(i)
	}
	for _, c := range []struct {
		items []string
		want  string
	}{
		{items, "the document has 2,001 items; the first 1,000 and the last 1,000 are read, because no dates tell which are the newest"},
		{items[1:], ""},
	} {
		o.Feed("/long").AnswerAlways(origin.Bytes("application/rss+xml", rss{items: c.items}.body()))
		r.pass(true)
		if got := r.state("long"); got.Cut != c.want || got.Problem != "" {
			t.Errorf("%d items: the state says %q and the problem %q, want %q", len(c.items), got.Cut, got.Problem, c.want)
		}
	}
}

// A 429 for one source delays all sources of its host, and is saved when the pass ends.
func TestHTTPRetryAfter(t *testing.T) {
	r, o := newHTTPEnv(t, "a", "b")
	o.Feed("/a").AnswerAlways(origin.Status(429, "Retry-After", "7200"))
	o.Feed("/b").AnswerAlways(origin.Status(429, "Retry-After", "7200"))
	if got := r.pass(false); len(got) != 1 || !strings.Contains(got[0].Problem, "429") {
		t.Fatalf("got %+v, want one visit and a problem that names 429", got)
	}
	if n := len(o.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	wait := max(time.Until(r.state("a").RetryAfter), time.Until(r.state("b").RetryAfter))
	if wait < time.Hour || wait > 2*time.Hour {
		t.Errorf("the state says to wait %v, want two hours", wait)
	}
}
