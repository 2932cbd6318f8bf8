package newsroom_test

import (
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
		{"/sources", "سكت: لا شيء منذ <span dir=\"auto\">11h</span>؛"},
		{"/sources", "المجمّع <span dir=\"auto\">hub.example</span>: أجاب <span dir=\"auto\">500</span>"},
		{"/sources", "أبدًا: أوقفه feeds.yaml"},
		{"/sources/gulf", "كل <span dir=\"auto\">1h</span>، بحسب feeds.yaml"},
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
