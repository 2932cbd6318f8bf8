package newsroom_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// refusedText is a problem of a target.
const refusedText = "it answered 503 Service Unavailable"

// addUnsent records that a story was sent by hand to the target cms, and what came of it.
func addUnsent(n *webtest.Newsroom, s *news.Story, d news.Dispatch) {
	n.Helper()
	if len(n.Rules.Targets) == 0 {
		n.Rules.Targets = []news.NamedTarget{{Name: "cms", Title: "Our CMS", Target: news.Target{ID: "webhook-1", Kind: news.TargetWebhook, Label: "cms.example"}}}
		n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.PutRules(&n.Rules) }))
	}
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Orders.Put(&news.Record{Seq: n.Seq, At: n.At, Order: &news.Order{Verb: "send", Who: "anna", Args: []string{s.ID, "cms", d.Notice}}}))
		n.Must(tx.Notices.Put(&news.Notice{ID: d.Notice, Seq: n.Seq, At: n.At, When: news.WhenSend, Alerts: []string{}, Target: "webhook-1", Story: s.ID, Headline: s.Headline, By: "anna"}))
		n.Must(tx.Dispatches.Put(&d))
		return news.Change{Stories: []string{s.ID}}
	})
}

// A story that was sent by hand and did not arrive says so on its line and its page, until it
// arrives, or is discarded. What was given up can be sent again from the page.
func TestUnsentIsOnTheLine(t *testing.T) {
	n := webtest.OpenFilled(t)
	copper, ferry := n.Find("Copper rises for a third day"), n.Find("Ferry returns to port after a night at sea")
	addUnsent(n, copper, news.Dispatch{Notice: "given-up", Tries: 9, Dead: true, Problem: refusedText})
	addUnsent(n, ferry, news.Dispatch{Notice: "late", Tries: 1, Next: time.Now().Add(time.Hour), Problem: refusedText})
	addUnsent(n, ferry, news.Dispatch{Notice: "discarded", Tries: 1, Dropped: true, Problem: refusedText})
	addUnsent(n, ferry, news.Dispatch{Notice: "waiting", Due: time.Now().Add(time.Hour)})
	nf := &notify.Notifier{Store: n.Store, Live: &n.Live, Now: time.Now, Settings: func() *notify.Settings { return &notify.Settings{} }}
	at := serve(n, func(d *newsroom.Desk) { d.Resend, d.Discard = nf.Resend, nf.Discard })
	const failed = "sending to <bdi>Our CMS</bdi> failed: " + refusedText
	_, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, failed+"; next attempt at ")
	webtest.ContainsInOrder(t, body, failed+` <a href="/alerts#n-given-up">Send again</a>`)
	if got := strings.Count(body, "sending to"); got != 2 {
		t.Errorf("%d sends failed, want 2", got)
	}
	if got := read[view.Status](t, at+"/api/status").Unsent; len(got) != 2 || got[0].Notice != "late" || got[1].Story != copper.ID || !got[1].Next.IsZero() {
		t.Errorf("the status has %+v", got)
	}
	_, body = webtest.Request(t, "GET", at+"/stories/"+copper.ID)
	webtest.ContainsInOrder(t, body, failed, `name="notice" value="given-up"`, "Send to <bdi>Our CMS</bdi> again")
	resp, _ := webtest.PostForm(t, at+"/api/alerts", url.Values{"notice": {"given-up"}, "do": {"retry"}, "to": {"/stories/" + copper.ID}})
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/stories/"+copper.ID {
		t.Errorf("sending again: %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if got := read[view.Status](t, at+"/api/status").Unsent; len(got) != 1 {
		t.Errorf("after it is sent again the status has %+v", got)
	}
}

// All open pages show a failed send without a reload, and stop when it has arrived.
func TestUnsentIsLive(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	b.OpenMonitor(serve(n, nil) + "/")
	addUnsent(n, n.Find("Copper rises for a third day"), news.Dispatch{Notice: "late", Tries: 1, Next: time.Now().Add(time.Hour), Problem: refusedText})
	b.RunScript(`dispatchEvent(new Event("focus"))`)
	b.WaitFor("that it failed", `document.querySelector(".wire .unsent")?.textContent.startsWith("sending to Our CMS failed: it answered 503 Service Unavailable; next attempt at ")`)
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	n.Must(err)
	webtest.Eval[chromedp.Void](b, string(axe)+";0")
	b.CheckPage("unsent")
	n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.Dispatches.Delete("late") }))
	b.RunScript(`dispatchEvent(new Event("focus"))`)
	b.WaitFor("that it arrived", `document.querySelectorAll(".wire .unsent").length === 0`)
	b.CheckConsole()
}

// In the pane a button sends again what was given up.
func TestUnsentIsSentAgainInThePane(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	addUnsent(n, n.Find("Copper rises for a third day"), news.Dispatch{Notice: "given-up", Tries: 9, Dead: true, Problem: refusedText})
	nf := &notify.Notifier{Store: n.Store, Live: &n.Live, Now: time.Now, Settings: func() *notify.Settings { return &notify.Settings{} }}
	b.OpenMonitor(serve(n, func(d *newsroom.Desk) { d.Resend, d.Discard = nf.Resend, nf.Discard }) + "/")
	b.RunScript(`document.querySelector(".wire .story:has(.unsent) h2 a").click()`)
	b.WaitFor("the button", `document.querySelector("#pane .actionsrow form[action='/api/alerts'] button")?.textContent === "Send to Our CMS again"`)
	b.RunScript(`document.querySelector("#pane .actionsrow form[action='/api/alerts'] button").click()`)
	b.WaitFor("that it is sent again", `!document.querySelector(".unsent") && !document.querySelector("#pane form[action='/api/alerts']") && !document.getElementById("pane").hidden`)
	b.CheckConsole()
}
