package newsroom_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// recordShifts has each page that is opened from now on record what moves in it, and the
// texts of #state.
func recordShifts(b *webtest.Browser) {
	b.Helper()
	script := page.AddScriptToEvaluateOnNewDocumentParams{Source: `globalThis.shifts = []; globalThis.states = [];
			const box = r => "[" + [r.x, r.y, r.width, r.height].map(Math.round) + "]";
			new PerformanceObserver(list => {
				for (const e of list.getEntries()) shifts.push(e.value.toFixed(6) + " at " + Math.round(e.startTime) + " ms: " + e.sources.map(s => (s.node?.id || s.node?.className || s.node?.nodeName) + " " + box(s.previousRect) + " to " + box(s.currentRect)).join(", "));
			}).observe({ type: "layout-shift", buffered: true });
			new MutationObserver(() => {
				const text = document.getElementById("state")?.textContent;
				if (text !== undefined && text !== states.at(-1)) states.push(text);
			}).observe(document, { childList: true, subtree: true, characterData: true });`}
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, script); err != nil {
		b.Fatal(err)
	}
}

// checkShifts fails the test if anything moved in the page.
func checkShifts(b *webtest.Browser, how string) {
	b.Helper()
	shifts := webtest.Eval[[]string](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(shifts))))`)
	if len(shifts) > 0 {
		b.Errorf("%s the page shifts, while its state is %q:\n  %s", how, webtest.Eval[[]string](b, `states`), strings.Join(shifts, "\n  "))
	}
}

// Nothing moves while the page loads, on a phone in any language.
func TestWireDoesNotShift(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openReadable(t)
	for i := range 7 {
		n.AddStory(webtest.Story{Headline: fmt.Sprint("Ferry ", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Event: "ferry"})
	}
	at := serve(n, nil)
	recordShifts(b)
	for _, width := range []int64{1440, 768, 360} {
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at+"/")); err != nil {
			t.Fatal(err)
		}
		b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
		checkShifts(b, fmt.Sprintf("at %d px", width))
		if bar := webtest.Eval[float64](b, `document.querySelector(".bar").getBoundingClientRect().height`); width == 360 && bar > 56 {
			t.Errorf("the bar is %v px high, want 56 at most", bar)
		}
	}
	for _, lang := range []string{"ar", "fr", "de", "es", "ru", "fa", "zh"} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		b.Navigate(at + "/")
		b.WaitFor("that it is live", `document.getElementById("state").className === "on"`)
		checkShifts(b, lang+" at 360 px")
	}
}

// tagOrScript is the tag of an element, or a script with all its text.
var tagOrScript = regexp.MustCompile(`(?s)<script.*?</script>|<[a-z][^>]*>`)

// tellPainted has a page tell the server when it has painted all up to a comment of servePainted.
const tellPainted = `new MutationObserver(all => {
	for (const node of all.flatMap(m => [...m.addedNodes])) {
		if (node.nodeType !== Node.COMMENT_NODE) continue;
		const tell = () => fetch("/painted");
		if (node.parentElement.checkVisibility({ visibilityProperty: true })) requestAnimationFrame(() => requestAnimationFrame(tell)); else tell();
	}
}).observe(document, { childList: true, subtree: true })`

// servePainted serves the desk, and sends the body of a page tag by tag: each when the browser
// has painted what came before, as it can on a busy machine. Pages must have tellPainted.
func servePainted(b *webtest.Browser, desk http.Handler) string {
	painted := make(chan struct{})
	return webtest.Serve(b.T, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/painted":
			select {
			case painted <- struct{}{}:
			case <-r.Context().Done():
			}
			return
		case !strings.Contains(r.Header.Get("Accept"), "text/html"):
			desk.ServeHTTP(w, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		desk.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		head, body, _ := strings.Cut(answer.Body.String(), "<body")
		send := func(text string) { _, _ = w.Write([]byte(text)); w.(http.Flusher).Flush() }
		send(head)
		body = "<body" + body
		sent := 0
		for _, tag := range tagOrScript.FindAllStringIndex(body, -1) {
			send(body[sent:tag[1]] + "<!---->")
			sent = tag[1]
			select {
			case <-painted:
			case <-r.Context().Done():
				return
			}
		}
		send(body[sent:])
	}))
}

// Nothing moves while a page comes in and is painted piece by piece, and in the end all of it
// is shown, also without script.
func TestWireDoesNotShiftWhileItComesIn(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openMarkedStories(t)
	columns := strings.TrimPrefix(fiveViews(t, serve(n, nil)), "http://")
	columns = columns[strings.Index(columns, "/"):]
	at := servePainted(b, &newsroom.Desk{Store: n.Store, Live: &n.Live})
	recordShifts(b)
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tellPainted}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		width int64
	}{{"/", 1440}, {"/", 768}, {"/", 360}, {columns, 1440}} {
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(at+c.path)); err != nil {
			t.Fatal(err)
		}
		b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
		checkShifts(b, fmt.Sprintf("%s at %d px", c.path, c.width))
	}
	const hidden = `[...document.querySelectorAll(".bar, .event, .board")].filter(e => !e.checkVisibility({ visibilityProperty: true })).map(e => e.outerHTML.slice(0, 80))`
	for _, path := range []string{"/", columns, "/?q=outlets:", "/search?q=ferry", "/sources"} {
		for _, script := range []bool{true, false} {
			b.AllowScript(script)
			b.Navigate(serve(n, nil) + path)
			if found := webtest.Eval[[]string](b, hidden); len(found) > 0 {
				t.Errorf("%s, script %t: hidden are %q", path, script, found)
			}
		}
	}
}
