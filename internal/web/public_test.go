package web_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

var announced = regexp.MustCompile(`<link rel="alternate" type="(application/(?:atom|rss|feed)\+(?:xml|json))" title="[^"]+" href="([^"]+)">`)

// Every page tells feed readers of a feed, and it is there.
func TestEveryPageTellsOfAFeed(t *testing.T) {
	_, at, paths := showcase(t)
	for name, path := range paths {
		_, page := ask(t, "GET", at+path)
		head, _, _ := strings.Cut(page, "</head>")
		found := announced.FindAllStringSubmatch(head, -1)
		if len(found) == 0 {
			t.Errorf("%s tells of no feed:\n%s", name, head)
		}
		for _, m := range found {
			resp, _ := ask(t, "GET", at+html.UnescapeString(m[2]))
			if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != m[1]+"; charset=utf-8" {
				t.Errorf("%s tells of %s, which is %d %s", name, m[2], resp.StatusCode, got)
			}
		}
	}
}

// What nobody asks for changes nothing: the same bytes under the same tag, so that a
// cache that knows them need not fetch them again.
func TestUnknownParametersHaveNoEffect(t *testing.T) {
	_, at, paths := showcase(t)
	all := []string{"/topics/world.rss", "/topics/world.atom", "/topics/world.json", "/topics.opml", "/sitemap.xml", "/style.css", paths["story"] + ".atom"}
	for _, name := range []string{"front", "topic", "story", "how", "embed", "player"} {
		all = append(all, paths[name])
	}
	for _, path := range all {
		before, body := ask(t, "GET", at+path)
		tag := before.Header.Get("ETag")
		for _, more := range []string{"?utm_source=mail&fbclid=x", "?key=wrong", "?key=open%26sesame", "?", "?%zz=;"} {
			resp, other := ask(t, "GET", at+path+more)
			if other != body || resp.Header.Get("ETag") != tag || resp.Header.Get("Cache-Control") != before.Header.Get("Cache-Control") {
				t.Errorf("%s%s: %d, ETag %s, want the same as without: %s", path, more, resp.StatusCode, resp.Header.Get("ETag"), tag)
			}
			if resp, _ := ask(t, "GET", at+path+more, "If-None-Match: "+tag); resp.StatusCode != 304 {
				t.Errorf("%s%s: %d to who has it, want 304", path, more, resp.StatusCode)
			}
		}
	}
}
