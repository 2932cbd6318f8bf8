package newsroom_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// clickFilter is a link that adds terms to the filter of the wire.
type clickFilter struct {
	name, link string   // link is its selector
	pane       bool     // it is in the pane, not on the line
	terms      []string // what it adds
	fits       webtest.Story
	differs    webtest.Story
	after      time.Duration // by which that is later
}

const otherHeadline = "حريق في الميناء"

// openForFilters returns a newsroom with two stories that differ in all that a click filters
// by, the id of the second, and the filters that find it. The first is a day older.
func openForFilters(t *testing.T) (*webtest.Newsroom, string, []clickFilter) {
	n := webtest.Open(t)
	zone := time.FixedZone("Dubai", 4*60*60)
	now := time.Now().In(zone)
	n.At = time.Date(now.Year(), now.Month(), now.Day()-4, 12, 0, 0, 0, zone)
	ar := webtest.Story{Headline: otherHeadline, Language: "ar", Sources: []string{"nile"}, Topics: []string{"trade"}}
	en := webtest.Story{Headline: "Ferry leaves", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: 24 * time.Hour}
	n.AddStory(ar)
	one := n.AddStory(en)
	day := n.At.Format(time.DateOnly)
	next := n.At.AddDate(0, 0, 1).Format(time.DateOnly)
	en.After = 0
	filters := []clickFilter{
		{name: "topic", link: ".tag", terms: []string{"topic:world"}, fits: en, differs: ar},
		{name: "outlet", link: ".of", terms: []string{"source:gulf"}, fits: en, differs: ar},
		{name: "outlet in the pane", link: `[data-term="source:gulf"]`, pane: true, terms: []string{"source:gulf"}, fits: en, differs: ar},
		{name: "language", link: `[data-term="lang:en"]`, pane: true, terms: []string{"lang:en"}, fits: en, differs: ar},
		{name: "day", link: `[data-term^="after:"]`, pane: true, terms: []string{"after:" + day, "before:" + next}, fits: en, differs: en, after: 24 * time.Hour},
	}
	return n, one.ID, filters
}

const (
	shownHeadlines = `[...document.querySelectorAll("#wire h2")].map(e => e.textContent)`
	shownTerms     = `[...document.querySelectorAll("#chips code")].map(e => e.textContent)`
	filterOfWire   = `(new URLSearchParams(location.search).get("q") || "")`
)

// waitForFilter waits until the wire has these terms in its filter and its chips, and shows
// a headline and not another.
func waitForFilter(b *webtest.Browser, name string, terms []string, shown, hidden string) {
	b.Helper()
	filter := strings.Join(terms, " ")
	b.WaitFor(fmt.Sprintf("%s: %q and not %q with the filter %s", name, shown, hidden, filter), fmt.Sprintf(`%s === %q && %s.join(" ") === %q && %[5]s.includes(%[6]q) && !%[5]s.includes(%[7]q)`,
		filterOfWire, filter, shownTerms, filter, shownHeadlines, shown, hidden))
}

// Each field of a story is a link that filters the wire by it. The live stream follows the
// filter, and each term has a chip that takes it off.
func TestClickFilters(t *testing.T) {
	n, id, filters := openForFilters(t)
	at := serve(n, nil)
	b := webtest.OpenBrowser(t)
	line := "#s-" + id
	for _, f := range filters {
		b.OpenMonitor(at + "/")
		within := line
		if f.pane {
			b.RunScript(`document.querySelector("` + line + ` h2 a").click()`)
			b.WaitFor("the pane", paneShows+`"Ferry leaves"`)
			within = "#pane .narrow"
		}
		b.RunScript(fmt.Sprintf(`document.querySelector(%q).click()`, within+" "+f.link))
		waitForFilter(b, f.name, f.terms, "Ferry leaves", otherHeadline)
		addAfterFilter(b, n, f)
		for rest := f.terms; len(rest) > 0; rest = rest[1:] {
			b.RunScript(`document.querySelector("#chips a").click()`)
			b.WaitFor(f.name+": the filter without a term", fmt.Sprintf(`%s === %q`, filterOfWire, strings.Join(rest[1:], " ")))
		}
		b.WaitFor(f.name+": the whole wire", fmt.Sprintf(`%s.length === 0 && %s.includes(%q) && %s.includes(%q)`, shownTerms, shownHeadlines, f.name+" differs", shownHeadlines, f.name+" fits"))
	}
	b.CheckConsole()
}

// addAfterFilter adds a story that fits the filter and one that does not, and changes the
// headline of the first. The page shows the change, and nothing of the second.
func addAfterFilter(b *webtest.Browser, n *webtest.Newsroom, f clickFilter) {
	b.Helper()
	fits, differs := f.fits, f.differs
	fits.Headline, differs.Headline, differs.After = f.name+" fitted", f.name+" differs", f.after
	s := n.AddStory(fits)
	n.AddStory(differs)
	s.Headline = f.name + " fits"
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Stories.Put(s))
		return news.Change{Stories: []string{s.ID}}
	})
	waitForFilter(b, f.name, f.terms, s.Headline, differs.Headline)
}

// Without script, each link leads to a page with the filter, and each chip to one without
// the term.
func TestClickFiltersWithoutScript(t *testing.T) {
	n, id, filters := openForFilters(t)
	at := serve(n, nil)
	b := webtest.OpenBrowser(t)
	b.AllowScript(false)
	for _, f := range filters {
		page, within := at+"/", "#s-"+id
		if f.pane {
			page, within = at+"/stories/"+id, ".narrow"
		}
		b.Navigate(page)
		if err := chromedp.Do(b.Ctx, chromedp.Click(within+" "+f.link)); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		b.WaitFor(f.name+": the wire", `location.pathname === "/" && document.getElementById("wire") !== null`)
		waitForFilter(b, f.name, f.terms, "Ferry leaves", otherHeadline)
		for rest := f.terms; len(rest) > 0; rest = rest[1:] {
			if err := chromedp.Do(b.Ctx, chromedp.Click("#chips a")); err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			b.WaitFor(f.name+": the filter without a term", fmt.Sprintf(`%s === %q && document.getElementById("wire") !== null`, filterOfWire, strings.Join(rest[1:], " ")))
		}
	}
}

// On a phone the pane covers the wire: a filter that is clicked there closes it.
func TestFilterInThePaneShowsTheWireOnAPhone(t *testing.T) {
	n, id, _ := openForFilters(t)
	b := webtest.OpenBrowser(t)
	b.OpenMonitor(serve(n, nil) + "/")
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(360, 740)); err != nil {
		t.Fatal(err)
	}
	b.RunScript(`document.querySelector("#s-` + id + ` h2 a").click()`)
	b.WaitFor("the pane", paneShows+`"Ferry leaves"`)
	b.RunScript(`document.querySelector('#pane [data-term="lang:en"]').click()`)
	b.WaitFor("the wire without the pane", noPane)
	waitForFilter(b, "on a phone", []string{"lang:en"}, "Ferry leaves", otherHeadline)
}
