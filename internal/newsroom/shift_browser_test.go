package newsroom_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// Nothing moves while the page loads, on a phone in any language.
func TestWireDoesNotShift(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	for i := range 7 {
		n.AddStory(webtest.Story{Headline: fmt.Sprint("Ferry ", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Event: "ferry"})
	}
	at := serve(n, nil)
	b.RecordShifts()
	for _, width := range []int64{1440, 768, 360} {
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at+"/")); err != nil {
			t.Fatal(err)
		}
		b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
		b.CheckShifts(fmt.Sprintf("at %d px", width))
		if bar := webtest.Eval[float64](b, `document.querySelector(".bar").getBoundingClientRect().height`); width == 360 && bar > 56 {
			t.Errorf("the bar is %v px high, want 56 at most", bar)
		}
	}
	for _, lang := range []string{"ar", "fr", "de", "es", "ru", "fa", "zh"} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		b.Navigate(at + "/")
		b.WaitFor("that it is live", `document.getElementById("state").className === "on"`)
		b.CheckShifts(lang + " at 360 px")
	}
}

// Nothing moves while a page comes in and is painted piece by piece, and in the end all of it
// is shown, also without script.
func TestWireDoesNotShiftWhileItComesIn(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openMarkedStories(t)
	columns := strings.TrimPrefix(fiveViews(t, serve(n, nil)), "http://")
	columns = columns[strings.Index(columns, "/"):]
	at := b.ServePainted(&newsroom.Desk{Store: n.Store, Live: &n.Live})
	b.RecordShifts()
	for _, c := range []struct {
		path  string
		width int64
	}{{"/", 1440}, {"/", 768}, {"/", 360}, {columns, 1440}} {
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(at+c.path)); err != nil {
			t.Fatal(err)
		}
		b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
		b.CheckShifts(fmt.Sprintf("%s at %d px", c.path, c.width))
	}
	const hidden = `[...document.querySelectorAll(".bar, .event, .board")].filter(e => !e.checkVisibility({ visibilityProperty: true })).map(e => e.outerHTML.slice(0, 80))`
	for _, path := range []string{"/", columns, "/?q=outlets:", "/search?q=ferry", "/sources"} {
		for _, script := range []bool{true, false} {
			b.AllowScript(script)
			b.Navigate(serve(n, nil) + path)
			if found := webtest.Eval[[]string](b, hidden); len(found) > 0 {
				t.Errorf("%s, script %t: hidden are %q", path, script, found)
			}
		}
	}
}
