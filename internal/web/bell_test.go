package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	permit "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ring rings an alert for a story in open pages.
func (n *newsroom) ring(headline string, alerts ...string) {
	n.Helper()
	n.ringIn("en", headline, alerts...)
}

func (n *newsroom) ringIn(lang, headline string, alerts ...string) {
	n.Helper()
	s := n.tell(told{headline: headline, lang: lang, by: []string{"gulf"}, topics: []string{"world"}})
	n.apply(func(*store.Tx) news.Change {
		return news.Change{Stories: []string{s.ID}, Rang: map[string][]string{s.ID: alerts}}
	})
}

// tab opens another tab of the same browser.
func (l *looker) tab() *looker {
	ctx, cancel := chromedp.NewContext(l.ctx)
	l.Cleanup(cancel)
	return &looker{T: l.T, ctx: ctx}
}

func (l *looker) open(address string) {
	l.Helper()
	if err := chromedp.Do(l.ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(address)); err != nil {
		l.Fatal(err)
	}
	l.sees("that it is live", `document.getElementById("state").textContent === "live"`)
}

func (l *looker) soundOn() {
	l.Helper()
	if err := chromedp.Do(l.ctx, chromedp.Click("#sound")); err != nil {
		l.Fatal(err)
	}
	l.sees("that its sound is on", `document.getElementById("sound").getAttribute("aria-pressed") === "true"`)
}

const (
	rungHere = `Number(document.getElementById("sound").dataset.rang || 0)`
	toldHere = `Number(document.getElementById("notify").dataset.told || 0)`
	latest   = `document.querySelector("#rang li a")?.textContent`
)

// However many tabs are open, one of them sounds, and another when that one is closed;
// every one shows what rang.
func TestOneTabRings(t *testing.T) {
	one := sampleStyle(t)
	n, at := monitored(t)
	one.open(at + "/")
	two, three := one.tab(), one.tab()
	two.open(at + "/")
	three.open(at + "/")
	one.soundOn()
	two.soundOn()
	n.ring("Bridge closed to lorries", "bridges")
	for _, l := range []*looker{one, two, three} {
		l.sees("what rang", latest+` === "Bridge closed to lorries"`)
	}
	one.sees("its sound", rungHere+" === 1")
	if got := eval[float64](two, rungHere) + eval[float64](three, rungHere); got != 0 {
		t.Errorf("the other tabs rang %v times", got)
	}
	if err := chromedp.Do(one.ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	n.ring("Bridge open again", "bridges")
	two.sees("its sound, once the other tab is closed", rungHere+" === 1")
	three.sees("what rang", latest+` === "Bridge open again"`)
	if got := eval[float64](three, rungHere); got != 0 {
		t.Errorf("a tab without sound rang %v times", got)
	}
	two.open(at + "/")
	if err := chromedp.Do(two.ctx, chromedp.Click("h1, .wire .story time")); err != nil {
		t.Fatal(err)
	}
	two.sees("that its sound is on again, once it was touched", `document.getElementById("sound").getAttribute("aria-pressed") === "true"`)
	three.does(`document.querySelector("#rang li button").click()`)
	three.sees("that a line can be put away", latest+` === "Bridge closed to lorries"`)
}

// The same without locks, as over plain HTTP.
func TestOneTabRingsWithoutLocks(t *testing.T) {
	one := sampleStyle(t)
	n, at := monitored(t)
	two := one.tab()
	for _, l := range []*looker{one, two} {
		first := page.AddScriptToEvaluateOnNewDocumentParams{Source: `Object.defineProperty(Navigator.prototype, "locks", { value: undefined })`}
		if _, err := chromedp.Call(l.ctx, page.AddScriptToEvaluateOnNewDocument, first); err != nil {
			t.Fatal(err)
		}
		l.open(at + "/")
		l.soundOn()
	}
	n.ring("Bridge closed to lorries", "bridges")
	sum := func() float64 { return eval[float64](one, rungHere) + eval[float64](two, rungHere) }
	one.sees("what rang", latest+` === "Bridge closed to lorries"`)
	two.sees("what rang", latest+` === "Bridge closed to lorries"`)
	eval[bool](one, `new Promise(done => setTimeout(() => done(true), 600))`) // they agree within 150 ms
	if got := sum(); got != 1 {
		t.Errorf("two tabs rang %v times", got)
	}
}

// A browser tells of an alert once, if its editor lets it.
func TestNotifications(t *testing.T) {
	one := sampleStyle(t)
	n, at := monitored(t)
	allow(one.ctx, t, at)
	one.open(at + "/")
	if err := chromedp.Do(one.ctx, chromedp.Click("#notify")); err != nil {
		t.Fatal(err)
	}
	one.sees("that it may tell", `document.getElementById("notify").getAttribute("aria-pressed") === "true"`)
	two := one.tab()
	two.open(at + "/")
	two.sees("that it may tell too", `document.getElementById("notify").getAttribute("aria-pressed") === "true"`)
	n.ring("Bridge closed to lorries", "bridges")
	one.sees("that it told", toldHere+" === 1")
	two.sees("what rang", latest+` === "Bridge closed to lorries"`)
	if got := eval[float64](two, toldHere); got != 0 {
		t.Errorf("the other tab told %v times", got)
	}
}

func allow(ctx context.Context, t *testing.T, origin string) {
	t.Helper()
	grant := permit.SetPermissionParams{Permission: &permit.PermissionDescriptor{Name: "notifications"}, Setting: permit.PermissionSettingGranted, Origin: origin}
	if _, err := chromedp.CallBrowser(ctx, permit.SetPermission, grant); err != nil {
		t.Fatal(err)
	}
}

// What rang can be read by all.
func TestBellLook(t *testing.T) {
	axe, err := os.ReadFile(tool(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	l := sampleStyle(t)
	n, at := monitored(t)
	for _, as := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {360, "dark"}} {
		l.at(at+"/", "monitor-bell", as.width, as.scheme)
		l.sees("that it is live", `document.getElementById("state").textContent === "live"`)
		n.ring("Bridge closed to lorries after cracks are found in two of its pillars", "bridges")
		n.ringIn("ar", "إغلاق الجسر أمام الشاحنات", "bridges", "trade")
		l.sees("what rang", latest+` === "إغلاق الجسر أمام الشاحنات"`)
		eval[chromedp.Void](l, string(axe)+";0")
		if bad := eval[[]string](l, violated); len(bad) > 0 {
			t.Errorf("at %d, %s:\n  %s", as.width, as.scheme, strings.Join(bad, "\n  "))
		}
		if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
			l.shoot(filepath.Join(dir, fmt.Sprintf("bell-%d-%s.png", as.width, as.scheme)))
		}
	}
}
