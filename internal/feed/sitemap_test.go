package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The newest items stay, wherever they stand, in the order of the document.
func TestSitemapIsCut(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("<urlset>")
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for i := range 5*maxItems/2 + 1 {
		fmt.Fprintf(&doc, "<url><loc>https://a.example/%d</loc><news:news><news:title>T</news:title><news:publication_date>%s</news:publication_date></news:news></url>", i, day.Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
	}
	doc.WriteString("</urlset>")
	got, err := Read([]byte(doc.String()), Hints{})
	if err != nil || len(got.Items) != maxItems {
		t.Fatalf("got %d items, %v, want %d", len(got.Items), err, maxItems)
	}
	if first, last := got.Items[0].ID, got.Items[maxItems-1].ID; first != "https://a.example/3001" || last != "https://a.example/5000" {
		t.Errorf("got %s to %s, want the newest", first, last)
	}
	if want := "the document has 5,001 items; the newest 2,000 by date are read"; got.Cut != want {
		t.Errorf("cut: %q, want %q", got.Cut, want)
	}
}

// A new lastmod is no edit.
func TestSitemapLastmod(t *testing.T) {
	const doc = "<urlset><url><loc>https://a.example/1</loc><lastmod>%s</lastmod><news:news><news:title>T</news:title></news:news></url></urlset>"
	var items []string
	for _, lastmod := range []string{"2026-11-27", "2026-11-28"} {
		got, err := Read(fmt.Appendf(nil, doc, lastmod), Hints{})
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, fmt.Sprint(got.Items))
	}
	if items[0] != items[1] {
		t.Errorf("%s and %s differ", items[0], items[1])
	}
}

func TestSitemapIndex(t *testing.T) {
	dated := func(name, day string) string { return name + " 2026-11-" + day }
	for _, c := range []struct {
		name, want string
		sitemaps   []string // address and lastmod
	}{
		{"newest first", "/4 /2 /5", []string{dated("/1", "01"), dated("/2", "26"), dated("/3", "02"), dated("/4", "27"), dated("/5", "03")}},
		{"without dates", "/1 /2 /3", []string{"/1", "/2", "/3", "/4"}},
		{"without dates, one with news", "/news.xml /1 /2", []string{"/1", "/2", "/3", "/news.xml"}},
		{"dates in names", "/news-2026-11-27.xml /news-2026-11-26.xml /news-2026-10.xml", []string{"/news-2026-09.xml", "/news-2026-10.xml", "/news-2026-11-26.xml", "/news-2026-11-27.xml"}},
		{"dates in queries", "/s?yyyy=2026&mm=11&dd=27 /s?yyyy=2026&mm=11&dd=26 /s?yyyy=2025&mm=12&dd=31", []string{"/s?yyyy=2025&mm=12&dd=31", "/s?yyyy=2026&mm=11&dd=26", "/s?yyyy=2026&mm=11&dd=27", "/s?yyyy=2024&mm=12&dd=31"}},
		{"all changed at once", "/news-sitemap.xml /post-sitemap.xml /page-sitemap.xml", []string{dated("/post-sitemap.xml", "27"), dated("/page-sitemap.xml", "27"), dated("/category-sitemap.xml", "27"), dated("/news-sitemap.xml", "27")}},
		{"only the news without a date", "/sitemap_news.xml /2 /1", []string{dated("/1", "26"), dated("/2", "27"), "/3", "/sitemap_news.xml"}},
		{"named twice", "/1 /2", []string{"/1", "/1", "/2"}},
		{"no addresses", "/1", []string{"/1", "ftp://quay.example/2", "", "javascript:x"}},
	} {
		doc := `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
		for _, s := range c.sitemaps {
			loc, lastmod, _ := strings.Cut(s, " ")
			doc += "<sitemap><loc>" + strings.ReplaceAll(loc, "&", "&amp;") + "</loc><lastmod>" + lastmod + "</lastmod></sitemap>"
		}
		got, err := Read([]byte(doc+"</sitemapindex>"), Hints{URL: "https://quay.example/sitemap.xml"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var names []string
		for _, s := range got.Sitemaps {
			names = append(names, strings.TrimPrefix(s.URL, "https://quay.example"))
		}
		if s := strings.Join(names, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
	}
}

func TestAddSitemaps(t *testing.T) {
	var parts []*Document
	for _, p := range []string{
		"<url><loc>https://a.example/1</loc><news:news><news:title>One</news:title><news:language>en</news:language><news:name>Quay</news:name></news:news></url>",
		"<url><loc>https://a.example/1</loc><news:news><news:title>Again</news:title></news:news></url><url><loc>https://a.example/2</loc><news:news><news:title>Two</news:title></news:news></url>",
	} {
		doc, err := Read([]byte("<urlset>"+p+"</urlset>"), Hints{})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, doc)
	}
	var got Document
	got.AddSitemaps(parts)
	if len(got.Items) != 2 || got.Items[0].Title != "One" || got.Items[1].Title != "Two" || got.Title != "Quay" || got.Site != "https://a.example/" || got.Language != "" {
		t.Errorf("got %+v", got)
	}
}

func TestRobotsSitemaps(t *testing.T) {
	robots := "\ufeffUser-agent: *\nDisallow: /\n#Sitemap: /no.xml\r\n SITEMAP : /1.xml\r\nSitemap: https://a.example/2.xml # all\nSitemap: https://a.example/news-sitemap.xml\nSitemap:\nSitemap: /1.xml\nSitemap: ftp://a.example/3\nSitemap: /4.xml"
	got := RobotsSitemaps([]byte(robots), "https://a.example/robots.txt", 3)
	if want := []string{"https://a.example/news-sitemap.xml", "https://a.example/1.xml", "https://a.example/2.xml"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzSitemap reads sitemaps without the net that Read has under the parsers.
func FuzzSitemap(f *testing.F) {
	const entry = "<url><loc>/1</loc><news:news><news:publication><news:name>N</news:name><news:language>en</news:language></news:publication><news:publication_date>2026-11-27</news:publication_date><news:title><![CDATA[T]]> &amp; <b>t</b></news:title><news:keywords>a, b</news:keywords></news:news><image:image><image:loc>a.jpg</image:loc></image:image></url>"
	f.Add([]byte("<urlset>"+entry+"<url><loc>/2</loc></url></urlset>"), "https://a.example/map.xml")
	f.Add([]byte("<sitemapindex><sitemap><loc>/1?yyyy=2026&amp;mm=11</loc></sitemap><sitemap><loc>ftp://x</loc><lastmod>2026-11-27T08:00:00Z</lastmod></sitemap></sitemapindex>"), "https://a.example/map.xml")
	f.Add([]byte("<URLSET><sm:url><loc>/1<news:news><title>T"), "")
	f.Fuzz(func(t *testing.T, src []byte, base string) {
		if len(src) > 1<<20 {
			return
		}
		doc, err := readSitemap(toUTF8(src, ""), Hints{URL: base})
		if err != nil {
			return
		}
		if len(doc.Items) > maxItems || len(doc.Sitemaps) > maxSitemaps {
			t.Errorf("%d items, %d sitemaps, more than the limits", len(doc.Items), len(doc.Sitemaps))
		}
		for _, s := range doc.Sitemaps {
			if !isAddress(s.URL) {
				t.Errorf("names %q, which is no address", s.URL)
			}
		}
		for i := range doc.Items {
			if it := &doc.Items[i]; it.ID == "" || it.Title == "" || !isAddress(it.Link) {
				t.Errorf("item without id, headline or address: %+v", it)
			}
		}
		new(Document).AddSitemaps([]*Document{doc, doc})
	})
}
