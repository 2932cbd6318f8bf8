package site_test

import (
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

// showcase returns a newsroom whose pages have everything that pages can have, the address
// of its site, and the path of a page of each kind.
func showcase(t *testing.T) (n *webtest.Newsroom, at string, paths map[string]string) {
	n = webtest.OpenFilled(t)
	n.RemoveTopic("gossip")
	n.SetShow("gulf", news.ShowFull)
	full := n.AddStory(webtest.Story{Headline: "Twelve hurt in Odalen depot fire", Language: "en", Event: "depot", Sources: []string{"gulf", "north", "nile"}, Topics: []string{"world"}, After: time.Hour, Change: func(s *news.Story) {
		s.Revised = s.First.Add(time.Hour)
		s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Two hurt in depot fire", Until: s.Revised}}
		s.Takes[1].Headline = "Depot fire hurts twelve"
		s.Takes[2].Headline, s.Takes[2].Language = "حريق في مستودع", "ar"
	}})
	n.EditEntry(full, func(e *news.Entry) {
		e.Summary = "It began at noon & spread."
		e.Body = `<p>It began at <b>noon</b>.</p><h1>The night</h1><p>Two <a href="/crews">crews</a> came.</p><h3>After</h3><ul><li>one</li></ul><img src="/fire.jpg" alt="">`
		e.Media = []news.Media{{URL: "http://gulf.example/a.mp3", Type: "audio/mpeg", Title: "What the crew says", Duration: 65 * time.Second}}
	})
	built := n.AddStory(webtest.Story{Headline: "Odalen depot was built without sprinklers", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[1].Headline, s.Takes[1].Corrected = "CORRECTED-No sprinklers in Odalen", s.First
	}})
	n.AddStory(webtest.Story{Headline: "Depot fire: crews were late", Language: "en", Event: "depot", Sources: []string{"north"}, Topics: []string{"world"}})
	for i := range 14 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Shipping in the strait, part %d", i), Language: "en", Event: "strait", Sources: []string{"gulf", "north"}[:1+i%2], Topics: []string{"world"}, After: time.Minute})
	}
	site, box := newsletterSite(n)
	site.Search = startSearch(n)
	at = webtest.Serve(t, site)
	n.EditEntry(built, func(e *news.Entry) {
		e.Media = []news.Media{{URL: at + "/icon.svg", Picture: true, Alt: "The depot", Credit: "Jo Photo"}}
	})
	postForm(t, at+"/newsletters/morning", url.Values{"address": {"ann@reader.example"}})
	return n, at, map[string]string{
		"front": "/", "topic": "/topics/world", "empty": "/topics/trade", "story": "/stories/" + full.ID, "player": "/stories/" + full.ID + "/player/1",
		"pictured": "/stories/" + built.ID, "how": "/topics/world/embed", "embed": "/embed/world", "embed-events": "/embed/world?events=1", "wordpress": "/embed/world?for=wordpress&theme=dark", "lost": "/nothing",
		"gone": "/topics/gossip", "locked": "/topics/inside", "lost-embed": "/embed/nothing", "unspoken": "/oembed?format=xml", "askew": "/oembed",
		"letter": "/newsletters/morning", "confirm": confirmationLink.FindStringSubmatch(<-box)[1], "old": "/newsletters/morning/confirm", "left": "/newsletters/morning/leave",
		"withdrawn": "/stories/" + n.Find("Withdrawn claim").ID, "day": "/topics/world/2026/11/20", "month": "/topics/world/2026/11", "outlet": "/outlets/gulf", "outlets": "/outlets", "search": "/search", "found": "/search?q=depot+OR+noon", "not-found": "/search?q=nothingofthekind&lang=ar&from=2026-11-01", "not-understood": "/search?q=%28depot", "no-stories": "/topics/world/2026/11/21",
	}
}

// Pages are valid HTML (Nu HTML Checker).
func TestMarkup(t *testing.T) {
	dir := webtest.MarkupFolder(t)
	save := func(at, name, path string) {
		_, body := webtest.Request(t, "GET", at+path)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, at, paths := showcase(t)
	for _, lang := range []string{"en", "ar", "de", "fa", "ru", "zh"} {
		n.Rules.Site.Language, n.Rules.Front = lang, news.FrontLatest
		n.ApplyRules()
		save(at, lang+"-latest.html", "/")
		n.Rules.Front = news.FrontEvents
		n.ApplyRules()
		_, wrong := postForm(t, at+"/newsletters/morning", url.Values{"address": {`"no"`}})
		if err := os.WriteFile(filepath.Join(dir, lang+"-wrong.html"), []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, path := range paths {
			save(at, lang+"-"+name+".html", path)
		}
		save(at, "style.css", "/style.css")
	}
	save(serve(webtest.Open(t)), "no-stories.html", "/")
	savePastedCode(t, dir, at)
	webtest.CheckMarkup(t, dir)
}

// savePastedCode writes a page and a style sheet of another site, with the code that we
// offer.
func savePastedCode(t *testing.T, dir, at string) {
	t.Helper()
	_, body := webtest.Request(t, "GET", at+"/topics/world/embed")
	page := `<!DOCTYPE html><html lang="en"><head><title>Another site</title></head><body>`
	style := ""
	for _, m := range pasteCode.FindAllStringSubmatch(body, -1) {
		switch code := html.UnescapeString(m[1]); {
		case strings.HasPrefix(code, "<"):
			page += code + "\n"
		case strings.HasPrefix(code, "iframe"): // the checker does not know ::part()
			style += code + "\n"
		}
	}
	if strings.Count(page, "<iframe") != 1 || strings.Count(page, "<slugline-topic") != 1 || !strings.Contains(style, "iframe") {
		t.Errorf("the code to paste is %s and %s", page, style)
	}
	for name, content := range map[string]string{"pasted.html": page + "</body></html>", "pasted.css": style} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Pages violate no rule of axe, with and without errors in a form.
func TestAxe(t *testing.T) {
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	n, at, paths := showcase(t)
	empty := serve(webtest.Open(t))
	l := webtest.OpenBrowser(t)
	check := func(name string) {
		t.Helper()
		webtest.Eval[chromedp.Void](l, string(axe)+";0")
		if bad := webtest.Eval[[]string](l, webtest.AxeViolations); len(bad) > 0 {
			t.Errorf("%s:\n  %s", name, strings.Join(bad, "\n  "))
		}
	}
	for _, as := range []struct {
		width        int64
		scheme, lang string
	}{{1280, "light", "en"}, {768, "light", "de"}, {360, "dark", "ar"}} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme}}}
		if _, err := chromedp.Call(l.Ctx, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		n.Rules.Site.Language, n.Rules.Front = as.lang, news.FrontLatest
		n.ApplyRules()
		l.Navigate(at + "/")
		check("latest, " + as.scheme)
		n.Rules.Front = news.FrontEvents
		n.ApplyRules()
		for name, path := range paths {
			if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(as.width, 1800), chromedp.Navigate(at+path)); err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprintf("%s at %d, %s", name, as.width, as.scheme))
		}
		l.Navigate(empty + "/")
		check("no stories, " + as.scheme)
		l.Navigate(at + paths["letter"])
		if _, err := chromedp.RunResponse(l.Ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('form.letter').submit()`)); err != nil {
			t.Fatal(err)
		}
		if !webtest.Eval[bool](l, `document.querySelector('.wrong') !== null`) {
			t.Error("the form accepts an empty address")
		}
		check("invalid address, " + as.scheme)
	}
}

// The layout of a page does not shift while it loads. A page is small: one request for
// HTML, one for CSS, one for the icon, one for the script of all pages, and the player's script if there is something to
// play.
func TestPagesAreSmallAndStable(t *testing.T) {
	if testing.Short() {
		t.Skip("layout shifts under the race detector say nothing about those of readers")
	}
	n, at, paths := showcase(t)
	for i := range 50 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("%s, and what the harbour says about it for the %dth time", n.At.Format("Monday 15:04"), i), Language: "en",
			Sources: []string{"gulf", "north", "nile", "harbour"}[:1+i%4], Topics: []string{"world", "trade"}[:1+i%2], After: 7 * time.Minute, Summary: "A sentence that says a little more about it."})
	}
	full := n.Find("Twelve hurt in Odalen depot fire")
	n.EditEntry(full, func(e *news.Entry) { // a picture that loads
		e.Body = `<p>It began at noon.</p><img src="` + at + `/icon.svg" alt=""><p>It was over at night.</p>`
	})
	_, css := webtest.Request(t, "GET", at+"/style.css")
	l := webtest.OpenBrowser(t)
	l.RecordShifts()
	for _, name := range []string{"front", "topic", "story", "embed"} {
		_, body := webtest.Request(t, "GET", at+paths[name])
		size := gzipped(t, body) + gzipped(t, css)
		t.Logf("%s: HTML and CSS %d bytes compressed", name, size)
		if size > 30<<10 {
			t.Errorf("%s: HTML and CSS %d bytes compressed, want at most 30 KB", name, size)
		}
		for _, width := range []int64{1280, 360} {
			if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at+paths[name])); err != nil {
				t.Fatal(err)
			}
			l.CheckShifts(fmt.Sprintf("%s at %d px", name, width))
		}
		loaded := webtest.Eval[[]string](l, `performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).filter(p => !p.startsWith('/icon')).sort()`)
		want := map[string]string{"front": "/site.js /style.css", "topic": "/site.js /style.css", "story": "/player.js /site.js /style.css", "embed": ""}[name]
		if got := strings.Join(loaded, " "); got != want {
			t.Errorf("%s loads %q, want %q", name, got, want)
		}
	}
}
