package newsroom_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// What is wrong with a query, an order or a source is said in the language of the desk. A
// program that asks for no language gets English.
func TestFaultsInTheLanguageOfTheDesk(t *testing.T) {
	n := openWithVisits(t)
	n.Rules.Site.Language = "ar"
	n.ApplyRules()
	at, _ := openWithOrders(n, true)
	for _, c := range []struct{ path, want string }{
		{"/?q=%28harbour", "القوس ( لم يُغلق؛ أضف )"},
		{"/search?q=titel:harbour", "الموضع 1: لا يوجد حقل titel:"},
		{"/search?q=titel:harbour", "؛ هل قصدت title:؟"},
		{"/sources?visited=gulf", "مدخلات جديدة."},
		{"/sources", "سكت: لا شيء منذ \u206811h\u2069؛"},
		{"/sources", "المجمّع \u2068hub.example\u2069: أجاب \u2068500\u2069"},
		{"/sources", "أبدًا: أوقفه feeds.yaml"},
		{"/sources/gulf", "كل \u20681h\u2069، بحسب feeds.yaml"},
		{"/sources/north", "3، إخفاقان متتاليان"},
	} {
		if _, body := webtest.Request(t, "GET", at+c.path); !strings.Contains(body, c.want) {
			t.Errorf("%s lacks %q:\n%s", c.path, c.want, body)
		}
	}
	order := func(headers ...string) string {
		headers = append(headers, "Content-Type: application/json")
		resp, body := webtest.RequestWithBody(t, "POST", at+"/api/orders", strings.NewReader(`{"verb":"hide","args":["nosuch"]}`), headers...)
		if resp.StatusCode != http.StatusConflict {
			t.Errorf("an order that can't be carried out answers %d: %s", resp.StatusCode, body)
		}
		return body
	}
	webtest.ContainsInOrder(t, order(), "there is no story")
	webtest.ContainsInOrder(t, order("Accept-Language: ar"), "لا يوجد خبر", "nosuch")
}

// A decision has the quotation marks of the language of the desk.
func TestQuotationMarks(t *testing.T) {
	n := webtest.OpenFilled(t)
	copper := n.Find("Copper rises for a third day").ID
	for lang, want := range map[string]string{
		"en": `Hid "X" everywhere`, "ar": "أُخفي «X» في كل مكان", "de": "„X“ überall ausgeblendet", "fr": "A masqué «\u00a0X\u00a0» partout", "zh": "在所有专题隐藏了“X”",
	} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		at, _ := openWithOrders(n, false)
		postOrder(t, at, "application/json", `{"verb":"hide","args":["`+copper+`"]}`)
		_, body := webtest.Request(t, "GET", at+"/decisions")
		if want = strings.Replace(want, "X", "\u2068Copper rises for a third day\u2069", 1); !strings.Contains(html.UnescapeString(body), want) {
			t.Errorf("%s lacks %q:\n%s", lang, want, body)
		}
	}
}

// On a desk that runs from right to left, dates do too: the day stands to the right of its
// month, and the time of day to the left.
func TestDatesRunFromRightToLeft(t *testing.T) {
	b, n := webtest.OpenBrowser(t), openWithVisits(t)
	for _, lang := range []string{"ar", "fa"} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		at := serve(n, nil)
		for _, path := range []string{"/", "/sources", "/sources/gulf", "/stories/" + n.Find("Copper rises for a third day").ID} {
			b.Navigate(at + path)
			found := webtest.Eval[[]string](b, `[...document.querySelectorAll("main time")].flatMap(e => {
  const texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), words = [];
  for (let n; n = texts.nextNode();) {
    for (const m of n.data.matchAll(/[^\s،]+/g)) {
      const range = document.createRange();
      range.setStart(n, m.index);
      range.setEnd(n, m.index + m[0].length);
      const box = range.getBoundingClientRect();
      if (box.width) words.push({ word: m[0], left: box.left, top: box.top });
    }
  }
  if (words.length < 2) return [];
  const ordered = words.every((w, i) => !i || w.top > words[i - 1].top + 5 || w.left < words[i - 1].left);
  return [(ordered ? "" : "out of order: ") + words.map(w => w.word).join(" ")];
})`)
			dates := 0
			for _, date := range found {
				dates++
				if strings.HasPrefix(date, "out of order") {
					t.Errorf("%s %s: %s", lang, path, date)
				}
			}
			if dates == 0 && path == "/sources" {
				t.Errorf("%s %s has no dates", lang, path)
			}
		}
	}
}
