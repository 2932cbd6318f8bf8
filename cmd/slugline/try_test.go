package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/trial"
)

// trySite is a web site for try: what it answers by path and query.
type trySite struct {
	url, config string
	mu          sync.Mutex
	asked       []string
}

func newTrySite(t *testing.T, pages map[string]http.Handler) *trySite {
	s := &trySite{config: filepath.Join(t.TempDir(), "feeds.yaml")}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.RequestURI())
		s.mu.Unlock()
		if page := pages[r.URL.RequestURI()]; page != nil {
			page.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	yaml := fmt.Sprintf("sources: [https://a.example/feed]\nfetch: {allow: ['%s']}\n", strings.TrimPrefix(s.url, "http://"))
	if err := os.WriteFile(s.config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// try runs try and returns what it offers and all that it prints.
func (s *trySite) try(t *testing.T, address string) (offers, said string) {
	t.Helper()
	var out, errs bytes.Buffer
	reportError(&errs, run(t.Context(), []string{"--config", s.config, "--json", "try", address}, strings.NewReader(""), &out, &errs))
	var got struct{ Feeds []trial.Offer }
	_ = json.Unmarshal(out.Bytes(), &got) // without output there are no offers
	for _, f := range got.Feeds {
		offers += " " + strings.TrimPrefix(f.URL, s.url)
	}
	return strings.TrimSpace(offers), out.String() + errs.String()
}

func htmlPage(head string, header ...string) http.Handler {
	return origin.Bytes("text/html", []byte("<!doctype html><html><head>"+head+"</head><body>Hello</body></html>"), header...)
}

func rssDocument(title string) http.Handler {
	return origin.Bytes("application/rss+xml; charset=utf-8", []byte(`<rss version="2.0"><channel><title>`+title+`</title><item><title>Harbour reopens</title><link>https://a.example/1</link></item></channel></rss>`))
}

const (
	places     = " /feed /feed/ /?format=feed /feeds/posts/default /rss.xml /feed.xml /atom.xml /rss /index.xml"
	plainEntry = "<url><loc>https://quay.example/1</loc></url>"
	newsEntry  = "<url><loc>https://quay.example/2</loc><news:news><news:publication><news:name>Quay</news:name></news:publication><news:title>Harbour reopens</news:title></news:news></url>"
)

func sitemapOf(entries string) http.Handler {
	return origin.Bytes("application/xml", []byte("<urlset>"+entries+"</urlset>"))
}

func sitemapIndexOf(paths ...string) http.Handler {
	doc := ""
	for _, p := range paths {
		doc += "<sitemap><loc>" + p + "</loc></sitemap>"
	}
	return origin.Bytes("application/xml", []byte("<sitemapindex>"+doc+"</sitemapindex>"))
}

func robots(sitemaps ...string) http.Handler {
	return origin.Bytes("text/plain", []byte("User-agent: *\nSitemap: "+strings.Join(sitemaps, "\nSitemap: ")))
}

func TestTryFindsFeeds(t *testing.T) {
	const named = `<link rel="alternate" type="application/rss+xml" title="Quay" href="/rss">`
	for _, c := range []struct {
		name   string
		pages  map[string]http.Handler
		offers string
		asked  string
	}{
		{"named", map[string]http.Handler{"/": htmlPage(`<link rel="alternate" type="application/rss+xml" title="Quay &raquo; Comments Feed" href="/comments/feed/">` + named)}, "/rss /comments/feed/", "/"},
		{"Link header", map[string]http.Handler{"/": htmlPage("", "Link", `<all>; rel=alternate; type="application/atom+xml"; title=All, </1>; rel="alternate"; type="application/atom+xml;type=entry"`)}, "/all", "/"},
		{"Link header behind a redirect", map[string]http.Handler{"/": origin.Redirect(302, "/en/"), "/en/": htmlPage("", "Link", `<all>; rel=alternate; type="application/atom+xml"`)}, "/en/all", "/ /en/"},
		{"usual place", map[string]http.Handler{"/": htmlPage(""), "/feed": htmlPage(""), "/rss.xml": rssDocument("Quay")}, "/rss.xml", "/ /feed /feed/ /?format=feed /feeds/posts/default /rss.xml"},
		{"moved place", map[string]http.Handler{"/": htmlPage(""), "/feed": origin.Redirect(301, "/feed/"), "/feed/": rssDocument("Quay")}, "/feed/", "/ /feed /feed/"},
		{"place of a program", map[string]http.Handler{"/": htmlPage(`<meta name=generator content=Blogger>`), "/feeds/posts/default": rssDocument("Quay")}, "/feeds/posts/default", "/ /feeds/posts/default"},
		{"leads on", map[string]http.Handler{"/": htmlPage(`<meta http-equiv="refresh" content="0;url=/en/">`), "/en/": htmlPage(named)}, "/rss", "/ /en/"},
		{"only comments", map[string]http.Handler{"/": htmlPage(`<link rel="alternate" type="application/rss+xml" href="/comments/feed/">`), "/feed/": rssDocument("Quay")}, "/feed/ /comments/feed/", "/ /feed /feed/"},
		{"none", map[string]http.Handler{"/": htmlPage("")}, "", "/" + places + " /robots.txt"},
		{"news sitemap", map[string]http.Handler{"/": htmlPage(""), "/robots.txt": robots("/all.xml", "/news.xml"), "/all.xml": sitemapOf(plainEntry), "/news.xml": sitemapOf(newsEntry)}, "/news.xml", "/" + places + " /robots.txt /news.xml /all.xml"},
		{"news sitemap of an index", map[string]http.Handler{"/": htmlPage(""), "/robots.txt": robots("/sitemap.xml"), "/sitemap.xml": sitemapIndexOf("/posts-1.xml", "/news.xml"), "/posts-1.xml": sitemapOf(plainEntry), "/news.xml": sitemapOf(newsEntry)}, "/news.xml", "/" + places + " /robots.txt /sitemap.xml /news.xml /posts-1.xml"},
		{"index of news", map[string]http.Handler{"/": htmlPage(""), "/robots.txt": robots("/map"), "/map": sitemapIndexOf("/news-1.xml", "/news-2.xml"), "/news-1.xml": sitemapOf(newsEntry), "/news-2.xml": sitemapOf(newsEntry)}, "/map", "/" + places + " /robots.txt /map /news-1.xml"},
		{"at most five sitemaps", map[string]http.Handler{"/": htmlPage(""), "/robots.txt": robots("/1", "/2", "/3", "/4", "/5", "/6"), "/1": sitemapIndexOf("/1"), "/6": sitemapOf(newsEntry)}, "", "/" + places + " /robots.txt /1 /1 /2 /3 /4"},
		{"asked to wait", map[string]http.Handler{"/": htmlPage(""), "/feed/": origin.Status(429), "/rss.xml": rssDocument("Quay")}, "", "/ /feed /feed/"},
		{"no news sitemap", map[string]http.Handler{"/": htmlPage(""), "/robots.txt": robots("/1", "https://other.example/news.xml"), "/1": sitemapOf(plainEntry)}, "", "/" + places + " /robots.txt /1"},
	} {
		s := newTrySite(t, c.pages)
		offers, said := s.try(t, s.url+"/")
		if offers != c.offers || strings.Join(s.asked, " ") != c.asked {
			t.Errorf("%s: offers %q after %s, want %q after %s\n%s", c.name, offers, s.asked, c.offers, c.asked, said)
		}
	}
}

// The addresses of feeds may begin with feed:, and user and password are never printed, nor
// does their absence from the address that answered count as a move.
func TestTryAddress(t *testing.T) {
	closed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pw, _ := r.BasicAuth(); pw != "geheim" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		rssDocument("Quay").ServeHTTP(w, r)
	})
	s := newTrySite(t, map[string]http.Handler{"/rss": rssDocument("Quay"), "/closed": closed, "/page": htmlPage("")})
	host := strings.TrimPrefix(s.url, "http://")
	for _, c := range []struct{ address, want, lack string }{
		{"feed://" + host + "/rss", "Harbour reopens", "moved"},
		{"feed:http://" + host + "/rss", "Harbour reopens", "moved"},
		{"http://desk:geheim@" + host + "/closed", "Harbour reopens", `"url":`},
		{"http://desk:falsch@" + host + "/closed", "does not accept the user and password", "falsch"},
		{"http://desk:geheim@" + host + "/page", "its site has one", "geheim"},
		{"http://desk:geheim@" + host + ":x/", "…@", "geheim"},
	} {
		if _, said := s.try(t, c.address); !strings.Contains(said, c.want) || strings.Contains(said, c.lack) {
			t.Errorf("try %s says %s, want %q and not %q", c.address, said, c.want, c.lack)
		}
	}
}

// After 401, try prints lines for feeds.yaml, which must be valid there.
func TestTryExplainsCredentials(t *testing.T) {
	s := newTrySite(t, map[string]http.Handler{"/@quay?a=1": origin.Status(401)})
	_, said := s.try(t, s.url+"/@quay?a=1")
	var lines []string
	for l := range strings.Lines(said) {
		if strings.HasPrefix(l, "  ") {
			lines = append(lines, l)
		}
	}
	if len(lines) != 3 {
		t.Fatalf("try says %s, want three lines of YAML", said)
	}
	env := func(name string) (string, bool) { return "secret-" + strings.ToLower(name), true }
	const topics = "topics: [{name: all, key: '0123456789abcdef'}]\nsources:\n"
	c, err := config.Parse("feeds.yaml", []byte(topics+lines[0]+lines[1]), env)
	if err != nil || c.Sources[0].URL != s.url+"/@quay?a=1" || c.Sources[0].Header.Get("Authorization") != "Bearer secret-feed_token" {
		t.Errorf("%s gives %+v, %v", lines[:2], c, err)
	}
	c, err = config.Parse("feeds.yaml", []byte(topics+lines[2]), env)
	if want := strings.Replace(s.url, "://", "://secret-feed_user:secret-feed_password@", 1) + "/@quay?a=1"; err != nil || c.Sources[0].URL != want {
		t.Errorf("%s gives %+v, %v, want %s", lines[2], c, err, want)
	}
}

// A news sitemap, also an index of them and a compressed file, is read like a feed.
func TestTrySitemap(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, "<urlset>"+newsEntry+"</urlset>") // a Buffer takes all
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := newTrySite(t, map[string]http.Handler{
		"/news.xml": sitemapOf(newsEntry), "/plain.xml": sitemapOf(plainEntry), "/news.xml.gz": origin.Bytes("application/x-gzip", packed.Bytes()),
		"/index.xml": sitemapIndexOf("/plain.xml", "/gone.xml", "/news.xml.gz"), "/useless.xml": sitemapIndexOf("/plain.xml"),
		"/circle.xml": sitemapIndexOf("/circle.xml"),
	})
	for path, want := range map[string]string{
		"/news.xml":    `{"feed":{"title":"Quay","link":"https://quay.example/"},"entries":[{"id":"https://quay.example/2","title":"Harbour reopens","link":"https://quay.example/2","published":null}]`,
		"/news.xml.gz": `"Harbour reopens"`,
		"/index.xml":   `"cut":"` + s.url + `/plain.xml can't be read: this is a sitemap without news`,
		"/plain.xml":   "this is a sitemap without news",
		"/useless.xml": "none of the newest has news",
		"/circle.xml":  "it is an index as well",
	} {
		if _, said := s.try(t, s.url+path); !strings.Contains(said, want) {
			t.Errorf("try %s says %s, want %s", path, said, want)
		}
	}
	file := filepath.Join(t.TempDir(), "news.xml.gz")
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said := s.try(t, file); !strings.Contains(said, `"Harbour reopens"`) {
		t.Errorf("try of a compressed file says %s", said)
	}
}
