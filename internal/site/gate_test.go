package site_test

import (
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// sent is a feed of a source that has more than we may show, and scripts and tracking
// pixels, which nobody may.
const sent = `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Gulf</title><link>http://gulf.example/</link>
<item><guid isPermaLink="false">1</guid><title>The gate</title><link>http://gulf.example/gate</link>
<description>The summary begins here. %s And here the summary ends.</description>
<content:encoded><![CDATA[<p onclick="alert(1)">All of the body.</p><img src="/body.jpg" width="640" height="360" alt="A gate">
<img src="https://pixel.example/t.gif" width="1" height="1"><img src="https://pixel.example/u.gif" style="display: none"><script>alert(2)</script>]]></content:encoded>
<enclosure url="https://cdn.example/talk.mp3" type="audio/mpeg" length="1000"/>
<media:content url="https://cdn.example/picture.jpg" type="image/jpeg" medium="image" width="800" height="450"/>
</item></channel></rss>`

// newsroomWithBodies returns a newsroom with two stories of a source that sent sent: above
// in the feed of the topic world, below in its archive.
func newsroomWithBodies(t *testing.T) (n *webtest.Newsroom, above, below *news.Story) {
	n = webtest.Open(t)
	n.Rules.Topics[0].Stories, n.Rules.Topics[1].ToStory = 1, true
	n.ApplyRules()
	doc, err := feed.Read(fmt.Appendf(nil, sent, strings.Repeat("It goes on and on. ", 20)), feed.Hints{})
	n.Must(err)
	e := canon.Entries(doc, news.Source{ID: "gulf"})[0]
	below = n.AddStory(webtest.Story{Headline: "Lower gate opens", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world", "trade"}})
	above = n.AddStory(webtest.Story{Headline: "Upper gate opens", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world", "trade"}, After: time.Hour})
	n.AddStory(webtest.Story{Headline: "Of the vault alone", Language: "en", Sources: []string{"vault"}, Topics: []string{"inside"}})
	n.Apply(func(tx *store.Tx) news.Change {
		for _, s := range []*news.Story{below, above} {
			lead, err := tx.Entries.Get(s.Lead)
			n.Must(err)
			lead.Summary, lead.Body, lead.Base, lead.Media = e.Summary, e.Body, e.Base, e.Media
			n.Must(tx.Entries.Put(lead))
		}
		return news.Change{}
	})
	return n, above, below
}

// outputs returns all public outputs by address: pages, feeds, the export, the newsletter.
func outputs(n *webtest.Newsroom, t *testing.T, dir string, stories ...*news.Story) map[string]string {
	pages := newSite(n)
	at := webtest.Serve(t, pages)
	paths := []string{
		"/", "/topics/world", "/topics/world.rss", "/topics/world.atom", "/topics/world.json", "/topics/world/archive/1.atom", "/topics/trade",
		"/topics/trade.rss", "/topics/trade.atom", "/topics/trade.json", "/embed/world", "/embed/trade", "/topics/world/embed", "/topics.opml", "/sitemap.xml",
		"/oembed?url=" + url.QueryEscape("http://press.example/topics/world"),
		"/topics/world" + n.At.UTC().Format("/2006/01/02"), "/topics/world" + n.At.UTC().Format("/2006/01"), "/outlets/north", "/embed/world?events=1", "/embed/world.json", "/embed/world.events.json",
		"/sitemap-pages.xml", "/sitemap-news.xml", "/sitemap-" + n.At.UTC().Format("2006-01-02") + ".xml",
	}
	for _, s := range stories {
		paths = append(paths, "/stories/"+s.ID, "/stories/"+s.ID+".atom")
	}
	out := map[string]string{}
	for _, p := range paths {
		resp, body := webtest.Request(t, "GET", at+p)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", p, resp.StatusCode)
		}
		out[p] = body
	}
	exportTo(n, pages, dir)
	n.Must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out["export/"+filepath.ToSlash(name)] = string(body)
		return err
	}))
	n.Must(n.Store.View(func(tx *store.Tx) error {
		_, items, _, err := site.NewsletterIssue(tx, "world", 0, webtest.Start.Add(-time.Hour))
		out["newsletter"] = fmt.Sprintf("%+v", items)
		return err
	}))
	return out
}

// Every output shows only what a source permits, also of entries from before the setting
// changed.
func TestPermissionInEveryOutput(t *testing.T) {
	n, above, below := newsroomWithBodies(t)
	dir := t.TempDir()
	const begins, ends, body, talk, picture = "The summary begins here.", "And here the summary ends.", "All of the body.", "cdn.example/talk.mp3", "cdn.example/picture.jpg"
	feeds := []string{"topics/world.rss", "topics/world.atom", "topics/world.json", "topics/world/archive/1.atom", "topics/trade.rss", "topics/trade.atom", "topics/trade.json"}
	pages := []string{"stories/" + above.ID, "stories/" + below.ID}
	for _, c := range []struct {
		show       news.Show
		has, lacks []string
	}{
		{news.ShowFull, []string{body, talk}, nil},
		{news.ShowSummary, []string{begins, talk}, []string{ends, body, "body.jpg"}},
		{news.ShowHeadline, nil, []string{begins, ends, body, talk, picture, "body.jpg"}},
	} {
		n.Rules.Sources[0].Show = c.show
		n.ApplyRules()
		all := outputs(n, t, dir, above, below)
		for name, text := range all {
			for _, w := range append([]string{"pixel.example", "alert(", "onclick", "Of the vault"}, c.lacks...) {
				if strings.Contains(text, w) {
					t.Errorf("show %s: %s has %q", c.show, name, w)
				}
			}
		}
		for _, name := range slices.Concat(feeds, pages) {
			for _, w := range append([]string{"gate opens"}, c.has...) {
				exported := "export/" + name
				if strings.HasPrefix(name, "stories/") {
					exported += "/index.html"
				}
				if !strings.Contains(all["/"+name], w) || !strings.Contains(all[exported], w) {
					t.Errorf("show %s: %s or its export lacks %q", c.show, name, w)
				}
			}
		}
		if got := strings.Contains(all["newsletter"], begins); got != (c.show != news.ShowHeadline) {
			t.Errorf("show %s: a summary in the newsletter: %t", c.show, got)
		}
		checkPictures(n, all, c.show)
	}
}

var picture = regexp.MustCompile(`<img [^>]*>`)

// checkPictures checks the attributes of a source's pictures: those of its text, with show:
// full, and the enclosed one on the front page, unless it shows headlines only.
func checkPictures(n *webtest.Newsroom, all map[string]string, show news.Show) {
	n.Helper()
	seen, enclosed := 0, 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := html.UnescapeString(strings.ReplaceAll(all[name], `\"`, `"`))
		for _, img := range picture.FindAllString(text, -1) {
			if strings.Contains(img, "picture.jpg") {
				enclosed++
				for _, w := range []string{`width="800"`, `height="450"`, `referrerpolicy="no-referrer"`, `alt=""`} {
					if !strings.Contains(img, w) {
						n.Errorf("%s: %s lacks %s", name, img, w)
					}
				}
				continue
			}
			seen++
			for _, w := range []string{`src="http://gulf.example/body.jpg"`, `width="640"`, `height="360"`, `loading="lazy"`, `referrerpolicy="no-referrer"`, `alt="A gate"`} {
				if !strings.Contains(img, w) {
					n.Errorf("%s: %s lacks %s", name, img, w)
				}
			}
		}
		media := regexp.MustCompile(`<media:(content|thumbnail) [^>]*picture\.jpg[^>]*>`).FindString(text)
		if media != "" && !(strings.Contains(media, `width="800"`) && strings.Contains(media, `height="450"`)) {
			n.Errorf("%s: %s has no size", name, media)
		}
	}
	if want := show == news.ShowFull; (seen >= 18) != want || !want && seen > 0 {
		n.Errorf("show %s: %d pictures in %d outputs", show, seen, len(all))
	}
	if want := show != news.ShowHeadline; (enclosed > 0) != want {
		n.Errorf("show %s: %d enclosed pictures in %d outputs", show, enclosed, len(all))
	}
}

// newsroomWithClosed returns a newsroom in which SECRET is closed: headlines of sources that
// are read with credentials and of takes that are held everywhere or in each topic that has
// the story, and a withdrawn story. all are the stories that are open otherwise.
func newsroomWithClosed(t *testing.T) (n *webtest.Newsroom, all []*news.Story, withdrawn *news.Story) {
	n = webtest.Open(t)
	n.Rules.Topics[0].Stories = 4
	n.ApplyRules()
	n.AddStory(webtest.Story{Headline: "Below the feed", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	story := func(headline, closed, source string, change func(s *news.Story)) *news.Story {
		return n.AddStory(webtest.Story{Headline: headline, Language: "en", Sources: []string{source, "north"}, Topics: []string{"world"}, Event: "zzzzzzzzzzzzz", Change: func(s *news.Story) {
			s.Headline, s.Takes[0].Headline = closed, closed
			s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Was " + closed, Until: s.First}}
			change(s)
		}})
	}
	all = []*news.Story{
		story("Port reopens", "SECRET port", "vault", func(*news.Story) {}),
		story("Bank cuts rates", "SECRET bank", "gulf", func(s *news.Story) { s.Takes[0].Holds = []news.Hold{{Why: "EMBARGO"}} }),
		story("Court convicts mayor", "SECRET verdict", "gulf", func(s *news.Story) { s.Takes[0].Holds = []news.Hold{{Topic: "world", Why: "verdict"}} }),
	}
	withdrawn = n.AddStory(webtest.Story{Headline: "SECRET libel", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Killed, s.Takes[0].Killed, s.Takes[0].KilledBy = s.First, s.First, "vault"
	}})
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Events.Put(&news.Event{ID: "zzzzzzzzzzzzz", Stories: []string{all[0].ID, all[1].ID, all[2].ID}}))
		world, err := tx.Topics.Get("world")
		n.Must(err)
		more := *world
		more.Tombstones = []news.Tombstone{{Story: withdrawn.ID, URI: withdrawn.URI, At: withdrawn.Killed}}
		n.Must(tx.Topics.Put(&more))
		return news.Change{}
	})
	return n, all, withdrawn
}

// What is closed is in no output, nor is the name of a source that is read with credentials
// and withdrew another one's report.
func TestWhatIsClosedIsInNoOutput(t *testing.T) {
	n, all, withdrawn := newsroomWithClosed(t)
	for name, text := range outputs(n, t, t.TempDir(), all...) {
		for _, closed := range []string{"SECRET", "The Vault"} {
			if i := strings.Index(text, closed); i >= 0 {
				t.Errorf("%s has %q: ...%s", name, closed, text[max(0, i-80):min(len(text), i+80)])
			}
		}
		if strings.HasPrefix(name, "/topics/world.") {
			webtest.ContainsInOrder(t, text, "Court convicts mayor", "Bank cuts rates", "Port reopens")
		}
	}
	_, note := webtest.Request(t, "GET", webtest.Serve(t, newSite(n))+"/stories/"+withdrawn.ID)
	if !strings.Contains(note, "Northern Post") {
		t.Errorf("the note on a withdrawn story names no outlet:\n%s", note)
	}
}

// A search finds nothing by what is closed, and shows nothing of it: not by its words, its
// source, a term behind NOT, the number of outlets, or notes of editors.
func TestWhatIsClosedIsInNoSearch(t *testing.T) {
	n, all, withdrawn := newsroomWithClosed(t)
	n.Apply(func(tx *store.Tx) news.Change {
		for _, s := range all {
			s.AddNotes(news.Note{Who: "Lena", Text: "SECRET note", At: n.At, Seq: n.Seq})
			s.Assigned = &news.Assignment{To: "SECRET colleague", At: n.At, Seq: n.Seq}
			n.Must(tx.Stories.Put(s))
		}
		return news.Change{Stories: []string{all[0].ID, all[1].ID, all[2].ID}}
	})
	at := webtest.Serve(t, searchSite(n))
	for _, c := range []struct {
		query string
		want  int
	}{
		{"secret", 0}, {"verdict", 0}, {"secre*", 0}, {"embargo", 0}, {"lena", 0}, {"colleague", 0}, {"source:vault", 0}, {`source:"The Vault"`, 0}, {"source:gulf", 0}, {"link:vault.example", 0},
		{"outlets:>1", 0}, {"reopens -secret", 1}, {"reopens -source:vault", 1}, {"NOT verdict", 4}, {"outlets:1", 4},
	} {
		status, body := searchFor(t, at, "q", c.query)
		if got := found(body); status != 200 || len(got) != c.want {
			t.Errorf("%s: %d %q, want %d", c.query, status, got, c.want)
		}
		_, results, _ := strings.Cut(body, `<h2 class="off">`) // below the form, which has the query
		for _, closed := range []string{"SECRET", "The Vault", "vault.example", withdrawn.ID} {
			if strings.Contains(results, closed) {
				t.Errorf("%s: the results have %q", c.query, closed)
			}
		}
	}
	for _, query := range []string{`assigned:"SECRET colleague"`, "has:assigned", "has:star", "tag:x"} {
		if _, body := searchFor(t, at, "q", query); len(found(body)) > 0 {
			t.Errorf("%s finds %q", query, found(body))
		}
	}
}

// The page of a story says what holds for its text and its picture, and where its outlet
// took it from, in the direction of the site.
func TestRightsOnTheStoryPage(t *testing.T) {
	n, above, _ := newsroomWithBodies(t)
	n.Rules.Sources[0].Show = news.ShowFull
	n.ApplyRules()
	n.Apply(func(tx *store.Tx) news.Change {
		lead, err := tx.Entries.Get(above.Lead)
		n.Must(err)
		more := *lead
		more.Rights, more.License, more.Origin, more.Media = "© <b>Gulf</b>", "https://creativecommons.org/licenses/by-sa/4.0/", "\"Origin\" & Co", slices.Clone(lead.Media)
		for i := range more.Media {
			more.Media[i].Credit = "Jo <i>Photo</i>"
		}
		n.Must(tx.Entries.Put(&more))
		return news.Change{Stories: []string{above.ID}}
	})
	_, body := webtest.Request(t, "GET", webtest.Serve(t, newSite(n))+"/stories/"+above.ID)
	webtest.ContainsInOrder(t, body, `<p class="by"><a href="/outlets/gulf"><bdi>Gulf Wire</bdi></a> <span>(<bdi>&#34;Origin&#34; &amp; Co</bdi>)</span>`,
		`<p class="rights"><bdi dir="ltr"><bdi>© &lt;b&gt;Gulf&lt;/b&gt;</bdi> · License: <a rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/"><bdi>CC BY-SA 4.0</bdi></a> · Picture: <bdi>Jo &lt;i&gt;Photo&lt;/i&gt;</bdi></bdi></p>`,
		`<h2 id="outlets"><bdi dir="ltr">Coverage</bdi></h2>`)
}

// With link: story, a topic links to our page in every output.
func TestLinkInEveryOutput(t *testing.T) {
	n, above, _ := newsroomWithBodies(t)
	all := outputs(n, t, t.TempDir(), above)
	page := "http://press.example/stories/" + above.ID
	for name, want := range map[string]string{
		"/topics/trade.rss":        "<link>" + page + "</link>",
		"/topics/trade.atom":       `<link href="` + page + `" rel="alternate"`,
		"/topics/trade.json":       `"url":"` + page + `"`,
		"/topics/trade":            `<a href="/stories/` + above.ID + `">Upper gate opens</a>`,
		"/embed/trade":             `<a href="/stories/` + above.ID + `">Upper gate opens</a>`,
		"export/topics/trade.atom": `<link href="` + page + `" rel="alternate"`,
		"/topics/world.atom":       `<link href="` + above.Link + `" rel="alternate"`,
		"/embed/world":             `<a href="` + above.Link + `">Upper gate opens</a>`,
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s lacks %s", name, want)
		}
	}
}

// An export updates stories that no page links to any more when a source permits less.
func TestExportObeysPermissionLater(t *testing.T) {
	n, above, _ := newsroomWithBodies(t)
	n.Rules.Sources[0].Show = news.ShowFull
	n.ApplyRules()
	dir := t.TempDir()
	exportTo(n, newSite(n), dir)
	n.At = n.At.Add(100 * time.Hour)
	for i := range 150 {
		n.AddStory(webtest.Story{Headline: fmt.Sprint("Filler about shipping number ", i), Language: "en", Sources: []string{"north"}, Topics: []string{"world", "trade"}})
	}
	n.Rules.Sources[0].Show = news.ShowHeadline
	n.ApplyRules()
	exportTo(n, newSite(n), dir)
	body, err := os.ReadFile(filepath.Join(dir, "stories", above.ID, "index.html"))
	n.Must(err)
	if strings.Contains(string(body), "All of the body.") {
		t.Error("an exported story still has the body although its source now permits headlines only")
	}
}
