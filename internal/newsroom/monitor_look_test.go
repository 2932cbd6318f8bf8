package newsroom_test

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// The wire, a story, the handover and the login page are accessible on wide and narrow
// screens, in every state.
func TestMonitorLook(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	n.At = time.Now().Add(-time.Hour)
	hot := n.AddStory(webtest.Story{Headline: "Earthquake shakes the coast", Language: "en", Sources: []string{"gulf", "north", "harbour"}, Topics: []string{"world"}})
	n.Apply(func(tx *store.Tx) news.Change {
		hot.Claim = &news.Claim{Who: "أنّا", Note: "calls the port", At: n.At, Seq: n.Seq}
		n.Must(tx.Stories.Put(hot))
		n.Must(tx.Events.Put(&news.Event{ID: hot.ID, Stories: []string{hot.ID}, Breaking: n.At, Surge: news.Surge{Voices: 3, Span: 5 * time.Minute},
			Claim: &news.Claim{Who: "omar", At: n.At, Seq: n.Seq}}))
		n.Must(tx.ReadStates.Put(&news.ReadState{Mutes: []news.Mute{{Kind: news.MuteWord, What: "كرة*", Until: n.At.Add(48 * time.Hour)}}}))
		n.Must(tx.Visits.Put(news.VisitState{Source: "gulf", Problem: "the server is silent", Failures: 3}))
		n.Must(tx.Orders.Put(&news.Record{ID: "o1", Seq: n.Seq, At: n.At, Order: &news.Order{Verb: "note", Args: []string{hot.ID}, Who: "omar", Why: "wait for Lima"}}))
		return news.Change{Stories: []string{hot.ID}}
	})
	at := serve(n, func(d *newsroom.Desk) {
		d.ConfigErrors = func() string { return "feeds.yaml:3:1: unknown key sorces\n  did you mean sources?" }
	})
	closed := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	l.CheckAccessibility(map[string]string{
		"wire": at + "/", "wire-none": at + "/?q=xyz", "wire-wrong": at + "/?q=%28x", "wire-empty": serve(webtest.Open(t), nil) + "/", "wire-rtl": serve(webtest.OpenArabic(t), nil) + "/",
		"story": at + "/stories/" + hot.ID, "handover": at + "/handover", "handover-none": serve(webtest.Open(t), nil) + "/handover", "login": closed + "/login", "decisions": at + "/decisions",
	})
	l.CheckLayout(at+"/", "wire", 1280, "light")
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	n.Must(err)
	webtest.Eval[chromedp.Void](l, string(axe)+";0")
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	for _, step := range []struct{ what, does, sees string }{
		{"a story beside the wire", webtest.KeyDownScript("j") + ";" + webtest.KeyDownScript("v"), `!document.getElementById("pane").hidden && document.querySelectorAll("#claimevent").length === 1`},
		{"the mutes", webtest.KeyDownScript("Escape") + `; document.getElementById("muted").open = true`, `document.getElementById("pane").hidden`},
		{"the outlets of a story", `document.getElementById("muted").open = false; document.querySelector("details.outlets").open = true`, `true`},
		{"the shortcuts", webtest.KeyDownScript("?"), `document.getElementById("help").open`},
	} {
		l.RunScript(step.does)
		l.WaitFor(step.what, step.sees)
		if bad := webtest.Eval[[]string](l, webtest.AxeViolations); len(bad) > 0 {
			t.Errorf("%s: %v", step.what, bad)
		}
	}
}

// Buttons next to each other are aligned.
func TestButtonsAreAligned(t *testing.T) {
	l, n := webtest.OpenBrowser(t), openWithVisits(t)
	at := serve(n, nil)
	for page, row := range map[string]string{"/": ".tools", "/sources": "#s-gulf .actions"} {
		if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at+page)); err != nil {
			t.Fatal(err)
		}
		heights := webtest.Eval[[]string](l, `(() => {
  const row = document.querySelector('`+row+`'), seen = new Set();
  for (const e of row.querySelectorAll('button, summary')) {
    if (!e.checkVisibility()) continue;
    const box = e.getBoundingClientRect(), text = document.createRange();
    text.selectNodeContents(e);
    seen.add(box.top.toFixed(0) + ' to ' + box.bottom.toFixed(0) + ', text at ' + text.getClientRects()[0].top.toFixed(0));
  }
  return [...seen];
})()`)
		if len(heights) != 1 {
			t.Errorf("%s: buttons are at %q", page, heights)
		}
	}
}
