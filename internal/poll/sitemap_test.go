package poll

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// sitemap is a news sitemap of articles with these headlines.
func sitemap(lastmod string, headlines ...string) string {
	doc := `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">`
	for _, h := range headlines {
		doc += fmt.Sprintf("<url><loc>https://quay.example/%s</loc><lastmod>%s</lastmod><news:news><news:publication><news:name>Quay</news:name><news:language>en</news:language></news:publication><news:publication_date>%s</news:publication_date><news:title>%[1]s</news:title></news:news></url>",
			h, lastmod, time.Now().Add(-time.Hour).Format("2006-01-02T15:04Z07:00"))
	}
	return doc + "</urlset>"
}

// sitemapIndex is an index of sitemaps, each of which changed so many days ago.
func sitemapIndex(paths []string, days []int) string {
	doc := `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for i, p := range paths {
		doc += "<sitemap><loc>{{origin}}" + p + "</loc><lastmod>" + time.Now().AddDate(0, 0, -days[i]).Format("2006-01-02") + "</lastmod></sitemap>"
	}
	return doc + "</sitemapindex>"
}

func (r *testEnv) headlines() (all []string) {
	for _, record := range r.records() {
		for _, e := range record.Visit.Entries {
			all = append(all, e.Headline)
		}
	}
	return all
}

// A news sitemap is a feed, and a new lastmod in it is no edit.
func TestNewsSitemap(t *testing.T) {
	s := newSite(t, map[string]string{"/news.xml": sitemap("2026-11-27", "one", "two")})
	r := newEnv(t, news.SourceConfig{Source: news.Source{Name: "a", Address: s.url + "/news.xml"}})
	r.useClient(strings.TrimPrefix(s.url, "http://"))
	r.pass(true)
	records := r.records()
	if len(records) != 1 || len(records[0].Visit.Entries) != 2 || records[0].Visit.Feed.Title != "Quay" {
		t.Fatalf("filed %+v, want two entries of Quay", records)
	}
	if e := records[0].Visit.Entries[0]; e.Link != "https://quay.example/one" || e.GUID != e.Link || e.Language != "en" || e.Published.IsZero() {
		t.Errorf("filed %+v", e)
	}
	s.pages["/news.xml"] = strings.ReplaceAll(s.pages["/news.xml"], "2026-11-27", "2026-11-28")
	for _, v := range r.pass(true) {
		if v.Outcome != Same || len(r.headlines()) > 0 {
			t.Errorf("outcome %s after a new lastmod, want no edit", v.Outcome)
		}
	}
}

// E26: an index is read with its newest sitemaps, each time, because it need not change with
// them.
func TestSitemapIndex(t *testing.T) {
	index := sitemapIndex([]string{"/old.xml", "/1.xml", "/gone.xml", "/2.xml"}, []int{30, 0, 1, 5})
	s := newSite(t, map[string]string{"/map.xml": index, "/old.xml": sitemap("", "old"), "/1.xml": sitemap("", "one", "both"), "/2.xml": sitemap("", "two", "both")})
	r := newEnv(t, news.SourceConfig{Source: news.Source{Name: "a", Address: s.url + "/map.xml"}})
	r.useClient(strings.TrimPrefix(s.url, "http://"))
	for _, c := range []struct{ asked, filed string }{
		{"/map.xml /1.xml /gone.xml /2.xml", "[one both two]"},
		{"/map.xml /1.xml /gone.xml", "[three]"}, // /2.xml has not changed for days
	} {
		r.pass(true)
		if got := s.requests(); got != c.asked {
			t.Errorf("requested %s, want %s", got, c.asked)
		}
		if got := fmt.Sprint(r.headlines()); got != c.filed {
			t.Errorf("filed %s, want %s", got, c.filed)
		}
		if st := r.state("a"); st.Problem != "" || !strings.Contains(st.Cut, "/gone.xml can't be read: 127.0.0.1 answered 404") {
			t.Errorf("problem %q, cut %q, want what is missing", st.Problem, st.Cut)
		}
		s.pages["/1.xml"] = sitemap("", "three", "one", "both")
	}
}

func TestSitemapProblems(t *testing.T) {
	plain := "<urlset><url><loc>https://quay.example/1</loc></url></urlset>"
	s := newSite(t, map[string]string{
		"/plain": plain, "/plain-index": sitemapIndex([]string{"/plain"}, []int{0}), "/gone-index": sitemapIndex([]string{"/gone"}, []int{0}),
		"/far-index":    "<sitemapindex><sitemap><loc>https://elsewhere.example/news.xml</loc></sitemap></sitemapindex>",
		"/nested-index": sitemapIndex([]string{"/plain-index"}, []int{0}),
	})
	for path, want := range map[string]string{
		"/plain":        "this is a sitemap without news",
		"/plain-index":  "/plain can't be read: this is a sitemap without news",
		"/gone-index":   "/gone can't be read: 127.0.0.1 answered 404",
		"/far-index":    "it is on another host",
		"/nested-index": "/plain-index can't be read: it is an index as well",
	} {
		r := newEnv(t, news.SourceConfig{Source: news.Source{Name: "a", Address: s.url + path}})
		r.useClient(strings.TrimPrefix(s.url, "http://"))
		r.pass(true)
		if got := r.state("a").Problem; !strings.Contains(got, want) {
			t.Errorf("%s: problem %q, want %q", path, got, want)
		}
	}
}
