package newsroom_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// fiveViews saves five views and returns the address of the page that has them side by side.
func fiveViews(t *testing.T, at string) string {
	t.Helper()
	names := []string{"World", "Arabic", "Copper & trade", "Floods", "All"}
	for i, query := range []string{"topic:world", "lang:ar", "copper OR topic:trade", "flood", ""} {
		r, body := webtest.PostForm(t, at+"/api/seat", url.Values{"act": {"save"}, "name": {names[i]}, "q": {query}})
		if want := "/?" + (url.Values{"view": {names[i]}}).Encode(); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
			t.Fatalf("save view: %s to %q, want to %q; %s", r.Status, r.Header.Get("Location"), want, body)
		}
	}
	return at + "/?" + url.Values{"view": names}.Encode()
}

// column returns a script that finds elements of a column, from 1.
func column(i int, selector string) string {
	return fmt.Sprintf(`document.querySelectorAll("#column-%d %s")`, i, selector)
}

// An editor works with five columns in a real browser.
func TestColumnsInABrowser(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	page := fiveViews(t, at)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	b.RunScript(`globalThis.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) moved += e.value; }).observe({ type: "layout-shift", buffered: true })`)
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	b.WaitFor("the counts", `[1, 2, 3, 4, 5].every(i => document.querySelector("#column-" + i + " .unread").textContent)`)
	before := webtest.Eval[[]int](b, `[1, 2, 3, 4, 5].map(i => parseInt(document.querySelector("#column-" + i + " .unread").textContent))`)
	n.AddStory(webtest.Story{Headline: "Flood in the delta", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	n.AddStory(webtest.Story{Headline: "أسعار النحاس ترتفع", Language: "ar", Sources: []string{"nile"}, Topics: []string{"trade"}})
	first := func(i int, headline string) string {
		return column(i, ".story h2") + `[0]?.textContent === "` + headline + `"`
	}
	b.WaitFor("the flood in World", first(1, "Flood in the delta"))
	b.WaitFor("the Arabic headline in Arabic", first(2, "أسعار النحاس ترتفع"))
	b.WaitFor("the Arabic headline in trade", first(3, "أسعار النحاس ترتفع"))
	b.WaitFor("the flood in Floods", first(4, "Flood in the delta"))
	b.WaitFor("both in All", first(5, "أسعار النحاس ترتفع")+" && "+column(5, ".story h2")+`[1].textContent === "Flood in the delta"`)
	unread := func(i, more int) string {
		return column(i, ".unread") + fmt.Sprintf(`[0].textContent === "%d unread"`, before[i-1]+more)
	}
	for i, more := range []int{1, 1, 1, 1, 2} {
		b.WaitFor(fmt.Sprintf("one more unread in column %d", i+1), unread(i+1, more))
	}

	b.RunScript(webtest.KeyDownScript("4"))
	b.WaitFor("the cursor in Floods", column(4, ".story[data-at]")+`.length === 1 && document.querySelectorAll(".story[data-at]").length === 1`)
	b.WaitFor("the flood read in all columns", unread(4, 0)+" && "+unread(1, 0)+" && "+unread(5, 1)+" && "+unread(2, 1))
	b.RunScript(webtest.KeyDownScript("["))
	b.WaitFor("the cursor in the column before", column(3, ".story[data-at]")+`.length === 1`)
	b.WaitFor("the focus there", `document.activeElement.closest("section").id === "column-3"`)
	b.RunScript(webtest.KeyDownScript("A"))
	b.WaitFor("nothing unread in that column", column(3, ".unread")+`[0].textContent === "0 unread"`)
	b.WaitFor("unread ones elsewhere", "!("+column(1, ".unread")+`[0].textContent.startsWith("0 "))`)
	if moved := webtest.Eval[float64](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(moved))))`); moved > 0 {
		t.Errorf("the layout shifted by %v, want 0", moved)
	}
	if wide := webtest.Eval[float64](b, `Math.max(...[...document.querySelectorAll(".column .story .outlets")].map(e => e.getBoundingClientRect().width))`); wide > 64 {
		t.Errorf("the number of outlets of a line is %v px wide", wide)
	}
	b.RunScript(webtest.KeyDownScript("1") + ";" + webtest.KeyDownScript("v"))
	b.WaitFor("the story beside the columns", `!document.getElementById("pane").hidden`)
	b.RunScript(`history.back()`)
	b.WaitFor("no story after Back, and the columns", `document.getElementById("pane").hidden && document.querySelectorAll(".column").length === 5`)
	b.CheckConsole()
}

// Marking all as read just after the filter changed marks what that filter holds.
func TestAllReadAtOnce(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	b.OpenMonitor(at + "/?q=ferry")
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	b.RunScript(`const q = document.getElementById("q"); q.value = "copper"; q.form.requestSubmit(); ` + webtest.KeyDownScript("A"))
	b.WaitFor("nothing unread", `document.getElementById("unread").textContent === "0 unread"`)
	if left, _ := unreadOf(t, at, "copper"); left != 0 {
		t.Errorf("%d unread of what was marked", left)
	}
	if left, _ := unreadOf(t, at, "ferry"); left == 0 {
		t.Error("what the filter did not hold is read")
	}
}

// The title of a tab in the background says how many headlines are new since it is there.
func TestTitleOfATabInTheBackground(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	if err := chromedp.Do(b.Ctx, chromedp.Navigate(at+"/")); err != nil {
		t.Fatal(err)
	}
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	b.RunScript(`Object.defineProperty(document, "hidden", { value: true, configurable: true }); document.dispatchEvent(new Event("visibilitychange"))`)
	for i := range 3 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Line %d", i), Sources: []string{"gulf"}})
	}
	b.WaitFor("the number in the title", `document.title.startsWith("(3) ")`)
	b.RunScript(`delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))`)
	b.WaitFor("no number", `!document.title.startsWith("(")`)
}

// Columns are accessible and fit on wide and narrow screens.
func TestColumnsLook(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	page := fiveViews(t, at)
	b.CheckAccessibility(map[string]string{
		"columns": page, "columns-wrong": at + "/?view=World&view=None", "view": at + "/?view=Arabic", "view-none": at + "/?view=None", "six-views": page + "&view=None",
	})
}

// The address of a view that was deleted shows the whole wire, and says why.
func TestMissingViewIsTheWholeWire(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	b.OpenMonitor(at + "/?view=None")
	b.WaitFor("all stories and why", `document.querySelectorAll(".wire .story").length > 5 && document.getElementById("wrong").textContent === "There is no view None."`)
	b.CheckConsole()
}

// A wire without stories says the same with and without the script.
func TestEmptyWireLeadsToSources(t *testing.T) {
	b := webtest.OpenBrowser(t)
	at := serve(webtest.Open(t), nil)
	b.AllowScript(false)
	b.Navigate(at + "/")
	const text = `document.querySelector(".nothing:has(a[href='/sources'])")?.textContent`
	plain := webtest.Eval[string](b, text)
	b.AllowScript(true)
	b.OpenMonitor(at + "/")
	if got := webtest.Eval[string](b, text+" || ''"); got != plain || got == "" {
		t.Errorf("the script says %q, the server %q", got, plain)
	}
}

// The columns work without a script: they are in the page, with what can be done to them.
func TestColumnsAsAPage(t *testing.T) {
	n, at := openDesk(t)
	page := fiveViews(t, at)
	_, body := webtest.Request(t, http.MethodGet, page, "Accept: text/html")
	webtest.ContainsInOrder(t, body, "Copper &amp; trade", `id="column-1"`, `id="column-3"`, "Copper &amp; trade", "copper OR topic:trade", `id="column-5"`)
	_, body = webtest.Request(t, http.MethodGet, page+"&view=None", "Accept: text/html")
	webtest.ContainsInOrder(t, body, "at most 5 views side by side")
	_, body = webtest.Request(t, http.MethodGet, at+"/?view=World&view=None", "Accept: text/html")
	webtest.ContainsInOrder(t, body, "There is no view None.")
	_, body = webtest.Request(t, http.MethodGet, at+"/?view=None", "Accept: text/html")
	webtest.ContainsInOrder(t, body, "There is no view None.", "Copper rises for a third day")
	n.AddStory(webtest.Story{Headline: "Flood in the delta", Language: "en", Sources: []string{"gulf"}})
	if r, _ := webtest.PostForm(t, at+"/api/seat", url.Values{"act": {"readview"}, "q": {"flood"}, "to": {"/"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("mark a view read: %s", r.Status)
	}
	if left, _ := unreadOf(t, at, "flood"); left != 0 {
		t.Errorf("%d unread of what was marked", left)
	}
	for _, act := range []string{"up", "drop"} {
		webtest.PostForm(t, at+"/api/seat", url.Values{"act": {act}, "name": {"Floods"}, "to": {"/"}})
		_, body = webtest.Request(t, http.MethodGet, at+"/", "Accept: text/html")
		if has := strings.Contains(body, ">Floods<"); has != (act == "up") {
			t.Errorf("after %s: the page has the view: %t", act, has)
		}
	}
}

// A token has a limited number of views.
func TestViewsAreBounded(t *testing.T) {
	n, at := openDesk(t)
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.ReadStates.Put(&news.ReadState{Views: make([]news.SavedView, news.MaxViews)}))
		return news.Change{}
	})
	status, body := changeState(t, at, `{"save": {"name": "One more", "q": ""}}`)
	if status != http.StatusConflict || !strings.Contains(body, fmt.Sprint(news.MaxViews)) {
		t.Errorf("one view too many: %d %s", status, body)
	}
}

// The script takes over the lines that are in the page: it neither asks for the stories again
// nor replaces what is shown.
func TestScriptTakesOverTheLines(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	n.AddStory(webtest.Story{Headline: "Flood warning lifted", Sources: []string{"gulf"}})
	for i := range 6 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Flood %d in the delta", i), Event: "flood", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	}
	for _, address := range []string{at + "/", at + "/?q=flood", fiveViews(t, at)} {
		b.OpenMonitor(address)
		b.WaitFor("the counts", `[...document.querySelectorAll("#unread, .column .unread")].every(e => /[0-9]/.test(e.textContent))`)
		if asked := webtest.Eval[[]string](b, `performance.getEntriesByType("resource").map(e => new URL(e.name).pathname).filter(p => /api.(wire|seat)/.test(p))`); len(asked) > 0 {
			t.Errorf("%s: the script asked for %q", address, asked)
		}
		if kept := webtest.Eval[int](b, `document.querySelectorAll(".wire.placed time[title]").length`); kept == 0 { // lines of the script get a title under the mouse
			t.Errorf("%s: no line of the page is left", address)
		}
		b.RunScript(`document.querySelector(".event button").click()`)
		b.WaitFor("all stories of the event", `document.querySelectorAll("ol.wire")[0].querySelectorAll(".event:has(.story:nth-of-type(6)) .story").length === 6`)
		b.PressKeys("je")
		b.WaitFor("the outlets of the first story", `document.querySelectorAll(".story[data-at] details.outlets[open] li").length === 2`)
	}
	b.CheckConsole()
}

// A column of starred stories changes when a star is set or removed, here or in another tab.
func TestColumnOfStarsIsLive(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	n.AddStory(webtest.Story{Headline: "Flood in the delta", Sources: []string{"gulf"}})
	b.OpenMonitor(at + "/?q=has:star")
	b.WaitFor("no story", `document.querySelectorAll(".story").length === 0`)
	other := b.NewTab()
	other.OpenMonitor(at + "/")
	other.PressKeys("jf")
	b.WaitFor("the starred story", `document.querySelector(".story h2")?.textContent === "Flood in the delta"`)
	b.PressKeys("jf")
	b.WaitFor("no story again", `document.querySelectorAll(".story").length === 0`)
	other.WaitFor("no star", `!document.querySelector(".story .starred")`)
	b.CheckConsole()
	other.CheckConsole()
}
