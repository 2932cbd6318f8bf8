package site_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

var frontHeading = regexp.MustCompile(`<h2 dir="[^"]*"[^>]*><a href="[^"]*">([^<]*)</a></h2>`)

// frontEvents returns the headlines of the events on the front page, the lead first.
func frontEvents(t *testing.T, at string) []string {
	t.Helper()
	_, body := webtest.Request(t, "GET", at+"/")
	var all []string
	for _, m := range frontHeading.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

// all is every source whose stories need no key.
var all = []string{"gulf", "nile", "north", "harbour"}

// The event that most outlets report leads the front page, until that is too long ago. A
// pinned story leads whatever its weight.
func TestFrontLead(t *testing.T) {
	for _, c := range []struct {
		name             string
		outlets, ranking int           // of the older event, and the rank of its sources
		after            time.Duration // between it and the report of one outlet
		want             string
	}{
		{"one outlet each", 1, 0, time.Minute, "Newer"},
		{"three outlets, an hour ago", 3, 0, time.Hour, "Older"},
		{"two outlets, before half the weight is gone", 2, 0, 5 * time.Hour, "Older"},
		{"two outlets, after it", 2, 0, 7 * time.Hour, "Newer"},
		{"four outlets, a day ago", 4, 0, 24 * time.Hour, "Newer"},
		{"one outlet of high rank", 1, 10, time.Hour, "Older"},
		{"two outlets of low rank", 2, -10, time.Hour, "Newer"},
		{"rank is not everything", 1, 1000, 7 * time.Hour, "Newer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := webtest.Open(t)
			for i := range n.Rules.Sources {
				if n.Rules.Sources[i].ID != "harbour" {
					n.Rules.Sources[i].Rank = c.ranking
				}
			}
			n.ApplyRules()
			older := n.AddStory(webtest.Story{Headline: "Older", Language: "en", Sources: all[:c.outlets], Topics: []string{"world"}})
			n.AddStory(webtest.Story{Headline: "Newer", Language: "en", Sources: []string{"harbour"}, Topics: []string{"world"}, After: c.after})
			at := serve(n)
			if got := frontEvents(t, at); len(got) != 2 || got[0] != c.want {
				t.Errorf("events %q, want %q first", got, c.want)
			}
			n.Pin("world", older)
			if got := frontEvents(t, at); len(got) != 2 || got[0] != "Older" {
				t.Errorf("events %q, want the pinned one first", got)
			}
		})
	}
}

// Under the lead are the other headlines of its event, and the outlets that have its own.
// Stories of other events come later, in their topics, and none is there twice.
func TestFrontEvents(t *testing.T) {
	n := webtest.Open(t)
	n.AddStory(webtest.Story{Headline: "Ferry burns off Naxos", Language: "en", Event: "ferry", Sources: all[:3], Topics: []string{"world"}, Summary: "Six vessels are on the way."})
	n.AddStory(webtest.Story{Headline: "حريق في عبّارة قرب ناكسوس", Language: "ar", Event: "ferry", Sources: all, Topics: []string{"world"}})
	for i := range 7 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ferry, part %d", i), Language: "en", Event: "ferry", Sources: []string{all[max(2, 3-i)]}, Topics: []string{"world"}})
	}
	for i := range 20 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Copper, part %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world", "trade"}[i%2 : i%2+1]})
	}
	n.AddStory(webtest.Story{Headline: "Copper: part 3.", Language: "en", Sources: []string{"nile"}, Topics: []string{"trade"}}) // the same headline, but for its signs
	_, body := webtest.Request(t, "GET", serve(n)+"/")
	webtest.ContainsInOrder(t, body, `<article class="top">`, `>Ferry burns off Naxos</a></h2>`, `<p class="summary" dir="ltr" lang="en">Six vessels are on the way.</p>`,
		`<bdi>Gulf Wire</bdi> and 3 other outlets`, "Ferry, part 6", "Ferry, part 0", "Ferry, part 5", "Ferry, part 4", "Ferry, part 3", "3 more", `Also at: <a href="/outlets/nile"><bdi>وكالة النيل</bdi></a> <a href="/outlets/north"><bdi>Northern Post</bdi></a></p>`,
		`<div class="events">`, "Copper, part 19", `<section aria-labelledby="latest-world">`, `<section aria-labelledby="latest-trade">`)
	text := body[strings.Index(body, "<main"):]
	if !strings.Contains(text, ">Copper: part 3.<") || strings.Contains(text, ">Copper, part 3<") {
		t.Error("a headline is there twice")
	}
	for i := range 20 {
		if h := fmt.Sprintf(">Copper, part %d<", i); strings.Count(text, h) > 1 {
			t.Errorf("%s is there %d times", h, strings.Count(text, h))
		}
	}
	if strings.Contains(body, "<img") || strings.Contains(body, "<figure") {
		t.Error("a page without pictures has a place for one")
	}
	n.Rules.Site.Language = "ar"
	n.ApplyRules()
	if got := frontEvents(t, serve(n))[0]; got != "حريق في عبّارة قرب ناكسوس" {
		t.Errorf("on a site in Arabic %q leads the event", got)
	}
}

// The front page depends on the records and the date, not on the time of day or on who asks.
func TestFrontIsTheSameForAll(t *testing.T) {
	n := webtest.OpenFilled(t)
	_, first := webtest.Request(t, "GET", serve(n)+"/")
	later := newSite(n)
	later.Now = func() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }
	_, second := webtest.Request(t, "GET", webtest.Serve(t, later)+"/?key=open%26sesame")
	if first != second {
		t.Error("the front page differs at another time of the day")
	}
}

// What is closed neither leads the front page nor stands under the lead, and counts for
// nothing: stories of a keyed topic or in none, hidden, withdrawn and held ones, and reports
// of sources that are read with credentials.
func TestFrontShowsNothingClosed(t *testing.T) {
	n := webtest.Open(t)
	add := func(headline string, sources []string, topics []string, change func(*news.Story)) {
		n.AddStory(webtest.Story{Headline: headline, Language: "en", Event: "closed", Sources: sources, Topics: topics, Change: change})
	}
	world := []string{"world"}
	add("SECRET keyed", all, []string{"inside"}, nil)
	add("SECRET in no topic", all, nil, nil)
	add("SECRET hidden", all, world, func(s *news.Story) { s.Hidden = map[string]uint64{news.Everywhere: 1} })
	add("SECRET hidden here", all, world, func(s *news.Story) { s.Hidden = map[string]uint64{"world": 1} })
	add("SECRET withdrawn", all, world, func(s *news.Story) {
		s.Killed = s.First
		for i := range s.Takes {
			s.Takes[i].Killed = s.First
		}
	})
	add("SECRET held", all, world, func(s *news.Story) {
		for i := range s.Takes {
			s.Takes[i].Holds = []news.Hold{{Why: "EMBARGO"}}
		}
	})
	add("SECRET vault", []string{"vault"}, world, nil)
	add("Open to all", []string{"vault", "north"}, world, nil)
	n.AddStory(webtest.Story{Headline: "Two outlets", Language: "en", Sources: all[:2], Topics: world})
	n.Pin("world", n.Find("SECRET withdrawn"))
	n.Pin("inside", n.Find("SECRET keyed"))
	_, body := webtest.Request(t, "GET", serve(n)+"/")
	for _, closed := range []string{"SECRET", "The Vault", "vault.example"} {
		if strings.Contains(body, closed) {
			t.Errorf("the front page has %q", closed)
		}
	}
	webtest.ContainsInOrder(t, body, "Two outlets", "Gulf Wire</bdi> and 1 other outlet<", "Open to all", `<bdi dir="ltr"><bdi>Northern Post</bdi></bdi>`)
}

// Pictures are linked from their place, where the source permits it, with their size. Only
// pages with pictures may load them.
func TestFrontPictures(t *testing.T) {
	n := webtest.Open(t)
	lead := n.AddStory(webtest.Story{Headline: "Ferry burns off Naxos", Language: "en", Sources: all[:3], Topics: []string{"world"}})
	next := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	n.EditEntry(lead, func(e *news.Entry) {
		e.Media = []news.Media{
			{URL: "https://cdn.example/tiny.jpg", Picture: true, Width: 90, Height: 60},
			{URL: "https://cdn.example/small.jpg", Picture: true, Width: 240, Height: 160},
			{URL: "https://cdn.example/wide.jpg", Picture: true, Width: 960, Height: 640, Alt: `The "Kyra" & smoke`, Credit: "Jo <i>Photo</i>"},
			{URL: "https://cdn.example/film.mp4", Type: "video/mp4"},
		}
	})
	n.EditEntry(next, func(e *news.Entry) { e.Media = []news.Media{{URL: "http://north.example/copper.jpg", Picture: true}} })
	at := serve(n)
	resp, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, `property="og:image" content="https://cdn.example/wide.jpg"`,
		`<article class="top shown">`, `<img src="https://cdn.example/wide.jpg" alt="The &#34;Kyra&#34; &amp; smoke" dir="ltr" lang="en" width="960" height="640" referrerpolicy="no-referrer" fetchpriority="high">`,
		`Picture: <bdi>Jo &lt;i&gt;Photo&lt;/i&gt;</bdi>`, `<article class="shown">`, `<img src="http://north.example/copper.jpg" alt="" loading="lazy" referrerpolicy="no-referrer">`)
	if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "img-src 'self' https: http:;") || !strings.Contains(got, "script-src 'self';") {
		t.Errorf("policy with pictures: %q", got)
	}
	for id := range slices.Values([]string{"gulf", "north"}) {
		n.SetShow(id, news.ShowHeadline)
	}
	resp, body = webtest.Request(t, "GET", at+"/")
	if got := resp.Header.Get("Content-Security-Policy"); strings.Contains(body, "<img") || strings.Contains(body, "wide.jpg") || !strings.Contains(got, "img-src 'self';") {
		t.Errorf("pictures that the sources don't permit, policy %q:\n%s", got, body)
	}
}

// A picture of another outlet is shown where the lead has none, with that outlet's name.
func TestFrontPictureOfAnotherOutlet(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Ferry burns off Naxos", Language: "en", Sources: all[:2], Topics: []string{"world"}})
	n.Apply(func(tx *store.Tx) news.Change {
		e, err := tx.Entries.Get(s.Takes[1].Entry)
		n.Must(err)
		more := *e
		more.Media = []news.Media{{URL: "https://nile.example/ferry.jpg", Picture: true, Alt: "دخان فوق البحر"}}
		more.Language = "ar"
		n.Must(tx.Entries.Put(&more))
		return news.Change{Stories: []string{s.ID}}
	})
	_, body := webtest.Request(t, "GET", serve(n)+"/")
	webtest.ContainsInOrder(t, body, `<img src="https://nile.example/ferry.jpg" alt="دخان فوق البحر" dir="rtl" lang="ar"`, "Picture: <bdi>وكالة النيل</bdi>", "Ferry burns off Naxos")
}

// A site with one topic names it nowhere on its front page, and one without stories says so.
func TestFrontOfSmallSites(t *testing.T) {
	n := webtest.Open(t)
	n.Rules.Topics = n.Rules.Topics[:1]
	n.Apply(func(tx *store.Tx) news.Change {
		for _, name := range []string{"trade", "economy", "inside"} {
			n.Must(tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: name}, Removed: true}))
		}
		return news.Change{}
	})
	at := serve(n)
	resp, body := webtest.Request(t, "GET", at+"/")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "No stories yet.") || strings.Contains(body, "<article") {
		t.Errorf("an empty front page: %d\n%s", resp.StatusCode, body)
	}
	for i := range 14 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Report number %d", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
		_, body = webtest.Request(t, "GET", at+"/")
		if strings.Contains(body, `class="topic"`) || strings.Contains(body, `<div class="others">`) || strings.Contains(body, `class="sections`) != (i >= 11) || strings.Contains(body, `<div class="events">`) != (i >= 1) {
			t.Errorf("the front page of %d stories:\n%s", i+1, body)
		}
	}
}

// Every page loads the script that applies the reader's colours before its style sheet.
func TestPagesLoadTheScript(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	for _, path := range []string{"/", "/topics/world", "/topics/world/embed", "/stories/" + n.Find("Copper rises for a third day").ID, "/stories/" + n.Find("Withdrawn claim").ID, "/nothing"} {
		resp, body := webtest.Request(t, "GET", at+path)
		webtest.ContainsInOrder(t, body, `<script src="/site.js"></script>`, `<link rel="stylesheet"`, `<select id="theme"`)
		if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "script-src 'self'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", path, got)
		}
	}
	if resp, _ := webtest.Request(t, "GET", at+"/site.js"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("/site.js: %d %q", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
}

// BenchmarkFront measures how long the front page takes after each record.
func BenchmarkFront(b *testing.B) {
	n := webtest.Open(b)
	for i := range 300 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ship number %d leaves the port of %d", i, i*7919), Language: "en", Event: fmt.Sprint("event", i/3), Sources: all, Topics: []string{"world", "trade"}, After: time.Minute})
	}
	for b.Loop() {
		s := &site.Site{Store: n.Store, Editions: &edition.Press{Store: n.Store}, Now: func() time.Time { return n.At }}
		pages, err := s.Static()
		n.Must(err)
		_, err = pages.Get("/")
		n.Must(err)
	}
}
