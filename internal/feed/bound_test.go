package feed

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// usual is the processor time that reading 1 MB of an ordinary feed takes here. The machine may
// be slow, and the race detector or the coverage of a fuzz test slows everything down.
var usual = sync.OnceValue(func() time.Duration {
	item := `<item><title>A headline of a few words &amp; more</title><link>https://a.example/1</link><description>&lt;p&gt;Some text with a &lt;a href="/2"&gt;link&lt;/a&gt;.&lt;/p&gt;</description></item>`
	doc := []byte(`<rss version="2.0"><channel>` + strings.Repeat(item, 1<<20/len(item)) + `</channel></rss>`)
	start := cpu()
	if _, err := Read(doc, Hints{URL: "https://a.example/"}); err != nil {
		panic(err)
	}
	return cpu() - start
})

// bounded calls read, which reads size bytes, and checks its time and memory.
func bounded(t *testing.T, size int, read func()) {
	t.Helper()
	unit := usual()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpu() // processor time: the machine may be busy
	read()
	took := cpu() - start
	runtime.ReadMemStats(&after)
	if most := unit * time.Duration(50+size*20>>20); took > most {
		t.Errorf("%d bytes took %v, more than %v; 1 MB of an ordinary feed took %v", size, took, most, unit)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+size*400); got > most {
		t.Errorf("%d bytes took %d MB of memory, more than %d", size, got>>20, most>>20)
	}
}

// FuzzBounds reads documents that repeat a part many times, as attacks do: time and
// memory must grow no faster than the size.
func FuzzBounds(f *testing.F) {
	for _, s := range []string{"<x:a>", "<item/>", `<item a="b">`, "y<x:b/>", "<category>a</category>", `a="b" `, "&amp;#38;", "<![CDATA[", "<!--", "<media:group>", "<p><b>", "x\u0301\u202e", `<!ENTITY a "&a;">`, "</item>", "\x00"} {
		f.Add([]byte(`<rss version="2.0"><channel><item>`), []byte(s), []byte(`</item></channel></rss>`), uint16(3000))
	}
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":`), []byte("["), []byte("null]}"), uint16(5000))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom">`), []byte(`<entry><content type="xhtml"><div>`), []byte(`</feed>`), uint16(2000))
	f.Add([]byte(`<!DOCTYPE rss [<!ENTITY a "long text">`), []byte(`<!ENTITY b "]>">`), []byte(`]><rss><channel><item><title>&a;&b;`), uint16(3000))
	f.Add([]byte(`<!DOCTYPE rss [<!ENTITY a "long text">]><rss><channel><item><title>`), []byte(`&a;`), []byte(`</title></item></channel></rss>`), uint16(3000))
	f.Add([]byte(`<rss><channel>`), []byte(`<w>`), []byte(`<item/>`), uint16(3000))
	f.Add([]byte(`<rss><channel>`), []byte(`<w></w><v>`), []byte(`</channel>`), uint16(3000))
	f.Add([]byte(`<rss><channel><items>`), []byte(`<a><b></a>`), []byte(`</items></channel><entry/>`), uint16(3000))
	f.Add([]byte(`<rss><channel><a ="`), []byte(`<a" ="`), []byte(`" < "`), uint16(60000))
	f.Add([]byte(`<rss><channel><link>`), []byte(`ab<b>`), []byte(`</link></channel></rss>`), uint16(60000))
	f.Add([]byte(`<rss><channel>`), []byte(`<w xmlns:a="b"><item/></w>`), []byte(`</channel></rss>`), uint16(40000))
	f.Add([]byte(`<rss `), []byte(`xmlns:a="b" `), []byte(`><channel>`+strings.Repeat(`<item/>`, 60000)+`</channel></rss>`), uint16(30000))
	f.Add([]byte(`<x>`), []byte(`<channel>`), []byte(`<feed>`), uint16(3000))
	f.Add([]byte(`<rss>`), []byte(`<!DOCTYPE a ['`), []byte(`<item/></rss>`), uint16(3000))
	for _, part := range []string{"<url><loc>/1</loc><news:news><news:name>N</news:name><news:title>T</news:title></news:news></url>", "<news:title>", "<url>", "<loc><b>", "<loc><![CDATA[", "<image:image><image:loc>/1</image:loc></image:image>", "<news:keywords>a,b,</news:keywords>", "<loc a='"} {
		f.Add([]byte("<urlset>"), []byte(part), []byte("</urlset>"), uint16(5000))
		f.Add([]byte("<urlset><url><news:news>"), []byte(part), []byte("</urlset>"), uint16(3000))
	}
	f.Add([]byte("<sitemapindex>"), []byte("<sitemap><loc>/2026/11/27/news.xml.gz</loc></sitemap>"), []byte("</sitemapindex>"), uint16(10000))
	f.Fuzz(func(t *testing.T, head, body, tail []byte, n uint16) {
		if len(body)*int(n) > 1<<20 {
			return
		}
		b := slices.Concat(head, bytes.Repeat(body, int(n)), tail)
		bounded(t, len(b), func() {
			if doc, err := Read(b, Hints{URL: "https://a.example/"}); err == nil && len(doc.Items) > maxItems {
				t.Errorf("%d items, more than the limit", len(doc.Items))
			}
		})
	})
}

// FuzzRobots reads the sitemaps that a robots.txt names.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nSitemap: https://a.example/news.xml # new\nsitemap:/b.xml\r\n"), "https://a.example/robots.txt", uint16(1))
	f.Add([]byte("Sitemap: a\n"), "", uint16(5000))
	f.Add([]byte(":A\n"), "\x7f"+strings.Repeat("\x9f", 3000), uint16(5000))
	f.Add([]byte("Sitemap: a b\n"), "\x7f"+strings.Repeat("\x9f", 3000), uint16(5000))
	f.Add([]byte("Sitemap: a b\n"), "https://a.example/"+strings.Repeat("b/", 3000), uint16(5000))
	f.Fuzz(func(t *testing.T, part []byte, base string, n uint16) {
		if len(part)*int(n) > 1<<20 {
			return
		}
		robots := bytes.Repeat(part, int(n))
		bounded(t, len(robots), func() {
			all := RobotsSitemaps(robots, base, 5)
			if len(all) > 5 || slices.ContainsFunc(all, func(a string) bool { return !isAddress(a) }) {
				t.Errorf("RobotsSitemaps(%q, %q) = %q", part, base, all)
			}
		})
	})
}

// FuzzLinks searches web pages for feeds, as the program does with every page that it
// gets in place of a feed.
func FuzzLinks(f *testing.F) {
	f.Add([]byte(`<link rel="alternate" type="application/rss+xml" href="/rss" title="x">`), "https://a.example/", uint16(1))
	f.Add([]byte(`<a href="/feed">Feed`), "https://a.example/", uint16(2000))
	f.Add([]byte(`<base href="javascript:x"><link rel=alternate type=application/atom+xml href="//b">`), "", uint16(1000))
	f.Add([]byte(`<link a=b `), "https://a.example/", uint16(5000))
	f.Add([]byte(`<base href=0!/>`), "", uint16(5000)) // each base is a folder below the one before
	f.Add([]byte(`<template><meta http-equiv=refresh content="0;url=//b">`), "https://a.example/b/", uint16(100))
	f.Add([]byte(`<meta name=generator content="wordpress joomla hugo ghost"><a type=application/rss+xml href=//%>`), "https://a.example/b/", uint16(100))
	f.Fuzz(func(t *testing.T, part []byte, base string, n uint16) {
		if len(part)*int(n) > 1<<20 {
			return
		}
		page := bytes.Repeat(part, int(n))
		bounded(t, len(page), func() {
			got := ReadPage(page, Hints{URL: base}, PageLink{URL: base, Rel: string(part), Type: "application/atom+xml"})
			if len(got.Feeds) > 50 || len(got.KnownPlaces()) > 10 {
				t.Errorf("%d feeds and %d places, more than the limits", len(got.Feeds), len(got.KnownPlaces()))
			}
			all := append([]string{got.Hub, got.Self, got.Refresh}, got.KnownPlaces()...)
			for _, l := range got.Feeds {
				all = append(all, cmp.Or(l.URL, "nothing"))
			}
			for _, a := range all {
				if a != "" && !strings.HasPrefix(a, "http://") && !strings.HasPrefix(a, "https://") {
					t.Errorf("ReadPage(%q, %q) names %q, which is no address", part, base, a)
				}
			}
		})
	})
}
