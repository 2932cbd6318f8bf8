package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

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
