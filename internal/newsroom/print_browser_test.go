package newsroom_test

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// In print, the headlines of a source have the width of the page, also beside
// the number of outlets, and the list of topics is there.
func TestPrintedPagesOfTheirOwn(t *testing.T) {
	b := webtest.OpenBrowser(t)
	at := serve(webtest.OpenFilled(t), nil)
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(794, 1100)); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{"/sources/gulf": ".story h2", "/topics": "tbody tr"} {
		b.Navigate(at + path)
		widths := webtest.Eval[[]float64](b, `[...document.querySelectorAll("main `+content+`")].map(e => e.getBoundingClientRect().width)`)
		if len(widths) < 2 {
			t.Errorf("%s prints %d lines", path, len(widths))
		}
		for _, w := range widths {
			if w < 400 {
				t.Errorf("%s: a line of %.0f px on a page of 794 px", path, w)
			}
		}
	}
}

// In print, what is said of a result of the search stands below its headline, not below its
// time.
func TestPrintedSearch(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	at := serve(n, func(d *newsroom.Desk) { d.Search = startSearch(n) })
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(794, 1100)); err != nil {
		t.Fatal(err)
	}
	b.Navigate(at + "/search?q=copper")
	off := webtest.Eval[[]float64](b, `[...document.querySelectorAll(".searching .event")].map(e => e.querySelector(".why span").getBoundingClientRect().left - e.querySelector("h2").getBoundingClientRect().left)`)
	if len(off) == 0 || slices.ContainsFunc(off, func(px float64) bool { return px < -1 || px > 1 }) {
		t.Errorf("px between the headlines and what is said of them: %v", off)
	}
}

// On a phone, the menu stays beside the title when the filter has chips and a mistake.
func TestMenuStaysBesideTheTitleOnAPhone(t *testing.T) {
	b := webtest.OpenBrowser(t)
	at := serve(webtest.OpenFilled(t), nil)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(360, 740)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/?q=lang:ar+topic:world", "/search?q=lang:ar+(copper+OR"} {
		b.Navigate(at + path)
		b.WaitFor("the menu beside the title, above the chips", `(() => { const top = s => document.querySelector(s).getBoundingClientRect().top;
			return top(".chips a") > top("#menu summary") && Math.abs(top("#menu summary") - top(".title")) < 20 && document.documentElement.scrollWidth <= 360; })()`)
	}
}

// What a thumb touches on a line is at least 24 pixels high (WCAG 2.2, 2.5.8).
func TestTargetsOfLinesOnAPhone(t *testing.T) {
	b := webtest.OpenBrowser(t)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(360, 740), chromedp.Navigate(serve(webtest.OpenFilled(t), nil)+"/")); err != nil {
		t.Fatal(err)
	}
	b.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	const links = `[...document.querySelectorAll(".story h2 a, .story .by a, .story summary")].filter(e => e.checkVisibility())`
	const height = `Math.max(e.getBoundingClientRect().height, parseFloat(getComputedStyle(e, "::after").height) || 0)`
	if small := webtest.Eval[[]string](b, links+`.filter(e => `+height+` < 24).map(e => e.className + " " + e.textContent + ": " + `+height+`)`); len(small) > 0 {
		t.Errorf("too small to touch: %q", small)
	}
	if webtest.Eval[int](b, links+`.length`) == 0 {
		t.Error("no line has a link")
	}
}

// On a phone the panels of the menu open below their buttons, in whole.
func TestPanelsOpenInWholeOnAPhone(t *testing.T) {
	b := webtest.OpenBrowser(t)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(360, 740), chromedp.Navigate(serve(webtest.OpenArabic(t), nil)+"/")); err != nil {
		t.Fatal(err)
	}
	b.RunScript(`for (const d of document.querySelectorAll("#menu, .views, .muted")) d.open = true`)
	b.WaitFor("both panels in the bar", `(() => { const bar = document.querySelector(".bar"), box = bar.getBoundingClientRect();
		return bar.scrollHeight <= bar.clientHeight && [...document.querySelectorAll(".muted > div")].filter(d => d.checkVisibility()).length >= 1 &&
			[...document.querySelectorAll(".muted > div")].every(d => d.getBoundingClientRect().bottom <= box.bottom && d.getBoundingClientRect().left >= 0 && d.getBoundingClientRect().right <= 360); })()`)
}
