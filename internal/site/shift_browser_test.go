package site_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

// Nothing moves while a page comes in and is painted piece by piece, and in the end all of it
// is shown, also without script.
func TestPagesDoNotShiftWhileTheyComeIn(t *testing.T) {
	if testing.Short() {
		t.Skip("pages come in slowly under the race detector, and look the same")
	}
	n, at, paths := showcase(t)
	b := webtest.OpenBrowser(t)
	piecewise := b.ServePainted(newSite(n))
	b.RecordShifts()
	for _, as := range []struct {
		lang  string
		width int64
	}{{"en", 1280}, {"ar", 360}} {
		n.Rules.Site.Language = as.lang
		n.ApplyRules()
		for _, name := range []string{"front", "topic", "story"} {
			if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(as.width, 900), chromedp.Navigate(piecewise+paths[name])); err != nil {
				t.Fatal(err)
			}
			b.CheckShifts(fmt.Sprintf("%s, %s at %d px", name, as.lang, as.width))
		}
	}
	for _, script := range []bool{true, false} {
		b.AllowScript(script)
		for name, path := range paths {
			b.Navigate(at + path)
			if !webtest.Eval[bool](b, `document.querySelector(".masthead")?.checkVisibility({ visibilityProperty: true }) ?? true`) {
				t.Errorf("%s, script %t: the masthead is hidden", name, script)
			}
		}
	}
}
