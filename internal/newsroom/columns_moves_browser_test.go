package newsroom_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

const (
	isLive = `document.getElementById("state").textContent === "live"`
	// observeShifts adds up what moves without a click or key just before.
	observeShifts = `globalThis.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) moved += e.value; }).observe({ type: "layout-shift", buffered: true })`
)

// showsViews returns a script that is true when these views are side by side, in the
// document that was opened first.
func showsViews(names ...string) string {
	return fmt.Sprintf(`globalThis.opened === true && location.pathname + location.search === %q && document.querySelectorAll(".column").length === %d && [...document.querySelectorAll(".column header h2")].map(h => h.textContent).join("|") === %q`,
		"/?"+url.Values{"view": names}.Encode(), len(names), strings.Join(names, "|"))
}

func click(b *webtest.Browser, selector string) {
	b.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.Click(selector)); err != nil {
		b.Fatalf("click %s: %v", selector, err)
	}
}

// openScrolledColumns opens two columns, of which the second, Floods, is scrolled and holds
// a headline back.
func openScrolledColumns(t *testing.T, b *webtest.Browser, width int64) (n *webtest.Newsroom, at string) {
	t.Helper()
	n, at = openDesk(t)
	for i := range 90 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Flood %d in the delta and in the plain behind it", i), Language: "en", Sources: []string{"gulf"}})
	}
	n.AddStory(webtest.Story{Headline: "Parliament meets", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	fiveViews(t, at)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		t.Fatal(err)
	}
	b.Navigate(at + "/?view=World&view=Floods")
	b.WaitFor("that it is live", isLive)
	b.RunScript(`globalThis.opened = true; document.querySelector("#column-2 .scroll").scrollTop = 900; ` + observeShifts)
	b.WaitFor("that it is scrolled", column(2, ".scroll")+`[0].scrollTop === 900`)
	n.AddStory(webtest.Story{Headline: "Flood, held back", Language: "en", Sources: []string{"gulf"}})
	b.WaitFor("the headline held back", column(2, ".waiting:not([hidden])")+`[0]?.textContent === "1 new headline"`)
	return n, at
}

// topOf returns a script of the headline at the upper edge of a list, with its distance from
// the edge.
func topOf(list string) string {
	return fmt.Sprintf(`(() => {
		const list = %s, box = list.closest(".scroll"), edge = box ? box.getBoundingClientRect().top : document.querySelector(".bar").offsetHeight;
		const lines = [...list.querySelectorAll(".event")].map(e => [e.getBoundingClientRect(), e]).filter(([r]) => r.bottom > edge).sort(([a], [b]) => a.top - b.top);
		return lines[0][1].querySelector("h2").textContent + Math.round((lines[0][0].top - edge) / 4);
	})()`, list)
}

// A column is opened beside others, and closed, in the same document: the others keep what
// they show.
func TestColumnBesideOthers(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openScrolledColumns(t, b, 1440)
	b.PressKeys("1")
	b.WaitFor("the cursor", column(1, ".story[data-at]")+`.length === 1`)
	top := webtest.Eval[string](b, topOf(`document.querySelector("#column-2 .wire")`))
	click(b, "#views summary")
	click(b, `#views a.beside[href$="view=Arabic"]`)
	b.WaitFor("three columns", showsViews("World", "Floods", "Arabic"))
	keptFloods := func(when string, i int) {
		t.Helper()
		if got := webtest.Eval[string](b, topOf(column(i, ".wire")+"[0]")); got != top {
			t.Errorf("%s: at the top of Floods is %q, was %q", when, got, top)
		}
		b.WaitFor("the headline still held back", column(i, ".waiting:not([hidden])")+`.length === 1`)
	}
	keptFloods("beside a third column", 2)
	webtest.Eval[bool](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => { moved = 0; done(true); })))`)
	b.WaitFor("the list of views closed, the focus in the new column", `!document.getElementById("views").open && document.activeElement === document.querySelector("#column-3 .scroll")`)
	b.WaitFor("the cursor", column(1, ".story[data-at]")+`.length === 1`)
	b.WaitFor("the title", `document.title.startsWith("(1) World · Floods · Arabic · ")`)
	b.WaitFor("the number of unread ones", `/^\d+ unread$/.test(document.querySelector("#column-3 .unread").textContent)`)
	b.WaitFor("that it is live", isLive)
	before := webtest.Eval[int](b, `parseInt(document.querySelector("#column-3 .unread").textContent)`)
	n.AddStory(webtest.Story{Headline: "ارتفاع منسوب النهر", Language: "ar", Sources: []string{"nile"}})
	n.AddStory(webtest.Story{Headline: "Flood, held back too", Language: "en", Sources: []string{"gulf"}})
	b.WaitFor("the new headline in the new column, once", `[...document.querySelectorAll("#column-3 h2")].filter(h => h.textContent === "ارتفاع منسوب النهر").length === 1`)
	b.WaitFor("two held back", column(2, ".waiting")+`[0].textContent === "2 new headlines"`)
	b.WaitFor("one more unread", fmt.Sprintf(`parseInt(document.querySelector("#column-3 .unread").textContent) === %d`, before+1))
	if moved := webtest.Eval[float64](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(moved))))`); moved > 0 {
		t.Errorf("the layout shifted by %v after the column was opened, want 0", moved)
	}

	b.RunScript(`history.back()`)
	b.WaitFor("two columns after Back", showsViews("World", "Floods"))
	keptFloods("after Back", 2)
	b.RunScript(`history.forward()`)
	b.WaitFor("three columns after Forward", showsViews("World", "Floods", "Arabic"))
	keptFloods("after Forward", 2)

	click(b, "#column-1 .close")
	b.WaitFor("two columns after one was closed", showsViews("Floods", "Arabic"))
	keptFloods("as the first column", 1)
	b.WaitFor("the focus in the column that is there now", `document.activeElement === document.querySelector("#column-1 .scroll")`)
	b.PressKeys("2")
	b.WaitFor("the cursor in the second column", column(2, ".story[data-at]")+`.length === 1 && document.querySelectorAll(".story[data-at]").length === 1`)
	if ids := webtest.Eval[int](b, `[...document.querySelectorAll("[id]")].length - new Set([...document.querySelectorAll("[id]")].map(e => e.id)).size`); ids > 0 {
		t.Errorf("%d ids occur twice", ids)
	}
	b.CheckConsole()
}

// A column becomes the only list and one of several again: it keeps its place, and what it
// holds back.
func TestColumnAloneAndBack(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openScrolledColumns(t, b, 1440)
	top := webtest.Eval[string](b, `document.querySelector("#column-2 .wire") && `+topOf(column(2, ".wire")+"[0]"))
	click(b, "#column-2 h2 a")
	b.WaitFor("the view alone", `globalThis.opened && location.search === "?view=Floods" && !document.querySelector(".board") && document.querySelectorAll(".wire h2").length > 5 && document.title.startsWith("(1) Floods · ")`)
	if got := webtest.Eval[string](b, topOf(`document.querySelector(".wire")`)); got != top {
		t.Errorf("alone, %q is at the top, was %q", got, top)
	}
	b.WaitFor("the headline still held back", `document.getElementById("waiting").textContent === "1 new headline" && !document.getElementById("waiting").hidden`)
	b.WaitFor("the number of unread ones", `/^\d+ unread$/.test(document.getElementById("unread").textContent)`)
	click(b, "#views summary")
	click(b, `#views a[href$="view=All"]`)
	b.WaitFor("another view alone, from its beginning", `globalThis.opened && location.search === "?view=All" && scrollY === 0 && document.title.startsWith("All · ")`)
	b.RunScript(`history.back()`)
	b.WaitFor("the view alone after Back", `globalThis.opened && location.search === "?view=Floods" && document.title.startsWith("Floods · ")`)
	b.WaitFor("the same headline at the top", topOf(`document.querySelector(".wire")`)+` === `+strconv.Quote(top))
	n.AddStory(webtest.Story{Headline: "Flood, held back", Language: "en", Sources: []string{"gulf"}})
	b.WaitFor("the headline held back", `document.getElementById("waiting").textContent === "1 new headline"`)
	b.RunScript(`history.back()`)
	b.WaitFor("two columns after Back", showsViews("World", "Floods"))
	if got := webtest.Eval[string](b, topOf(column(2, ".wire")+"[0]")); got != top {
		t.Errorf("after Back, %q is at the top, was %q", got, top)
	}
	b.WaitFor("the headline still held back", column(2, ".waiting:not([hidden])")+`[0]?.textContent === "1 new headline"`)
	b.CheckConsole()
}

// The filter beside columns leads to a list of its own, where typing filters on, and Back
// leads to the columns.
func TestFilterFromColumns(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openScrolledColumns(t, b, 1440)
	click(b, "#q")
	b.PressKeys("copper")
	b.PressKeys("\r")
	b.WaitFor("the filter alone", `globalThis.opened && location.search === "?q=copper" && !document.querySelector(".board")`)
	b.WaitFor("that it is live", isLive)
	b.RunScript(`const q = document.getElementById("q"); q.value = "ferry"; q.dispatchEvent(new Event("input"))`)
	b.WaitFor("the next filter", `location.search === "?q=ferry"`)
	n.AddStory(webtest.Story{Headline: "Ferry late", Language: "en", Sources: []string{"gulf"}})
	n.AddStory(webtest.Story{Headline: "Copper early", Language: "en", Sources: []string{"gulf"}})
	b.WaitFor("what it holds", `document.querySelector(".wire h2")?.textContent === "Ferry late"`)
	b.RunScript(`document.querySelector(".wire h2 a").click()`)
	b.WaitFor("the story beside it", `!document.getElementById("pane").hidden`)
	b.RunScript(`document.querySelector(".tags a[data-term], a.of").click()`)
	b.WaitFor("a filter of the outlet", `location.search.startsWith("?q=ferry+source")`)
	b.RunScript(`history.back()`)
	b.WaitFor("no pane", `document.getElementById("pane").hidden`)
	b.RunScript(`history.back()`)
	b.WaitFor("the columns", showsViews("World", "Floods"))
	b.WaitFor("that they are live", isLive)
	b.WaitFor("no filter in the field", `document.getElementById("q").value === ""`)
	b.CheckConsole()
}

// A story that is open beside the wire belongs to the page where it was opened.
func TestPaneBetweenPages(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, _ = openScrolledColumns(t, b, 1440)
	b.PressKeys("1v")
	b.WaitFor("the story", `!document.getElementById("pane").hidden`)
	click(b, "#views summary")
	click(b, `#views a.beside[href$="view=Arabic"]`)
	b.WaitFor("three columns", showsViews("World", "Floods", "Arabic"))
	b.WaitFor("no story", `document.getElementById("pane").hidden`)
	b.RunScript(`history.back()`)
	b.WaitFor("two columns with the story", showsViews("World", "Floods")+` && !document.getElementById("pane").hidden`)
	b.RunScript(`history.forward()`)
	b.WaitFor("three columns without it", showsViews("World", "Floods", "Arabic")+` && document.getElementById("pane").hidden`)
	b.RunScript(`history.go(-2)`)
	b.WaitFor("two columns without it", showsViews("World", "Floods")+` && document.getElementById("pane").hidden`)
	b.CheckConsole()
}

// A page that the script can't read is opened by a navigation.
func TestColumnWithoutAnAnswer(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, _ = openScrolledColumns(t, b, 1440)
	b.RunScript(`globalThis.fetch = () => Promise.reject(new TypeError("no answer"))`)
	click(b, "#views summary")
	click(b, `#views a.beside[href$="view=Arabic"]`)
	b.WaitFor("three columns in another document", `globalThis.opened === undefined && document.querySelectorAll(".column").length === 3`)
	b.WaitFor("that they are live", isLive)
	b.CheckConsole()
}

// Who has scrolled in a column sees changes of its lines that move nothing; others wait as new
// headlines do.
func TestLinesChangeInPlace(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openScrolledColumns(t, b, 1440)
	headlines := webtest.Eval[[]string](b, `[...document.querySelectorAll("#column-2 .event")].filter(e => e.getBoundingClientRect().top > 300).sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(e => e.querySelector("h2").textContent).slice(0, 2)`)
	top := webtest.Eval[string](b, topOf(column(2, ".wire")+"[0]"))
	long := "Flood, described " + strings.Repeat("at very great length ", 12)
	for i, headline := range []string{long, "Flood over"} {
		s := n.Find(headlines[i])
		n.Apply(func(tx *store.Tx) news.Change {
			s.Headline = headline
			n.Must(tx.Stories.Put(s))
			return news.Change{Stories: []string{s.ID}}
		})
	}
	has := func(headline string) string {
		return fmt.Sprintf(`[...%s].some(h => h.textContent.trim() === %q)`, column(2, "h2"), strings.TrimSpace(headline))
	}
	b.WaitFor("the change that moves nothing", has("Flood over")+" && !"+has(headlines[1]))
	if webtest.Eval[bool](b, has(long)) || !webtest.Eval[bool](b, has(headlines[0])) {
		t.Error("the change that moves the lines was not held back")
	}
	if got := webtest.Eval[string](b, topOf(column(2, ".wire")+"[0]")); got != top {
		t.Errorf("%q is at the top, was %q", got, top)
	}
	b.WaitFor("one new headline held back", column(2, ".waiting:not([hidden])")+`[0]?.textContent === "1 new headline"`)
	click(b, "#column-2 .waiting")
	b.RunScript(column(2, ".scroll") + `[0].scrollTop = 900`)
	b.WaitFor("the other change after it was released", has(long))
	b.CheckConsole()
}

// On a phone a column that is opened comes into view, on the side where the language has it.
func TestColumnBesideOthersOnAPhone(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openScrolledColumns(t, b, 360)
	n.Rules.Site.Language = "ar"
	n.ApplyRules()
	b.Navigate(at + "/?view=World&view=Floods")
	b.WaitFor("the columns from right to left", `document.dir === "rtl" && document.querySelectorAll(".column").length === 2`)
	b.RunScript(`globalThis.opened = true`)
	click(b, "#menu summary")
	click(b, "#views summary")
	click(b, `#views a.beside[href$="view=Arabic"]`)
	b.WaitFor("three columns", showsViews("World", "Floods", "Arabic"))
	b.WaitFor("the new one in view", `Math.abs(document.getElementById("column-3").getBoundingClientRect().left) < 2 && !document.getElementById("menu").open`)
	if wide := webtest.Eval[int](b, `document.documentElement.scrollWidth`); wide > 360 {
		t.Errorf("the page is %d px wide", wide)
	}
	if small := webtest.Eval[string](b, `[...document.querySelectorAll(".close")].filter(e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24).map(e => e.outerHTML).join()`); small != "" {
		t.Errorf("too small to touch: %s", small)
	}
	click(b, "#column-3 .close")
	b.WaitFor("two columns", showsViews("World", "Floods"))
	b.CheckConsole()
}
