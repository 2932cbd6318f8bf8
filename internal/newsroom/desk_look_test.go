package newsroom_test

import (
	"net/url"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// The pages of topics are accessible, and the desk is from right to left too.
func TestDeskLook(t *testing.T) {
	b := webtest.OpenBrowser(t)
	pages := map[string]string{}
	for name, n := range map[string]*webtest.Newsroom{"": webtest.OpenFilled(t), "-rtl": webtest.OpenArabic(t)} {
		at := serve(n, withSettings(t, deskFile, "http://127.0.0.1:1"))
		pages["topics"+name], pages["topic"+name] = at+"/topics", at+"/topics/world"
		if name == "" {
			continue
		}
		story := n.Find("عودة العبّارة إلى الميناء بعد ليلة في البحر").ID
		webtest.PostForm(t, at+"/api/stars", url.Values{"star": {story}, "to": {"/starred"}})
		pages["columns"+name], pages["starred"+name] = fiveViews(t, at), at+"/starred"
		pages["story"+name], pages["add-source"+name] = at+"/stories/"+story, at+"/add-source"
	}
	b.CheckAccessibility(pages)
}
