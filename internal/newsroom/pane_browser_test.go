package newsroom_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// openReadable returns a newsroom with ten stories, Story 9 the newest, each with a text.
func openReadable(t *testing.T) (n *webtest.Newsroom, ids []string) {
	n = webtest.Open(t)
	n.At = time.Now().Add(-time.Hour)
	for i := range 10 {
		s := n.AddStory(webtest.Story{Headline: fmt.Sprint("Story ", i), Summary: fmt.Sprint("Text of story ", i), Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, After: time.Minute})
		ids = append(ids, s.ID)
	}
	n.EditEntry(n.Find("Story 9"), func(e *news.Entry) {
		e.Body = `<h1>First</h1><p>A body <img src="/wide.jpg"></p><p><img src="/big.jpg" width="2000" height="1000"></p><video src="/v.mp4"></video><script>alert(1)</script>`
		e.Media = []news.Media{{URL: "http://gulf.example/p.jpg", Picture: true, Alt: "A harbour", Width: 1200, Height: 600}, {URL: "http://gulf.example/a.mp3", Type: "audio/mpeg", Duration: 245 * time.Second, Title: "The mayor"}}
	})
	return n, ids
}

// hides carries out orders that hide a story, and takes all others for done.
func hides(n *webtest.Newsroom) func(context.Context, news.Order, time.Time) (uint64, error) {
	return func(_ context.Context, o news.Order, _ time.Time) (uint64, error) {
		n.Apply(func(tx *store.Tx) news.Change {
			n.Must(tx.Orders.Put(&news.Record{ID: fmt.Sprint("order", n.Seq), Seq: n.Seq, At: n.At, Order: &o}))
			if o.Verb != "hide" {
				return news.Change{}
			}
			s, err := tx.Stories.Get(o.Args[0])
			n.Must(err)
			s.Hidden = map[string]uint64{news.Everywhere: n.Seq}
			n.Must(tx.Stories.Put(s))
			return news.Change{Stories: []string{s.ID}}
		})
		return n.Seq, nil
	}
}

const (
	paneShows = `document.querySelector("#pane .headline")?.textContent === `
	noPane    = `document.getElementById("pane").hidden`
	cursorAt  = `document.querySelector(".story[data-at] h2")?.textContent === `
)

// Opening the pane makes an entry in the history: Back closes it, on the same page.
func TestBackClosesThePane(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	at := serve(n, nil)
	b.Navigate(at + "/help")
	b.OpenMonitor(at + "/?q=story")
	b.RunScript(webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("v"))
	b.WaitFor("the story", paneShows+`"Story 9"`)
	b.RunScript(webtest.KeyDownScript("j"))
	b.WaitFor("that the pane follows j", paneShows+`"Story 8"`)
	b.RunScript(webtest.KeyDownScript("j"))
	b.WaitFor("that the pane follows again", paneShows+`"Story 7"`)
	b.RunScript(webtest.KeyDownScript("k"))
	b.WaitFor("that the pane follows k", paneShows+`"Story 8" && document.activeElement.closest(".story")?.dataset.at === ""`)
	b.RunScript(`history.back()`)
	b.WaitFor("the wire without the pane after Back", noPane+` && location.pathname + location.search === "/?q=story" && `+cursorAt+`"Story 8"`)
	b.RunScript(`history.forward()`)
	b.WaitFor("the pane after Forward", paneShows+`"Story 8"`)
	b.RunScript(webtest.KeyDownScript("Escape"))
	b.WaitFor("no pane after Escape", noPane)
	b.RunScript(`history.back()`)
	webtest.WaitUntil(b, `location.pathname === "/help"`)
}

// Escape closes what is on top: a list before the pane.
func TestEscapeClosesListsFirst(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	b.OpenMonitor(serve(n, nil) + "/")
	b.RunScript(webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("v"))
	b.WaitFor("the story", paneShows+`"Story 9"`)
	b.RunScript(`document.querySelector("details.outlets").open = true`)
	b.RunScript(webtest.KeyDownScript("Escape"))
	b.WaitFor("a closed list", `!document.querySelector("details.outlets").open && !`+noPane)
	b.RunScript(`document.getElementById("muted").open = true; document.getElementById("word").focus()`)
	b.RunScript(webtest.KeyDownScript("Escape"))
	b.WaitFor("closed mutes", `!document.getElementById("muted").open && document.activeElement.tagName === "SUMMARY" && !`+noPane)
	b.RunScript(webtest.KeyDownScript("Escape"))
	b.WaitFor("no pane", noPane)
}

// After an action that removes the selected story the cursor is at its neighbour, and the
// pane shows that.
func TestCursorGoesToTheNeighbour(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	b.OpenMonitor(serve(n, func(d *newsroom.Desk) { d.Order = hides(n) }) + "/")
	for range 3 {
		b.RunScript(webtest.KeyDownScript("j"))
	}
	b.RunScript(webtest.KeyDownScript("v"))
	b.WaitFor("the story", paneShows+`"Story 7"`)
	b.RunScript(webtest.KeyDownScript("h"))
	b.WaitFor("the neighbour after h", cursorAt+`"Story 6" && `+paneShows+`"Story 6"`)
	b.RunScript(webtest.KeyDownScript("x"))
	b.WaitFor("the neighbour after x", cursorAt+`"Story 5" && `+paneShows+`"Story 5"`)
	b.RunScript(webtest.KeyDownScript("k") + ";" + webtest.KeyDownScript("m") + ";" + webtest.KeyDownScript("k") + ";" + webtest.KeyDownScript("m"))
	b.WaitFor("the neighbour after m", cursorAt+`"Story 8" && ![...document.querySelectorAll(".wire h2")].some(h => h.textContent === "Story 9")`)
	for range 9 {
		b.RunScript(webtest.KeyDownScript("j"))
	}
	b.RunScript(webtest.KeyDownScript("h"))
	b.WaitFor("the story above after hiding the last", cursorAt+`"Story 1"`)
}

// u undoes one action after the other, and says when there is nothing left.
func TestUndoSaysWhenNothingIsLeft(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	b.OpenMonitor(serve(n, func(d *newsroom.Desk) { d.Order = hides(n) }) + "/")
	said := func(what, begins string) {
		b.WaitFor(what, fmt.Sprintf(`document.getElementById("said").textContent.startsWith(%q)`, begins))
	}
	b.RunScript(webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("h"))
	said("what was hidden", "Hid ")
	b.RunScript(webtest.KeyDownScript("u"))
	said("what was undone", "Undid: hid ")
	b.RunScript(webtest.KeyDownScript("u"))
	said("that nothing is left", "Nothing left to undo")
}

// Each u undoes another action, however fast they follow: none undoes an older one while the
// last is still on its way, and none is lost.
func TestUndoTwiceAtOnce(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	var mu sync.Mutex // guards undone, and carries out one order after the other
	var undone []string
	give := hides(n)
	b.OpenMonitor(serve(n, func(d *newsroom.Desk) {
		d.Order = func(ctx context.Context, o news.Order, at time.Time) (uint64, error) {
			mu.Lock()
			defer mu.Unlock()
			if o.Verb == "undo" && slices.Contains(undone, o.Args[0]) {
				return 0, fmt.Errorf("%w: decision %s was undone already", journal.ErrRefused, o.Args[0])
			}
			if o.Verb == "undo" {
				undone = append(undone, o.Args[0])
			}
			return give(ctx, o, at)
		}
	}) + "/")
	b.RunScript(webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("h"))
	b.WaitFor("the neighbour after h", cursorAt+`"Story 8"`)
	b.RunScript(webtest.KeyDownScript("h") + ";" + webtest.KeyDownScript("u") + ";" + webtest.KeyDownScript("u"))
	b.WaitFor("the answers to four orders", `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/api/orders")).length === 4`)
	mu.Lock()
	defer mu.Unlock()
	if len(undone) != 2 {
		t.Errorf("undone: %q, want both actions", undone)
	}
}

// While Slugline does not answer, each key says so and no error is lost in the console.
func TestKeysWhileSluglineIsDown(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	srv := b.ServeAt("127.0.0.1:0", &newsroom.Desk{Store: n.Store, Live: &n.Live, Order: hides(n)})
	b.OpenMonitor("http://" + srv.Addr + "/")
	b.RunScript(`globalThis.uncaught = []; for (const kind of ["error", "unhandledrejection"]) addEventListener(kind, e => uncaught.push(String(e.reason || e.message)))`)
	b.RunScript(webtest.KeyDownScript("j"))
	n.Must(srv.Close())
	b.WaitFor("that the connection is lost", `document.getElementById("state").className === "lost"`)
	for _, key := range strings.Fields("v Enter c C h x r A P s u m") {
		b.RunScript(`document.getElementById("said").textContent = ""; ` + webtest.KeyDownScript(key))
		b.WaitFor("what "+key+" says", `document.getElementById("said").textContent !== ""`)
	}
	if bad := webtest.Eval[[]string](b, `uncaught`); len(bad) > 0 {
		t.Errorf("uncaught: %q", bad)
	}
	b.ServeAt(srv.Addr, &newsroom.Desk{Store: n.Store, Live: &n.Live})
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	b.RunScript(webtest.KeyDownScript("j"))
	b.WaitFor("the marks made meanwhile, on the server", `fetch("/api/seat").then(r => r.json()).then(s => { globalThis.marks = s.read.length; }) && globalThis.marks >= 2`)
}

// Older stories that could not be read once are read when they can be.
func TestOlderStoriesAfterAnInterruption(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	for i := range 120 {
		n.AddStory(webtest.Story{Headline: fmt.Sprint("Ferry ", i), Language: "en", Sources: []string{"gulf"}})
	}
	desk := &newsroom.Desk{Store: n.Store, Live: &n.Live}
	var answers atomic.Bool
	srv := b.ServeAt("127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("before") && !answers.Load() {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		desk.ServeHTTP(w, r)
	}))
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1280, 300), chromedp.Navigate("http://"+srv.Addr+"/")); err != nil { // low: the end is far away
		t.Fatal(err)
	}
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	b.WaitFor("that older stories can't be read", `(scrollTo(0, document.body.scrollHeight), document.getElementById("said").textContent === "Service Unavailable")`)
	answers.Store(true)
	b.WaitFor("the oldest story", `(scrollTo(0, document.body.scrollHeight), [...document.querySelectorAll(".wire h2")].some(h => h.textContent === "Story 0"))`)
}

// On paper the wire has all headlines that were loaded, in its order, in the width of the
// page, and nothing to press.
func TestPrintedWire(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	for i := range 80 {
		n.AddStory(webtest.Story{Headline: fmt.Sprint("A longer headline of some ten words, number ", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	}
	at := serve(n, nil)
	b.OpenMonitor(at + "/")
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(720, 1000)); err != nil {
		t.Fatal(err)
	}
	b.RunScript(`dispatchEvent(new Event("beforeprint"))`)
	check := func(how string) {
		t.Helper()
		got := webtest.Eval[[]string](b, `[...document.querySelectorAll(".wire h2")].map(h => h.textContent)`)
		if len(got) != 90 || got[0] != "A longer headline of some ten words, number 79" || got[89] != "Story 0" {
			t.Errorf("%s: %d headlines from %q to %q", how, len(got), got[0], got[len(got)-1])
		}
		if narrow := webtest.Eval[float64](b, `Math.min(...[...document.querySelectorAll(".wire h2")].map(h => h.getBoundingClientRect().width))`); narrow < 360 {
			t.Errorf("%s: headlines are %v px wide", how, narrow)
		}
		tops := webtest.Eval[bool](b, `[...document.querySelectorAll(".wire .event")].every((e, i, all) => !i || e.getBoundingClientRect().top >= all[i - 1].getBoundingClientRect().bottom - 1)`)
		if !tops {
			t.Errorf("%s: headlines overlap", how)
		}
		if shown := webtest.Eval[[]string](b, `[...document.querySelectorAll("button, input, select, .bar, #pane")].filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80))`); len(shown) > 0 {
			t.Errorf("%s: printed are %q", how, shown)
		}
	}
	check("with script")
	b.RunScript(`dispatchEvent(new Event("afterprint"))`)
	b.WaitFor("the visible lines only", `document.querySelectorAll(".wire .story").length < 90`)
	b.AllowScript(false)
	b.Navigate(at + "/")
	check("without script")
}

// A story's page shows all that the feed brought, safely, whatever show: allows, and the
// text of another outlet on request.
func TestStoryPageShowsTheText(t *testing.T) {
	n, ids := openReadable(t)
	n.SetShow("gulf", news.ShowHeadline)
	at := serve(n, nil)
	resp, body := webtest.Request(t, "GET", at+"/stories/"+ids[9])
	webtest.ContainsInOrder(t, body, "As <bdi>Gulf Wire</bdi> has it", `<img src="http://gulf.example/p.jpg" alt="A harbour" width="1200" height="600" loading="lazy" referrerpolicy="no-referrer">`,
		"<h2>First</h2>", `<img alt="" src="http://gulf.example/wide.jpg"`, `<video`, `<audio src="http://gulf.example/a.mp3" controls preload="none">`, "The mayor", "4:05", "Coverage: 2 outlets", `?take=`)
	if strings.Contains(body, "alert(1)") {
		t.Error("a script of the source is on the page")
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self' https: http:; media-src https: http:") || !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("the policy is %s", policy)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/search"); strings.Contains(resp.Header.Get("Content-Security-Policy"), "https:") {
		t.Error("the search page may load pictures of other sites")
	}
	other := n.Find("Story 9").Takes[1].Entry
	_, body = webtest.Request(t, "GET", at+"/stories/"+ids[9]+"?take="+other)
	webtest.ContainsInOrder(t, body, "As <bdi>Northern Post</bdi> has it", "Text of story 9", "Coverage")
}

// The page of a story uses its width, and is accessible with a text and media.
func TestStoryPageLook(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, ids := openReadable(t)
	at := serve(n, nil)
	b.CheckAccessibility(map[string]string{"story-text": at + "/stories/" + ids[9]})
	for width, columns := range map[int64]int{1440: 2, 768: 1, 360: 1} {
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at+"/stories/"+ids[9])); err != nil {
			t.Fatal(err)
		}
		got := webtest.Eval[int](b, `new Set([...document.querySelectorAll(".storypane > div")].map(e => Math.round(e.getBoundingClientRect().left))).size`)
		if got != columns {
			t.Errorf("%d columns at %d px, want %d", got, width, columns)
		}
		if wide := webtest.Eval[int](b, `document.documentElement.scrollWidth`); wide > int(width) {
			t.Errorf("at %d px the page is %d px wide", width, wide)
		}
	}
}
