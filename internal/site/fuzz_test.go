package site_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// FuzzQuery checks that an embed or oEmbed answers every query with success or a client
// error, does not repeat the query in the page, and always says who may frame it.
func FuzzQuery(f *testing.F) {
	n := webtest.Open(f)
	n.AddStory(webtest.Story{Headline: "Harbour reopens", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	site := newSite(n)
	for _, q := range []string{
		"limit=8&theme=dark&dir=rtl&for=wordpress", "limit=-1", "limit=08", "theme=<script>", "dir=\"><script>", "for=", "key=%zz",
		"url=http://press.example/topics/world&maxwidth=9999999999999999999", "url=http://press.example/topics/%77orld/", "url=//x&format=xml", "url=%68ttp://[::1/",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, at := range []struct {
			path string
			may  []int
		}{{"/embed/world", []int{200, 400}}, {"/oembed", []int{200, 400, 401, 404, 410, 501}}} {
			r := httptest.NewRequest("GET", at.path, nil)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if !slices.Contains(at.may, w.Code) {
				t.Errorf("%s?%s: %d", at.path, query, w.Code)
			}
			if len(query) > 20 && strings.Contains(query, "<") && strings.Contains(w.Body.String(), query) {
				t.Errorf("%s?%s: the page contains the query", at.path, query)
			}
			if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors ") {
				t.Errorf("%s?%s: the policy has no frame-ancestors", at.path, query)
			}
		}
	})
}
