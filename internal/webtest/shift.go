package webtest

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// RecordShifts has each page that is opened from now on record what moves in it, and the
// texts of #state. A space between two words has another box until the second word comes,
// and a text that comes in pieces grows: neither has moved.
func (b *Browser) RecordShifts() {
	b.Helper()
	script := `globalThis.shifts = []; globalThis.states = [];
			const box = r => "[" + [r.x, r.y, r.width, r.height].map(Math.round) + "]";
			const isText = node => node?.nodeType === Node.TEXT_NODE;
			const stays = (a, b) => a.y === b.y && (a.left === b.left || a.right === b.right);
			const isStill = s => isText(s.node) && (!s.node.data.trim() || stays(s.previousRect, s.currentRect));
			const name = node => node?.id || node?.className || (node?.data ? node.parentElement.outerHTML.slice(0, 80) : node?.nodeName);
			new PerformanceObserver(list => {
				for (const e of list.getEntries()) {
					const moved = e.sources.filter(s => !isStill(s));
					if (moved.length > 0) shifts.push(e.value.toFixed(6) + " at " + Math.round(e.startTime) + " ms: " + moved.map(s => name(s.node) + " " + box(s.previousRect) + " to " + box(s.currentRect)).join(", "));
				}
			}).observe({ type: "layout-shift", buffered: true });
			new MutationObserver(() => {
				const text = document.getElementById("state")?.textContent;
				if (text !== undefined && text !== states.at(-1)) states.push(text);
			}).observe(document, { childList: true, subtree: true, characterData: true });`
	b.runFirst(script)
}

// runFirst has each page that is opened from now on run a script before its own.
func (b *Browser) runFirst(script string) {
	b.Helper()
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		b.Fatal(err)
	}
}

// CheckShifts fails the test if anything moved in the page; how says how it was opened.
func (b *Browser) CheckShifts(how string) {
	b.Helper()
	shifts := Eval[[]string](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(shifts))))`)
	if len(shifts) > 0 {
		b.Errorf("%s the page shifts, while its state is %q:\n  %s", how, Eval[[]string](b, `states`), strings.Join(shifts, "\n  "))
	}
}

// tagOrScript is the tag of an element, or a script with all its text.
var tagOrScript = regexp.MustCompile(`(?s)<script.*?</script>|<[a-z][^>]*>`)

// tellPainted has a page tell the server when it has painted all up to a comment of
// ServePainted, by the address of an image, which the policy of each page allows.
const tellPainted = `new MutationObserver(all => {
	for (const node of all.flatMap(m => [...m.addedNodes])) {
		if (node.nodeType !== Node.COMMENT_NODE) continue;
		const tell = () => new Image().src = "/painted/" + node.data;
		if (node.parentElement.checkVisibility({ visibilityProperty: true })) requestAnimationFrame(() => requestAnimationFrame(tell)); else tell();
	}
}).observe(document, { childList: true, subtree: true })`

// painting waits until a browser has painted a page up to a comment.
type painting struct {
	mu    sync.Mutex // guards the fields below
	count int        // of comments so far, in all pages
	want  string     // the comment that is waited for
	seen  chan struct{}
}

// next returns the text of the next comment, and a channel that is closed when it is painted.
func (p *painting) next() (comment string, seen <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	p.want, p.seen = strconv.Itoa(p.count), make(chan struct{})
	return p.want, p.seen
}

// painted notes that a comment is painted. A script may have copied one that was.
func (p *painting) painted(comment string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if comment == p.want {
		p.want = ""
		close(p.seen)
	}
}

// ServePainted serves h, and sends the body of a page tag by tag: each when the browser has
// painted what came before, as it can on a busy machine. It returns the address.
func (b *Browser) ServePainted(h http.Handler) string {
	b.Helper()
	b.runFirst(tellPainted)
	p := new(painting)
	return Serve(b.T, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if comment, ok := strings.CutPrefix(r.URL.Path, "/painted/"); ok {
			p.painted(comment)
			return
		}
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			h.ServeHTTP(w, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.Header().Set("Cache-Control", "no-store") // its comments are of one visit
		head, body, _ := strings.Cut(answer.Body.String(), "<body")
		send := func(text string) { _, _ = w.Write([]byte(text)); w.(http.Flusher).Flush() }
		send(head)
		body = "<body" + body
		sent := 0
		for _, tag := range tagOrScript.FindAllStringIndex(body, -1) {
			comment, seen := p.next()
			send(body[sent:tag[1]] + "<!--" + comment + "-->")
			sent = tag[1]
			select {
			case <-seen:
			case <-r.Context().Done():
				return
			}
		}
		send(body[sent:])
	}))
}
