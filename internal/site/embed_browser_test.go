package site_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/slugline/slugline/internal/webtest"
)

// otherSite is another site whose pages may load only what comes from ours.
type otherSite struct {
	pages map[string]string
	ours  string
}

func (f *otherSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := f.pages[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'self'; script-src %[1]s 'sha256-none'; connect-src %[1]s; frame-src %[1]s; base-uri 'none'", f.ours))
	if strings.HasPrefix(r.URL.Path, "/wordpress") {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-src "+f.ours)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><title>Another site</title></head><body>%s</body></html>`, body)
}

// recorder records the requests to our site and their statuses. While away is set, every
// request fails.
type recorder struct {
	http.Handler
	away atomic.Bool

	mu    sync.Mutex // guards the field below
	asked []string
}

func (c *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.away.Load() {
		http.Error(w, "away", http.StatusBadGateway)
		return
	}
	answer := &statusRecorder{ResponseWriter: w, status: 200}
	c.Handler.ServeHTTP(answer, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, answer.status))
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (n *statusRecorder) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// count returns how often a request got an answer, as "GET /path 200".
func (c *recorder) count(line string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, a := range c.asked {
		if a == line {
			n++
		}
	}
	return n
}

const shown = `[...document.querySelector('slugline-topic').shadowRoot.querySelectorAll('[part=headline]')].map(a => a.textContent)`

// pollNow makes the element believe that its next poll is due.
const pollNow = `(() => { const real = Date.now; window.ahead = (window.ahead || 0) + 3.6e6; Date.now = () => real.call(Date) + 3.6e6; document.dispatchEvent(new Event('visibilitychange')); Date.now = real; })()`

// The element works in a page of another site with a strict policy: it shows its content
// without script, then headlines, polls with ETag, shows the last copy while our server
// fails, and shows its content again when the topic was removed.
func TestElementInAnotherSite(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.AddStory(webtest.Story{Headline: "أسعار النحاس ترتفع", Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}})
	site := &recorder{Handler: newSite(n)}
	ours := webtest.Serve(t, site)
	host := webtest.Serve(t, &otherSite{ours: ours, pages: map[string]string{
		"/": `<script type="module" src="` + ours + `/embed.js"></script><slugline-topic topic="world" limit="3"><a href="x">All news</a></slugline-topic>`,
	}})
	l := webtest.OpenBrowser(t)
	l.AllowScript(false)
	l.Navigate(host + "/")
	l.AllowScript(true)
	if text := webtest.Eval[string](l, `document.body.innerText`); text != "All news" {
		t.Errorf("without script: %q", text)
	}
	l.Navigate(host + "/")
	webtest.WaitUntil(l, shown+`.length === 3`)
	if got := webtest.Eval[[]string](l, shown); got[1] != "Harbour reopens <b>slowly</b> & carefully" {
		t.Errorf("the second headline is %q", got[1])
	}
	if !webtest.Eval[bool](l, `getComputedStyle(document.querySelector('slugline-topic').shadowRoot.querySelector('[lang=ar]')).direction === 'rtl'`) {
		t.Error("an Arabic headline is not right to left")
	}
	if webtest.Eval[bool](l, `document.querySelector('a').checkVisibility()`) {
		t.Error("the fallback is visible beside the headlines")
	}
	l.CheckConsole()

	webtest.Eval[chromedp.Void](l, pollNow)
	for site.count("GET /embed/world.json 304") == 0 {
		webtest.WaitUntil(l, `new Promise(done => setTimeout(done, 20, true))`)
	}
	n.AddStory(webtest.Story{Headline: "Something new", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: 11 * time.Hour})
	webtest.Eval[chromedp.Void](l, pollNow)
	webtest.WaitUntil(l, shown+`[0] === 'Something new'`)
	l.CheckConsole()
	if site.count("OPTIONS /embed/world.json 405") > 0 {
		t.Error("a poll sent a preflight request")
	}

	site.away.Store(true)
	webtest.Eval[chromedp.Void](l, pollNow)
	l.Navigate(host + "/")
	webtest.WaitUntil(l, shown+`[0] === 'Something new'`)
	if got := webtest.Eval[int](l, shown+".length"); got != 3 {
		t.Errorf("while our server fails: %d headlines, want 3", got)
	}

	site.away.Store(false)
	n.RemoveTopic("world")
	webtest.Eval[chromedp.Void](l, pollNow)
	webtest.WaitUntil(l, shown+`.length === 0 && document.querySelector('a').checkVisibility() && localStorage.length === 0`)
}

// Measures how soon the headlines are visible after their JSON arrived.
func TestElementIsQuick(t *testing.T) {
	n := webtest.OpenFilled(t)
	for i := range 50 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Filler %d about shipping in the strait and the price of it", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	}
	ours := webtest.Serve(t, newSite(n))
	host := webtest.Serve(t, &otherSite{ours: ours, pages: map[string]string{
		"/": `<script type="module" src="` + ours + `/embed.js"></script><slugline-topic topic="world" limit="50"></slugline-topic>`,
	}})
	l := webtest.OpenBrowser(t)
	best := 1e9
	for range 5 {
		l.Navigate(host + "/")
		webtest.WaitUntil(l, shown+`.length === 50 && localStorage.length > 0`)
		webtest.Eval[chromedp.Void](l, `localStorage.clear()`) // cached headlines would be visible before the JSON
		l.Navigate(host + "/")
		webtest.WaitUntil(l, shown+`.length === 50 && performance.getEntriesByType('resource').some(e => e.name.includes('/embed/world.json'))`)
		best = min(best, webtest.Eval[float64](l, `(() => {
			const json = performance.getEntriesByType('resource').find(e => e.name.includes('/embed/world.json'));
			return performance.getEntriesByName('slugline-headlines')[0].startTime - json.responseEnd;
		})()`))
	}
	t.Logf("50 headlines are visible %.1f ms after their JSON", best)
}

// wordpressHost is a page that handles a frame as WordPress does: by a secret and the
// messages height and link.
const wordpressHost = `<script>
window.heights = []; window.followed = [];
addEventListener('message', e => {
  const frame = document.querySelector('iframe[data-secret="' + e.data.secret + '"]');
  if (!frame || e.source !== frame.contentWindow) return;
  if (e.data.message === 'height') { heights.push(e.data.value); frame.height = Math.min(Math.max(e.data.value, 200), 1000); frame.removeAttribute('style'); document.querySelector('blockquote').style.display = 'none'; }
  if (e.data.message === 'link' && new URL(e.data.value).host === new URL(frame.src).host && document.activeElement === frame) followed.push(e.data.value);
});
</script>
<blockquote data-secret="a1B2c3D4e5"><a href="x">World</a></blockquote>
<iframe class="wp-embedded-content" sandbox="allow-scripts" security="restricted" style="position: absolute; visibility: hidden;" data-secret="a1B2c3D4e5"
 src="%s/embed/world?for=wordpress&amp;limit=3#?secret=a1B2c3D4e5" width="600" height="480" title="World"></iframe>
<script>document.querySelector('iframe').addEventListener('load', e => e.target.contentWindow.postMessage({ message: 'ready', secret: 'a1B2c3D4e5' }, '*'));</script>`

func TestEmbedInWordPress(t *testing.T) {
	n := webtest.OpenFilled(t)
	ours := serve(n)
	host := webtest.Serve(t, &otherSite{ours: ours, pages: map[string]string{"/wordpress": fmt.Sprintf(wordpressHost, ours)}})
	l := webtest.OpenBrowser(t)
	l.Navigate(host + "/wordpress")
	// The frame reports a height whenever its layout changes: the first ones need not be the last.
	webtest.WaitUntil(l, `heights.at(-1) >= 150 && heights.at(-1) <= 480 && document.querySelector('blockquote').style.display === 'none'`)
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		l.SaveScreenshot(filepath.Join(dir, "embed-wordpress.png"))
	}
	followHeadline(l, host+"/wordpress")
	if got, want := webtest.Eval[string](l, `followed[0]`), ours+"/stories/"+n.Find("Harbour reopens <b>slowly</b> & carefully").ID; got != want {
		t.Errorf("a headline links to %s, want our page %s", got, want)
	}
	l.CheckConsole()
}

// followHeadline follows the first headline of the frame by keyboard. Chromium moves the
// focus into a frame of another process a moment after focus returns, and keys pressed
// before that go elsewhere: the page is then loaded again.
func followHeadline(l *webtest.Browser, address string) {
	for range 5 {
		webtest.Eval[chromedp.Void](l, `document.querySelector('iframe').focus()`)
		if err := chromedp.Do(l.Ctx, chromedp.KeyEvent(kb.Tab+kb.Tab+kb.Enter)); err != nil {
			l.Fatal(err) // Tab, Tab: past the topic's title to the first headline
		}
		if webtest.Eval[bool](l, `new Promise(done => {
			let left = 60;
			const timer = setInterval(() => { if (followed.length || !left--) { clearInterval(timer); done(followed.length > 0); } }, 50);
		})`) {
			return
		}
		l.Navigate(address)
		webtest.WaitUntil(l, `heights.length > 0`)
	}
	l.Fatal("no headline was followed")
}

// The frame works without script, in a page of another site with a strict policy.
func TestEmbedFrame(t *testing.T) {
	n := webtest.OpenFilled(t)
	ours := serve(n)
	frame := func(query string) string {
		return `<iframe src="` + ours + `/embed/world` + query + `" width="600" height="480" title="World"></iframe>`
	}
	host := webtest.Serve(t, &otherSite{ours: ours, pages: map[string]string{"/": frame("?limit=4"), "/dark": frame("?theme=dark"), "/rtl": frame("?dir=rtl&theme=light")}})
	l := webtest.OpenBrowser(t)
	for _, path := range []string{"/", "/dark", "/rtl"} {
		l.Navigate(host + path)
		if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
			l.SaveScreenshot(filepath.Join(dir, "embed-frame"+strings.ReplaceAll(path, "/", "-")+".png"))
		}
	}
	l.CheckConsole()
	l.AllowScript(false)
	l.Navigate(ours + "/embed/world?limit=4")
	l.AllowScript(true)
	if got := webtest.Eval[int](l, `document.querySelectorAll('h2').length`); got != 4 {
		t.Errorf("without script: %d headlines, want 4", got)
	}
}
