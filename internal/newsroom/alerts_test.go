package newsroom_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// openWithAlerts opens a newsroom with notices in every state, and its desk.
func openWithAlerts(t *testing.T) (*webtest.Newsroom, string) {
	n := webtest.OpenFilled(t)
	hook := news.Target{ID: "webhook-1", Kind: "webhook", Label: "hooks.example"}
	ntfy := news.Target{ID: "ntfy-1", Kind: "ntfy", Label: "${NTFY}"}
	n.Rules.Alerts = []news.Alert{
		{Name: "copper", Match: []string{"copper outlets:>2"}, When: news.WhenStory, To: []news.Target{hook, ntfy}, Quiet: [2]time.Duration{22 * time.Hour, 6*time.Hour + 30*time.Minute}},
		{Name: "silence", When: news.WhenQuiet, To: []news.Target{ntfy}},
	}
	n.ApplyRules()
	now := news.Instant(time.Now())
	copper := n.Find("Copper rises for a third day")
	note := func(id, target string, at time.Time) news.Notice {
		return news.Notice{ID: id, Seq: n.Seq, At: at, When: news.WhenStory, Alerts: []string{"copper"}, Target: target, Story: copper.ID, Headline: copper.Headline, Language: "en"}
	}
	sent, late, night, dead := note("sent", ntfy.ID, now.Add(-4*time.Hour)), note("late", hook.ID, now.Add(-3*time.Hour)), note("night", ntfy.ID, now.Add(-2*time.Hour)), note("dead", hook.ID, now.Add(-time.Hour))
	sent.Sent, night.Due = now.Add(-4*time.Hour), now.Add(3*time.Hour)
	night.Headline, night.Language = "ارتفاع أسعار النحاس", "ar"
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for _, one := range []news.Notice{sent, late, night, dead} {
			n.Must(tx.Notices.Put(&one))
		}
		n.Must(tx.Notices.PutLocal(&news.Notice{ID: "bell", At: now, When: news.WhenQuiet, Alerts: []string{"silence"}, Target: "gone-1", Source: "gulf", Headline: "Gulf Wire went quiet"}))
		n.Must(tx.Dispatches.Put(&news.Dispatch{Notice: "late", Tries: 1, Next: now.Add(time.Hour), Problem: "it answered 503 Service Unavailable"}))
		n.Must(tx.Dispatches.Put(&news.Dispatch{Notice: "dead", Tries: 9, Dead: true, Problem: "it answered <b>410</b> Gone"}))
		return tx.ClosedTargets.Put(&news.ClosedTarget{Target: hook.ID, Why: "it answered 410 Gone and gets nothing any more"})
	}))
	nf := &notify.Notifier{Store: n.Store, Live: &n.Live, Now: time.Now, Settings: func() *notify.Settings { return &notify.Settings{} }}
	return n, serve(n, func(d *newsroom.Desk) { d.Resend, d.Discard = nf.Resend, nf.Discard })
}

// The page shows alerts that could not be sent, pending ones, sent ones and the rules, and no
// secret address.
func TestAlertsPage(t *testing.T) {
	_, at := openWithAlerts(t)
	_, body := webtest.Request(t, "GET", at+"/alerts")
	webtest.ContainsInOrder(t, body, "Could not be sent", "Copper rises for a third day", "hooks.example", "it answered &lt;b&gt;410&lt;/b&gt; Gone", "9 attempts", "Send again", "Discard",
		"Pending", "about to be sent", `<p dir="rtl" lang="ar">`, "quiet hours until", "tried 1 time; next attempt at", "it answered 503",
		"Sent", "Gulf Wire went quiet", "quiet: <bdi>silence", "a target that feeds.yaml no longer has", "given up", "sent at",
		"Rules", "copper outlets:&gt;2", "a story matches", "hooks.example", "gets nothing any more. Send an alert again to reopen it.", "22:00-06:30", "a source goes quiet")
	got := read[view.Alerts](t, at+"/api/alerts")
	var states []string
	for _, r := range got.Notices {
		states = append(states, r.ID+" "+r.State)
	}
	if diff := cmp.Diff([]string{"bell due", "dead dead", "night waiting", "late late", "sent sent"}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	_, body = webtest.Request(t, "GET", serve(webtest.Open(t), nil)+"/alerts")
	webtest.ContainsInOrder(t, body, "No alerts yet", "feeds.yaml has no alerts.")
}

// What was sent by hand and undone before it arrived is not pending any more, even if an
// attempt has failed.
func TestUndoneSendIsNotPending(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		n.Must(tx.Notices.Put(&news.Notice{ID: "undone", Seq: n.Seq, At: time.Now(), When: news.WhenSend, Alerts: []string{}, Target: "slack-1", Headline: "Copper", By: "anna", Note: "look", Cancelled: true}))
		return tx.Dispatches.Put(&news.Dispatch{Notice: "undone", Tries: 2, Next: time.Now().Add(time.Hour), Problem: "it answered 500"})
	}))
	if resp, body := webtest.Request(t, "GET", at+"/api/alerts?when=nosuch"); resp.StatusCode != 400 || !strings.Contains(body, "breaking") {
		t.Errorf("alerts of a kind that does not exist: %d %s", resp.StatusCode, body)
	}
	got := read[view.Alerts](t, at+"/api/alerts").Notices
	if len(got) != 1 || got[0].State != "dropped" || !strings.Contains(got[0].Problem, "was undone") {
		t.Errorf("notices %+v, want one that was dropped", got)
	}
	_, body := webtest.Request(t, "GET", at+"/alerts")
	webtest.ContainsInOrder(t, body, "<span>sent by hand by <bdi>anna</bdi>: <bdi dir=\"ltr\">look</bdi></span>", "not sent", "was undone")
	if strings.Contains(body, "Pending") {
		t.Error("the page lists it as pending")
	}
}

// A notice that was given up can be sent again or discarded, once.
func TestDeadLetters(t *testing.T) {
	n, at := openWithAlerts(t)
	send := func(notice, do string) int {
		resp, _ := webtest.PostForm(t, at+"/api/alerts", url.Values{"notice": {notice}, "do": {do}})
		return resp.StatusCode
	}
	state := func(id string) string {
		for _, r := range read[view.Alerts](t, at+"/api/alerts").Notices {
			if r.ID == id {
				return r.State
			}
		}
		return ""
	}
	for _, bad := range []struct {
		notice, do string
		want       int
	}{{"late", "retry", 409}, {"late", "discard", 409}, {"nothing", "retry", 409}, {"dead", "dance", 400}} {
		if got := send(bad.notice, bad.do); got != bad.want {
			t.Errorf("%s %s: %d, want %d", bad.do, bad.notice, got, bad.want)
		}
	}
	if got := send("dead", "retry"); got != 303 || state("dead") != "due" {
		t.Errorf("retry: %d, then %s", got, state("dead"))
	}
	if got := send("dead", "retry"); got != 409 {
		t.Errorf("retry again: %d", got)
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		n.Must(tx.Dispatches.Put(&news.Dispatch{Notice: "late", Dead: true}))
		return tx.Dispatches.Put(&news.Dispatch{Notice: "dead", Dead: true})
	}))
	if _, body := webtest.Request(t, "GET", at+"/alerts"); !strings.Contains(body, "Send all 2 again") {
		t.Error("the page has no button that sends all again")
	}
	if got := send("*", "retry"); got != 303 || state("dead") != "due" || state("late") != "due" {
		t.Errorf("retry of all: %d, then %s and %s", got, state("dead"), state("late"))
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.Dispatches.Put(&news.Dispatch{Notice: "dead", Dead: true}) }))
	resp, body := webtest.RequestWithBody(t, "POST", at+"/api/alerts", strings.NewReader(`{"notice": "dead", "do": "discard"}`))
	if resp.StatusCode != 200 || state("dead") != "dropped" || len(read[view.Alerts](t, at+"/api/alerts").Dead) != 0 {
		t.Errorf("discard: %d %s, then %s", resp.StatusCode, body, state("dead"))
	}
}

func TestAlertsLook(t *testing.T) {
	l := webtest.OpenBrowser(t)
	_, at := openWithAlerts(t)
	l.CheckAccessibility(map[string]string{"alerts": at + "/alerts", "alerts-none": serve(webtest.OpenArabic(t), nil) + "/alerts"})
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at+"/alerts"), chromedp.Click("#n-dead button[value=discard]")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that no alert is left", `location.pathname === "/alerts" && !document.body.textContent.includes("Could not be sent")`)
}
