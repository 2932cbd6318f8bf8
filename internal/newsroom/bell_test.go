package newsroom_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

const (
	ringsHere         = `Number(document.getElementById("sound").dataset.rang || 0)`
	notificationsHere = `Number(document.getElementById("notify").dataset.shown || 0)`
	latest            = `document.querySelector("#rang li a")?.textContent`
)

// Only one tab plays the sound, and another one takes over when it is closed. All tabs show
// the alert.
func TestOneTabRings(t *testing.T) {
	one := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	one.OpenMonitor(at + "/")
	two, three := one.NewTab(), one.NewTab()
	two.OpenMonitor(at + "/")
	three.OpenMonitor(at + "/")
	one.TurnSoundOn()
	two.TurnSoundOn()
	n.AddStoryWithAlert("Bridge closed to lorries", "bridges")
	for _, l := range []*webtest.Browser{one, two, three} {
		l.WaitFor("the alert", latest+` === "Bridge closed to lorries"`)
	}
	one.WaitFor("its sound", ringsHere+" === 1")
	if got := webtest.Eval[float64](two, ringsHere) + webtest.Eval[float64](three, ringsHere); got != 0 {
		t.Errorf("the other tabs rang %v times", got)
	}
	if err := chromedp.Do(one.Ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	n.AddStoryWithAlert("Bridge open again", "bridges")
	two.WaitFor("its sound, when the other tab is closed", ringsHere+" === 1")
	three.WaitFor("the alert", latest+` === "Bridge open again"`)
	if got := webtest.Eval[float64](three, ringsHere); got != 0 {
		t.Errorf("a tab without sound rang %v times", got)
	}
	two.OpenMonitor(at + "/")
	if err := chromedp.Do(two.Ctx, chromedp.Click("h1, .wire .story time")); err != nil {
		t.Fatal(err)
	}
	two.WaitFor("that its sound is on again after a click", `document.getElementById("sound").getAttribute("aria-pressed") === "true"`)
	three.RunScript(`document.querySelector("#rang li button").click()`)
	three.WaitFor("the earlier alert after the latest is dismissed", latest+` === "Bridge closed to lorries"`)
}

// Without locks, as over plain HTTP, one tab plays the sound too.
func TestOneTabRingsWithoutLocks(t *testing.T) {
	one := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	two := one.NewTab()
	for _, l := range []*webtest.Browser{one, two} {
		first := page.AddScriptToEvaluateOnNewDocumentParams{Source: `Object.defineProperty(Navigator.prototype, "locks", { value: undefined })`}
		if _, err := chromedp.Call(l.Ctx, page.AddScriptToEvaluateOnNewDocument, first); err != nil {
			t.Fatal(err)
		}
		l.OpenMonitor(at + "/")
		l.TurnSoundOn()
	}
	n.AddStoryWithAlert("Bridge closed to lorries", "bridges")
	sum := func() float64 { return webtest.Eval[float64](one, ringsHere) + webtest.Eval[float64](two, ringsHere) }
	one.WaitFor("the alert", latest+` === "Bridge closed to lorries"`)
	two.WaitFor("the alert", latest+` === "Bridge closed to lorries"`)
	webtest.Eval[bool](one, `new Promise(done => setTimeout(() => done(true), 600))`) // tabs agree within 150 ms
	if got := sum(); got != 1 {
		t.Errorf("two tabs rang %v times", got)
	}
}

// A browser shows one notification for an alert if the user allows it.
func TestNotifications(t *testing.T) {
	one := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	webtest.AllowNotifications(one.Ctx, t, at)
	one.OpenMonitor(at + "/")
	if err := chromedp.Do(one.Ctx, chromedp.Click("#notify")); err != nil {
		t.Fatal(err)
	}
	one.WaitFor("that notifications are on", `document.getElementById("notify").getAttribute("aria-pressed") === "true"`)
	two := one.NewTab()
	two.OpenMonitor(at + "/")
	two.WaitFor("that notifications are on too", `document.getElementById("notify").getAttribute("aria-pressed") === "true"`)
	n.AddStoryWithAlert("Bridge closed to lorries", "bridges")
	one.WaitFor("its notification", notificationsHere+" === 1")
	two.WaitFor("the alert", latest+` === "Bridge closed to lorries"`)
	if got := webtest.Eval[float64](two, notificationsHere); got != 0 {
		t.Errorf("the other tab showed %v notifications", got)
	}
}

// Alerts in the page are accessible.
func TestBellLook(t *testing.T) {
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	l := webtest.OpenBrowser(t)
	n, at := openDesk(t)
	for _, as := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {360, "dark"}} {
		l.CheckLayout(at+"/", "wire-alerts", as.width, as.scheme)
		l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
		n.AddStoryWithAlert("Bridge closed to lorries after cracks are found in two of its pillars", "bridges")
		n.AddStoryWithAlertIn("ar", "إغلاق الجسر أمام الشاحنات", "bridges", "trade")
		l.WaitFor("the alert", latest+` === "إغلاق الجسر أمام الشاحنات"`)
		webtest.Eval[chromedp.Void](l, string(axe)+";0")
		if bad := webtest.Eval[[]string](l, webtest.AxeViolations); len(bad) > 0 {
			t.Errorf("at %d, %s:\n  %s", as.width, as.scheme, strings.Join(bad, "\n  "))
		}
		if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
			l.SaveScreenshot(filepath.Join(dir, fmt.Sprintf("bell-%d-%s.png", as.width, as.scheme)))
		}
	}
}
