package site_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// serve serves the site of a newsroom on loopback and returns its address.
func serve(n *webtest.Newsroom) string {
	n.Helper()
	return webtest.Serve(n.TB, newSite(n))
}

// newSite returns the site of a newsroom, at 01:30 on 21 November 2026 in Dubai.
func newSite(n *webtest.Newsroom) *site.Site {
	return &site.Site{
		Store: n.Store, Editions: &edition.Press{Store: n.Store},
		Keys: func(string) string { return webtest.TopicKey },
		Now:  func() time.Time { return time.Date(2026, 11, 20, 21, 30, 0, 0, time.UTC) },
	}
}

// With front: latest, the front page lists the latest stories.
func TestFrontLatest(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Front = news.FrontLatest
	n.ApplyRules()
	at := serve(n)
	resp, body := webtest.Request(t, "GET", at+"/")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("front: %d %q", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	webtest.ContainsInOrder(t, body,
		`<html lang="en" dir="ltr">`,
		`rel="alternate" type="application/atom+xml" title="World (Atom)" href="/topics/world.atom"`,
		`title="World (RSS)" href="/topics/world.rss"`, `href="/topics/world.json"`, `href="/topics/trade.atom"`,
		`Gulf Courier`, `<p class="motto" dir="rtl"><bdi dir="rtl" lang="ar">بالشعب و للشعب</bdi></p>`,
		`<time datetime="2026-11-21">Saturday, 21 November 2026</time>`, // after midnight in Dubai
		`href="/topics/world"`, `href="/topics/trade"`,
		`Harbour reopens &lt;b&gt;slowly&lt;/b&gt; &amp; carefully`, `Harbour Radio`,
		`Vault and wire agree`,
		`Copper rises for a third day`, `Northern Post`, `and 2 other outlets`,
		`<time datetime="2026-11-20T06:20:01Z" title="20 November 2026, 10:20 UTC&#43;4">10:20 <span class="zone">UTC&#43;4</span></time>`,
		`<h3 dir="rtl" lang="ar">`, `عودة العبّارة`, `وكالة النيل`, `and 1 other outlet<`,
		`Ferry returns to port`,
		`http://press.example/imprint`,
	)
	for _, secret := range []string{"What the vault says", "The Vault", "/topics/inside", "Withdrawn claim", "Nobody carries this", "<b>slowly"} {
		if strings.Contains(body, secret) {
			t.Errorf("the front page contains %q", secret)
		}
	}
	if _, with := webtest.Request(t, "GET", at+"/?key="+webtest.TopicKey+"&x=y"); with != body {
		t.Error("unknown parameters have an effect")
	}
}

func TestTopicPage(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	_, body := webtest.Request(t, "GET", at+"/topics/trade")
	webtest.ContainsInOrder(t, body, `<title>Trade &amp; Markets · Gulf Courier</title>`, `rel="canonical" href="http://press.example/topics/trade"`,
		`href="/topics/trade" dir="ltr" aria-current="page"`, `<h1 dir="ltr">Trade &amp; Markets</h1>`,
		"Vault and wire agree", "Gulf Wire", "Copper rises")
	if strings.Contains(body, "The Vault") || strings.Contains(body, "vault.example") {
		t.Error("a public topic names a source that was read with credentials")
	}
	if strings.Contains(body, "Ferry") {
		t.Error("the topic shows a story that it does not carry")
	}
}

func TestStoryPage(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	ferry := n.Find("Ferry returns to port after a night at sea")
	for range 2 { // two days' stories, one headline
		n.AddStory(webtest.Story{Headline: "Morning briefing", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, After: 20 * time.Hour})
	}
	_, body := webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, body, `<h1 dir="ltr" lang="en"><a href="http://gulf.example/2">Ferry returns`, "All 214 passengers are well.",
		"First seen", "20 November 2026, 10:00 UTC&#43;4",
		"The same event", "عودة العبّارة")
	if strings.Count(body, "عودة العبّارة") != 1 || strings.Contains(body, ">Similar<") || strings.Contains(body, "Morning briefing") || strings.Contains(body, "Copper") {
		t.Errorf("the page lists more than the event:\n%s", body)
	}

	copper := n.Find("Copper rises for a third day")
	n.EditEntry(copper, func(e *news.Entry) { e.Summary = "Copper rises for a third day." })
	_, body = webtest.Request(t, "GET", at+"/stories/"+copper.ID)
	if strings.Contains(body, `class="summary"`) {
		t.Error("a summary that repeats the headline is shown")
	}
	webtest.ContainsInOrder(t, body, "Coverage",
		"Friday, 20 November 2026", `<time datetime="2026-11-20T06:50:01Z" title="20 November 2026, 10:50 UTC&#43;4">10:50 `, `<a href="/outlets/north"><bdi>Northern Post</bdi></a> <a class="host" href="http://north.example/4"`,
		">10:51 ", "http://gulf.example/4", ">10:52 ", "http://nile.example/4")

	tests := []struct {
		headline string
		want     int
	}{
		{"Withdrawn claim", 200},
		{"Nobody carries this", 404},
		{"What the vault says", 404},
	}
	if _, body := webtest.Request(t, "GET", at+"/stories/"+n.Find("Withdrawn claim").ID); !strings.Contains(body, "Withdrawn by <bdi>Northern Post</bdi>") {
		t.Errorf("a withdrawn story's page lacks the note:\n%s", body)
	}
	for _, tt := range tests {
		if resp, body := webtest.Request(t, "GET", at+"/stories/"+n.Find(tt.headline).ID); resp.StatusCode != tt.want || strings.Contains(body, tt.headline) {
			t.Errorf("%s: %d, want %d without its headline", tt.headline, resp.StatusCode, tt.want)
		}
	}
}

// A story's page has a list of its event, the newest first, and one of similar stories: two
// rare words at least are in both headlines, and each event has one line.
func TestEventAndSimilar(t *testing.T) {
	n := webtest.Open(t)
	add := func(headline, lang, event string) *news.Story {
		return n.AddStory(webtest.Story{Headline: headline, Language: lang, Event: event, Sources: []string{"nile"}, Topics: []string{"world"}, After: time.Minute})
	}
	s := add("علماء يكتشفون كوكبا صخريا خارج المجرة", "ar", "planet")
	add("Scientists find a rocky planet", "en", "planet")
	add("رصد كوكب جديد يدهش الفلكيين", "ar", "planet")
	add("كوكب صخري يدور حول نجمين خارج المجرة", "ar", "stars")
	add("نجمان وكوكب صخري في طرف المجرة", "ar", "stars")
	add("كوكب المشتري يزين السماء الليلة", "ar", "jupiter")
	add("ارتفاع أسعار النحاس لليوم الثالث", "ar", "copper")
	for _, h := range []string{"Buchmesse eröffnet mit Rekord", "Buchmesse eröffnet mit Rekord", "Ferry returns to port"} {
		add(h, "de", h)
	}
	at := serve(n)
	_, body := webtest.Request(t, "GET", at+"/stories/"+s.ID)
	event, similar, _ := strings.Cut(body[strings.Index(body, "The same event"):], ">Similar<")
	webtest.ContainsInOrder(t, event, "رصد كوكب", "Scientists find")
	webtest.ContainsInOrder(t, similar, "كوكب صخري")
	if got := strings.Count(event, "<h3"); got != 2 {
		t.Errorf("%d stories of the event, want 2:\n%s", got, event)
	}
	if got := strings.Count(similar, "<h3"); got != 1 {
		t.Errorf("%d similar stories, want one of the two about the stars:\n%s", got, similar)
	}
	_, body = webtest.Request(t, "GET", at+"/stories/"+n.Find("Ferry returns to port").ID)
	if strings.Contains(body, "The same event") || strings.Contains(body, ">Similar<") || strings.Contains(body, `class="side"`) {
		t.Errorf("a story that no other is like has a list:\n%s", body)
	}
}

// The headings of the two lists are in the language of the site.
func TestEventAndSimilarLocalised(t *testing.T) {
	for lang, want := range map[string][2]string{
		"en": {"The same event", "Similar"}, "de": {"Dasselbe Ereignis", "Ähnliche Meldungen"}, "fr": {"Le même événement", "Sujets similaires"},
		"es": {"El mismo acontecimiento", "Noticias similares"}, "ru": {"О том же событии", "Похожие новости"}, "ar": {"الحدث نفسه", "أخبار مشابهة"}, "fa": {"همین رویداد", "خبرهای مشابه"},
	} {
		n := webtest.Open(t)
		n.Rules.Site.Language = lang
		n.ApplyRules()
		add := func(headline, event string) *news.Story {
			return n.AddStory(webtest.Story{Headline: headline, Language: "en", Event: event, Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
		}
		s := add("Marigold ferry sinks off Harbourtown", "ferry")
		add("Forty aboard as Marigold goes down", "ferry")
		add("Harbourtown owner of Marigold to be sued", "court")
		dir := map[bool]string{true: "rtl", false: "ltr"}[lang == "ar" || lang == "fa"]
		_, body := webtest.Request(t, "GET", serve(n)+"/stories/"+s.ID)
		webtest.ContainsInOrder(t, body, `<h2 id="event"><bdi dir="`+dir+`">`+want[0]+`</bdi></h2>`, "Forty aboard", `<h2 id="similar"><bdi dir="`+dir+`">`+want[1]+`</bdi></h2>`, "to be sued")
	}
}

func TestStoryHistory(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	s := n.AddStory(webtest.Story{Headline: "Twelve hurt in depot fire", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Revised = s.First.Add(time.Hour)
		s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Two hurt in depot fire", Until: s.Revised}}
		s.Takes[1].Headline = "Depot fire hurts twelve"
	}})
	_, body := webtest.Request(t, "GET", at+"/stories/"+s.ID)
	webtest.ContainsInOrder(t, body, "Updated", "What changed", `<bdi>Gulf Wire</bdi> changed its headline. Before: <del datetime="`, ">Two hurt in depot fire</bdi></del>", "Coverage", "Northern Post", "Depot fire hurts twelve")
}

// A headline that an outlet corrected in another entry is in the history of that entry. The
// outlet has one line, with the time of its first entry.
func TestStoryCorrected(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	s := n.AddStory(webtest.Story{Headline: "CORRECTED-Twelve hurt in depot fire", Language: "en", Sources: []string{"gulf", "gulf", "north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[0].Headline, s.Takes[0].CorrectedBy = "Two hurt in depot fire", s.Takes[1].Entry
		s.Takes[1].Earlier = []news.EarlierHeadline{{Headline: "Two hurt in depot fire", Until: s.Takes[1].At}}
		s.Lead = s.Takes[1].Entry
	}})
	one := *s // as an item of its own in a topic that does not fold
	one.ID, one.URI, one.MergedInto, one.Takes, one.Headline = s.Takes[1].Entry, s.URI+"x", s.ID, s.Takes[1:2], "Twelve hurt in depot fire, corrected"
	n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.Stories.Put(&one) }))
	_, body := webtest.Request(t, "GET", at+"/stories/"+s.ID)
	first := s.Takes[0].At.UTC().Format(time.RFC3339)
	webtest.ContainsInOrder(t, body, "<h1", "CORRECTED-Twelve hurt", "First seen", first, "What changed", "Gulf Wire", ">Two hurt in depot fire</bdi></del>", "Coverage", first, "Gulf Wire")
	if strings.Count(body, "Two hurt in depot fire") != 1 || strings.Contains(body, "depot fire, corrected") {
		t.Errorf("the wrong headline is outside the history, or an item of the same story is listed as related:\n%s", body)
	}
}

func TestStoryMoved(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	ferry := n.Find("Ferry returns to port after a night at sea")
	middle := n.AddStory(webtest.Story{Headline: "Ferry back", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.MergedInto = ferry.ID }})
	last := n.AddStory(webtest.Story{Headline: "Ferry is back", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.MergedInto = middle.ID }})
	resp, _ := webtest.Request(t, "GET", at+"/stories/"+last.ID)
	if got, want := resp.Header.Get("Location"), "/stories/"+ferry.ID; resp.StatusCode != 301 || got != want {
		t.Errorf("a merged story: %d to %q, want 301 to %q", resp.StatusCode, got, want)
	}
	if got, want := resp.Header.Get("Cache-Control"), "public, max-age=60"; got != want {
		t.Errorf("a merged story, which may come back: cached %q, want %q", got, want)
	}
}

func TestAddresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.RemoveTopic("gossip")
	at := serve(n)
	tests := []struct {
		method, path string
		want         int
		header, is   string
	}{
		{path: "/healthz", want: 200},
		{path: "/style.css", want: 200, header: "Content-Type", is: "text/css; charset=utf-8"},
		{path: "/icon.svg", want: 200, header: "Content-Type", is: "image/svg+xml"},
		{path: "/topics.opml", want: 200, header: "Content-Type", is: "text/x-opml; charset=utf-8"},
		{path: "/topics/world.rss", want: 200, header: "Content-Type", is: "application/rss+xml; charset=utf-8"},
		{path: "/topics/world.atom", want: 200, header: "Content-Type", is: "application/atom+xml; charset=utf-8"},
		{path: "/topics/world.json", want: 200, header: "Content-Type", is: "application/feed+json; charset=utf-8"},
		{path: "/topics/world.json?x=y", want: 200, header: "Access-Control-Allow-Origin", is: "*"},
		{path: "/topics/world.rss", want: 200, header: "Link", is: `<http://press.example/topics/world.rss>; rel="self", <http://press.example/websub>; rel="hub"`},
		{path: "/topics/inside.rss?key=open%26sesame", want: 200, header: "Link", is: `<http://press.example/topics/inside.rss?key=open%26sesame>; rel="self"`},
		{path: "/topics/world.rss", want: 200, header: "Cache-Control", is: "public, max-age=60"},
		{path: "/topics/world/archive/1.atom", want: 404},
		{path: "/topics/world/archive/01.atom", want: 404},
		{path: "/topics/inside/archive/1.atom", want: 403},
		{path: "/topics/economy/archive/3.atom", want: 301, header: "Location", is: "/topics/trade/archive/3.atom"},
		{path: "/topics/gossip/archive/1.atom", want: 410},
		{path: "/topics/world/", want: 301, header: "Location", is: "/topics/world"},
		{path: "/topics/economy", want: 301, header: "Location", is: "/topics/trade"},
		{path: "/topics/economy.atom", want: 301, header: "Location", is: "/topics/trade.atom"},
		{path: "/topics/gossip", want: 410},
		{path: "/topics/gossip.rss", want: 410},
		{path: "/topics/nothing", want: 404},
		{path: "/topics/nothing.rss", want: 404},
		{path: "/topics/world.xml", want: 404},
		{path: "/topics/.rss", want: 404},
		{path: "/topics", want: 404},
		{path: "/topics/", want: 404, header: "Location"},
		{path: "/stories/", want: 404, header: "Location"},
		{path: "/favicon.ico", want: 301, header: "Location", is: "/icon.svg"},
		{path: "/topics/inside", want: 403},
		{path: "/topics/inside.rss", want: 403},
		{path: "/topics/inside.rss?key=wrong", want: 403},
		{path: "/topics/inside.rss?key=open%26sesame", want: 200, header: "Cache-Control", is: "private, max-age=60"},
		{path: "/topics/inside?key=open%26sesame", want: 200},
		{path: "/stories/nothing", want: 404},
		{path: "/stories/0123456789abc.atom", want: 404},
		{path: "/stories/" + n.Find("Copper rises for a third day").ID + ".atom", want: 200, header: "Content-Type", is: "application/atom+xml; charset=utf-8"},
		{path: "/stories/" + n.Find("What the vault says").ID + ".atom", want: 404},
		{path: "/stories/" + n.Find("Withdrawn claim").ID + ".atom", want: 410},
		{path: "/stories/0123456789abc", want: 404},
		{path: "/nothing", want: 404, header: "Content-Type", is: "text/html; charset=utf-8"},
		{path: "//evil.example/%2f..", want: 404},
		{path: "//evil.example/", want: 404, header: "Location"},
		{path: "//topics//world/", want: 301, header: "Location", is: "/topics/world"},
		{method: "POST", path: "/topics/world.rss", want: 405, header: "Allow", is: "GET, HEAD"},
		{method: "DELETE", path: "/", want: 405, header: "Allow", is: "GET, HEAD"},
		{method: "HEAD", path: "/topics/world.atom", want: 200},
		{method: "OPTIONS", path: "/topics/world.atom", want: 204, header: "Access-Control-Allow-Headers", is: "If-Modified-Since, If-None-Match"},
		{method: "OPTIONS", path: "/topics/world", want: 405, header: "Allow", is: "GET, HEAD"},
		{path: "/topics/economy.json", want: 301, header: "Access-Control-Allow-Origin", is: "*"},
		{path: "/topics/nothing.json", want: 404, header: "Access-Control-Allow-Origin", is: "*"},
		{path: "/topics/inside.json", want: 403, header: "Access-Control-Allow-Origin", is: "*"},
		{path: "/topics/world", want: 200, header: "Access-Control-Allow-Origin"},
	}
	for _, tt := range tests {
		if tt.method == "" {
			tt.method = "GET"
		}
		resp, body := webtest.Request(t, tt.method, at+tt.path)
		if resp.StatusCode != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, resp.StatusCode, tt.want)
		}
		if got := resp.Header.Get(tt.header); tt.header != "" && got != tt.is {
			t.Errorf("%s %s: %s %q, want %q", tt.method, tt.path, tt.header, got, tt.is)
		}
		if tt.method == "HEAD" && (body != "" || resp.ContentLength < 1000) {
			t.Errorf("HEAD %s: %d bytes, length %d", tt.path, len(body), resp.ContentLength)
		}
		h := resp.Header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s %s: unsafe headers %v", tt.method, tt.path, h)
		}
	}
}

// A story that only a keyed topic carries opens with that topic's key, and links contain
// the key.
func TestKeyedStory(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	s := n.Find("What the vault says")
	_, body := webtest.Request(t, "GET", at+"/topics/inside?key=open%26sesame")
	to := "/stories/" + s.ID + "?key=open%26sesame"
	webtest.ContainsInOrder(t, body, `content="noindex"`, `/topics/inside.atom?key=open%26sesame`, "What the vault says", to, "The Vault")
	resp, body := webtest.Request(t, "GET", at+to)
	if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "private, max-age=60" {
		t.Errorf("with the key: %d %q", resp.StatusCode, resp.Header.Get("Cache-Control"))
	}
	webtest.ContainsInOrder(t, body, "What the vault says", "The Vault", "Gulf Wire")
}

func TestConditional(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	feed := at + "/topics/world.atom"
	resp, full := webtest.Request(t, "GET", feed)
	tag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	if !regexp.MustCompile(`^"\d+-[0-9a-f]+"$`).MatchString(tag) || modified == "" {
		t.Fatalf("ETag %s, Last-Modified %q", tag, modified)
	}
	tests := []struct {
		name string
		path string
		send []string
		want int
	}{
		{name: "the same tag", send: []string{"If-None-Match: " + tag}, want: 304},
		{name: "weakened on the way", send: []string{"If-None-Match: W/" + tag}, want: 304},
		{name: "one of a list", send: []string{`If-None-Match: "a,b" , W/"c", ` + tag}, want: 304},
		{name: "in a second line", send: []string{`If-None-Match: "a"`, "If-None-Match: " + tag}, want: 304},
		{name: "any", send: []string{"If-None-Match: *"}, want: 304},
		{name: "another tag", send: []string{`If-None-Match: "a"`}, want: 200},
		{name: "unquoted", send: []string{"If-None-Match: " + strings.Trim(tag, `"`)}, want: 200},
		{name: "the tag within another", send: []string{`If-None-Match: "x` + strings.Trim(tag, `"`) + `"`}, want: 200},
		{name: "not changed since", send: []string{"If-Modified-Since: " + modified}, want: 304},
		{name: "changed since", send: []string{"If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT"}, want: 200},
		{name: "no date", send: []string{"If-Modified-Since: yesterday"}, want: 200},
		{name: "the tag counts, not the date", send: []string{`If-None-Match: "a"`, "If-Modified-Since: " + modified}, want: 200},
		{name: "the compressed form has another tag", send: []string{"If-None-Match: " + tag, "Accept-Encoding: gzip"}, want: 200},
		{name: "its own", send: []string{"If-None-Match: " + strings.TrimSuffix(tag, `"`) + `-gzip"`, "Accept-Encoding: gzip"}, want: 304},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := webtest.Request(t, "GET", feed, tt.send...)
			if resp.StatusCode != tt.want {
				t.Fatalf("%q: %d, want %d", tt.send, resp.StatusCode, tt.want)
			}
			if tt.want == 304 && (body != "" || resp.Header.Get("ETag") == "" || resp.Header.Get("Cache-Control") == "" || resp.Header.Get("Vary") == "") {
				t.Errorf("304 with %d bytes and headers %v", len(body), resp.Header)
			}
		})
	}
	before, _ := webtest.Request(t, "GET", at+"/")
	n.AddStory(webtest.Story{Headline: "Something new", Sources: []string{"gulf"}, Topics: []string{"world"}})
	if resp, body := webtest.Request(t, "GET", feed, "If-None-Match: "+tag); resp.StatusCode != 200 || body == full {
		t.Errorf("after a new story: %d", resp.StatusCode)
	}
	page, body := webtest.Request(t, "GET", at+"/")
	if !strings.Contains(body, "Something new") || page.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Error("the front page does not show the new story, or has the old tag")
	}
	if resp, _ := webtest.Request(t, "GET", at+"/", "If-None-Match: "+page.Header.Get("ETag")); resp.StatusCode != 304 {
		t.Errorf("the same page again: %d, want 304", resp.StatusCode)
	}
}

func TestEncodings(t *testing.T) {
	n := webtest.OpenFilled(t)
	feed := serve(n) + "/topics/world.rss"
	_, plain := webtest.Request(t, "GET", feed)
	tests := map[string]string{
		"":                               "",
		"gzip":                           "gzip",
		"zstd":                           "zstd",
		"gzip, deflate, br":              "gzip",
		"gzip, deflate, br, zstd":        "zstd",
		"zstd;q=0.5, gzip;q=0.8":         "gzip",
		"GZIP ; Q=1":                     "gzip",
		"x-gzip":                         "gzip",
		"*":                              "zstd",
		"*;q=0.1, zstd;q=0":              "gzip",
		"identity, gzip;q=0.5":           "",
		"gzip;q=0":                       "",
		"gzip;q=2":                       "",
		"br":                             "",
		"gzip;q=0.001, identity;q=0":     "gzip",
		"deflate, gzip;q=1.0, *;q=0.5":   "gzip",
		"gzip;q=nonsense, zstd;q=0.0001": "zstd",
	}
	for accept, want := range tests {
		resp, body := webtest.Request(t, "GET", feed, "Accept-Encoding: "+accept)
		if got := resp.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%q: Content-Encoding %q, want %q", accept, got, want)
			continue
		}
		if resp.Header.Get("Vary") != "Accept-Encoding" || resp.ContentLength != int64(len(body)) {
			t.Errorf("%q: Vary %q, length %d of %d", accept, resp.Header.Get("Vary"), resp.ContentLength, len(body))
		}
		if got := decoded(t, want, body); got != plain {
			t.Errorf("%q: the decoded body differs", accept)
		}
		head, _ := webtest.Request(t, "HEAD", feed, "Accept-Encoding: "+accept)
		if head.Header.Get("ETag") != resp.Header.Get("ETag") || head.ContentLength != resp.ContentLength {
			t.Errorf("%q: HEAD has other headers: %v", accept, head.Header)
		}
	}
}

// decoded returns a body without its content coding.
func decoded(t *testing.T, coding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestStyleAndIcon(t *testing.T) {
	n := webtest.Open(t)
	dir := t.TempDir()
	n.Must(os.WriteFile(filepath.Join(dir, "press.css"), []byte(":root{--accent:#063}"), 0o600))
	n.Must(os.WriteFile(filepath.Join(dir, "logo.png"), []byte("\x89PNG"), 0o600))
	n.Rules.Site.Style, n.Rules.Site.Icon = "press.css", "logo.png"
	n.ApplyRules()
	s := newSite(n)
	s.Dir = dir
	at := webtest.Serve(t, s)
	if _, css := webtest.Request(t, "GET", at+"/style.css"); !strings.HasSuffix(css, ":root{--accent:#063}") || !strings.HasPrefix(css, ":root {") {
		t.Errorf("style.css ends %.60q", css[max(0, len(css)-60):])
	}
	resp, icon := webtest.Request(t, "GET", at+"/icon.png")
	if icon != "\x89PNG" || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("icon %q %q", icon, resp.Header.Get("Content-Type"))
	}
	if _, body := webtest.Request(t, "GET", at+"/"); !strings.Contains(body, `<img src="/icon.png"`) {
		t.Error("the masthead shows no icon")
	}
}

// A site below a path answers there and at the root, and links below the path.
func TestSiteBelowAPath(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.URL = "http://press.example/news"
	n.ApplyRules()
	at := serve(n)
	for _, p := range []string{"/", "/news", "/news/", "/news/topics/world", "/topics/world", "/news/style.css"} {
		resp, body := webtest.Request(t, "GET", at+p)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", p, resp.StatusCode)
		}
		if strings.Contains(body, `="/topics`) || strings.Contains(body, `="/style.css"`) {
			t.Errorf("%s links outside the path", p)
		}
	}
	if resp, _ := webtest.Request(t, "GET", at+"/news/topics/economy"); resp.Header.Get("Location") != "/news/topics/trade" {
		t.Errorf("Location %q", resp.Header.Get("Location"))
	}
	if resp, _ := webtest.Request(t, "GET", at+"/news/favicon.ico"); resp.Header.Get("Location") != "/news/icon.svg" {
		t.Errorf("Location of the icon %q", resp.Header.Get("Location"))
	}
}

func TestBeforeTheFirstRules(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "news.db"), store.Options{Created: webtest.Start})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	at := webtest.Serve(t, &site.Site{Store: st, Editions: &edition.Press{Store: st}})
	if resp, _ := webtest.Request(t, "GET", at+"/healthz"); resp.StatusCode != 200 {
		t.Errorf("healthz: %d", resp.StatusCode)
	}
	if resp, body := webtest.Request(t, "GET", at+"/"); resp.StatusCode != 503 || !strings.Contains(body, "service is starting") {
		t.Errorf("front: %d %s", resp.StatusCode, body)
	}
}

func TestExport(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Apply(func(tx *store.Tx) news.Change { return news.Change{} })
	at := serve(n)
	dir := t.TempDir()
	s := newSite(n)
	exportTo(n, s, dir)
	static := webtest.Serve(t, http.FileServer(http.Dir(dir)))
	_, live := webtest.Request(t, "GET", at+"/")
	_, file := webtest.Request(t, "GET", static+"/")
	if diff := cmp.Diff(live, file); diff != "" {
		t.Errorf("front page, served and as a file (-served +file):\n%s", diff)
	}
	for _, link := range links(file) {
		if resp := follow(t, static+link); resp.StatusCode != 200 {
			t.Errorf("%s: %d on a static host", link, resp.StatusCode)
		}
	}
	_, feed := webtest.Request(t, "GET", at+"/topics/world.rss")
	if b, err := os.ReadFile(filepath.Join(dir, "topics/world.rss")); err != nil || string(b) != feed {
		t.Errorf("topics/world.rss differs from what is served: %v", err)
	}
	if _, page := webtest.Request(t, "GET", static+"/topics/economy/"); !strings.Contains(page, `content="0; url=/topics/trade"`) {
		t.Errorf("an old name does not redirect:\n%s", page)
	}
	for _, name := range []string{"topics/inside", "topics/inside.rss", "stories/" + n.Find("What the vault says").ID} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was exported", name)
		}
	}
	for _, name := range exportedFiles(t, dir) {
		if b, err := os.ReadFile(name); err != nil || bytes.Contains(b, []byte("The Vault")) {
			t.Errorf("%s names a source with credentials, or %v", name, err)
		}
	}
}

// A second export writes only what changed, replaces a withdrawn story by a note, and
// redirects a merged one.
func TestExportAgain(t *testing.T) {
	n := webtest.OpenFilled(t)
	dir := t.TempDir()
	s := newSite(n)
	exportTo(n, s, dir)
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range exportedFiles(t, dir) {
		n.Must(os.Chtimes(name, old, old))
	}
	exportTo(n, s, dir)
	for _, name := range exportedFiles(t, dir) {
		if info, err := os.Stat(name); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was written again", name)
		}
	}
	ferry, copper, harbour := n.Find("Ferry returns to port after a night at sea"), n.Find("Copper rises for a third day"), n.Find("Harbour reopens <b>slowly</b> & carefully")
	n.Apply(func(tx *store.Tx) news.Change {
		copper.Killed = n.At
		for i := range copper.Takes {
			copper.Takes[i].Killed = n.At
		}
		ferry.MergedInto = harbour.ID
		n.Must(tx.Stories.Put(copper))
		n.Must(tx.Stories.Put(ferry))
		return news.Change{Stories: []string{copper.ID, ferry.ID}, Topics: []string{"world", "trade"}}
	})
	exportTo(n, s, dir)
	note, err := os.ReadFile(filepath.Join(dir, "stories", copper.ID, "index.html"))
	if err != nil || !bytes.Contains(note, []byte("Withdrawn by")) || bytes.Contains(note, []byte("Copper rises")) {
		t.Errorf("a withdrawn story is still exported, or has no note: %v\n%s", err, note)
	}
	b, err := os.ReadFile(filepath.Join(dir, "stories", ferry.ID, "index.html"))
	if err != nil || !strings.Contains(string(b), "url=/stories/"+harbour.ID) {
		t.Errorf("a merged story does not redirect: %v", err)
	}
}

// exportTo exports a site to a folder that has no foreign files.
func exportTo(n *webtest.Newsroom, s *site.Site, dir string) {
	r, err := export.Write(s, dir, export.Options{})
	n.Must(err)
	if len(r.Foreign) > 0 {
		n.Must(fmt.Errorf("not ours: %v", r.Foreign))
	}
}

// exportedFiles returns the paths of all files below dir, of which there must be some.
func exportedFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, name)
		}
		return err
	})
	if err != nil || len(out) < 10 {
		t.Fatalf("%d files, %v", len(out), err)
	}
	return out
}

// links returns the addresses of our site that a page contains.
func links(page string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?:href|src)="(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

// follow requests an address and follows one redirect of a static host.
func follow(t *testing.T, address string) *http.Response {
	t.Helper()
	resp, _ := webtest.Request(t, "GET", address)
	if to := resp.Header.Get("Location"); resp.StatusCode == 301 {
		resp, _ = webtest.Request(t, "GET", strings.TrimRight(address, "/")+"/"+strings.TrimPrefix(filepath.Base(to), filepath.Base(address)))
	}
	return resp
}

// A story that did not change keeps its page although newer stories are related to it. If
// one that it links to is withdrawn or has another headline, its page is written again.
func TestExportKeepsUnchangedStories(t *testing.T) {
	n := webtest.OpenFilled(t)
	add := func(headline string) *news.Story {
		return n.AddStory(webtest.Story{Headline: headline, Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	}
	for i := range 40 {
		add(fmt.Sprint("Filler about shipping number ", i))
	}
	add("Volcano erupts near Reykjavik")
	last := add("Reykjavik prepares for the volcano")
	dir := t.TempDir()
	exportTo(n, newSite(n), dir)
	pages := func() map[string]string {
		all := map[string]string{}
		for _, name := range exportedFiles(t, filepath.Join(dir, "stories")) {
			b, err := os.ReadFile(name)
			n.Must(err)
			all[name] = string(b)
		}
		return all
	}
	before := pages()
	added := add("Volcano ash drifts over Reykjavik")
	exportTo(n, newSite(n), dir)
	for name, body := range pages() {
		if was := before[name]; was != body && was != "" {
			t.Errorf("%s was written again because of a new story", name)
		}
	}
	page := filepath.Join(dir, "stories", added.ID, "index.html")
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), last.ID) {
		t.Errorf("the page of the new story lacks its related story: %v", err)
	}
	n.Apply(func(tx *store.Tx) news.Change {
		last.Killed = n.At
		for i := range last.Takes {
			last.Takes[i].Killed = n.At
		}
		n.Must(tx.Stories.Put(last))
		return news.Change{Stories: []string{last.ID}, Topics: []string{"world"}}
	})
	exportTo(n, newSite(n), dir)
	if b, err := os.ReadFile(page); err != nil || strings.Contains(string(b), last.ID) {
		t.Errorf("the page of an unchanged story still has a withdrawn one: %v", err)
	}
}

// When the database can't be read, an export fails and deletes nothing.
func TestExportDeletesNothingOnErrors(t *testing.T) {
	n := webtest.OpenFilled(t)
	dir := t.TempDir()
	s := newSite(n)
	exportTo(n, s, dir)
	before := exportedFiles(t, dir)
	n.Must(n.Store.Close())
	if _, err := export.Write(s, dir, export.Options{}); err == nil {
		t.Error("an export from a closed database succeeded")
	}
	if diff := cmp.Diff(before, exportedFiles(t, dir)); diff != "" {
		t.Errorf("files changed (-before +after):\n%s", diff)
	}
}
