package site_test

import (
	"fmt"
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

// serveAt serves the site of a newsroom at a time.
func serveAt(n *webtest.Newsroom, now time.Time) string {
	n.Helper()
	s := newSite(n)
	s.Now = func() time.Time { return now }
	return webtest.Serve(n.TB, s)
}

// addAt adds a story whose place is at a time, in world unless topics are given.
func addAt(n *webtest.Newsroom, at, headline string, topics ...string) *news.Story {
	n.Helper()
	placed, err := time.Parse(time.RFC3339, at)
	n.Must(err)
	if len(topics) == 0 {
		topics = []string{"world"}
	}
	return n.AddStory(webtest.Story{Headline: headline, Language: "en", Sources: []string{"gulf"}, Topics: topics, Change: func(s *news.Story) {
		s.First, s.Last, s.Takes[0].At = placed, placed, placed
		for name, p := range s.Places {
			p.At = placed
			s.Places[name] = p
		}
	}})
}

var storyLine = regexp.MustCompile(`(?s)<article class="story"[^>]*>.*?<h3[^>]*><a href="[^"]*">(.*?)</a>`)

// lines returns the headlines of the stories on a page.
func lines(body string) (all []string) {
	for _, m := range storyLine.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

// A day has the stories of that day in the zone of the site, and links to the nearest days
// with stories.
func TestDaysInTheZone(t *testing.T) {
	for _, tt := range []struct {
		zone, day      string
		stories        []string // times
		want           []string // of these, those of the day
		earlier, later string
	}{
		{"Asia/Dubai", "2026/11/27", []string{"2026-11-26T19:59:59Z", "2026-11-26T20:00:00Z", "2026-11-27T19:59:59Z", "2026-11-27T20:00:00Z"},
			[]string{"2026-11-27T19:59:59Z", "2026-11-26T20:00:00Z"}, "2026/11/26", "2026/11/28"},
		{"Europe/Berlin", "2026/03/29", []string{"2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"}, // 23 hours
			[]string{"2026-03-29T21:59:59Z", "2026-03-28T23:00:00Z"}, "2026/03/28", "2026/03/30"},
		{"Europe/Berlin", "2026/10/25", []string{"2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"}, // 25 hours
			[]string{"2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"}, "2026/10/24", "2026/10/26"},
		{"Asia/Beirut", "2026/03/29", []string{"2026-03-28T21:59:59Z", "2026-03-28T22:00:00Z", "2026-03-29T20:59:59Z", "2026-03-29T21:00:00Z"}, // begins at 1:00
			[]string{"2026-03-29T20:59:59Z", "2026-03-28T22:00:00Z"}, "2026/03/28", "2026/03/30"},
		{"America/Havana", "2026/11/01", []string{"2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"}, // has 0:00 twice
			[]string{"2026-11-02T04:59:59Z", "2026-11-01T04:00:00Z"}, "2026/10/31", "2026/11/02"},
		{"UTC", "2024/02/29", []string{"2024-02-27T12:00:00Z", "2024-03-02T12:00:00Z"}, nil, "2024/02/27", "2024/03/02"},
	} {
		n := webtest.Open(t)
		n.Rules.Site.Zone = tt.zone
		n.ApplyRules()
		for _, at := range tt.stories {
			addAt(n, at, at)
		}
		at := serveAt(n, time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC))
		resp, body := webtest.Request(t, "GET", at+"/topics/world/"+tt.day)
		if resp.StatusCode != 200 {
			t.Errorf("%s %s: %d", tt.zone, tt.day, resp.StatusCode)
			continue
		}
		if diff := cmp.Diff(tt.want, lines(body)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.zone, tt.day, diff)
		}
		webtest.ContainsInOrder(t, body, `rel="prev" href="/topics/world/`+tt.later, `rel="next" href="/topics/world/`+tt.earlier,
			`Earlier: <a href="/topics/world/`+tt.earlier+`"><time datetime="`+strings.ReplaceAll(tt.earlier, "/", "-"), `Whole month: <a href="/topics/world/`+tt.day[:7]+`">`,
			`Later: <a href="/topics/world/`+tt.later, `<time datetime="`+strings.ReplaceAll(tt.day, "/", "-")+`">`)
		if tt.want == nil {
			webtest.ContainsInOrder(t, body, "There are no stories from this day.")
		}
	}
}

// Days are pages from a topic's first story until today. All other addresses are no pages.
func TestDayAddresses(t *testing.T) {
	n := webtest.Open(t)
	n.RemoveTopic("gossip")
	addAt(n, "2026-11-18T10:00:00Z", "The first")
	addAt(n, "2026-11-20T10:00:00Z", "The last")
	addAt(n, "2026-11-20T11:00:00Z", "What the vault says", "inside")
	addAt(n, "2026-11-20T12:00:00Z", "Copper", "trade")
	at := serve(n) // on 21 November
	for _, tt := range []struct {
		path     string
		want     int
		location string
		caching  string
	}{
		{"/topics/world/2026/11/18", 200, "", "public, max-age=60"}, {"/topics/world/2026/11/19", 200, "", "public, max-age=60"},
		{"/topics/world/2026/11/20", 200, "", "public, max-age=60"}, {"/topics/world/2026/11/21", 200, "", "public, max-age=60"},
		{"/topics/world/2026/11/22", 404, "", "no-cache"}, {"/topics/world/2026/11/17", 404, "", "no-cache"}, {"/topics/world/2026/11", 200, "", "public, max-age=60"},
		{"/topics/world/2026/10", 404, "", ""}, {"/topics/world/2026/12", 404, "", ""}, {"/topics/world/2026/13", 404, "", ""}, {"/topics/world/2026", 404, "", ""},
		{"/topics/world/2026/11/31", 404, "", ""}, {"/topics/world/2026/11/00", 404, "", ""}, {"/topics/world/2026/2/3", 404, "", ""}, {"/topics/world/0000/11/18", 404, "", ""},
		{"/topics/world/2026/11/018", 404, "", ""}, {"/topics/world/2026/11/+1", 404, "", ""}, {"/topics/world/2026/11/1e", 404, "", ""}, {"/topics/world/9999/11/18", 404, "", ""},
		{"/topics/world/2026/11/18/page/1", 404, "", ""}, {"/topics/world/2026/11/18/page/2", 404, "", ""}, {"/topics/world/2026/11/page/02", 404, "", ""},
		{"/topics/world/2026/11/18/page/x", 404, "", ""}, {"/topics/world/2026/11/18/page/99999999999999999999", 404, "", ""}, {"/topics/world/2026/11/18/", 301, "/topics/world/2026/11/18", ""},
		{"/topics/economy/2026/11/20", 301, "/topics/trade/2026/11/20", ""}, {"/topics/economy/2026/11", 301, "/topics/trade/2026/11", ""}, {"/topics/economy/2026/11/20/page/2", 301, "/topics/trade/2026/11/20/page/2", ""},
		{"/topics/trade/2026/11/20", 200, "", ""}, {"/topics/gossip/2026/11/20", 410, "", ""}, {"/topics/gossip/2026/11", 410, "", ""}, {"/topics/nothing/2026/11/20", 404, "", ""},
		{"/topics/inside/2026/11/20", 403, "", "no-cache"}, {"/topics/inside/2026/11", 403, "", ""}, {"/topics/inside/2026/11/20?key=wrong", 403, "", ""}, {"/topics/inside/2031/11/20", 403, "", ""},
		{"/topics/inside/2026/11/20?key=open%26sesame", 200, "", "private, max-age=60"}, {"/topics/inside/2026/11?key=open%26sesame", 200, "", "private, max-age=60"},
	} {
		resp, body := webtest.Request(t, "GET", at+tt.path)
		h := resp.Header
		if resp.StatusCode != tt.want || h.Get("Location") != tt.location || tt.caching != "" && h.Get("Cache-Control") != tt.caching {
			t.Errorf("%s: %d %q %q, want %+v", tt.path, resp.StatusCode, h.Get("Location"), h.Get("Cache-Control"), tt)
		}
		if strings.Contains(body, "What the vault says") != (strings.HasPrefix(tt.path, "/topics/inside") && tt.want == 200) {
			t.Errorf("%s: what a key protects is shown, or not to its reader:\n%s", tt.path, body)
		}
		if tt.want != 200 {
			continue
		}
		if again, _ := webtest.Request(t, "GET", at+tt.path, "If-None-Match: "+h.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s again: %d, want 304", tt.path, again.StatusCode)
		}
	}
	_, body := webtest.Request(t, "GET", at+"/topics/inside/2026/11?key=open%26sesame")
	webtest.ContainsInOrder(t, body, `content="noindex"`, `<h1 dir="ltr"><a href="/topics/inside?key=open%26sesame">`, `<h2><bdi dir="ltr"><a href="/topics/inside/2026/11/20?key=open%26sesame">`)
	_, body = webtest.Request(t, "GET", at+"/topics/world/2026/11/19")
	webtest.ContainsInOrder(t, body, `<title>Thursday, 19 November 2026 · World · Gulf Courier</title>`, `rel="canonical" href="http://press.example/topics/world/2026/11/19"`,
		`Earlier: <a href="/topics/world/2026/11/18"><time datetime="2026-11-18">Wednesday, 18 November 2026</time></a>`, "There are no stories from this day.")
}

// Every story of a topic is on one page of its day and on one of its month, the newest
// first, however many there are.
func TestPagesOfDaysAndMonths(t *testing.T) {
	n := webtest.Open(t)
	var want []string
	for i := range 230 {
		day := 18 + i/205
		headline := fmt.Sprintf("Telegram %d", i)
		addAt(n, fmt.Sprintf("2026-11-%dT10:00:00Z", day), headline)
		want = append(want, headline)
	}
	slices.Reverse(want)
	at := serve(n)
	follow := func(path string) (all []string, pages int) {
		for path != "" {
			resp, body := webtest.Request(t, "GET", at+path)
			if resp.StatusCode != 200 {
				t.Fatalf("%s: %d", path, resp.StatusCode)
			}
			if !strings.Contains(body, `rel="canonical" href="http://press.example`+path+`"`) {
				t.Errorf("%s is not its own canonical page", path)
			}
			all, pages = append(all, lines(body)...), pages+1
			path = ""
			if m := regexp.MustCompile(`<a href="([^"]*)"><bdi dir="ltr">Next page</bdi></a>`).FindStringSubmatch(body); m != nil {
				path = m[1]
			}
		}
		return all, pages
	}
	for _, tt := range []struct {
		path  string
		want  []string
		pages int
	}{{"/topics/world/2026/11", want, 3}, {"/topics/world/2026/11/18", want[25:], 3}, {"/topics/world/2026/11/19", want[:25], 1}} {
		got, pages := follow(tt.path)
		if diff := cmp.Diff(tt.want, got); diff != "" || pages != tt.pages {
			t.Errorf("%s: %d pages, want %d (-want +got):\n%s", tt.path, pages, tt.pages, diff)
		}
	}
	_, body := webtest.Request(t, "GET", at+"/topics/world/2026/11/18/page/2")
	webtest.ContainsInOrder(t, body, `rel="prev" href="/topics/world/2026/11/18"`, `rel="next" href="/topics/world/2026/11/18/page/3"`, `aria-label="Page 2 of 3"`, `<a href="/topics/world/2026/11/18"><bdi dir="ltr">Previous page</bdi></a>`)
	_, body = webtest.Request(t, "GET", at+"/topics/world")
	if got := lines(body); len(got) != 50 {
		t.Errorf("the topic's page has %d stories", len(got))
	}
	webtest.ContainsInOrder(t, body, `<h2><bdi dir="ltr"><a href="/topics/world/2026/11/19">`, `Older stories: <a href="/topics/world/2026/11/18#`, `Whole month: <a href="/topics/world/2026/11">`)
	_, body = webtest.Request(t, "GET", at+"/topics/world/2026/11")
	webtest.ContainsInOrder(t, body, `<a href="/topics/world/2026/11/18"><time datetime="2026-11-18">18</time> <span aria-hidden="true">205</span><span class="off">205 stories</span></a>`,
		`<a href="/topics/world/2026/11/19"><time datetime="2026-11-19">19</time> <span aria-hidden="true">25</span>`, `<h2><bdi`)
}

// A withdrawn story leaves the pages of an old day as soon as any other page. Until then a
// cache asks with the page's validator, and gets no body.
func TestOldDaysAreValidated(t *testing.T) {
	n := webtest.Open(t)
	addAt(n, "2026-10-02T10:00:00Z", "What stays")
	gone := addAt(n, "2026-10-02T11:00:00Z", "What goes")
	at := serve(n) // on 21 November
	pages := map[string]string{}
	for path, age := range map[string]string{"/topics/world/2026/10/02": "60", "/topics/world/2026/10": "60", "/sitemap-2026-10-02.xml": "300"} {
		resp, body := webtest.Request(t, "GET", at+path)
		if got := resp.Header.Get("Cache-Control"); got != "public, max-age="+age || !strings.Contains(body, gone.ID) {
			t.Errorf("%s: %q, want %s seconds and the story", path, got, age)
		}
		pages[path] = resp.Header.Get("Etag")
		if resp, body = webtest.Request(t, "GET", at+path, "If-None-Match: "+pages[path]); resp.StatusCode != 304 || body != "" {
			t.Errorf("%s as it was: %d, %d bytes, want 304 and none", path, resp.StatusCode, len(body))
		}
	}
	n.Apply(func(tx *store.Tx) news.Change {
		gone.Killed, gone.Takes[0].Killed = n.At, n.At
		n.Must(tx.Stories.Put(gone))
		return news.Change{Stories: []string{gone.ID}, Topics: []string{"world"}}
	})
	for path, tag := range pages {
		if resp, body := webtest.Request(t, "GET", at+path, "If-None-Match: "+tag); resp.StatusCode != 200 || strings.Contains(body, gone.ID) {
			t.Errorf("%s after the story was withdrawn: %d, with the story: %t, want it without", path, resp.StatusCode, strings.Contains(body, gone.ID))
		}
	}
}

var olderLink = regexp.MustCompile(`Older stories: <a href="([^"#]*)(?:#([^"]*))?">`)

// The link to older stories leads to the first story that the topic's page does not show,
// on whatever page of its day that is.
func TestOlderStoriesFollowThoseShown(t *testing.T) {
	n := webtest.Open(t)
	n.Rules.Topics[0].Stories = 150
	n.ApplyRules()
	var all []*news.Story
	for i := range 400 {
		all = append(all, addAt(n, time.Date(2026, 11, 18, 10, 0, i, 0, time.UTC).Format(time.RFC3339), fmt.Sprintf("Telegram %d", i)))
	}
	at := serve(n)
	check := func(name string, want *news.Story) {
		t.Helper()
		_, body := webtest.Request(t, "GET", at+"/topics/world")
		m := olderLink.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("%s: no link to older stories", name)
		}
		_, body = webtest.Request(t, "GET", at+m[1])
		from := strings.Index(body, `<article class="story" id="`+m[2]+`">`)
		if m[2] == "" {
			from = strings.Index(body, `<article class="story"`)
		}
		if from < 0 {
			t.Fatalf("%s: %s has no element %q", name, m[1], m[2])
		}
		if got := lines(body[from:]); got[0] != want.Headline {
			t.Errorf("%s: %s#%s leads to %q, want %q", name, m[1], m[2], got[0], want.Headline)
		}
	}
	check("150 shown", all[249])
	n.Apply(func(tx *store.Tx) news.Change {
		for _, s := range all[245:250] {
			s.Killed, s.Takes[0].Killed = s.Last, s.Last
			n.Must(tx.Stories.Put(s))
		}
		return news.Change{Stories: []string{all[249].ID}, Topics: []string{"world"}}
	})
	check("the next ones withdrawn", all[244])
	addAt(n, "2026-11-18T11:00:00Z", "One more")
	n.Pin("world", all[244])
	check("the next one pinned, and one more", all[250])
	n.Rules.Topics[0].MaxPerSource = 3
	n.ApplyRules()
	n.Pin("world", all[399])
	check("three of a source", all[397])
	n.Rules.Topics[0].MaxPerSource, n.Rules.Topics[0].Stories = 0, 500
	n.ApplyRules()
	if _, body := webtest.Request(t, "GET", at+"/topics/world"); olderLink.MatchString(body) {
		t.Error("all are shown, and there are older ones")
	}
}

// The counts of a month and its pages follow every change, also those that are no longer
// stored, and of stories that are deleted.
func TestCountsFollow(t *testing.T) {
	n := webtest.Open(t)
	first := addAt(n, "2026-11-18T10:00:00Z", "One")
	at := serve(n)
	counts := func(want string) {
		t.Helper()
		_, body := webtest.Request(t, "GET", at+"/topics/world/2026/11")
		var got []string
		for _, m := range regexp.MustCompile(`<time datetime="2026-11-\d+">(\d+)</time> <span aria-hidden="true">(\d+)</span>`).FindAllStringSubmatch(body, -1) {
			got = append(got, m[1]+" "+m[2])
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("the month has %q, want %q", got, want)
		}
	}
	counts("18 1")
	second := addAt(n, "2026-11-20T10:00:00Z", "Two")
	addAt(n, "2026-11-18T11:00:00Z", "Three")
	counts("18 2, 20 1")
	n.Apply(func(tx *store.Tx) news.Change {
		p := first.Places["world"]
		p.Out = true
		first.Places["world"] = p
		n.Must(tx.Stories.Put(first))
		return news.Change{Stories: []string{first.ID}, Topics: []string{"world"}}
	})
	counts("18 1, 20 1")
	addAt(n, "2026-11-20T11:00:00Z", "Four")
	n.DeleteChanges(n.At.Add(time.Hour))
	counts("18 1, 20 2")
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Stories.Delete(second))
		return news.Change{TextChanged: []string{second.ID}, Topics: []string{"world"}}
	})
	counts("18 1, 20 1")
	n.Rules.Site.Zone = "Pacific/Kiritimati" // 14 hours east
	n.ApplyRules()
	counts("19 1, 21 1")
}

// A topic whose page shows all its stories has no link to older ones.
func TestNoOlderStories(t *testing.T) {
	n := webtest.OpenFilled(t)
	if _, body := webtest.Request(t, "GET", serve(n)+"/topics/trade"); strings.Contains(body, "Older stories") {
		t.Errorf("trade has older stories:\n%s", body)
	}
}

// A day shows what readers may still see, and of a story without text its headline, its
// outlets and its link.
func TestDaysObeyGates(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	hidden := addAt(n, "2026-11-20T12:00:00Z", "Hidden by an editor")
	held := addAt(n, "2026-11-20T12:01:00Z", "Held until noon")
	old := addAt(n, "2026-11-20T12:02:00Z", "Without its text")
	n.Apply(func(tx *store.Tx) news.Change {
		p := hidden.Places["world"]
		p.Out = true
		hidden.Places["world"], hidden.Hidden = p, map[string]uint64{"world": n.Seq}
		held.Takes[0].Holds = []news.Hold{{Why: "EMBARGO"}}
		for _, s := range []*news.Story{hidden, held} {
			n.Must(tx.Stories.Put(s))
		}
		e, err := tx.Entries.Get(old.Lead)
		n.Must(err)
		n.Must(tx.Entries.DeleteText(e))
		return news.Change{Stories: []string{hidden.ID, held.ID, old.ID}, Topics: []string{"world"}}
	})
	for _, path := range []string{"/topics/world/2026/11/20", "/topics/world/2026/11", "/topics/trade/2026/11/20"} {
		_, body := webtest.Request(t, "GET", at+path)
		for _, secret := range []string{"Hidden by an editor", "Held until noon", "Withdrawn claim", "What the vault says", "The Vault", "vault.example", "Nobody carries this"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s contains %q", path, secret)
			}
		}
	}
	_, body := webtest.Request(t, "GET", at+"/topics/world/2026/11/20")
	webtest.ContainsInOrder(t, body, `<h3 dir="ltr" lang="en"><a href="`+old.Link+`">Without its text</a></h3>`, `<a href="/stories/`+old.ID+`"`, "Gulf Wire", "Copper rises for a third day", "and 2 other outlets", "عودة العبّارة", "Ferry returns")
}
