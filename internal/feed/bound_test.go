package feed

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// bounded runs what reads size bytes and holds its time and memory against them.
func bounded(t *testing.T, size int, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	read()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if most := 5*time.Second + time.Duration(size)*2*time.Microsecond; took > most {
		t.Errorf("%d bytes took %v, more than %v", size, took, most)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+size*400); got > most {
		t.Errorf("%d bytes took %d MB of memory, more than %d", size, got>>20, most>>20)
	}
}

// FuzzBounds reads documents that repeat what they hold, as bombs do: time and memory
// grow with their size and no faster.
func FuzzBounds(f *testing.F) {
	for _, s := range []string{"<x:a>", "<item/>", `<item a="b">`, "y<x:b/>", "<category>a</category>", `a="b" `, "&amp;#38;", "<![CDATA[", "<!--", "<media:group>", "<p><b>", "x\u0301\u202e", `<!ENTITY a "&a;">`, "</item>", "\x00"} {
		f.Add([]byte(`<rss version="2.0"><channel><item>`), []byte(s), []byte(`</item></channel></rss>`), uint16(3000))
	}
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":`), []byte("["), []byte("null]}"), uint16(5000))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom">`), []byte(`<entry><content type="xhtml"><div>`), []byte(`</feed>`), uint16(2000))
	f.Fuzz(func(t *testing.T, head, body, tail []byte, n uint16) {
		if len(body)*int(n) > 1<<20 {
			return
		}
		b := slices.Concat(head, bytes.Repeat(body, int(n)), tail)
		bounded(t, len(b), func() {
			if doc, err := Read(b, Hints{URL: "https://a.example/"}); err == nil && len(doc.Items) > maxItems {
				t.Errorf("%d items", len(doc.Items))
			}
		})
	})
}

// FuzzLinks looks for feeds in web pages, which is done on each that stands where a
// feed should be.
func FuzzLinks(f *testing.F) {
	f.Add([]byte(`<link rel="alternate" type="application/rss+xml" href="/rss" title="x">`), "https://a.example/", uint16(1))
	f.Add([]byte(`<a href="/feed">Feed`), "https://a.example/", uint16(2000))
	f.Add([]byte(`<base href="javascript:x"><link rel=alternate type=application/atom+xml href="//b">`), "", uint16(1000))
	f.Add([]byte(`<link a=b `), "https://a.example/", uint16(5000))
	f.Add([]byte(`<base href=0!/>`), "", uint16(5000)) // each base another folder below the one before
	f.Fuzz(func(t *testing.T, part []byte, base string, n uint16) {
		if len(part)*int(n) > 1<<20 {
			return
		}
		page := bytes.Repeat(part, int(n))
		bounded(t, len(page), func() {
			links := FindFeeds(page, base)
			hub, self := FindHub(page, base)
			if hub != "" && !isAddress(hub) || self != "" && !isAddress(self) {
				t.Errorf("PageHub(%q, %q) names %q for %q", part, base, hub, self)
			}
			if len(links) > 50 {
				t.Errorf("%d links", len(links))
			}
			for _, l := range links {
				if !strings.HasPrefix(l.URL, "http://") && !strings.HasPrefix(l.URL, "https://") {
					t.Errorf("Links(%q, %q) offers %q", part, base, l.URL)
				}
			}
		})
	})
}
