package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

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
		o.Feed(path).AnswerAlways(h)
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
		{path: "/301404", url: "/404", moved: "/404", kind: fetch.BadStatus},
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
			url, moved, kind = p.URL, p.MovedTo, p.Kind
		} else {
			url, moved = res.URL, res.MovedTo
		}
		url, moved = strings.TrimPrefix(url, s.URL), strings.TrimPrefix(moved, s.URL)
		if url != tt.url || moved != tt.moved || kind != tt.kind {
			t.Errorf("%s: got %q, moved %q, problem %q, want %q, %q, %q", tt.path, url, moved, kind, tt.url, tt.moved, tt.kind)
		}
	}
	for _, v := range o.Requests() {
		if v.Header.Get("Referer") != "" || v.Header.Get("Authorization") != "" {
			t.Errorf("%s: sent Referer %q, Authorization %q", v.Path, v.Header.Get("Referer"), v.Header.Get("Authorization"))
		}
	}
}

// Addresses of sources and of redirects are read as browsers read them, and what goes onto
// the request line is encoded once.
func TestAddressGrammar(t *testing.T) {
	for _, tt := range []struct{ location, want string }{
		{"/f.xml?q=طقس", "/f.xml?q=%D8%B7%D9%82%D8%B3"},
		{"/f.xml?q=a b", "/f.xml?q=a%20b"},
		{"/a b/é.xml", "/a%20b/%C3%A9.xml"},
		{"/caf\xe9.xml", "/caf%C3%A9.xml"}, // in ISO 8859-1
		{`\there\f.xml`, "/there/f.xml"},
		{"/f.xml?q=%D8%B7&r=a%2Fb+c", "/f.xml?q=%D8%B7&r=a%2Fb+c"},
		{"/50%-off.xml?p=100%", "/50%25-off.xml?p=100%25"},
		{"/a%2fb/%7Ec", "/a%2fb/%7Ec"},
		{"/a|b.xml?c={d}", "/a%7Cb.xml?c=%7Bd%7D"},
		{"/f.xml#top", "/f.xml"},
		{"f.xml", "/news/f.xml"},
		{"../f.xml", "/f.xml"},
		{"?page=2", "/news/feed?page=2"},
		{"\t/f.xml ", "/f.xml"},
		{"//HOST/f.xml", "/f.xml"},
		{"HTTP://HOST/f.xml", "/f.xml"},
		{"http:/f.xml", "/f.xml"},
		{"feed://HOST/f.xml", "/f.xml"},
		{"http://user:pw@HOST/f.xml", "/f.xml"},
	} {
		var got string
		s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got = r.RequestURI; got == "/news/feed" {
				w.Header()["Location"] = []string{strings.ReplaceAll(tt.location, "HOST", r.Host)}
				w.WriteHeader(http.StatusMultipleChoices)
			}
		}))
		c := client(t, fetch.Config{}, s)
		r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/news/feed"}, now)
		if err != nil || got != tt.want || r.URL != s.URL+tt.want || r.MovedTo != "" {
			t.Errorf("Location %q: requested %q, %v, %+v, want %q", tt.location, got, err, r, tt.want)
		}
		if strings.HasPrefix(tt.location, "/") && !strings.HasPrefix(tt.location, "//") {
			if r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + tt.location}, now); utf8.ValidString(tt.location) && (err != nil || got != tt.want || r.URL != s.URL+tt.want) {
				t.Errorf("source %q: requested %q, %v, want %q", tt.location, got, err, tt.want)
			}
		}
	}
}

// Content-Location is absolute, and a Refresh header is no redirect.
func TestContentLocation(t *testing.T) {
	o, s := serve(t)
	for _, tt := range []struct{ location, want string }{
		{"/other/feed", s.URL + "/other/feed"},
		{"x?q=é", s.URL + "/x?q=%C3%A9"},
		{"x?q=\xe9", s.URL + "/x?q=%C3%A9"},
		{"https://press.example/a b", "https://press.example/a%20b"},
		{"mailto:x", ""},
		{"", ""},
	} {
		o.Feed("/rss").AnswerNext(origin.Bytes("text/xml", []byte("<rss/>"), "Content-Location", tt.location, "Refresh", "0; url=/elsewhere"))
		if r := get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"}); r.ContentLocation != tt.want || r.URL != s.URL+"/rss" {
			t.Errorf("Content-Location %q: %q from %s, want %q", tt.location, r.ContentLocation, r.URL, tt.want)
		}
	}
}

// E16: a source's headers and credentials are sent only to its host, and not to its host
// after a redirect to another.
func TestCredentialsStayHome(t *testing.T) {
	o, s := serve(t)
	other, away := serve(t)
	o.Feed("/near").AnswerAlways(origin.Redirect(302, "/feed"))
	o.Feed("/far").AnswerAlways(origin.Redirect(302, away.URL+"/back"))
	other.Feed("/back").AnswerAlways(origin.Redirect(302, s.URL+"/feed"))
	o.Feed("/feed").AnswerAlways(origin.Bytes("text/xml", []byte("<rss/>")))
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
		o.ClearRequests()
		other.ClearRequests()
		res := get(t, c, fetch.Request{URL: tt.url, Header: tt.header})
		if strings.Contains(res.URL, "secr3t") {
			t.Errorf("%s: the result's URL contains the password", tt.name)
		}
		var got []string
		for _, v := range o.Requests() {
			got = append(got, v.Path+" "+v.Header.Get("Authorization")+" "+v.Header.Get("X-Key"))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", tt.name, diff)
		}
		for _, v := range other.Requests() {
			if v.Header.Get("Authorization")+v.Header.Get("X-Key")+v.Header.Get("Cookie")+v.Header.Get("Referer") != "" {
				t.Errorf("%s: sent another host %v", tt.name, v.Header)
			}
		}
	}
	o.Feed("/feed").AnswerAlways(origin.Status(500))
	if p := problem(t, c, fetch.Request{URL: with + "/near"}); strings.Contains(p.Text+p.URL+fmt.Sprint(p.Err), "secr3t") {
		t.Errorf("a problem contains the password: %+v", p)
	}
}
