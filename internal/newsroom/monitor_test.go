package newsroom_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// openDesk opens a newsroom and its desk.
func openDesk(t *testing.T) (*webtest.Newsroom, string) {
	n := webtest.OpenFilled(t)
	at := webtest.Serve(n.TB, &newsroom.Desk{Store: n.Store, Live: &n.Live})
	return n, at
}

// Without scripts the wire shows headlines by event, filters them and links to older ones.
func TestWireAsAPage(t *testing.T) {
	n, at := openDesk(t)
	_, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, `<li class="event"`, `<article class="story"`, "Harbour reopens &lt;b&gt;slowly&lt;/b&gt;", `3<span class="off"> outlets`, "Northern Post", "&#43;1", "Gulf Wire", "&#43;2", "وكالة النيل", "Copper rises",
		`<h2 dir="rtl" lang="ar">`, "Ferry returns to port", "</li>")
	if got := strings.Count(body, `<li class="event`); got != 7 {
		t.Errorf("%d events, want 7: the ferry's two headlines are one", got)
	}
	_, body = webtest.Request(t, "GET", at+"/?q="+url.QueryEscape("outlets:>2"))
	if strings.Contains(body, "Harbour") || !strings.Contains(body, "Copper") {
		t.Error("the filter outlets:>2 does not show Copper only")
	}
	_, body = webtest.Request(t, "GET", at+"/?q="+url.QueryEscape("(ferry"))
	webtest.ContainsInOrder(t, body, `<p id="wrong" role="alert">column`, "Copper")
	_, body = webtest.Request(t, "GET", at+"/?before="+n.Find("Copper rises for a third day").ID)
	if strings.Contains(body, "Harbour") || strings.Contains(body, "Copper") || !strings.Contains(body, "Ferry") {
		t.Error("before= does not show the stories older than Copper")
	}
}

// The wire shows why intake has stopped, and how many sources have problems.
func TestWireShowsProblems(t *testing.T) {
	n := webtest.OpenFilled(t)
	full := errors.New("no space on the disk: free some, nothing is lost")
	at := serve(n, func(d *newsroom.Desk) { d.Ready = func() error { return full } })
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return errors.Join(tx.Visits.Put(news.VisitState{Source: "gulf", Problem: "it is silent"}), tx.Visits.Put(news.VisitState{Source: "north", Problem: "it is silent"}),
			tx.Visits.Put(news.VisitState{Source: "vault", Problem: "it is silent", Paused: true}), tx.Visits.Put(news.VisitState{Source: "removed", Problem: "it is silent"}))
	}))
	_, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, `<a id="troubled" href="/sources">sources with problems: <b>2</b>`, `id="refused" role="alert" hidden>`, `id="trouble" role="alert"><h2>Intake stopped</h2><pre lang="en" dir="ltr">no space on the disk`)
	_, body = webtest.Request(t, "GET", serve(webtest.OpenFilled(t), nil)+"/")
	webtest.ContainsInOrder(t, body, `<a id="troubled" href="/sources" hidden>`, `id="trouble" role="alert" hidden>`, `id="damage" role="alert" hidden>`)
}

// Intake goes on when a part of the database is damaged.
func TestWireShowsDamage(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, func(d *newsroom.Desk) {
		d.Ready = func() error {
			return fmt.Errorf("places of world: has 3 rows where 4 were written: %w", store.ErrDamaged)
		}
	})
	_, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, `id="trouble" role="alert" hidden>`, `id="damage" role="alert"><h2>The database is damaged</h2>`, "places of world: has 3 rows")
	_, body = webtest.Request(t, "GET", at+"/api/status")
	if !strings.Contains(body, `"damage":"places of world`) || strings.Contains(body, `"trouble"`) {
		t.Errorf("/api/status says %s", body)
	}
}

func TestStoryPage(t *testing.T) {
	n, at := openDesk(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	_, body := webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, body, "<title>Ferry", `<h1 dir="ltr" lang="en">Ferry`, ferry.ID, "Coverage: 1 outlet", "Same event", "عودة", "Actions", `value="hide"`, `value="merge"`, `name="args" value="event">Merge events`, "Split from its event", "Mute")
	resp, _ := webtest.Request(t, "GET", at+"/stories/0123456789abc")
	if resp.StatusCode != 404 {
		t.Errorf("unknown story: %d, want 404", resp.StatusCode)
	}
}

// An editor works with the wire in a real browser.
func TestMonitorInABrowser(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	for _, size := range []int64{1400, 390} {
		for _, scheme := range []string{"light", "dark"} {
			l.CheckLayout(at+"/", "monitor", size, scheme)
		}
	}
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1400, 700), chromedp.Navigate(at+"/")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)

	quake := n.AddStory(webtest.Story{Headline: "Earthquake shakes the coast", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	l.WaitFor("the new story", `document.querySelector(".wire .story h2").textContent === "Earthquake shakes the coast"`)

	l.RunScript(webtest.KeyDownScript("p"))
	n.AddStory(webtest.Story{Headline: "Aftershock follows", Language: "en", Sources: []string{"nile"}, Topics: []string{"world"}})
	l.WaitFor("the number of held-back headlines", `document.getElementById("waiting").textContent === "1 new headline" && document.title.startsWith("(1) ")`)
	l.RunScript(webtest.KeyDownScript("t"))
	l.WaitFor("the held-back headline", `document.querySelector(".wire .story h2").textContent === "Aftershock follows" && document.getElementById("waiting").hidden`)

	l.RunScript(webtest.KeyDownScript("j"))
	l.RunScript(webtest.KeyDownScript("j"))
	l.WaitFor("which line is selected", `document.querySelector(".story[data-at]").id === "s-`+quake.ID+`"`)
	l.RunScript(webtest.KeyDownScript("v"))
	l.WaitFor("the story beside the wire", `document.querySelector("#pane .headline").textContent === "Earthquake shakes the coast"`)
	l.RunScript(webtest.KeyDownScript("Escape"))
	l.WaitFor("no story after Escape", `document.getElementById("pane").hidden`)

	n.Apply(func(tx *store.Tx) news.Change {
		quake.Hidden = map[string]uint64{news.Everywhere: n.Seq}
		n.Must(tx.Stories.Put(quake))
		return news.Change{Stories: []string{quake.ID}}
	})
	l.WaitFor("that the hidden story is removed", `!document.getElementById("s-`+quake.ID+`")`)

	l.RunScript(`const q = document.getElementById("q"); q.value = "copper"; q.dispatchEvent(new Event("input"))`)
	l.WaitFor("the filtered wire", `document.querySelectorAll(".wire .story").length === 1 && location.search === "?q=copper"`)
	n.AddStory(webtest.Story{Headline: "Nothing about metals", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	n.AddStory(webtest.Story{Headline: "Copper falls back", Language: "en", Sources: []string{"gulf"}, Topics: []string{"trade"}})
	l.WaitFor("the new story that matches the filter", `document.querySelectorAll(".wire .story").length === 2`)
	l.RunScript(`q.value = "(copper"; q.dispatchEvent(new Event("input"))`)
	l.WaitFor("the error of the filter", `document.getElementById("wrong").textContent.startsWith("column")`)
}

// The page says when the filter costs too much for live updates, and works on with another.
func TestCostlyFilterInABrowser(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.QueryTime = -1 })
	if err := chromedp.Do(l.Ctx, chromedp.Navigate(at+"/?q=copper")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	n.AddStory(webtest.Story{Headline: "Copper falls back", Language: "en", Sources: []string{"gulf"}, Topics: []string{"trade"}})
	l.WaitFor("that live updates ended", `document.getElementById("state").textContent === "live updates ended" && document.getElementById("wrong").textContent.startsWith("The filter takes too much work")`)
	l.RunScript(`const q = document.getElementById("q"); q.value = ""; q.dispatchEvent(new Event("input"))`)
	l.WaitFor("that it is live again", `document.getElementById("state").textContent === "live" && document.getElementById("wrong").textContent === ""`)
}

// However long the wire is, only the visible part is in the document. With -v the test logs
// how long frames take.
func TestOnlyVisibleLinesAreInTheDocument(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	n.Apply(func(tx *store.Tx) (c news.Change) {
		for i := range 5000 {
			n.At = n.At.Add(time.Second)
			n.Must(tx.Stories.Put(n.NewStory(tx, webtest.Story{Headline: fmt.Sprintf("Story number %d of a long day", i), Language: "en", Sources: []string{fmt.Sprint("source", i)}})))
		}
		return c
	})
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1400, 700), chromedp.Navigate(at+"/")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	l.WaitFor("the last headline of the day", `(() => { scrollTo(0, document.body.scrollHeight); return [...document.querySelectorAll(".wire h2")].some(h => h.textContent.includes("Ferry returns")); })()`)
	l.WaitFor("a few lines only", `document.querySelectorAll(".wire .story").length < 150 && document.body.scrollHeight > 100000`)
	l.WaitFor("lines in order, without gaps", `(() => {
		const tops = [...document.querySelectorAll(".wire .event")].map(e => e.getBoundingClientRect());
		return tops.every((r, i) => i === 0 || Math.abs(r.top - tops[i - 1].bottom) < 2); })()`)
	frames := webtest.Eval[[]float64](l, `new Promise(done => {
		const took = [];
		let step = 0, was = performance.now();
		const next = () => {
			const now = performance.now();
			took.push(now - was);
			was = now;
			if (++step > 120) return done(took.sort((a, b) => a - b));
			scrollTo(0, document.body.scrollHeight * (1 - step / 120));
			requestAnimationFrame(next);
		};
		requestAnimationFrame(next);
	})`)
	t.Logf("scrolling 5,000 headlines up in 120 steps: frames of p50 %.1f ms, p95 %.1f ms, longest %.1f ms", frames[60], frames[114], frames[len(frames)-1])
	l.RunScript(`scrollTo(0, 0)`)
	n.AddStory(webtest.Story{Headline: "A new one on top", Language: "en", Sources: []string{"gulf"}})
	l.WaitFor("the new story on top", `document.querySelector(".wire .story h2").textContent === "A new one on top"`)
	l.RunScript(`globalThis.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) moved += e.value; }).observe({ type: "layout-shift" })`)
	for i := range 20 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Line %d arrives", i), Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	}
	l.WaitFor("the last new line", `document.querySelector(".wire .story h2").textContent === "Line 19 arrives"`)
	if moved := webtest.Eval[float64](l, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(moved))))`); moved > 0 {
		t.Errorf("lines that arrive shift the layout by %v, want 0", moved)
	}
}

// The handover shows open claims, notes, decisions and problems of sources.
func TestHandover(t *testing.T) {
	n, at := openDesk(t)
	copper := n.Find("Copper rises for a third day")
	now := time.Now()
	n.At = now.Add(-time.Hour)
	n.Apply(func(tx *store.Tx) news.Change {
		copper.Claim = &news.Claim{Who: "anna", Note: "calls the exchange", At: n.At, Seq: n.Seq}
		n.Must(tx.Stories.Put(copper))
		n.Must(tx.Orders.Put(&news.Record{ID: "o1", Seq: n.Seq, At: n.At, Order: &news.Order{Verb: "note", Args: []string{copper.ID}, Who: "omar", Why: "wait for Lima"}}))
		return news.Change{Stories: []string{copper.ID}}
	})
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Orders.Put(&news.Record{ID: "o2", Seq: n.Seq, At: n.At, Order: &news.Order{Verb: "claim", Args: []string{copper.ID}, Who: "lena", Why: "asks Lima", Undone: n.Seq + 1}}))
		n.Must(tx.Notices.Put(&news.Notice{ID: "sent", Seq: n.Seq, At: n.At, When: news.WhenSend, Alerts: []string{}, Story: copper.ID, Headline: copper.Headline, By: "lena"}))
		return news.Change{}
	})
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Visits.Put(news.VisitState{Source: "gulf", Problem: "the server is silent", Failures: 3})
	}))
	_, body := webtest.Request(t, "GET", at+"/handover")
	webtest.ContainsInOrder(t, body, "No alerts", "No breaking news", "anna", "calls the exchange", "Copper rises", "lena", "asks Lima</bdi> (undone)", "omar", "wait for Lima", "Gulf Wire", "the server is silent (3 times)")
	late := now.Add(-time.Minute).UTC().Format(time.RFC3339)
	_, body = webtest.Request(t, "GET", at+"/handover?since="+late)
	if strings.Contains(body, "wait for Lima") || !strings.Contains(body, "calls the exchange") {
		t.Error("since= does not hide the older note, or it hides the open claim")
	}
	if res, _ := webtest.Request(t, "GET", at+"/handover?since=noon"); res.StatusCode != 400 {
		t.Errorf("since=noon: %d, want 400", res.StatusCode)
	}
}

// The line of a story shows the corrections of outlets that do not lead it.
func TestWireShowsCorrections(t *testing.T) {
	n, at := openDesk(t)
	s := n.AddStory(webtest.Story{Headline: "Council sells two ferries", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[1].Headline, s.Takes[1].Corrected = "CORRECTED-Council sells <three> ferries", n.At
	}})
	for _, path := range []string{"/", "/stories/" + s.ID} {
		_, body := webtest.Request(t, "GET", at+path)
		webtest.ContainsInOrder(t, body, "Council sells two ferries", `<bdi>Gulf Wire</bdi> corrected: <bdi dir="ltr" lang="en">Council sells &lt;three&gt; ferries</bdi>`)
	}
	_, body := webtest.Request(t, "GET", at+"/api/stories")
	webtest.ContainsInOrder(t, body, `"corrections":[{"title":"Gulf Wire","headline":"Council sells \u003cthree\u003e ferries","dir":"ltr","language":"en"`)
}

// The line of a story shows why it is held and until when, and its page how to release it.
func TestWireShowsWhatIsHeld(t *testing.T) {
	n, at := openDesk(t)
	s := n.AddStory(webtest.Story{Headline: "Council sells two ferries", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[0].Holds = []news.Hold{{Until: webtest.Start.Add(5 * time.Hour), Why: "EMBARGO <until> 15:00"}, {Topic: "trade", Why: "ferries"}}
	}})
	_, body := webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, "Council sells two ferries", "Northern Post", `<b class="held">held until `, `: <bdi>EMBARGO &lt;until&gt; 15:00</bdi></b>`)
	_, body = webtest.Request(t, "GET", at+"/stories/"+s.ID)
	webtest.ContainsInOrder(t, body, `<b class="held">held until `, `<form method="post" action="/api/orders" id="release">`, `name="args" value="`+s.ID+`"`, `name="args" value="hold"`,
		"Held until <time", "<bdi>EMBARGO &lt;until&gt; 15:00</bdi>. Held in <bdi>Trade &amp; Markets</bdi> until it is released: <bdi>ferries</bdi>.", "<button>Release</button>")
}

// A story's page links to stories about its happening in other languages.
func TestStoryLinksToOtherLanguages(t *testing.T) {
	n := webtest.Open(t)
	add := func(headline, language string) string {
		return n.AddStory(webtest.Story{Headline: headline, Language: language, Sources: []string{"north"}}).ID
	}
	english := add("Magnitude 6.4 quake kills 27 in Arequipa, Peru", "en")
	arabic := add("زلزال بقوة 6.4 درجات يضرب بيرو ومقتل 27 شخصا", "ar")
	taiwan := add("台湾花莲发生6.4级地震 27人受伤", "zh")
	at := serve(n, nil)
	_, body := webtest.Request(t, http.MethodGet, at+"/stories/"+english)
	webtest.ContainsInOrder(t, body, "Also in:", `href="/stories/`+arabic+`" hreflang="ar"`, "العربية")
	if _, body = webtest.Request(t, http.MethodGet, at+"/stories/"+taiwan); strings.Contains(body, "Also in:") {
		t.Error("another quake is linked")
	}
}
