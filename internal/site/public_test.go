package site_test

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

var announced = regexp.MustCompile(`<link rel="alternate" type="(application/(?:atom|rss|feed)\+(?:xml|json))" title="[^"]+" href="([^"]+)">`)

// Every page announces a feed to feed readers, and the feed exists.
func TestEveryPageAnnouncesAFeed(t *testing.T) {
	_, at, paths := showcase(t)
	for name, path := range paths {
		_, page := webtest.Request(t, "GET", at+path)
		head, _, _ := strings.Cut(page, "</head>")
		found := announced.FindAllStringSubmatch(head, -1)
		if len(found) == 0 {
			t.Errorf("%s announces no feed:\n%s", name, head)
		}
		for _, m := range found {
			resp, _ := webtest.Request(t, "GET", at+html.UnescapeString(m[2]))
			if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != m[1]+"; charset=utf-8" {
				t.Errorf("%s announces %s, which answers %d %s", name, m[2], resp.StatusCode, got)
			}
		}
	}
}

// Unknown parameters have no effect: the bytes and the tag are the same, so that caches
// need not fetch them again.
func TestUnknownParametersHaveNoEffect(t *testing.T) {
	_, at, paths := showcase(t)
	all := []string{"/topics/world.rss", "/topics/world.atom", "/topics/world.json", "/topics.opml", "/sitemap.xml", "/style.css", paths["story"] + ".atom"}
	for _, name := range []string{"front", "topic", "story", "how", "embed", "player"} {
		all = append(all, paths[name])
	}
	for _, path := range all {
		before, body := webtest.Request(t, "GET", at+path)
		tag := before.Header.Get("ETag")
		for _, more := range []string{"?utm_source=mail&fbclid=x", "?key=wrong", "?key=open%26sesame", "?", "?%zz=;"} {
			resp, other := webtest.Request(t, "GET", at+path+more)
			if other != body || resp.Header.Get("ETag") != tag || resp.Header.Get("Cache-Control") != before.Header.Get("Cache-Control") {
				t.Errorf("%s%s: %d, ETag %s, want the same as without: %s", path, more, resp.StatusCode, resp.Header.Get("ETag"), tag)
			}
			if resp, _ := webtest.Request(t, "GET", at+path+more, "If-None-Match: "+tag); resp.StatusCode != 304 {
				t.Errorf("%s%s: %d with the current tag, want 304", path, more, resp.StatusCode)
			}
		}
	}
}

// A reader with the key of a topic can follow every address in its feeds: the archive back
// to the first story, and the pages of stories.
func TestKeyOpensArchive(t *testing.T) {
	n := webtest.Open(t)
	i := slices.IndexFunc(n.Rules.Topics, func(t news.Topic) bool { return t.Name == "inside" })
	n.Rules.Topics[i].Stories = 2
	n.ApplyRules()
	for i := range 7 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("What the vault says, part %d", i), Language: "en", Sources: []string{"vault", "gulf"}, Topics: []string{"inside"}, After: time.Minute})
	}
	at := serve(n)
	const siteURL = "http://press.example"
	address := regexp.MustCompile(siteURL + `/(?:topics/inside|stories/)[^"<\\ ]*`)
	seen, todo, found := map[string]bool{}, []string{}, map[string]bool{}
	for _, f := range edition.Formats {
		todo = append(todo, siteURL+"/topics/inside."+string(f)+"?key=open%26sesame")
	}
	for len(todo) > 0 {
		u := todo[0]
		if todo = todo[1:]; seen[u] {
			continue
		}
		seen[u] = true
		resp, body := webtest.Request(t, "GET", at+strings.TrimPrefix(u, siteURL))
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", u, resp.StatusCode)
		}
		if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			continue
		}
		self, _, _ := strings.Cut(u, "?")
		if got := resp.Header.Get("Link"); !strings.HasPrefix(got, "<"+self+"?") || !strings.HasSuffix(got, `key=open%26sesame>; rel="self"`) {
			t.Errorf("%s: link to itself %s", u, got)
		}
		if again, _ := webtest.Request(t, "GET", at+strings.TrimPrefix(u, siteURL), "If-None-Match: "+resp.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s again: %d, want 304", u, again.StatusCode)
		}
		for _, m := range address.FindAllString(body, -1) {
			todo = append(todo, html.UnescapeString(m))
		}
		for _, m := range regexp.MustCompile(`part [0-9]`).FindAllString(body, -1) {
			found[m] = true
		}
	}
	if len(found) != 7 {
		t.Errorf("found %d stories, want 7", len(found))
	}
}

// A story's page shows the corrections of outlets that do not lead it.
func TestPageShowsCorrections(t *testing.T) {
	n, at, _ := showcase(t)
	s := n.AddStory(webtest.Story{Headline: "Council sells two ferries", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[1].Headline, s.Takes[1].Corrected = "CORRECTED-Council sells <three> ferries", n.At
	}})
	_, body := webtest.Request(t, "GET", at+"/stories/"+s.ID)
	webtest.ContainsInOrder(t, body, "Council sells two ferries", `<bdi>Gulf Wire</bdi> corrected: <bdi dir="ltr" lang="en">Council sells &lt;three&gt; ferries</bdi>`)
}
