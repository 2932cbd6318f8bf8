package site_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/slugline/slugline/internal/webtest"
)

// readerStep is what a reader does on a page, and what must come then.
type readerStep struct {
	name  string // of the screenshot
	click string // selector of a link; empty: keys are typed into the search field
	keys  string
	at    string // beginning of the path of the next page
	says  string // text of its main element
}

// A reader's journey: from the front page to the lead's story, an outlet, the archive of
// last Tuesday, a search for what was there, and the feed that follows it. With SLUGLINE_LOOK,
// it saves a picture of each page in that folder.
func TestReadersJourney(t *testing.T) {
	n := webtest.OpenFilled(t) // on Friday, 20 November
	n.AddStory(webtest.Story{Headline: "Bridge over the estuary closes for repairs", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, After: 88 * time.Hour})
	n.AddStory(webtest.Story{Headline: "Ministers agree on fishing quotas", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: 30 * time.Hour})
	n.AddStory(webtest.Story{Headline: "Lighthouse keeper wins the regatta", Language: "en", Sources: []string{"gulf", "north", "nile"}, Topics: []string{"world"}, After: 40 * time.Hour})
	s := searchSite(n)
	s.Now = func() time.Time { return n.At.Add(time.Hour) }
	at := webtest.Serve(t, s)
	b := webtest.OpenBrowser(t)
	n.Must(chromedp.Do(b.Ctx, chromedp.EmulateViewport(1280, 900)))
	b.Navigate(at + "/")
	if got := webtest.Eval[string](b, `document.querySelector('.top h2').textContent`); got != "Lighthouse keeper wins the regatta" {
		t.Errorf("the front page leads with %q", got)
	}
	lookAtPage(t, b, "1-front")
	for _, step := range []readerStep{
		{name: "2-story", click: `.top .by a[href^="/stories/"]`, at: "/stories/", says: "Northern Post"},
		{name: "3-outlet", click: `.takes a[href^="/outlets/"]`, at: "/outlets/", says: "Lighthouse keeper"},
		{name: "4-topic", click: `nav.topics a[href="/topics/world"]`, at: "/topics/world", says: "Bridge over the estuary"},
		{name: "5-tuesday", click: `a[href="/topics/world/2026/11/24"]`, at: "/topics/world/2026/11/24", says: "Bridge over the estuary"},
		{name: "6-search", click: `a[href="/search"]`, at: "/search", says: "Search"},
		{name: "7-found", keys: "estuary bridge" + kb.Enter, at: "/search", says: "Bridge over the estuary"},
		{name: "8-found-story", click: `.story .by a[href^="/stories/"]`, at: "/stories/", says: "Bridge over the estuary"},
	} {
		step.take(t, b)
	}
	feed := webtest.Eval[string](b, `document.querySelector('a.follow').href`)
	resp, body := webtest.Request(t, "GET", feed)
	if resp.StatusCode != 200 || !strings.Contains(body, "Bridge over the estuary closes for repairs") {
		t.Errorf("the feed %s: %d\n%s", feed, resp.StatusCode, body)
	}
	b.CheckConsole()
}

// take does what the step says and checks the page that comes.
func (s readerStep) take(t *testing.T, b *webtest.Browser) {
	t.Helper()
	if s.click != "" {
		b.Follow(s.click)
	} else if err := errors.Join(chromedp.Do(b.Ctx, chromedp.Click("#q")), chromedp.Do(b.Ctx, chromedp.KeyEvent(s.keys))); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	webtest.WaitUntil(b, `location.pathname.startsWith("`+s.at+`") && document.readyState == "complete" && document.querySelector("main").textContent.includes("`+s.says+`")`)
	lookAtPage(t, b, s.name)
}

func lookAtPage(t *testing.T, b *webtest.Browser, name string) {
	t.Helper()
	if bad := webtest.Eval[[]string](b, webtest.LayoutFaults); len(bad) > 0 {
		t.Errorf("%s: %s", name, strings.Join(bad, "\n  "))
	}
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		b.SaveScreenshot(filepath.Join(dir, "reader-"+name+".png"))
	}
}
