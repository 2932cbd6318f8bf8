package site_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

// A story's page links to the stories about its happening in other languages that anyone
// may read.
func TestAlsoIn(t *testing.T) {
	n := webtest.OpenFilled(t)
	add := func(headline, language, topic string) string {
		return n.AddStory(webtest.Story{Headline: headline, Language: language, Sources: []string{"north"}, Topics: []string{topic}}).ID
	}
	english := add("Magnitude 6.4 quake kills 27 in Arequipa, Peru", "en", "world")
	arabic := add("زلزال بقوة 6.4 درجات يضرب بيرو ومقتل 27 شخصا", "ar", "world")
	russian := add("В Перу при землетрясении магнитудой 6,4 погибли 27 человек", "ru", "trade")
	add("Peru: 27 Tote bei Erdbeben der Stärke 6,4", "de", "inside")
	taiwan := add("台湾花莲发生6.4级地震 27人受伤", "zh", "world")
	at := serve(n)
	_, body := webtest.Request(t, "GET", at+"/stories/"+english)
	webtest.ContainsInOrder(t, body, "Also in:", `href="/stories/`+arabic+`" hreflang="ar"`, `<bdi lang="ar" dir="rtl">العربية</bdi></a>,`, `href="/stories/`+russian+`" hreflang="ru"`, "Русский", "First seen")
	for _, other := range []string{taiwan + `" hreflang`, "Deutsch"} {
		if strings.Contains(body, other) {
			t.Errorf("the page has %s", other)
		}
	}
	if _, body = webtest.Request(t, "GET", at+"/stories/"+taiwan); strings.Contains(body, "Also in") {
		t.Error("another quake is linked")
	}
}

// The label stands before the links as the site's language is read, whatever the direction
// of the story is.
func TestAlsoInReadsInTheDirectionOfTheSite(t *testing.T) {
	l, n := webtest.OpenBrowser(t), webtest.OpenFilled(t)
	add := func(headline, language string) string {
		return n.AddStory(webtest.Story{Headline: headline, Language: language, Sources: []string{"north"}, Topics: []string{"world"}}).ID
	}
	english := add("Magnitude 6.4 quake kills 27 in Arequipa, Peru", "en")
	arabic := add("زلزال بقوة 6.4 درجات يضرب بيرو ومقتل 27 شخصا", "ar")
	at := serve(n)
	for _, id := range []string{english, arabic} {
		if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at+"/stories/"+id)); err != nil {
			t.Fatal(err)
		}
		if !webtest.Eval[bool](l, `(() => {
  const link = document.querySelector("a[hreflang]"), label = document.createRange();
  label.selectNodeContents([...link.parentElement.childNodes, ...link.parentElement.parentElement.childNodes].map(e => e.firstChild || e).find(e => (e.textContent || "").includes("Also in")));
  return label.getBoundingClientRect().left < link.getBoundingClientRect().left;
})()`) {
			t.Errorf("/stories/%s: the label stands behind its links", id)
		}
	}
}
