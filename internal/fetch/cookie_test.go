package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/fetch"
)

// cookieServer answers with a feed once the wanted Cookie header comes, and until then with
// what ask does.
func cookieServer(want string, ask http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") == want {
			fmt.Fprint(w, "<rss/>")
			return
		}
		ask(w, r)
	})
}

// setAndReturn redirects to the same address and sets cookies.
func setAndReturn(status int, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = cookies
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(status)
	}
}

// A server that redirects until its cookie comes back gets it (RFC 6265 section 5.4).
func TestCookies(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		set        []string
	}{
		{"one", "seen=1", []string{"seen=1"}},
		{"two", "lang=ar; seen=1", []string{"seen=1; Path=/", "lang=ar; HttpOnly; SameSite=Lax"}},
		{"path of the feed", "seen=1", []string{"seen=1; Path=/news"}},
		{"another path", "here=1", []string{"seen=1; Path=/login", "here=1"}},
		{"expired", "here=1", []string{"seen=1; Max-Age=0", "gone=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "here=1"}},
		{"not expired", "seen=1", []string{"seen=1; Expires=Thu, 31 Dec 2099 23:59:59 GMT"}},
		{"set twice", "seen=2", []string{"seen=1", "seen=2"}},
		{"domain of this host", "seen=1", []string{"seen=1; Domain=127.0.0.1"}},
		{"another domain", "here=1", []string{"seen=1; Domain=press.example", "here=1"}},
		{"odd value", `seen={"a":"b c"}`, []string{`seen={"a":"b c"}`}},
		{"odd name", "user[id]=a=b", []string{"user[id]=a=b"}},
		{"empty value", "seen=", []string{"seen="}},
		{"letters", "seen=é", []string{"seen=é"}},
		{"only for encrypted connections", "here=1", []string{"seen=1; Secure", "here=1"}},
		{"no pair", "here=1", []string{"nonsense", "here=1"}},
	} {
		s := listen(t, cookieServer(tt.want, setAndReturn(302, tt.set...)))
		r, err := client(t, fetch.Config{}, s).Get(context.Background(), fetch.Request{URL: s.URL + "/news/feed.xml"}, now)
		if err != nil || string(r.Body) != "<rss/>" || r.URL != s.URL+"/news/feed.xml" || r.MovedTo != "" {
			t.Errorf("%s: %v, %+v", tt.name, err, r)
		}
	}
}

// The detour over a page that sets a cookie is no move of the feed, also with 301.
func TestCookieDetour(t *testing.T) {
	mux := http.NewServeMux()
	s := listen(t, mux)
	mux.Handle("/feed", cookieServer("seen=1", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/check", http.StatusMovedPermanently)
	}))
	mux.HandleFunc("/check", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		http.Redirect(w, r, "/feed", http.StatusMovedPermanently)
	})
	c := client(t, fetch.Config{}, s)
	for range 2 { // the second visit has no cookie either
		r := get(t, c, fetch.Request{URL: s.URL + "/feed"})
		if string(r.Body) != "<rss/>" || r.MovedTo != "" || r.URL != s.URL+"/feed" {
			t.Errorf("body %q from %s, moved to %q", r.Body, r.URL, r.MovedTo)
		}
	}
}

// A circle stays one when its cookies don't change, and a server that always sets others
// meets the limit of redirects.
func TestCookieCircles(t *testing.T) {
	n := 0
	for name, ask := range map[string]http.HandlerFunc{
		"the same cookie":     setAndReturn(302, "seen=1"),
		"a cookie for others": setAndReturn(302, "seen=1; Domain=press.example"),
		"ever new cookies": func(w http.ResponseWriter, r *http.Request) {
			n++
			setAndReturn(302, fmt.Sprintf("seen=%d", n))(w, r)
		},
		"many cookies": func(w http.ResponseWriter, r *http.Request) {
			for i := range 2000 {
				w.Header().Add("Set-Cookie", fmt.Sprintf("c%d-%d=%s", n, i, strings.Repeat("x", 50)))
			}
			n++
			http.Redirect(w, r, "/", http.StatusFound)
		},
	} {
		requests, longest := 0, 0
		s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			longest = max(longest, len(r.Header.Get("Cookie")))
			ask(w, r)
		}))
		p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/"})
		if p.Kind != fetch.BadRedirect || requests > 11 || longest > 8<<10 {
			t.Errorf("%s: %q (%s) after %d requests, %d bytes of cookies", name, p.Kind, p.Text, requests, longest)
		}
	}
}

// Cookies go to the host that set them and to no other, and are added to the source's own.
func TestCookiesStayHome(t *testing.T) {
	var got []string
	note := func(h http.HandlerFunc) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, strings.Split(r.Host, ":")[0]+r.URL.Path+" "+strings.Join(r.Header["Cookie"], "|"))
			h(w, r)
		})
	}
	away := listen(t, note(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<rss/>") }))
	abroad := strings.Replace(away.URL, "127.0.0.1", "localhost", 1)
	home := listen(t, note(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "seen=1; Path=/")
		http.Redirect(w, r, map[string]string{"/": "/next", "/next": abroad + "/there"}[r.URL.Path], http.StatusFound)
	}))
	c := client(t, fetch.Config{}, home, away)
	get(t, c, fetch.Request{URL: home.URL + "/", Header: http.Header{"Cookie": {"own=1"}}})
	want := []string{"127.0.0.1/ own=1", "127.0.0.1/next own=1; seen=1", "localhost/there "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := c.Get(context.Background(), fetch.Request{URL: away.URL + "/later"}, now); err != nil || got[len(got)-1] != "127.0.0.1/later " {
		t.Errorf("a later visit: %v, %q", err, got[len(got)-1])
	}
}
