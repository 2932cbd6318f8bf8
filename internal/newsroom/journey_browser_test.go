package newsroom_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// morning is an editor at a desk that commits what sources bring and what editors order.
type morning struct {
	*webtest.Browser
	n    *webtest.Newsroom
	desk *desk.Desk
	at   string
}

// openMorning opens a newsroom with the news of the night, and its desk.
func openMorning(t *testing.T) *morning {
	n := webtest.OpenFilled(t)
	n.At = time.Now().Add(-time.Hour)
	d := runLiveDesk(n, &n.Live)
	m := &morning{webtest.OpenBrowser(t), n, d, serve(n, func(w *newsroom.Desk) {
		w.Order = (&journal.Journal{Commit: d.File, Store: n.Store}).Order
	})}
	for _, item := range []struct{ source, headline string }{
		{"north", "Copper slips as traders wait for the central bank"},
		{"gulf", "Ferry company names a new captain after the night at sea"},
		{"nile", "ارتفاع منسوب المياه في الدلتا بعد الأمطار"},
		{"harbour", "Port cranes stand still for a second day"},
	} {
		file(n, d, item.source, item.headline)
	}
	return m
}

// look checks the layout of the open page. With SLUGLINE_LOOK it saves a picture there.
func (m *morning) look(name string) {
	m.Helper()
	if bad := webtest.Eval[[]string](m.Browser, webtest.LayoutFaults); len(bad) > 0 {
		m.Errorf("%s: %s", name, strings.Join(bad, "\n  "))
	}
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		m.SaveScreenshot(filepath.Join(dir, "editor-"+name+".png"))
	}
}

// resize changes the size of the window and its colours.
func (m *morning) resize(width, height int64, scheme string) {
	m.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	_, err := chromedp.Call(m.Ctx, emulation.SetEmulatedMedia, media)
	m.n.Must(err)
	m.n.Must(chromedp.Do(m.Ctx, chromedp.EmulateViewport(width, height)))
}

// press presses keys, one after the other.
func (m *morning) press(keys ...string) {
	m.Helper()
	for _, k := range keys {
		m.RunScript(webtest.KeyDownScript(k))
	}
}

// saveView saves the filter that the wire shows as a view, with the form of the page.
func (m *morning) saveView(name, query string) {
	m.Helper()
	m.OpenMonitor(m.at + "/?" + url.Values{"q": {query}}.Encode())
	m.RunScript(`(() => { const f = [...document.forms].find(f => f.elements.act?.value === "save"); f.closest("details").open = true; f.elements.name.value = "` + name + `"; f.requestSubmit(); })()`)
	webtest.WaitUntil(m.Browser, `location.search === "?view=`+name+`" && document.getElementById("state")?.textContent === "live"`)
}

const (
	flood     = "Flood in the delta cuts off 40 villages"
	corrected = "Flood in the delta cuts off 14 villages"
)

// showsFirst is a script that tells whether a column begins with a headline.
func showsFirst(i int, headline string) string {
	return column(i, ".story h2") + `[0]?.textContent === "` + headline + `"`
}

// linesSay is a script that tells whether the lines of a story in the first and the third column
// say something.
func linesSay(id, text string) string {
	return `["c1-s-", "c3-s-"].every(p => document.getElementById(p + "` + id + `").textContent.includes("` + text + `"))`
}

// An editor's morning: three columns side by side, a headline that comes in the right ones,
// is starred, assigned, claimed and corrected, one that is hidden, and the handover that says so.
func TestEditorsMorning(t *testing.T) {
	m := openMorning(t)
	for _, v := range [][2]string{{"Floods", "flood OR delta"}, {"Copper", "copper"}, {"All", ""}} {
		m.saveView(v[0], v[1])
	}
	m.OpenMonitor(m.at + "/?view=Floods&view=Copper&view=All")
	m.resize(1440, 900, "light")
	m.WaitFor("the night's copper", showsFirst(2, "Copper slips as traders wait for the central bank"))
	m.WaitFor("an unread count in each column", `[...document.querySelectorAll(".column .unread")].filter(u => /^[1-9]\d* unread$/.test(u.textContent)).length >= 2`)
	m.look("1-columns")

	fileItems(m.n, m.desk, "gulf", feed.Item{ID: "delta", Title: flood, Summary: "Roads to the north are closed, and boats bring bread."})
	m.WaitFor("the flood in two columns", showsFirst(1, flood)+" && "+showsFirst(3, flood))
	m.WaitFor("no flood in the other", "!["+"..."+column(2, ".story h2")+`].some(h => h.textContent === "`+flood+`")`)
	id := m.n.Find(flood).ID

	m.press("1", "v")
	m.WaitFor("the story beside the columns", `document.querySelector("#pane h2.headline, #pane .headline")?.textContent === "`+flood+`" && document.getElementById("pane").textContent.includes("boats bring bread")`)
	m.look("2-story")
	m.press("Escape")
	m.WaitFor("the columns alone", `document.getElementById("pane").hidden`)
	m.star(id)
	m.assign(id)
	m.claim(id)
	fileItems(m.n, m.desk, "gulf", feed.Item{ID: "delta", Title: corrected, Summary: "Roads to the north are closed, and boats bring bread."})
	m.WaitFor("the correction in both columns", `[1, 3].every(i => document.querySelector("#column-" + i + " .story").textContent.includes("`+corrected+`") && !document.querySelector("#column-" + i + " .story h2").textContent.includes("40"))`)
	m.look("4-corrected")
	m.hideStory("Port cranes stand still for a second day")

	m.seeStarred()
	m.handOver()
	m.CheckConsole()
}

// claim claims the story under the cursor.
func (m *morning) claim(id string) {
	m.Helper()
	m.press("c")
	m.WaitFor("the form of the claim", `!document.getElementById("pane").hidden && document.activeElement.closest("#claim") !== null`)
	m.PressKeys("calls the governor\r")
	m.goesOn(id, "claimed by local user: calls the governor")
}

// goesOn waits until the lines of a story and the pane say what was ordered, and closes the pane.
func (m *morning) goesOn(id, says string) {
	m.Helper()
	m.WaitFor("on both lines: "+says, linesSay(id, says))
	m.WaitFor("in the pane: "+says, `document.querySelector("#pane .marks")?.textContent.includes("`+says+`") === true`)
	m.look("3-" + strings.Fields(says)[0])
	m.press("Escape")
	m.WaitFor("the columns alone", `document.getElementById("pane").hidden`)
}

// hideStory hides a story of the third column for all.
func (m *morning) hideStory(headline string) {
	m.Helper()
	has := `[...` + column(3, ".story h2") + `].some(h => h.textContent === "` + headline + `")`
	m.WaitFor("what is to be hidden", has)
	m.RunScript(`[...` + column(3, ".story h2 a") + `].find(a => a.textContent === "` + headline + `").click()`)
	m.WaitFor("it in the pane", paneShows+`"`+headline+`"`)
	m.press("Escape", "h")
	m.WaitFor("that it is hidden", "!"+has+` && document.getElementById("said").textContent.startsWith("Hid ")`)
	m.look("5-hidden")
}

// star stars the story under the cursor.
func (m *morning) star(id string) {
	m.Helper()
	m.press("f")
	m.WaitFor("the star on both lines", linesSay(id, "starred"))
}

// assign assigns the story under the cursor to a colleague, with a due time.
func (m *morning) assign(id string) {
	m.Helper()
	m.press("a")
	m.WaitFor("the form of the assignment", `!document.getElementById("pane").hidden && document.activeElement.closest("#assign") !== null`)
	m.PressKeys("Lena\t2h\r")
	m.goesOn(id, "assigned to Lena, due ")
}

// seeStarred opens the starred page, which has the story as it was corrected.
func (m *morning) seeStarred() {
	m.Helper()
	m.Navigate(m.at + "/starred")
	m.WaitFor("the starred story", `document.querySelector(".starlist h2")?.textContent === "`+corrected+`"`)
	m.look("6-starred")
}

// handOver checks the report for the next shift, on a phone in the dark.
func (m *morning) handOver() {
	m.Helper()
	m.Navigate(m.at + "/handover")
	m.resize(360, 800, "dark")
	m.WaitFor("claim and decision", `["Lena", "Open claims", "calls the governor", "`+corrected+`", "Decisions", "Port cranes stand still"].every(s => document.querySelector("main").textContent.includes(s))`)
	m.look("7-handover-360-dark")
	m.Navigate(m.at + "/?view=Floods&view=Copper&view=All")
	m.WaitFor("the columns on a phone", `document.getElementById("state").textContent === "live" && `+showsFirst(1, corrected))
	m.look("8-columns-360-dark")
}

// The morning at an Arabic desk: columns from right to left.
func TestArabicMorning(t *testing.T) {
	n := webtest.OpenArabic(t)
	m := &morning{Browser: webtest.OpenBrowser(t), n: n, at: serve(n, nil)}
	fiveViews(t, m.at)
	m.resize(1440, 900, "light")
	m.Navigate(m.at + "/?view=World&view=Arabic&view=All")
	m.WaitFor("a connection", `document.getElementById("state").className === "on"`)
	m.WaitFor("the first column on the right", `(() => { const [a, b, c] = [1, 2, 3].map(i => document.getElementById("column-" + i).getBoundingClientRect().left); return a > b && b > c; })()`)
	n.AddStory(webtest.Story{Headline: "فتح الميناء أمام السفن من جديد", Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}})
	m.WaitFor("the headline in all columns", `[1, 2, 3].every(i => document.querySelector("#column-" + i + " .story h2")?.textContent === "فتح الميناء أمام السفن من جديد")`)
	m.look("9-arabic")
	m.CheckConsole()
}
