package site_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// An outlet's page has its own headlines in public topics, and nothing else.
func TestOutletPage(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	_, body := webtest.Request(t, "GET", at+"/outlets/gulf")
	webtest.ContainsInOrder(t, body, `<title>Gulf Wire · Gulf Courier</title>`, `rel="canonical" href="http://press.example/outlets/gulf"`, `<h1 dir="ltr">Gulf Wire</h1>`, "Language: <bdi>English</bdi>",
		"Vault and wire agree", "Copper rises for a third day", "and 2 other outlets", "Ferry returns to port")
	for _, secret := range []string{"What the vault says", "The Vault", "vault.example", "Withdrawn claim"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page contains %q", secret)
		}
	}
	copper := n.Find("Copper rises for a third day")
	n.Apply(func(tx *store.Tx) news.Change {
		copper.Takes[1].Headline = "Copper up again"
		n.Must(tx.Stories.Put(copper))
		return news.Change{Stories: []string{copper.ID}}
	})
	_, body = webtest.Request(t, "GET", at+"/outlets/gulf")
	webtest.ContainsInOrder(t, body, `<a href="http://gulf.example/4">Copper up again</a>`, `href="/stories/`+copper.ID+`"`)
	_, body = webtest.Request(t, "GET", at+"/stories/"+copper.ID)
	webtest.ContainsInOrder(t, body, `href="/outlets/north"`, `href="/outlets/gulf"`, `href="/outlets/nile"`)
	_, body = webtest.Request(t, "GET", at+"/stories/"+n.Find("What the vault says").ID+"?key=open%26sesame")
	if strings.Contains(body, "/outlets/") {
		t.Error("a story that needs a key links to public pages of its outlets")
	}
}

// Only outlets that stand in public topics have a page. A removed one has it while its
// stories are stored, and an earlier name redirects.
func TestOutletAddresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	for i := range 60 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", i), Language: "en", Sources: []string{"harbour"}, Topics: []string{"world"}})
	}
	n.AddStory(webtest.Story{Headline: "In a topic with a key", Language: "en", Sources: []string{"private"}, Topics: []string{"inside"}})
	n.AddStory(webtest.Story{Headline: "In no topic", Language: "en", Sources: []string{"unread"}})
	n.EditSource("nile", func(s *news.SourceState) { s.Removed = true })
	n.EditSource("north", func(s *news.SourceState) {
		s.Name, s.Feed.Site, s.Owner = "northern-post", "https://north.example/news", "gulf.example"
	})
	n.AddStory(webtest.Story{Headline: "Of one publisher", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.Takes[0].Owner = "gulf.example" }})
	at := serve(n)
	for _, tt := range []struct {
		path, location string
		want           int
	}{
		{"/outlets/gulf", "", 200}, {"/outlets/nile", "", 200}, {"/outlets/vault", "", 404}, {"/outlets/private", "", 404}, {"/outlets/unread", "", 404}, {"/outlets/nobody", "", 404},
		{"/outlets/north", "/outlets/northern-post", 301}, {"/outlets/northern-post", "", 200}, {"/outlets", "", 200}, {"/outlets/", "/outlets", 301}, {"/outlets/page/2", "", 404}, {"/outlets/page/1", "", 404}, {"/outlets/gulf/page/2", "", 404},
		{"/outlets/harbour/page/2", "", 200}, {"/outlets/harbour/page/3", "", 404}, {"/outlets/harbour/page/1", "", 404}, {"/outlets/harbour/page/x", "", 404}, {"/outlets/gulf?key=x", "", 200},
		{"/outlets/vault?key=open%26sesame", "", 404}, {"/outlets/..%2f..%2fetc", "", 404},
	} {
		resp, _ := webtest.Request(t, "GET", at+tt.path)
		if resp.StatusCode != tt.want || resp.Header.Get("Location") != tt.location {
			t.Errorf("%s: %d %q, want %+v", tt.path, resp.StatusCode, resp.Header.Get("Location"), tt)
		}
	}
	_, body := webtest.Request(t, "GET", at+"/outlets/nile")
	webtest.ContainsInOrder(t, body, "no longer collected", "عودة العبّارة")
	_, body = webtest.Request(t, "GET", at+"/outlets/gulf")
	webtest.ContainsInOrder(t, body, "From the same publisher", `<a href="/outlets/northern-post"`, "Northern Post")
	_, body = webtest.Request(t, "GET", at+"/outlets/northern-post")
	webtest.ContainsInOrder(t, body, `<a href="https://north.example/news"><bdi dir="ltr">Website</bdi></a>`)
	_, first := webtest.Request(t, "GET", at+"/outlets/harbour")
	_, second := webtest.Request(t, "GET", at+"/outlets/harbour/page/2")
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("Telegram %d", i))
	}
	slices.Reverse(want)
	want = append(want, "Harbour reopens &lt;b&gt;slowly&lt;/b&gt; &amp; carefully")
	if diff := cmp.Diff(want, append(lines(first), lines(second)...)); diff != "" {
		t.Errorf("both pages (-want +got):\n%s", diff)
	}
	webtest.ContainsInOrder(t, first, `rel="next" href="/outlets/harbour/page/2"`, "Page 1 of 2")
}

var outletItem = regexp.MustCompile(`(?s)<li><a href="(/outlets/[^"]*)"><bdi dir="[^"]*">(.*?)</bdi></a>\n<p class="by"><bdi dir="ltr">(.*?)</bdi> <bdi dir="ltr">Latest: <time datetime="(.*?)">`)

// listedOutlets returns the outlets on a page of their list: name, stories, day of the last.
func listedOutlets(body string) (all []string) {
	for _, m := range outletItem.FindAllStringSubmatch(body, -1) {
		all = append(all, m[2]+", "+m[3]+", "+m[4])
	}
	return all
}

// The list of outlets has those with public stories, by name, and follows what editors do.
func TestOutletList(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	shows := func(want ...string) {
		t.Helper()
		_, body := webtest.Request(t, "GET", at+"/outlets")
		if diff := cmp.Diff(want, listedOutlets(body)); diff != "" {
			t.Errorf("the list (-want +got):\n%s", diff)
		}
	}
	shows("Gulf Wire, 3 stories, 2026-11-20", "Harbour Radio, 1 story, 2026-11-20", "Northern Post, 2 stories, 2026-11-20", "وكالة النيل, 2 stories, 2026-11-20")
	n.Apply(func(tx *store.Tx) news.Change {
		s := n.Find("Harbour reopens <b>slowly</b> & carefully")
		s.Hidden = map[string]uint64{"world": n.Seq}
		n.Must(tx.Stories.Put(s))
		return news.Change{Stories: []string{s.ID}}
	})
	shows("Gulf Wire, 3 stories, 2026-11-20", "Northern Post, 2 stories, 2026-11-20", "وكالة النيل, 2 stories, 2026-11-20")
	n.Rules.Topics[1].Keyed = true // trade
	n.ApplyRules()
	shows("Gulf Wire, 2 stories, 2026-11-20", "Northern Post, 2 stories, 2026-11-20", "وكالة النيل, 2 stories, 2026-11-20")
	n.Apply(func(tx *store.Tx) news.Change {
		s := n.Find("Copper rises for a third day")
		n.Must(tx.Stories.Delete(s))
		s = n.Find("عودة العبّارة إلى الميناء بعد ليلة في البحر")
		n.Must(tx.Stories.Delete(s))
		return news.Change{TextChanged: []string{s.ID}}
	})
	_, body := webtest.Request(t, "GET", at+"/outlets")
	if got := listedOutlets(body); len(got) != 1 || !strings.HasPrefix(got[0], "Gulf Wire") {
		t.Errorf("after stories were deleted: %q", got)
	}
	for range 205 {
		n.AddStory(webtest.Story{Headline: "Telegram", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	}
	_, body = webtest.Request(t, "GET", at+"/outlets")
	webtest.ContainsInOrder(t, body, `<title>Outlets · Gulf Courier</title>`, `rel="canonical" href="http://press.example/outlets"`, "more than 200 stories", `<li><a href="/outlets">`)
	if _, body := webtest.Request(t, "GET", serve(webtest.Open(t))+"/outlets"); !strings.Contains(body, "No stories yet") {
		t.Errorf("without stories: %s", body)
	}
}

// Many outlets are on several pages.
func TestManyOutlets(t *testing.T) {
	n := webtest.Open(t)
	for i := range 310 {
		name := fmt.Sprintf("outlet-%03d", i)
		n.Rules.Sources = append(n.Rules.Sources, webtest.NewSource(name, name))
	}
	n.ApplyRules()
	for i := range 310 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", i), Language: "en", Sources: []string{fmt.Sprintf("outlet-%03d", i)}, Topics: []string{"world"}})
	}
	at := serve(n)
	_, first := webtest.Request(t, "GET", at+"/outlets")
	_, second := webtest.Request(t, "GET", at+"/outlets/page/2")
	if a, b := listedOutlets(first), listedOutlets(second); len(a) != 300 || len(b) != 10 || !strings.HasPrefix(b[9], "outlet-309") {
		t.Errorf("%d and %d outlets: %q", len(a), len(b), b)
	}
	webtest.ContainsInOrder(t, first, `rel="next" href="/outlets/page/2"`, "Page 1 of 2")
}

// A page follows what editors and outlets do, also where the changes are no longer stored.
func TestOutletFollows(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n)
	if resp, _ := webtest.Request(t, "GET", at+"/outlets/gulf"); resp.StatusCode != 404 {
		t.Errorf("an outlet without stories: %d", resp.StatusCode)
	}
	shows := func(want ...string) {
		t.Helper()
		_, body := webtest.Request(t, "GET", at+"/outlets/gulf")
		if diff := cmp.Diff(want, lines(body)); diff != "" {
			t.Errorf("the page (-want +got):\n%s", diff)
		}
	}
	first := n.AddStory(webtest.Story{Headline: "One", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	shows("One")
	n.AddStory(webtest.Story{Headline: "Two", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, After: time.Minute})
	shows("Two", "One")
	n.Apply(func(tx *store.Tx) news.Change {
		first.Hidden = map[string]uint64{"world": n.Seq}
		n.Must(tx.Stories.Put(first))
		return news.Change{Stories: []string{first.ID}}
	})
	shows("Two")
	n.AddStory(webtest.Story{Headline: "Three", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	n.AddStory(webtest.Story{Headline: "Four", Language: "en", Sources: []string{"gulf"}, Topics: []string{"inside"}, After: time.Minute})
	n.DeleteChanges(n.At.Add(time.Hour))
	shows("Three", "Two")
}

// An outlet whose stories are older than those that are read has a page too, by the search.
func TestOutletWithOldStories(t *testing.T) {
	n := webtest.Open(t)
	for i := range 3 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Long ago %d", i), Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}, After: time.Minute})
	}
	n.AddStory(webtest.Story{Headline: "In a topic with a key", Language: "en", Sources: []string{"north"}, Topics: []string{"inside"}})
	for i := range 20 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	}
	s := searchSite(n)
	s.ReadRecent(10)
	at := webtest.Serve(t, s)
	for range 2 {
		_, body := webtest.Request(t, "GET", at+"/outlets/nile")
		if diff := cmp.Diff([]string{"Long ago 2", "Long ago 1", "Long ago 0"}, lines(body)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if _, body := webtest.Request(t, "GET", at+"/outlets/gulf"); len(lines(body)) != 20 {
		t.Errorf("an outlet with stories of both kinds: %q", lines(body))
	}
	if resp, _ := webtest.Request(t, "GET", at+"/outlets/north"); resp.StatusCode != 404 {
		t.Errorf("an outlet of a topic with a key: %d", resp.StatusCode)
	}
	without := newSite(n)
	without.ReadRecent(10)
	if resp, _ := webtest.Request(t, "GET", webtest.Serve(t, without)+"/outlets/nile"); resp.StatusCode != 404 {
		t.Errorf("without a search: %d", resp.StatusCode)
	}
}

// A search of older stories that takes too much work is not made again for each reader: it
// has no limit for each of them.
func TestOutletWithOldStoriesTooCostly(t *testing.T) {
	n := webtest.Open(t)
	n.AddStory(webtest.Story{Headline: "Long ago", Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}, After: time.Minute})
	for i := range 20 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	}
	s, now := searchSite(n), n.At
	s.Now = func() time.Time { return now }
	s.ReadRecent(10)
	get := func(when string, want int) {
		t.Helper()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/outlets/nile", nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", when, w.Code, want)
		}
	}
	s.QueryTime = -1
	get("a search that ends early", 404)
	s.QueryTime = 0
	get("at once after that", 404)
	now = now.Add(2 * time.Minute)
	get("later", 200)
}

// A request that began before a reload does not decide by the earlier rules who may see what
// is new.
func TestOutletsAcrossAReload(t *testing.T) {
	n := webtest.OpenFilled(t)
	public := n.Rules.Topics[0].Keyed
	n.Rules.Topics[0].Keyed = true
	n.ApplyRules()
	s := newSite(n)
	late, err := s.UpdateRecent()
	n.Must(err)
	n.Rules.Topics[0].Keyed = public
	n.ApplyRules()
	update, err := s.UpdateRecent()
	n.Must(err)
	n.Must(update())
	n.AddStory(webtest.Story{Headline: "Ferry after the reload", Language: "en", Sources: []string{"gulf"}, Topics: []string{n.Rules.Topics[0].Name}})
	n.Must(late())
	_, body := webtest.Request(t, "GET", webtest.Serve(t, s)+"/outlets/gulf")
	webtest.ContainsInOrder(t, body, "Ferry after the reload")
}
