package newsroom_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// The panels of the bar open inside the window, whatever its width and direction.
func TestPanelsOfTheBarAreInTheWindow(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	arabic := serve(webtest.OpenArabic(t), nil)
	for _, address := range []string{at, arabic} {
		for _, width := range []int64{1920, 1440, 1000, 700, 360} {
			if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address)); err != nil {
				t.Fatal(err)
			}
			for _, panel := range []string{"views", "muted"} {
				got := webtest.Eval[[]float64](b, `(() => {
					document.getElementById("menu").open = true;
					for (const d of document.querySelectorAll("details.muted")) d.open = d.id === "`+panel+`";
					const r = document.querySelector("#`+panel+` > div").getBoundingClientRect();
					return [r.left, r.right];
				})()`)
				if got[0] < 0 || got[1] > float64(width) {
					t.Errorf("%s: at %d the panel %s is from %v to %v", address, width, panel, got[0], got[1])
				}
			}
		}
	}
}

// A filter that was typed is the one that a view is saved with, and where the forms of the
// bar lead back to.
func TestFormsHaveTheTypedFilter(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	b.OpenMonitor(at + "/")
	b.RunScript(`document.getElementById("q").focus()`)
	b.PressKeys("lang:ar\r")
	b.WaitFor("the filtered wire", `location.search === "?q=lang%3Aar"`)
	got := webtest.Eval[[]string](b, `[...document.querySelectorAll(".views [name=q], .muted [name=to]")].map(f => f.value)`)
	for _, v := range got {
		if v != "lang:ar" && v != "/?q=lang%3Aar" {
			t.Errorf("fields %q, want the filter", got)
		}
	}
	b.RunScript(`(() => { const f = document.querySelector(".views [name=q]").form; f.elements.name.value = "Arabic"; f.requestSubmit(); })()`)
	b.WaitFor("the saved view", `location.search === "?view=Arabic" && document.querySelector("#views code")?.textContent === "lang:ar"`)
}

// openOrdering serves a desk that carries out orders, with one story, and opens that story
// beside the wire.
func openOrdering(t *testing.T) (b *webtest.Browser, j *journal.Journal, id string) {
	n := webtest.OpenFilled(t)
	n.At = time.Now().Add(-time.Hour)
	d := runLiveDesk(n, &n.Live)
	j = &journal.Journal{Commit: d.File, Store: n.Store}
	b = webtest.OpenBrowser(t)
	at := serve(n, func(w *newsroom.Desk) { w.Order = j.Order })
	file(n, d, "gulf", "Ferry company names a new captain")
	id = n.Find("Ferry company names a new captain").ID
	b.OpenMonitor(at + "/?q=ferry")
	b.RunScript(webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("v"))
	b.WaitFor("the story", paneShows+`"Ferry company names a new captain"`)
	return b, j, id
}

// What a colleague does shows in an open pane, or as a button if that would disturb.
func TestOpenPaneShowsWhatOthersDo(t *testing.T) {
	b, j, id := openOrdering(t)
	claims := func(who string) uint64 {
		seq, err := j.Order(context.Background(), news.Order{Verb: "claim", Args: []string{id}, Who: who}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	marks := `document.querySelector("#pane .marks")?.textContent`
	claims("Lena")
	b.WaitFor("Lena's claim", marks+`?.includes("claimed by Lena")`)

	b.RunScript(`document.querySelector("#pane form:has([value=note]) [name=why]").focus()`)
	b.PressKeys("I am typ")
	claims("Omar")
	b.WaitFor("the button", `document.querySelector("#pane .changed")?.textContent === "Show changes"`)
	if typed := webtest.Eval[string](b, `document.activeElement.value`); typed != "I am typ" {
		t.Errorf("typed %q is in the form", typed)
	}
	b.RunScript(`document.querySelector("#pane .changed").click()`)
	b.WaitFor("Omar's claim", marks+`?.includes("claimed by Omar") && !document.querySelector("#pane .changed")`)
}

// On a desk that is read from left to right, the number of outlets is before their word in
// the line of an Arabic headline too.
func TestCountsAreReadInTheDirectionOfTheDesk(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	n.AddStory(webtest.Story{Headline: "فتح الميناء أمام السفن من جديد", Language: "ar", Sources: []string{"nile", "gulf"}, Topics: []string{"world"}})
	for _, width := range []int64{1440, 700} {
		b.OpenMonitor(at + "/?q=lang:ar")
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatal(err)
		}
		b.WaitFor("2 before outlets", `(() => {
			const text = document.querySelector(".story[data-rtl] .covered").firstChild, at = i => { const r = document.createRange(); r.setStart(text, i); r.setEnd(text, i + 1); return r.getBoundingClientRect().left; };
			return text.data.startsWith("2 outlets") && at(0) < at(2);
		})()`)
	}
}

// The list of shortcuts opens at its top, also in a low window.
func TestShortcutsBeginAtTheTop(t *testing.T) {
	b := webtest.OpenBrowser(t)
	_, at := openDesk(t)
	b.OpenMonitor(at + "/")
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(780, 490)); err != nil {
		t.Fatal(err)
	}
	b.RunScript(webtest.KeyDownScript("?"))
	got := webtest.Eval[[]float64](b, `(() => { const d = document.getElementById("help"); return [d.scrollHeight - d.clientHeight, d.scrollTop]; })()`)
	if got[0] <= 0 || got[1] != 0 {
		t.Errorf("the list can be scrolled by %v and is at %v, want it at 0 of more", got[0], got[1])
	}
}
