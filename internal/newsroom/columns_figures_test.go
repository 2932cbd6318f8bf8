package newsroom_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// logTimes logs percentiles of times in milliseconds.
func logTimes(t *testing.T, what string, took []float64) {
	t.Helper()
	slices.Sort(took)
	n := len(took)
	t.Logf("%s, %d times: p50 %.0f ms, p95 %.0f ms, p99 %.0f ms, max %.0f ms", what, n, took[n/2], took[n*95/100], took[n*99/100], took[n-1])
}

func skipFigures(t *testing.T) {
	t.Helper()
	if os.Getenv("SLUGLINE_COLUMNS") != "1" {
		t.Skip("set SLUGLINE_COLUMNS=1 to measure")
	}
}

// fillWithCopper stores 20,000 stories of 500 outlets, of which every fourth is about copper,
// and saves a view of these.
func fillWithCopper(t *testing.T) (at string) {
	t.Helper()
	const stories, outlets = 20000, 500
	n := webtest.Open(t)
	for i := range outlets {
		n.Rules.Sources = append(n.Rules.Sources, webtest.NewSource(fmt.Sprint("outlet", i), fmt.Sprint("Outlet ", i)))
	}
	n.ApplyRules()
	r := rand.New(rand.NewPCG(1, 2))
	for range stories / outlets {
		n.Apply(func(tx *store.Tx) (c news.Change) {
			for i := range outlets {
				n.At = n.At.Add(4 * time.Second)
				l := webtest.Languages[r.IntN(len(webtest.Languages))]
				s := webtest.Story{Headline: webtest.NewTextMaker(l, r).Text(8), Summary: webtest.NewTextMaker(l, r).Text(30), Language: "en", Sources: []string{fmt.Sprint("outlet", i)}, Topics: []string{"world"}}
				if i%4 == 0 {
					s.Headline += " copper"
				}
				n.Must(tx.Stories.Put(n.NewStory(tx, s)))
			}
			return c
		})
	}
	at = serve(n, nil)
	if r, body := webtest.PostForm(t, at+"/api/seat", url.Values{"act": {"save"}, "name": {"Copper"}, "q": {"copper"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("save view: %s %s", r.Status, body)
	}
	return at
}

// drawnByScript records when the script has the lines of the wire, since the navigation: it
// drew them, or took over those of the page.
const drawnByScript = `new MutationObserver(() => {
	if (globalThis.drawn || document.readyState === "loading" || !document.querySelector("ol.wire.placed")) return;
	globalThis.drawn = -1;
	requestAnimationFrame(() => { globalThis.drawn = performance.now(); });
}).observe(document, { childList: true, subtree: true, attributeFilter: ["class"] })`

// TestOpeningAColumn measures how long it takes to open a column of 5,000 headlines of 20,000:
// the answers it is made of, and all of it in a browser.
func TestOpeningAColumn(t *testing.T) {
	skipFigures(t)
	at := fillWithCopper(t)
	for _, path := range []string{"/api/wire", "/api/unread"} {
		var took []float64
		for range 50 {
			start := time.Now()
			r, body := webtest.Request(t, http.MethodGet, at+path+"?q=copper")
			took = append(took, float64(time.Since(start).Microseconds())/1000)
			if r.StatusCode != http.StatusOK || len(body) < 1000 {
				t.Fatalf("%s: %s %.200s", path, r.Status, body)
			}
		}
		logTimes(t, path, took)
	}
	fiveViews(t, at)
	b := webtest.OpenBrowser(t)
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: drawnByScript}); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(2 * time.Second) // within the budget of a caller
	defer again.Stop()
	for _, o := range []opening{
		{"a view alone", "/", "/?view=Copper", ".wire h2"},
		{"a second column", "/?view=World", "/?view=World&view=Copper", "#column-2 .wire h2"},
		{"a fifth column", "/?view=World&view=Arabic&view=Floods&view=All", "/?view=World&view=Arabic&view=Floods&view=All&view=Copper", "#column-5 .wire h2"},
	} {
		var painted, drawn, clicked []float64
		for range 26 {
			<-again.C
			p, d := o.navigate(b, at)
			<-again.C
			painted, drawn, clicked = append(painted, p), append(drawn, d), append(clicked, o.click(b, at))
		}
		logTimes(t, o.what+": navigation to lines on the screen", painted[2:])
		logTimes(t, o.what+": navigation to lines of the script", drawn[2:])
		logTimes(t, o.what+": click to lines on the screen", clicked[2:])
	}
}

// opening is a page that follows another one by a click or by a navigation. lines selects the
// headlines that it has and the other one has not.
type opening struct{ what, from, to, lines string }

// navigate opens the page and returns after how many milliseconds its lines were on the
// screen, and the script had them.
func (o opening) navigate(b *webtest.Browser, at string) (painted, drawn float64) {
	b.Navigate(at + o.to)
	b.WaitFor("lines", fmt.Sprintf(`globalThis.drawn > 0 && document.querySelectorAll(%q).length > 5 && performance.getEntriesByType("paint").length > 1`, o.lines))
	return webtest.Eval[float64](b, `performance.getEntriesByName("first-contentful-paint")[0].startTime`), webtest.Eval[float64](b, `drawn`)
}

// click opens the page from the other one and returns after how many milliseconds its lines
// were on the screen.
func (o opening) click(b *webtest.Browser, at string) float64 {
	b.Navigate(at + o.from)
	b.WaitFor("that it is live", isLive)
	return webtest.Eval[float64](b, fmt.Sprintf(`new Promise((done, failed) => {
		const began = performance.now(), link = [...document.querySelectorAll("#views a")].find(a => a.getAttribute("href") === %q);
		const look = () => {
			if (location.search !== new URL(link.href).search || [...document.querySelectorAll(%q)].filter(h => h.textContent.endsWith("copper")).length < 6) return requestAnimationFrame(look);
			setTimeout(() => done(performance.now() - began)); // after the frame
		};
		link.click();
		requestAnimationFrame(look);
	})`, o.to, o.lines))
}

// observeColumns records when each headline is drawn in each column.
const observeColumns = `globalThis.drawn = {};
for (const [i, wire] of [...document.querySelectorAll("ol.wire")].entries()) new MutationObserver(() => requestAnimationFrame(() => {
	const now = performance.timeOrigin + performance.now();
	for (const h of wire.querySelectorAll("h2")) drawn[i + " " + h.textContent] ??= now;
})).observe(wire, { childList: true })`

// TestCommitToColumns measures the time from before the commit of a story to its line in three
// of five columns, with 49 other streams with filters and 10 headlines a second.
func TestCommitToColumns(t *testing.T) {
	skipFigures(t)
	b := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	address := fiveViews(t, at)
	b.OpenMonitor(address)
	b.RunScript(observeColumns)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 49 {
		q := url.Values{"q": {[]string{"flood", "topic:world -copper", "lang:ar OR delta", "outlets:>1", "bulletin topic:world"}[i%5]}}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/live?"+q.Encode(), nil)
		n.Must(err)
		res, err := http.DefaultClient.Do(req)
		n.Must(err)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("stream: %s", res.Status)
		}
		wg.Go(func() { _, _ = io.Copy(io.Discard, res.Body); _ = res.Body.Close() })
	}
	awaitStreams(n, 50)
	const headlines = 300
	began := map[string]float64{}
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	for i := range headlines {
		<-tick.C
		h := fmt.Sprintf("Flood bulletin %d from the delta", i)
		began[h] = float64(time.Now().UnixMicro()) / 1000
		n.AddStory(webtest.Story{Headline: h, Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	}
	var took []float64
	last := fmt.Sprintf("Flood bulletin %d from the delta", headlines-1)
	b.WaitFor("the last headline", fmt.Sprintf(`[0, 3, 4].every(i => i + " %s" in drawn)`, last))
	stop()
	wg.Wait()
	drawn := webtest.Eval[map[string]float64](b, `drawn`)
	for h, since := range began {
		for _, column := range []string{"0 ", "3 ", "4 "} {
			at, ok := drawn[column+h]
			if !ok {
				t.Errorf("column %s never showed %q", column, h)
			}
			took = append(took, at-since)
		}
	}
	logTimes(t, "commit to line", took)
}
