package site_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// sitemap is a sitemap or an index as search engines read it.
type sitemap struct {
	XMLName  xml.Name
	URLs     []sitemapEntry `xml:"url"`
	Sitemaps []sitemapEntry `xml:"sitemap"`
}

type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
	News    struct {
		Name     string `xml:"publication>name"`
		Language string `xml:"publication>language"`
		Date     string `xml:"publication_date"`
		Title    string `xml:"title"`
	} `xml:"http://www.google.com/schemas/sitemap-news/0.9 news"`
}

// readSitemap reads a sitemap at a path, with the entries' paths.
func readSitemap(n *webtest.Newsroom, t *testing.T, at, path string) (s sitemap, paths []string) {
	t.Helper()
	resp, body := webtest.Request(t, "GET", at+path)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/xml; charset=utf-8" {
		t.Fatalf("%s: %d %q", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	n.Must(xml.Unmarshal([]byte(body), &s))
	for _, e := range append(s.URLs, s.Sitemaps...) {
		paths = append(paths, strings.TrimPrefix(e.Loc, "http://press.example"))
		if _, err := time.Parse(time.RFC3339, e.LastMod); e.LastMod != "" && err != nil {
			t.Errorf("%s: lastmod of %s: %v", path, e.Loc, err)
		}
	}
	if s.XMLName.Space != "http://www.sitemaps.org/schemas/sitemap/0.9" {
		t.Errorf("%s is in the namespace %q", path, s.XMLName.Space)
	}
	return s, paths
}

// The sitemaps have every address that anybody may read, each once, and no other.
func TestSitemaps(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.RemoveTopic("gossip")
	night := addAt(n, "2026-11-20T20:30:00Z", "After midnight in Dubai")
	both := addAt(n, "2026-11-20T10:00:00Z", "First in trade", "trade")
	hidden := addAt(n, "2026-11-18T10:00:00Z", "Hidden by an editor")
	old := addAt(n, "2026-10-02T10:00:00Z", "An old story")
	n.Apply(func(tx *store.Tx) news.Change {
		both.Places["world"] = news.Place{At: night.First, Seq: n.Seq, Updated: n.At}
		hidden.Hidden = map[string]uint64{"world": n.Seq}
		n.Must(tx.Stories.Put(both))
		n.Must(tx.Stories.Put(hidden))
		return news.Change{Stories: []string{both.ID, hidden.ID}}
	})
	at := serve(n) // on 21 November
	index, paths := readSitemap(n, t, at, "/sitemap.xml")
	want := []string{"/sitemap-pages.xml", "/sitemap-news.xml", "/sitemap-2026-11-21.xml", "/sitemap-2026-11-20.xml", "/sitemap-2026-11-18.xml", "/sitemap-2026-10-02.xml"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("the index (-want +got):\n%s", diff)
	}
	if got, want := index.Sitemaps[2].LastMod, "2026-11-20T20:30:00Z"; got != want {
		t.Errorf("the day that changed last has lastmod %q, want %q", got, want)
	}
	_, paths = readSitemap(n, t, at, "/sitemap-pages.xml")
	if diff := cmp.Diff([]string{"/", "/outlets", "/topics/world", "/topics/trade", "/outlets/gulf", "/outlets/harbour", "/outlets/north", "/outlets/nile"}, paths); diff != "" {
		t.Errorf("the pages (-want +got):\n%s", diff)
	}
	story := func(headline string) string { return "/stories/" + n.Find(headline).ID }
	_, paths = readSitemap(n, t, at, "/sitemap-2026-11-20.xml")
	want = []string{"/topics/world/2026/11/20", story("Harbour reopens <b>slowly</b> & carefully"), story("Copper rises for a third day"), story("عودة العبّارة إلى الميناء بعد ليلة في البحر"),
		story("Ferry returns to port after a night at sea"), "/topics/trade/2026/11/20", story("First in trade"), story("Vault and wire agree")}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("20 November (-want +got):\n%s", diff)
	}
	_, paths = readSitemap(n, t, at, "/sitemap-2026-11-21.xml")
	if diff := cmp.Diff([]string{"/topics/world/2026/11/21", "/stories/" + night.ID}, paths); diff != "" {
		t.Errorf("21 November (-want +got):\n%s", diff)
	}
	_, paths = readSitemap(n, t, at, "/sitemap-2026-10-02.xml")
	if diff := cmp.Diff([]string{"/topics/world/2026/10/02", "/stories/" + old.ID}, paths); diff != "" {
		t.Errorf("2 October (-want +got):\n%s", diff)
	}
	for _, path := range append(want, "/topics/world/2026/10/02", "/outlets/north", "/") {
		if resp, _ := webtest.Request(t, "GET", at+path); resp.StatusCode != 200 {
			t.Errorf("%s is in a sitemap and answers %d", path, resp.StatusCode)
		}
	}
	for path, want := range map[string]int{"/sitemap-2026-11-19.xml": 404, "/sitemap-2026-11-31.xml": 404, "/sitemap-2026-1-1.xml": 404, "/sitemap-.xml": 404, "/sitemap-9999-12-31.xml": 404} {
		if resp, _ := webtest.Request(t, "GET", at+path); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp, _ := webtest.Request(t, "GET", at+"/sitemap-2026-10-02.xml"); resp.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("an old day: %q", resp.Header.Get("Cache-Control"))
	}
	if _, robots := webtest.Request(t, "GET", at+"/robots.txt"); !strings.Contains(robots, "\nSitemap: http://press.example/sitemap.xml\n") || !strings.Contains(robots, "\nDisallow: /search\n") {
		t.Errorf("robots.txt: %s", robots)
	}
}

// The sitemap of a day that is over changes only when a story of that day does.
func TestOldSitemapsStay(t *testing.T) {
	n := webtest.Open(t)
	old := addAt(n, "2026-11-10T10:00:00Z", "An old story")
	at := serve(n)
	tag := func() string {
		resp, _ := webtest.Request(t, "GET", at+"/sitemap-2026-11-10.xml")
		return resp.Header.Get("ETag")
	}
	first := tag()
	for i := range 5 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	}
	if got := tag(); got != first {
		t.Errorf("it has ETag %s, want %s", got, first)
	}
	n.Apply(func(tx *store.Tx) news.Change {
		old.Killed = n.At
		n.Must(tx.Stories.Put(old))
		return news.Change{Stories: []string{old.ID}}
	})
	if got := tag(); got == first {
		t.Error("it has a story that was withdrawn")
	}
}

// The sitemap of news has the stories of two days that are on pages of their own.
func TestNewsSitemap(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.AddStory(webtest.Story{Headline: "Three days old", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.First = s.First.Add(-72 * time.Hour)
	}})
	got, paths := readSitemap(n, t, serve(n), "/sitemap-news.xml")
	copper, abbara := n.Find("Copper rises for a third day"), n.Find("عودة العبّارة إلى الميناء بعد ليلة في البحر")
	if diff := cmp.Diff([]string{"/stories/" + copper.ID, "/stories/" + abbara.ID}, paths); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if e := got.URLs[1].News; e.Name != "Gulf Courier" || e.Language != "ar" || e.Date != abbara.First.Format("2006-01-02T15:04:05Z") || e.Title != abbara.Headline {
		t.Errorf("the Arabic story: %+v", e)
	}
}
