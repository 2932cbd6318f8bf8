package site_test

import (
	"bufio"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
	"github.com/slugline/slugline/internal/words"
)

var ld = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)

// items returns the articles of a page's ItemList: headline, outlet, address.
func items(t *testing.T, page string) [][3]string {
	t.Helper()
	var list struct {
		Type  string `json:"@type"`
		Items []struct {
			Position int
			Item     struct {
				Type          string `json:"@type"`
				Headline, URL string
				Publisher     struct{ Name string }
			}
		} `json:"itemListElement"`
	}
	found := ld.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no JSON-LD")
	}
	if err := json.Unmarshal([]byte(found[1]), &list); err != nil || list.Type != "ItemList" {
		t.Fatalf("%s: %v", found[1], err)
	}
	var out [][3]string
	for i, e := range list.Items {
		if e.Position != i+1 || e.Item.Type != "NewsArticle" {
			t.Errorf("item %d: %+v", i, e)
		}
		out = append(out, [3]string{e.Item.Headline, e.Item.Publisher.Name, e.Item.URL})
	}
	return out
}

func TestMetadata(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	_, front := webtest.Request(t, "GET", at+"/")
	if got, want := items(t, front)[0], ([3]string{"Copper rises for a third day", "Northern Post", "http://north.example/4"}); got != want {
		t.Errorf("the front page's first article is %q, want %q", got, want)
	}
	webtest.ContainsInOrder(t, front, `rel="canonical" href="http://press.example/"`, `property="og:site_name" content="Gulf Courier"`, `property="og:type" content="website"`)

	copper := n.Find("Copper rises for a third day")
	_, page := webtest.Request(t, "GET", at+"/stories/"+copper.ID)
	webtest.ContainsInOrder(t, page, `rel="canonical" href="http://press.example/stories/`+copper.ID+`"`, `property="og:type" content="article"`,
		`property="og:title" content="Copper rises for a third day"`, `property="article:published_time" content="2026-11-20T06:50:01Z"`)
	want := [][3]string{
		{"Copper rises for a third day", "Northern Post", "http://north.example/4"},
		{"Copper rises for a third day", "Gulf Wire", "http://gulf.example/4"},
		{"Copper rises for a third day", "وكالة النيل", "http://nile.example/4"},
	}
	if diff := cmp.Diff(want, items(t, page)); diff != "" {
		t.Errorf("a story's articles (-want +got):\n%s", diff)
	}

	ferry := n.Find("Ferry returns to port after a night at sea")
	n.EditEntry(ferry, func(e *news.Entry) {
		e.Media = []news.Media{{URL: "http://gulf.example/ferry.jpg", Type: "image/jpeg", Picture: true}}
	})
	_, page = webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, page, `rel="canonical" href="http://gulf.example/2"`, `property="og:url" content="http://press.example/stories/`, `property="og:description" content="All 214 passengers`,
		`property="og:image" content="http://gulf.example/ferry.jpg"`)
	n.SetShow("gulf", news.ShowHeadline)
	if _, page = webtest.Request(t, "GET", at+"/stories/"+ferry.ID); strings.Contains(page, "ferry.jpg") || strings.Contains(page, "214") {
		t.Error("the head shows what the source does not permit")
	}
	if _, page = webtest.Request(t, "GET", at+"/topics/inside?key=open%26sesame"); strings.Contains(page, "og:") {
		t.Error("a keyed topic has metadata for other sites")
	}
}

// The headings of a full text are below the page's own, and no level is skipped.
func TestStoryText(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.SetShow("gulf", news.ShowFull)
	ferry := n.Find("Ferry returns to port after a night at sea")
	n.Apply(func(tx *store.Tx) news.Change {
		e, err := tx.Entries.Get(ferry.Lead)
		n.Must(err)
		e.Body = `<p>Lead.</p><h1 dir="ltr">The crew</h1><p>a</p><h4>At midnight</h4><p>b</p><h2>The port</h2><script>alert(1)</script>`
		n.Must(tx.Entries.Put(e))
		return news.Change{Stories: []string{ferry.ID}}
	})
	_, page := webtest.Request(t, "GET", serve(n)+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, page, `<p>Lead.</p>`, `<h2 dir="ltr">The crew</h2>`, `<h3>At midnight</h3>`, `<h3>The port</h3>`)
	if strings.Contains(page, "alert(1)") || strings.Count(page, "<h1") != 1 {
		t.Error("the page has a source's script, or not exactly one h1")
	}
}

func TestMasthead(t *testing.T) {
	tests := []struct{ language, title, want string }{
		{"en", "Arab Press / بالشعب و للشعب", `<bdi dir="ltr">Arab Press</bdi> / <bdi dir="rtl" lang="ar">بالشعب و للشعب</bdi>`},
		{"ar", "Arab Press / بالشعب و للشعب", `<bdi dir="ltr" lang="en">Arab Press</bdi> / <bdi dir="rtl">بالشعب و للشعب</bdi>`},
		{"fa", "خبرگزاری", `<bdi dir="rtl">خبرگزاری</bdi>`},
		{"de", "Welt & Wirtschaft / Markt", `<bdi dir="ltr">Welt &amp; Wirtschaft / Markt</bdi>`},
		{"en", "Новости", `<bdi dir="ltr" lang="ru">Новости</bdi>`},
		{"en", "24/7", `<bdi dir="auto">24/7</bdi>`},
		{"en", "/", `<bdi dir="auto">/</bdi>`},
	}
	for _, tt := range tests {
		n := webtest.Open(t)
		n.Rules.Site.Language, n.Rules.Site.Title = tt.language, tt.title
		n.ApplyRules()
		_, page := webtest.Request(t, "GET", serve(n)+"/")
		webtest.ContainsInOrder(t, page, `<p class="title"`, `<a href="/">`+tt.want+`</a>`)
	}
}

// No two stories of an event have the same headline on the page of a third. The data is a page that listed one
// headline four times among fifty.
func TestRelatedHeadlinesAreDistinct(t *testing.T) {
	list := relatedHeadlines(t)
	n := webtest.Open(t)
	distinct := map[string]bool{}
	for _, h := range list {
		n.AddStory(webtest.Story{Headline: h, Language: "en", Event: "one", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
		distinct[words.Key(h)] = true
	}
	at := serve(n)
	n.Must(n.Store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(s *news.Story) error {
			checkRelated(t, at, s, len(distinct)-1)
			return nil
		})
	}))
}

var related = regexp.MustCompile(`<h3 dir="ltr" lang="en"><a href="[^"]*">([^<]*)</a></h3>`)

func checkRelated(t *testing.T, at string, s *news.Story, want int) {
	t.Helper()
	_, page := webtest.Request(t, "GET", at+"/stories/"+s.ID)
	first, _, _ := strings.Cut(page, "<details>")
	if n := len(related.FindAllString(first, -1)); n != 10 {
		t.Errorf("%q: %d related at once, want 10", s.Headline, n)
	}
	seen := map[string]bool{words.Key(s.Headline): true}
	for _, m := range related.FindAllStringSubmatch(page, -1) {
		key := words.Key(html.UnescapeString(m[1]))
		if seen[key] {
			t.Errorf("%q: %q occurs twice", s.Headline, m[1])
		}
		seen[key] = true
	}
	if len(seen)-1 != want {
		t.Errorf("%q: %d related, want %d", s.Headline, len(seen)-1, want)
	}
}

func relatedHeadlines(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "arab-press-related.txt"))
	if err != nil {
		if os.Getenv("SLUGLINE_SHARED") == "must" {
			t.Fatal(err)
		}
		t.Skip("the list of related headlines is missing")
	}
	defer func() { _ = f.Close() }()
	var out []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if s := strings.TrimSpace(lines.Text()); s != "" {
			out = append(out, s)
		}
	}
	if len(out) < 50 {
		t.Fatalf("the list has %d headlines, want at least 50", len(out))
	}
	return out
}

func TestMediaAddresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	n.EditEntry(ferry, func(e *news.Entry) {
		e.Media = []news.Media{
			{URL: "http://gulf.example/a.mp3", Type: "audio/mpeg", Title: "The harbour master <speaks>", Duration: 3725 * time.Second},
			{URL: "http://gulf.example/b.mp4?x=1"},
			{URL: "http://gulf.example/c.pdf", Type: "application/pdf"},
			{URL: "http://gulf.example/d.jpg", Type: "image/jpeg", Picture: true},
			{URL: "http://gulf.example/a.mp3", Type: "audio/mpeg"},
		}
	})
	at := serve(n)
	resp, page := webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, page, `src="/player.js"`, "The harbour master &lt;speaks&gt;", "1:02:05", `<audio controls preload="none" src="http://gulf.example/a.mp3"`,
		`href="/stories/`+ferry.ID+`/player/1"`, `<video controls preload="none" src="http://gulf.example/b.mp4?x=1"`, `/player/2"`)
	if strings.Contains(page, "/player/3") || strings.Contains(page, "c.pdf") {
		t.Error("the page has a player for what can't be played")
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "media-src https: http:") || !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("policy %q", policy)
	}
	if resp, page := webtest.Request(t, "GET", at+"/stories/"+n.Find("Copper rises for a third day").ID); strings.Contains(page, "player.js") || strings.Contains(resp.Header.Get("Content-Security-Policy"), "https:") {
		t.Error("a page with nothing to play loads the player's script")
	}
	for path, want := range map[string]int{"/player/1": 200, "/player/2": 200, "/player/3": 404, "/player/01": 404, "/player/x": 404, "/player/": 404} {
		if resp, _ := webtest.Request(t, "GET", at+"/stories/"+ferry.ID+path); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	n.SetShow("gulf", news.ShowHeadline)
	if _, page := webtest.Request(t, "GET", at+"/stories/"+ferry.ID); strings.Contains(page, "a.mp3") {
		t.Error("a source that permits headlines only has a player")
	}
	if resp, _ := webtest.Request(t, "GET", at+"/stories/"+ferry.ID+"/player/1"); resp.StatusCode != 404 {
		t.Errorf("the player of a source that permits headlines only: %d, want 404", resp.StatusCode)
	}
}
