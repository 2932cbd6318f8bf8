package newsroom_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

// openLinkedStory opens the page of an English story that is linked to an Arabic and a
// Russian one.
func openLinkedStory(t *testing.T) *webtest.Browser {
	b, n := webtest.OpenBrowser(t), webtest.OpenFilled(t)
	add := func(headline, language, event string) string {
		return n.AddStory(webtest.Story{Headline: headline, Language: language, Sources: []string{"north"}, Topics: []string{"world"}, Event: event, After: time.Minute}).ID
	}
	add("Strong earthquake near Arequipa: 27 killed", "en", "quake")
	english := add("Magnitude 6.4 quake kills 27 in Arequipa, Peru", "en", "quake")
	add("زلزال بقوة 6.4 درجات يضرب بيرو ومقتل 27 شخصا", "ar", "")
	add("В Перу при землетрясении магнитудой 6,4 погибли 27 человек", "ru", "")
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	b.Navigate(serve(n, nil) + "/stories/" + english)
	return b
}

// The links to other languages read as a sentence: a comma follows each name at once.
func TestLinksToOtherLanguagesAreOneSentence(t *testing.T) {
	b := openLinkedStory(t)
	if got, want := webtest.Eval[string](b, `document.querySelector("a[hreflang]").closest("p").innerText`), "Also in: العربية, Русский"; got != want {
		t.Errorf("the page shows %q, want %q", got, want)
	}
}

// On paper a story has what is known of it, and nothing to press.
func TestPrintedStory(t *testing.T) {
	b := openLinkedStory(t)
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]bool{".takes li": true, ".others li": true, "a[hreflang]": true, "button": false, "input:not([type=hidden])": false, "select": false} {
		script := `[...document.querySelectorAll("main ` + selector + `")].some(e => e.getClientRects().length > 0)`
		if got := webtest.Eval[bool](b, script); got != want {
			t.Errorf("%s is printed: %v, want %v", selector, got, want)
		}
	}
	if webtest.Eval[bool](b, `[...document.querySelectorAll("main h2")].some(e => e.getClientRects().length > 0 && ["Actions", "Mute"].includes(e.textContent))`) {
		t.Error("headings of forms are printed")
	}
}
