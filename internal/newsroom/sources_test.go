package newsroom_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// silent is the pace state of a source that published an item every half hour for a week,
// and none since then.
func silent(now time.Time, since time.Duration) []byte {
	p := pace.New(0)
	p.Add("x", nil, pace.Bounds{})
	last := now.Add(-since)
	for at := last.Add(-7 * 24 * time.Hour); !at.After(last); at = at.Add(30 * time.Minute) {
		p.Observe("x", at, []time.Time{at}, 20)
	}
	p.Observe("x", now, nil, 20)
	return p.State("x")
}

// openWithVisits opens a newsroom whose sources have every state.
func openWithVisits(t *testing.T) *webtest.Newsroom {
	n := webtest.OpenFilled(t)
	now := news.Instant(time.Now())
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for _, s := range []news.VisitState{
			{Source: "gulf", Visits: 40, LastAttempt: now.Add(-time.Minute), Due: now.Add(time.Hour), Reason: "every 1h, as feeds.yaml says", Outcome: "new", Lag: []int64{20_000, 90_000, 90_000, 400_000}, Gaps: 3},
			{Source: "north", Visits: 3, LastAttempt: now.Add(-time.Hour), Due: now.Add(4 * time.Hour), Reason: "tried again after a failed visit", Outcome: "blocked", Failures: 2,
				Problem: `north.example answered 403 Forbidden: it does not let us in; ask its owner <b>`},
			{Source: "nile", Visits: 9, LastAttempt: now.Add(-time.Minute), Due: now.Add(time.Hour), Outcome: "not-modified", Pace: silent(now, 11*time.Hour)},
			{Source: "vault", Visits: 9, LastAttempt: now.Add(-30 * time.Hour), Paused: true},
			{Source: "harbour", Visits: 9, LastAttempt: now.Add(-30 * time.Hour), Outcome: "same"},
		} {
			s.History = s.History.Add(news.PastVisit{Last: now.Add(-9 * time.Hour), Outcome: "new", Status: 200, Filed: 3, Took: 1300 * time.Millisecond})
			for hour := range 3 {
				s.History = s.History.Add(news.PastVisit{Last: now.Add(time.Duration(hour-8) * time.Hour), Outcome: s.Outcome, Problem: s.Problem, Took: 40 * time.Millisecond})
			}
			if err := tx.Visits.Put(s); err != nil {
				return err
			}
		}
		return tx.Pushes.Put(&news.Push{Source: "gulf", Hub: "https://hub.example/", Problem: "it answered 500"})
	}))
	n.EditSource("harbour", func(s *news.SourceState) {
		s.Pause = &news.Pause{Who: "anna", Why: "floods the wire", At: now.Add(-time.Hour), Seq: 7}
	})
	n.EditSource("gulf", func(s *news.SourceState) {
		for day := range 30 {
			for range 1 + day*day%17 {
				s.Count(now.AddDate(0, 0, -day))
			}
		}
	})
	return n
}

// The page shows the state of each source and its next visit with the reason. Sources with
// problems come first.
func TestSourcesPage(t *testing.T) {
	n := openWithVisits(t)
	at := serve(n, nil)
	_, body := webtest.Request(t, "GET", at+"/sources")
	webtest.ContainsInOrder(t, body, `problem <b>1</b>`, `quiet <b>1</b>`, `paused <b>2</b>`, `ok <b>1</b>`,
		"Northern Post", "blocked: north.example answered 403 Forbidden: it does not let us in; ask its owner &lt;b&gt; (2 times)", "tried again after a failed visit",
		`is-quiet`, "went quiet: nothing for 11h; about", "would be usual",
		"Gulf Wire", "hub hub.example: it answered 500", "every 1h, as feeds.yaml says", `aria-label="1 today, at most 17 a day"`, "M0 24v-", "2m", "p95 2m", ">3</td>", "Visit now", "Pause",
		"Harbour Radio", "never: paused by anna: floods the wire", "Resume",
		"The Vault", "never: feeds.yaml pauses it")
	_, body = webtest.Request(t, "GET", at+"/sources?show=paused&q=radio")
	if !strings.Contains(body, "Harbour Radio") || strings.Contains(body, "The Vault") || strings.Contains(body, "Gulf Wire</bdi>") {
		t.Error("the page does not show the sources that were asked for")
	}
	for _, s := range read[[]view.Source](t, at+"/api/sources") {
		switch {
		case len(s.Days) != 30:
			t.Errorf("%s: %d days", s.Name, len(s.Days))
		case s.ID == "nile" && !strings.HasPrefix(s.Quiet, "went quiet: nothing for 11h"):
			t.Errorf("nile: quiet %q", s.Quiet)
		case s.ID == "harbour" && (s.Pause == nil || s.Pause.Who != "anna"):
			t.Errorf("harbour: pause %+v", s.Pause)
		}
	}
}

// A form starts a visit, and the page shows its result.
func TestManualVisit(t *testing.T) {
	n := openWithVisits(t)
	var visits []string
	at := serve(n, func(d *newsroom.Desk) {
		d.VisitOne = func(_ context.Context, id string) (any, string, error) {
			visits = append(visits, id)
			if id == "north" {
				return nil, "its last visit failed; it is tried again at noon", nil
			}
			return map[string]string{"name": id}, "", nil
		}
	})
	send := func(source string) (*http.Response, string) {
		return webtest.PostForm(t, at+"/api/visit", url.Values{"source": {source}})
	}
	if resp, _ := send("gulf"); resp.StatusCode != 303 || resp.Header.Get("Location") != "/sources?visited=gulf" {
		t.Errorf("gulf: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if _, body := webtest.Request(t, "GET", at+"/sources?visited=gulf"); !strings.Contains(body, "Gulf Wire was visited at ") {
		t.Error("the page does not show the result of the visit")
	}
	if resp, body := send("north"); resp.StatusCode != 409 || !strings.Contains(body, "Northern Post was not visited: its last visit failed; it is tried again at noon.") {
		t.Errorf("north: %d", resp.StatusCode)
	}
	if resp, body := webtest.Request(t, "POST", at+"/api/visit?source=north"); resp.StatusCode != 409 || !strings.Contains(body, `"error":"north was not visited`) {
		t.Errorf("north by program: %d %s", resp.StatusCode, body)
	}
	if resp, body := webtest.Request(t, "POST", at+"/api/visit?source=gulf"); resp.StatusCode != 200 || body != "{\"name\":\"gulf\"}\n" {
		t.Errorf("gulf by program: %d %s", resp.StatusCode, body)
	}
	if resp, _ := webtest.Request(t, "POST", at+"/api/visit?source=nobody"); resp.StatusCode != 404 {
		t.Errorf("nobody: %d", resp.StatusCode)
	}
	if got := strings.Join(visits, " "); got != "gulf north north gulf" {
		t.Errorf("visits of %s", got)
	}
}

func TestSourcesLook(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := openWithVisits(t)
	at := serve(n, func(d *newsroom.Desk) {
		d.VisitOne = func(context.Context, string) (any, string, error) { return nil, "its host has a pause", nil }
	})
	ar := webtest.OpenArabic(t)
	l.CheckAccessibility(map[string]string{"sources": at + "/sources?visited=north", "sources-paused": at + "/sources?show=paused", "sources-none": at + "/sources?q=xyz", "sources-rtl": serve(ar, nil) + "/sources"})
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at+"/sources"),
		chromedp.Click("#s-gulf form button"), chromedp.WaitVisible(".message")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("why there was no visit", `document.querySelector(".message").textContent === "Gulf Wire was not visited: its host has a pause."`)
}
