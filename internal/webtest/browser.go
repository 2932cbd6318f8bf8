package webtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/reply"

	permit "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/target"
)

// browserTime is how long a test may use a browser. A browser that does not answer would let
// it wait for ever.
const browserTime = 6 * time.Minute

// chromium starts Chromium. Without it, the test is skipped, in CI it fails.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing: apt-get install chromium")
		}
		t.Skip("chromium is missing: pages were not checked")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := context.WithTimeoutCause(t.Context(), browserTime, errors.New("the browser did not answer"))
	t.Cleanup(cancel)
	for left := maxStarts - 1; ; left-- {
		allocated, stop := chromedp.NewExecAllocator(ctx, options...)
		browser, end := chromedp.NewContext(allocated)
		_, err := chromedp.Call(browser, log.Enable, cdp.Empty{})
		if err == nil {
			t.Cleanup(stop)
			t.Cleanup(end)
			return browser
		}
		end()
		stop()
		if left == 0 || ctx.Err() != nil {
			t.Fatal(err)
		}
		t.Log("Chromium is started again, because it ended:", err)
	}
}

// maxStarts is how often a test starts Chromium, which was seen to end before it could be used.
const maxStarts = 3

// LayoutFaults is a script that returns what is wrong with the layout of a page: too little
// contrast (WCAG 2.2, 1.4.3), a page wider than the window, a link without a name, text
// that is not aligned, an id that occurs twice, not exactly one h1.
const LayoutFaults = `(() => {
  const bad = [];
  const rgb = s => s.match(/[\d.]+/g).map((v, i) => v * (s.startsWith('color(') && i < 3 ? 255 : 1)); // color(srgb .6 .1 .2 / .2)
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => {
    if (!e) return [255, 255, 255];
    const [r, g, b, a = 1] = rgb(getComputedStyle(e).backgroundColor), under = a < 1 ? behind(e.parentElement) : [0, 0, 0];
    return [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = texts.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.getClientRects().length) continue;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push('contrast ' + ratio.toFixed(2) + ': ' + n.data.trim().slice(0, 40));
  }
  if (document.documentElement.scrollWidth > innerWidth) bad.push('wider than the window: ' + document.documentElement.scrollWidth + ' of ' + innerWidth);
  for (const e of document.querySelectorAll('a')) {
    if (!(e.textContent.trim() || e.getAttribute('aria-label'))) bad.push('a link without a name: ' + e.href);
  }
  const box = document.body.getBoundingClientRect();
  if (Math.abs(box.left - (innerWidth - box.right)) > 1) bad.push('not in the middle: ' + box.left + ' to ' + box.right);
  const main = document.querySelector('main'), inset = parseFloat(getComputedStyle(main).paddingInlineStart), from = r => getComputedStyle(main).direction === 'rtl' ? r.right : r.left;
  for (const e of main.querySelectorAll('h1, h1 ~ p, .lead > *, .when')) {
    const text = document.createRange();
    text.selectNodeContents(e);
    const off = Math.min(...[...text.getClientRects()].map(r => Math.abs(Math.abs(from(r) - from(main.getBoundingClientRect())) - inset)));
    if (off > 2 && !e.closest('.body')) bad.push('begins ' + off + ' off the edge: ' + e.textContent.trim().slice(0, 40));
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size < ids.length) bad.push('an id twice');
  if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
  return bad;
})()`

// Browser is a tab of Chromium that records the messages of its console.
type Browser struct {
	*testing.T
	Ctx     context.Context
	Mu      sync.Mutex // guards the field below
	Console []string
}

// CheckLayout opens a page in a window of this width and checks it with LayoutFaults. It
// saves a screenshot in the folder SLUGLINE_LOOK, if that is set.
func (b *Browser) CheckLayout(address, name string, width int64, scheme string) {
	b.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.Fatal(err)
	}
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(width, 1800), chromedp.Navigate(address)); err != nil {
		b.Fatalf("%s: %v", address, err)
	}
	bad, err := chromedp.Run(b.Ctx, chromedp.Evaluate[[]string](LayoutFaults))
	if err != nil {
		b.Fatalf("%s: %v", address, err)
	}
	if len(bad) > 0 {
		b.Errorf("%s at %d, %s:\n  %s", name, width, scheme, strings.Join(bad, "\n  "))
	}
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		b.SaveScreenshot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)))
	}
}

// SaveScreenshot writes a picture of the page as a PNG file.
func (b *Browser) SaveScreenshot(path string) {
	b.Helper()
	shot, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, shot, 0o600); err != nil {
		b.Fatal(err)
	}
}

// Eval runs a script in the page and returns its result, of a promise the value.
func Eval[T any](b *Browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return v
}

// WaitUntil waits until a script returns something true, or a promise of it, also on the
// page to which the browser goes meanwhile.
func WaitUntil(b *Browser, script string) {
	b.Helper()
	var last error
	for b.Ctx.Err() == nil {
		ok, err := b.holds(script)
		if ok {
			return
		}
		last = err
		b.pause()
	}
	b.Fatalf("%s: never true (%v)", script, last)
}

// holds reports whether a script returns something true now. It asks anew each time: a
// question that waits in a page is never answered once the browser has left that page and
// keeps it, frozen, for Back, nor by a timer of a page that may run no script. An error is
// that of a page that is being replaced.
func (b *Browser) holds(script string) (bool, error) {
	ctx, cancel := context.WithTimeout(b.Ctx, 5*time.Second)
	defer cancel()
	asked := "(async () => Boolean(await (" + script + ")))()"
	return chromedp.Run(ctx, chromedp.Evaluate[bool](asked, chromedp.EvalAwaitPromise))
}

// pause gives the page time before the next question.
func (b *Browser) pause() {
	select {
	case <-b.Ctx.Done():
	case <-time.After(10 * time.Millisecond):
	}
}

// Navigate opens a page.
func (b *Browser) Navigate(address string) {
	b.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.Navigate(address)); err != nil {
		b.Fatalf("%s: %v", address, err)
	}
}

// Follow clicks what leads to another page and waits until that page is complete. What holds
// on both pages, such as the beginning of an address, doesn't tell that the click has had its
// effect.
func (b *Browser) Follow(selector string) {
	b.Helper()
	b.RunScript(`globalThis.followed = true`)
	if err := chromedp.Do(b.Ctx, chromedp.Click(selector)); err != nil {
		b.Fatalf("click %s: %v", selector, err)
	}
	b.WaitFor("the page after a click on "+selector, `globalThis.followed === undefined && document.readyState === "complete"`)
}

// CheckConsole fails the test if the console has messages, such as what a policy blocked.
func (b *Browser) CheckConsole() {
	b.Helper()
	b.Mu.Lock()
	defer b.Mu.Unlock()
	for _, line := range b.Console {
		if !strings.Contains(line, "favicon.ico") { // of the other site
			b.Errorf("console message: %s", line)
		}
	}
	b.Console = nil
}

// AllowScript turns scripts of pages on or off.
func (b *Browser) AllowScript(on bool) {
	b.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.Fatal(err)
	}
}

// ServeAt serves h at an address until the server is closed or the test ends.
func (b *Browser) ServeAt(address string, h http.Handler) *http.Server {
	b.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	s := reply.NewServer(b.Context(), h)
	go func() { _ = s.Serve(ln) }()
	b.Cleanup(func() { _ = s.Close() })
	s.Addr = ln.Addr().String()
	return s
}

// CheckPage checks the open page, in its current state, with LayoutFaults and axe: wide in
// light colours and narrow in dark ones.
func (b *Browser) CheckPage(name string) {
	b.Helper()
	for _, as := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {360, "dark"}} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme}}}
		if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, media); err != nil {
			b.Fatal(err)
		}
		if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(as.width, 900)); err != nil {
			b.Fatal(err)
		}
		for _, rules := range []string{LayoutFaults, AxeViolations} {
			if bad := Eval[[]string](b, rules); len(bad) > 0 {
				b.Errorf("%s at %d, %s: %v", name, as.width, as.scheme, bad)
			}
		}
		if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
			b.SaveScreenshot(filepath.Join(dir, name+"-"+as.scheme+".png"))
		}
	}
}

// PressKeys types keys.
func (b *Browser) PressKeys(keys string) {
	b.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.KeyEvent(keys)); err != nil {
		b.Fatal(err)
	}
}

// PopUp returns the window that a page opened.
func PopUp(b *Browser, opened <-chan target.ID) *Browser {
	b.Helper()
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(b.Ctx, chromedp.WithTargetID(id))
		b.Cleanup(cancel)
		return b.attached(ctx)
	case <-time.After(30 * time.Second):
		b.Fatal("no window opened within 30 s")
		return nil
	}
}

// NewTab opens another tab of the same browser.
func (b *Browser) NewTab() *Browser {
	ctx, cancel := chromedp.NewContext(b.Ctx)
	b.Cleanup(cancel)
	return b.attached(ctx)
}

// attached returns the tab of a context. Chromedp attaches to a tab with the first call, and
// does so only until the context of that call ends, which may have a shorter life.
func (b *Browser) attached(ctx context.Context) *Browser {
	b.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("true")); err != nil {
		b.Fatal(err)
	}
	return &Browser{T: b.T, Ctx: ctx}
}

// OpenMonitor opens the monitor and waits until it is live.
func (b *Browser) OpenMonitor(address string) {
	b.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(address)); err != nil {
		b.Fatal(err)
	}
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
}

// TurnSoundOn turns the sound of the monitor on.
func (b *Browser) TurnSoundOn() {
	b.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.Click("#sound")); err != nil {
		b.Fatal(err)
	}
	b.WaitFor("that its sound is on", `document.getElementById("sound").getAttribute("aria-pressed") === "true"`)
}

// AllowNotifications permits the pages of an origin to show notifications.
func AllowNotifications(ctx context.Context, t *testing.T, origin string) {
	t.Helper()
	grant := permit.SetPermissionParams{Permission: &permit.PermissionDescriptor{Name: "notifications"}, Setting: permit.PermissionSettingGranted, Origin: origin}
	if _, err := chromedp.CallBrowser(ctx, permit.SetPermission, grant); err != nil {
		t.Fatal(err)
	}
}

// WaitFor waits up to a minute, which a busy machine may need, until a script returns true. what names that for the error.
func (b *Browser) WaitFor(what, script string) {
	b.Helper()
	end := time.Now().Add(time.Minute)
	for {
		ok, err := b.holds(script)
		if ok {
			return
		}
		if time.Now().After(end) {
			page, _ := chromedp.Run(b.Ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 800)`))
			b.Fatalf("the page never showed %s (%v):\n%s", what, err, page)
		}
		b.pause()
	}
}

// RunScript runs a script in the page.
func (b *Browser) RunScript(script string) {
	b.Helper()
	if _, err := chromedp.Run(b.Ctx, chromedp.Evaluate[bool](script+"; true")); err != nil {
		b.Fatalf("%s: %v", script, err)
	}
}

// KeyDownScript returns a script that presses a key in the focused element.
func KeyDownScript(key string) string {
	return fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true}))`, key)
}

// CheckAccessibility opens pages, by name, and checks them with LayoutFaults and axe: wide
// in light colours and narrow in dark ones.
func (b *Browser) CheckAccessibility(addresses map[string]string) {
	b.Helper()
	axe, err := os.ReadFile(NodeTool(b.T, "axe-core/axe.min.js"))
	if err != nil {
		b.Fatal(err)
	}
	for _, as := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {360, "dark"}} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme}}}
		if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, media); err != nil {
			b.Fatal(err)
		}
		for name, address := range addresses {
			b.CheckLayout(address, name, as.width, as.scheme)
			Eval[chromedp.Void](b, string(axe)+";0")
			if bad := Eval[[]string](b, AxeViolations); len(bad) > 0 {
				b.Errorf("%s at %d, %s:\n  %s", name, as.width, as.scheme, strings.Join(bad, "\n  "))
			}
		}
	}
}

// NodeTool returns the path of a file that .ci/run installs from npm, in the folder
// SLUGLINE_NODE. Without it, the test is skipped, in CI it fails.
func NodeTool(t *testing.T, path string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the checkers take a minute")
	}
	path = filepath.Join(os.Getenv("SLUGLINE_NODE"), "node_modules", path)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: see .ci/run", path)
		}
		t.Skipf("%s is missing: npm install axe-core vnu-jar, and name the folder in SLUGLINE_NODE", path)
	}
	return path
}

// AxeViolations is a script that returns the rules of axe that the page violates, with the
// elements. axe must be loaded.
const AxeViolations = `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => v.id + ': ' + v.help + '\n    ' + v.nodes.map(n => n.html).slice(0, 3).join('\n    ')))`

// OpenBrowser starts a browser that is closed when the test ends.
func OpenBrowser(t *testing.T) *Browser {
	b := &Browser{T: t, Ctx: chromium(t)}
	err := chromedp.Listen(b.Ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok {
			b.Mu.Lock()
			defer b.Mu.Unlock()
			b.Console = append(b.Console, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.Ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return b
}
