package site_test

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/webtest"
)

var pasteCode = regexp.MustCompile(`(?s)<pre [^>]*><code>(.*?)</code></pre>`)

// serveAtOwnAddress serves the site at the address that its pages name.
func serveAtOwnAddress(t *testing.T, n *webtest.Newsroom) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	n.Must(err)
	n.Rules.Site.URL = "http://" + l.Addr().String()
	n.ApplyRules()
	s := reply.NewServer(t.Context(), newSite(n))
	go func() { _ = s.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = s.Close() })
	return n.Rules.Site.URL
}

// The code that the page offers works as pasted, in a page that allows no inline style and
// nothing of ours but what the page names. So does the element in a browser without
// constructed style sheets.
func TestPastedCodeUnderStrictPolicy(t *testing.T) {
	n := webtest.OpenArabic(t)
	n.Rules.Site.Zone = "Asia/Dubai"
	ours := serveAtOwnAddress(t, n)
	_, page := webtest.Request(t, "GET", ours+"/topics/world/embed")
	var codes []string
	for _, m := range pasteCode.FindAllStringSubmatch(page, -1) {
		codes = append(codes, html.UnescapeString(m[1]))
	}
	if len(codes) < 3 {
		t.Fatalf("%d codes in\n%s", len(codes), page)
	}
	const old = `<script src="/old.js"></script>`
	events := `<slugline-topic topic="world" events limit="5"></slugline-topic>`
	bodies := map[string]string{"/element": codes[0], "/frame": codes[1], "/frame-styled": `<link rel="stylesheet" href="/site.css">` + codes[1], "/old": old + codes[0], "/events": codes[0] + events, "/frame-events": `<iframe src="` + ours + `/embed/world?events=1&amp;limit=5" title="x" width="100%" height="480"></iframe>`}
	host := webtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write([]byte("delete CSSStyleSheet.prototype.replaceSync;"))
			return
		case "/site.css":
			w.Header().Set("Content-Type", "text/css")
			_, _ = w.Write([]byte(codes[2]))
			return
		}
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'self'; script-src 'self' %[1]s; connect-src %[1]s; frame-src %[1]s", ours))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><title>Another site</title><meta name="viewport" content="width=device-width"></head><body>%s</body></html>`, bodies[r.URL.Path])
	}))
	b := webtest.OpenBrowser(t)
	for _, path := range []string{"/element", "/old", "/events", "/frame", "/frame-styled", "/frame-events"} {
		b.Navigate(host + path)
		if !strings.HasPrefix(path, "/frame") {
			webtest.WaitUntil(b, `[...document.querySelectorAll('slugline-topic')].every(e => e.shadowRoot?.querySelectorAll('li').length > 0)`)
			if got := webtest.Eval[string](b, `(s => getComputedStyle(s.querySelector('ul')).listStyleType + getComputedStyle(s.querySelector('a')).display + getComputedStyle(s.host).display)(document.querySelector('slugline-topic').shadowRoot)`); got != "noneblockblock" {
				t.Errorf("%s: the element has the styles %s", path, got)
			}
			if got := webtest.Eval[string](b, `document.querySelector('slugline-topic').shadowRoot.querySelector('[part=zone]').textContent`); got != "جميع الأوقات بتوقيت Asia/Dubai (UTC+4)" {
				t.Errorf("%s names the zone as %q", path, got)
			}
		}
		for _, width := range []int64{1280, 360} {
			n.Must(chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 900)))
			if webtest.Eval[bool](b, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("%s scrolls sideways at %d px", path, width)
			}
			if path == "/frame-styled" && !webtest.Eval[bool](b, `(f => f.offsetWidth === document.body.clientWidth && f.clientWidth === f.offsetWidth)(document.querySelector('iframe'))`) {
				t.Errorf("the frame is not as wide as its column at %d px, or has a border", width)
			}
			if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
				b.SaveScreenshot(filepath.Join(dir, fmt.Sprint("embed-paste", strings.ReplaceAll(path, "/", "-"), "-", width, ".png")))
			}
		}
	}
	b.CheckConsole()
}
