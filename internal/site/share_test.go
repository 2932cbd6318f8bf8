package site_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

var shareLink = regexp.MustCompile(`<li><a href="([^"]*)" rel="noopener nofollow"><bdi>([^<]*)</bdi></a></li>`)

// The link that shares a story by email is not named like the field for an address.
func TestShareByEmail(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Language = "de"
	n.ApplyRules()
	_, body := webtest.Request(t, "GET", serve(n)+"/stories/"+n.Find("Copper rises for a third day").ID)
	webtest.ContainsInOrder(t, body, "Teilen", "<bdi>E-Mail</bdi>", "WhatsApp")
}

// The links that share a story carry its headline and the address of its page, whatever
// characters the headline has.
func TestShareLinks(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	for _, headline := range []string{"عودة العبّارة إلى الميناء 100% «الآن»", `Costs + "fees" & <taxes>: 50% of #1? = yes`, "Straße; schöne Grüße"} {
		s := n.AddStory(webtest.Story{Headline: headline, Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
		_, body := webtest.Request(t, "GET", at+"/stories/"+s.ID)
		page, got := "http://press.example/stories/"+s.ID, map[string]string{}
		for _, m := range shareLink.FindAllStringSubmatch(body, -1) {
			u, err := url.Parse(html.UnescapeString(m[1]))
			if err != nil || strings.Contains(u.RawQuery+u.EscapedFragment(), "+") {
				t.Fatalf("%s: %v", m[1], err)
			}
			q := u.Query()
			got[m[2]] = u.Scheme + " " + u.Host + " " + strings.Join(append(append(q["subject"], q["text"]...), q["body"]...), "|") + " " + q.Get("url") + u.Fragment
		}
		want := map[string]string{
			"Email":    "mailto  " + headline + "|" + headline + "\r\n" + page + " ",
			"WhatsApp": "https wa.me " + headline + "\n" + page + " ",
			"Telegram": "https t.me " + headline + " " + page,
			"X":        "https x.com " + headline + " " + page,
			"Mastodon": "https share.joinmastodon.org  text=" + headline + "\n" + page,
		}
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s shares\n%q, want\n%q", name, got[name], want[name])
			}
		}
		webtest.ContainsInOrder(t, body, `data-copy="`+page+`"`, `<a class="follow" href="/stories/`+s.ID+`.atom">`, "Follow this story")
	}
	inside := n.Find("What the vault says")
	if _, body := webtest.Request(t, "GET", at+"/stories/"+inside.ID+"?key=open%26sesame"); !strings.Contains(body, "What the vault says") || strings.Contains(body, "wa.me") || strings.Contains(body, inside.ID+".atom") {
		t.Errorf("a story with a key can be shared or followed without it:\n%s", body)
	}
}

// A story's page says in words what outlets changed, the latest first: withdrawals,
// corrections, headlines.
func TestStoryChanges(t *testing.T) {
	n := webtest.OpenFilled(t)
	s := n.AddStory(webtest.Story{Headline: "Council sells two ferries", Language: "en", Sources: []string{"north", "gulf", "nile"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Council sells <one> ferry", Until: s.First.Add(time.Hour)}}
		s.Takes[1].Headline, s.Takes[1].Corrected = "CORRECTED-Council sells three ferries", s.First.Add(2*time.Hour)
		s.Takes[2].Killed = s.First.Add(26 * time.Hour)
	}})
	_, body := webtest.Request(t, "GET", serve(n)+"/stories/"+s.ID)
	webtest.ContainsInOrder(t, body, `<h2 id="changes"><bdi dir="ltr">What changed</bdi></h2>`,
		"Saturday, 21 November 2026", "<bdi>وكالة النيل</bdi> withdrew its report", "Friday, 20 November 2026", `<bdi>Gulf Wire</bdi> corrected: <bdi dir="ltr" lang="en">Council sells three ferries</bdi>`,
		`<bdi>Northern Post</bdi> changed its headline. Before: <del datetime="2026-11-20T`, `Council sells &lt;one&gt; ferry</bdi></del>`, `<h2 id="outlets">`)
}

// The picture of an outlet is above a story's text where that has none. A video shows its
// own picture instead, before it is played.
func TestStoryPicture(t *testing.T) {
	n := webtest.OpenFilled(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	picture := news.Media{URL: "https://cdn.example/ferry.jpg", Picture: true, Width: 640, Height: 480, Alt: "A ferry", Credit: "Jo Photo"}
	film := news.Media{URL: "https://cdn.example/ferry.mp4", Type: "video/mp4"}
	n.EditEntry(ferry, func(e *news.Entry) { e.Media = []news.Media{picture} })
	at := serve(n)
	resp, body := webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	webtest.ContainsInOrder(t, body, `<figure class="picture"><img src="https://cdn.example/ferry.jpg" alt="A ferry" dir="ltr" lang="en" width="640" height="480" referrerpolicy="no-referrer" fetchpriority="high">`, "Picture: <bdi>Jo Photo</bdi>", "All 214 passengers")
	if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "img-src 'self' https: http:;") || strings.Contains(got, "media-src") {
		t.Errorf("policy of a page with a picture: %q", got)
	}
	n.EditEntry(ferry, func(e *news.Entry) { e.Media = []news.Media{picture, film} })
	_, body = webtest.Request(t, "GET", at+"/stories/"+ferry.ID)
	if !strings.Contains(body, `src="https://cdn.example/ferry.mp4" poster="https://cdn.example/ferry.jpg"`) || strings.Contains(body, "<figure class=\"picture\"") {
		t.Errorf("the picture of a video is not its poster:\n%s", body)
	}
	n.SetShow("gulf", news.ShowHeadline)
	if _, body = webtest.Request(t, "GET", at+"/stories/"+ferry.ID); strings.Contains(body, "ferry.jpg") {
		t.Error("a picture is shown although the source permits headlines only")
	}
}
