package site_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

// What is no use on paper is not printed: links to other pages of a list, the search form.
func TestPrintedPages(t *testing.T) {
	_, at, paths := showcase(t)
	l := webtest.OpenBrowser(t)
	if _, err := chromedp.Call(l.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"front", "topic", "month", "day", "outlet", "outlets", "story", "found"} {
		l.Navigate(at + paths[name])
		if got := webtest.Eval[string](l, `[...document.querySelectorAll('a.skip, nav, .find, .theme, .share, .letters, .search button, .search select, .search [type=date], #how')].filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80)).join('\n')`); got != "" {
			t.Errorf("%s prints\n%s", name, got)
		}
		if !webtest.Eval[bool](l, `document.querySelector('main').innerText.trim().length > 20`) {
			t.Errorf("%s prints nothing", name)
		}
	}
}

// The heading of a newsletter stands where the text below it does, also where the title of
// the site has the other direction.
func TestNewsletterOfASiteInTwoDirections(t *testing.T) {
	n, at, paths := showcase(t)
	n.Rules.Site.Language, n.Rules.Site.Title = "de", "بريد الخليج"
	n.ApplyRules()
	l := webtest.OpenBrowser(t)
	l.CheckLayout(at+paths["letter"], "letter", 768, "light")
}
