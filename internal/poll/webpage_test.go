package poll

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// site is a web site on a real server: what it answers by path and query, and what it was
// asked for.
type site struct {
	url   string
	pages map[string]string // a number is a status, an address where it redirects to

	mu    sync.Mutex
	asked []string
}

func newSite(t *testing.T, pages map[string]string) *site {
	s := &site{pages: pages}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.RequestURI())
	s.mu.Unlock()
	page, known := s.pages[r.URL.RequestURI()]
	page = strings.ReplaceAll(page, "{{origin}}", s.url)
	header, body, cut := strings.Cut(page, "\n\n")
	if !cut || strings.HasPrefix(page, "<") {
		header, body = "", page
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		w.Header().Set(name, value)
	}
	status := 0
	switch _, err := fmt.Sscanf(body, "%d", &status); {
	case !known:
		http.NotFound(w, r)
	case err == nil:
		w.WriteHeader(status)
	case strings.HasPrefix(body, "/"):
		http.Redirect(w, r, body, http.StatusFound)
	default:
		_, _ = io.WriteString(w, body)
	}
}

// requests returns what was asked for since the last call.
func (s *site) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.asked, " ")
	s.asked = nil
	return all
}

func rssTitled(title string, items ...string) string {
	return strings.Replace(string(rss{items: items}.body()), "<title>T<", "<title>"+title+"<", 1)
}

func page(head string) string {
	return "<!DOCTYPE html><html><head>" + head + "</head><body>Hello</body></html>"
}

// links returns link elements for feeds.
func links(paths ...string) string {
	all := ""
	for _, p := range paths {
		all += `<link rel="alternate" type="application/rss+xml" href="` + p + `">`
	}
	return page(all)
}

// E25: a source may be a web page. Each case is a site and the requests of the first visit.
func TestPageWithFeeds(t *testing.T) {
	const joomla, found = `<meta name="generator" content="Joomla! 4">`, "one"
	for _, c := range []struct {
		name    string
		pages   map[string]string
		asked   string
		problem string // empty: the feed was read
	}{
		{"posts before comments", map[string]string{"/": links("/comments/feed/", "/feed/"), "/feed/": rssTitled("F", found), "/comments/feed/": rssTitled("C", "no")}, "/ /feed/", ""},
		{"the next one", map[string]string{"/": links("/gone", "/page", "/feed/"), "/page": page(""), "/feed/": rssTitled("F", found)}, "/ /gone /page /feed/", ""},
		{"the first is empty", map[string]string{"/": links("/new", "/feed/"), "/new": rssTitled("F"), "/feed/": rssTitled("F", found)}, "/ /new /feed/", ""},
		{"the only one is empty", map[string]string{"/": links("/new"), "/new": rssTitled("F")}, "/ /new", ""},
		{"at most three", map[string]string{"/": links("/1", "/2", "/3", "/4"), "/4": rssTitled("F", found)}, "/ /1 /2 /3", "it is a web page, and none of its feeds can be read; {{origin}}/1: "},
		{"only one", map[string]string{"/": links("/1")}, "/ /1", "it is a web page, and its feed {{origin}}/1 can't be read: "},
		{"asked to wait", map[string]string{"/": links("/1", "/2"), "/1": "429", "/2": rssTitled("F", found)}, "/ /1", "429"},
		{"only comments", map[string]string{"/": links("/comments/feed/"), "/comments/feed/": rssTitled("C", "no")}, "/ /feed /feed/ /?format=feed", "it offers only a feed of comments, {{origin}}/comments/feed/"},
		{"Link header", map[string]string{"/": "Link: </all>; rel=\"alternate\"; type=\"application/rss+xml\"\n\n" + page(""), "/all": rssTitled("F", found)}, "/ /all", ""},
		{"Link header of a program's interface", map[string]string{"/": "Link: </all>; rel=alternate; type=application/rss+xml\n\n" + `{"name":"Quay"}`, "/all": rssTitled("F", found)}, "/ /all", ""},
		{"an anchor", map[string]string{"/": page(`</head><a href="/rss.xml">RSS</a>`), "/rss.xml": rssTitled("F", found)}, "/ /rss.xml", ""},
		{"an anchor to a page", map[string]string{"/": page(`</head><a href="/rss">Our feeds</a>`), "/rss": page(""), "/feed": rssTitled("F", found)}, "/ /rss /feed", ""},
		{"an anchor to another site", map[string]string{"/": page(`</head><a href="https://blog.example/rss.xml">A friend</a>`), "/feed": rssTitled("F", found)}, "/ /feed", ""},
		{"a usual place", map[string]string{"/": page(""), "/feed": "/feed/", "/feed/": rssTitled("F", found)}, "/ /feed /feed/", ""},
		{"the place of a program", map[string]string{"/": page(joomla), "/?format=feed&type=rss": rssTitled("F", found)}, "/ /?format=feed&type=rss", ""},
		{"comments in a usual place", map[string]string{"/": page(""), "/feed": rssTitled("Comments on: Quay wall", "no")}, "/ /feed /feed/ /?format=feed", "this is a web page, not a feed, and it names no feed"},
		{"every place is a page", map[string]string{"/": page(""), "/feed": page(""), "/feed/": page("")}, "/ /feed /feed/ /?format=feed", "and it names no feed"},
		{"a page that leads on", map[string]string{"/": page(`<meta http-equiv=refresh content="0; url=/en/">`), "/en/": links("feed"), "/en/feed": rssTitled("F", found)}, "/ /en/ /en/feed", ""},
		{"a page that leads in a circle", map[string]string{"/": page(`<meta http-equiv=refresh content="0; url=/en/">`), "/en/": page(`<meta http-equiv=refresh content="0; url=/">`)}, "/ /en/ /en/feed /feed", "and it names no feed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.pages)
			r := newEnv(t, news.SourceConfig{Source: news.Source{Name: "a", Address: s.url + "/"}})
			r.useClient(strings.TrimPrefix(s.url, "http://"))
			r.pass(true)
			if got := s.requests(); got != c.asked {
				t.Errorf("requested %s, want %s", got, c.asked)
			}
			got, want := r.state("a"), strings.ReplaceAll(c.problem, "{{origin}}", s.url)
			if !strings.Contains(got.Problem, want) || want == "" && (got.Problem != "" || got.Found == "") {
				t.Errorf("problem %q, found %q, want problem %q", got.Problem, got.Found, want)
			}
			for _, record := range r.records() {
				for _, e := range record.Visit.Entries {
					if e.Headline != found {
						t.Errorf("filed %q, want only the entry of the feed", e.Headline)
					}
				}
			}
		})
	}
}

// A site that asks for no more requests in the search gets none, whatever the request was
// for, and a redirect in the search is no move of the page.
func TestPageThatAsksToWait(t *testing.T) {
	for name, head := range map[string]string{
		"/busy": `<meta http-equiv=refresh content="0; url=/busy">`,
		"/feed": "",
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := newEnv(t, sourceNamed("a"))
				r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
					return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{}, Body: []byte(page(head))}, nil
				})
				r.serve("https://a.example"+name, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
					return nil, &fetch.Problem{Kind: fetch.RetryLater, Status: 429, Text: "it asks for fewer visits", URL: q.URL, MovedTo: "https://a.example/moved", RetryAfter: now.Add(time.Hour)}
				})
				r.run(30 * time.Minute)
				if got := r.requests(); len(got) != 2 || got[1].URL != "https://a.example"+name {
					t.Errorf("%d requests, the last for %s, want two", len(got), got[len(got)-1].URL)
				}
				if got := r.state("a"); got.RetryAfter.IsZero() || got.Moved != "" || got.Status != 429 {
					t.Errorf("state %+v, want Retry-After and no move", got)
				}
			})
		})
	}
}

// The places that a visit does not look at are looked at by the next ones.
func TestPageWithoutFeeds(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			return &fetch.Result{Status: 200, URL: q.URL, Header: http.Header{}, Body: []byte(page(""))}, nil
		})
		r.serve("https://a.example/index.xml", rss{items: []string{"one"}}.answer)
		r.run(3 * 24 * time.Hour)
		if got := r.state("a"); got.Found != "https://a.example/index.xml" || got.Problem != "" {
			t.Errorf("found %q, problem %q, want the feed at /index.xml", got.Found, got.Problem)
		}
		all := r.requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].start.Sub(all[i-1].end); d < pause {
				t.Errorf("%s was requested %v after %s, want a pause", all[i].URL, d, all[i-1].URL)
			}
		}
	})
}
