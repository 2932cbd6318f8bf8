package site_test

import (
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

// slowPictures serves pictures, and answers 404 below /broken, once it is told to go on.
type slowPictures struct{ goOn chan struct{} }

func (p slowPictures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-p.goOn:
	case <-r.Context().Done():
		return
	}
	if strings.HasPrefix(r.URL.Path, "/broken") {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, image.NewGray(image.Rect(0, 0, 900, 300)))
}

// withPictures returns a newsroom with events whose pictures come from an address, with and
// without a size, and one that is broken.
func withPictures(t *testing.T, from string) (n *webtest.Newsroom, lead *news.Story) {
	n = webtest.Open(t)
	for i, path := range []string{"/broken/1.png", "/2.png", "/3.png", "/4.png"} {
		s := n.AddStory(webtest.Story{Headline: fmt.Sprintf("Event number %d has a headline of some length", i), Language: "en", Sources: all[:1+i], Topics: []string{"world"}, Summary: "A sentence that says a little more about it."})
		n.EditEntry(s, func(e *news.Entry) {
			e.Media = []news.Media{{URL: from + path, Picture: true, Width: 900 * (1 - i%2), Height: 300 * (1 - i%2), Credit: "Jo Photo"}}
		})
		lead = s
	}
	return n, lead
}

// Nothing moves on the front page and a story's page when pictures arrive late or not at
// all, on wide, middle and narrow screens.
func TestPicturesMoveNothing(t *testing.T) {
	l := webtest.OpenBrowser(t)
	l.RecordShifts()
	for _, width := range []int64{1440, 768, 360} {
		for _, page := range []string{"front", "story"} {
			slow := slowPictures{make(chan struct{})}
			n, lead := withPictures(t, webtest.Serve(t, slow))
			address := serve(n) + map[string]string{"front": "/", "story": "/stories/" + lead.ID}[page]
			if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(width, 2400)); err != nil {
				t.Fatal(err)
			}
			l.RunScript(fmt.Sprintf("location.assign(%q)", address))
			webtest.WaitUntil(l, fmt.Sprintf(`location.href === %q && document.readyState !== "loading" && document.querySelector("main img") !== null`, address))
			before := webtest.Eval[float64](l, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector("main img").getBoundingClientRect().height))))`)
			close(slow.goOn)
			webtest.WaitUntil(l, `document.readyState === "complete" && [...document.images].every(i => i.complete)`)
			if after := webtest.Eval[float64](l, `document.querySelector("main img").getBoundingClientRect().height`); before != after || after < 60 {
				t.Errorf("%s at %d: the picture is %v high, and %v after it has arrived", page, width, before, after)
			}
			l.CheckShifts(fmt.Sprintf("%s at %d px", page, width))
		}
	}
}

// The switch of colours applies at once, is remembered on all pages, and is not there
// without script.
func TestThemeSwitch(t *testing.T) {
	n := webtest.OpenFilled(t)
	at, l := serve(n), webtest.OpenBrowser(t)
	const paper, choose = `getComputedStyle(document.body).backgroundColor`, `(() => { const s = document.getElementById("theme"); s.value = %q; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`
	const dark, light = "rgb(22, 23, 26)", "rgb(252, 251, 248)"
	l.Navigate(at + "/")
	if got := webtest.Eval[string](l, paper); got != light {
		t.Fatalf("the page is %s at first", got)
	}
	for _, step := range []struct{ theme, want string }{{"dark", dark}, {"light", light}, {"dark", dark}} {
		l.RunScript(fmt.Sprintf(choose, step.theme))
		if got := webtest.Eval[string](l, paper); got != step.want {
			t.Errorf("after choosing %s the page is %s", step.theme, got)
		}
		for _, path := range []string{"/topics/world", "/nothing", "/stories/" + n.Find("Copper rises for a third day").ID} {
			l.Navigate(at + path)
			if got, chosen := webtest.Eval[string](l, paper), webtest.Eval[string](l, `document.getElementById("theme").value`); got != step.want || chosen != step.theme {
				t.Errorf("%s is %s and says %s, want %s", path, got, chosen, step.theme)
			}
		}
	}
	l.RunScript(fmt.Sprintf(choose, "auto"))
	l.Navigate(at + "/")
	if got := webtest.Eval[string](l, paper); got != light {
		t.Errorf("the device's colours are not back: %s", got)
	}
	l.AllowScript(false)
	l.Navigate(at + "/")
	l.AllowScript(true)
	if got := webtest.Eval[string](l, `getComputedStyle(document.querySelector(".theme")).display`); got != "none" {
		t.Errorf("without script the switch is shown: %s", got)
	}
	l.Mu.Lock()
	defer l.Mu.Unlock()
	for _, line := range l.Console {
		if !strings.Contains(line, "404") { // of the page that is not found
			t.Errorf("console message: %s", line)
		}
	}
}

// The button copies the address of the story's page and says so.
func TestCopyLink(t *testing.T) {
	n := webtest.OpenFilled(t)
	copper := n.Find("Copper rises for a third day")
	at, l := serve(n), webtest.OpenBrowser(t)
	l.Navigate(at + "/stories/" + copper.ID)
	l.RunScript(`document.addEventListener("copy", () => window.copied = String(getSelection()) || document.activeElement.value); Object.defineProperty(navigator, "clipboard", { value: undefined })`)
	if err := chromedp.Do(l.Ctx, chromedp.Click(".copylink button")); err != nil {
		t.Fatal(err)
	}
	webtest.WaitUntil(l, `document.querySelector(".copylink [role=status]").textContent === "Link copied"`)
	if got, want := webtest.Eval[string](l, `window.copied`), "http://press.example/stories/"+copper.ID; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

// fullSite returns a newsroom with 50 stories under long headlines in Arabic, of several
// outlets and in events, and the last story.
func fullSite(t *testing.T) (n *webtest.Newsroom, last *news.Story) {
	n = webtest.OpenArabic(t)
	parts := strings.Fields("قال مسؤولون في الحكومة إن المحادثات بشأن إعادة فتح الميناء ستستأنف الأسبوع المقبل بعد توقف دام عدة أيام بسبب خلافات حول شروط التمويل ودور الشركات الأجنبية وسط دعوات من النقابات إلى ضمان حقوق العمال وتحذيرات خبراء الاقتصاد من ارتفاع أسعار الشحن والتأمين البحري في المنطقة")
	for i := range 50 {
		var headline []string
		for k := range 22 {
			headline = append(headline, parts[(i*7+k*(3+i%5))%len(parts)])
		}
		last = n.AddStory(webtest.Story{Headline: fmt.Sprintf("%s %d", strings.Join(headline, " "), i), Language: "ar", Event: fmt.Sprintf("event%d", i/3), Sources: all[:1+i%4],
			Topics: []string{"world", "trade"}[:1+i%2], After: 7 * time.Minute, Summary: strings.Join(parts, " ")})
	}
	return n, last
}

// The front page, a topic's and a story's page of a full site have at most 30 KB with their
// style sheet and script, compressed as they are served.
func TestPagesAreSmall(t *testing.T) {
	n, last := fullSite(t)
	at := serve(n)
	size := func(path string) int {
		resp, body := webtest.Request(t, "GET", at+path, "Accept-Encoding: gzip")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d %q", path, resp.StatusCode, resp.Header.Get("Content-Encoding"))
		}
		return len(body)
	}
	shared := size("/style.css") + size("/site.js")
	for _, front := range []news.Front{news.FrontLatest, news.FrontEvents} {
		n.Rules.Front = front
		n.ApplyRules()
		for _, path := range []string{"/", "/topics/world", "/stories/" + last.ID} {
			got := size(path) + shared
			t.Logf("front: %s, %s: %d bytes", front, path, got)
			if got > 30<<10 {
				t.Errorf("front: %s, %s: %d bytes, want at most 30 KB", front, path, got)
			}
		}
	}
}

// The date of an older story reads from right to left on an Arabic page, its day first.
func TestDatesOnAnArabicFront(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.OpenArabic(t)
	s := newSite(n)
	s.Now = func() time.Time { return n.At.Add(72 * time.Hour) }
	l.Navigate(webtest.Serve(t, s) + "/")
	at := webtest.Eval[[]float64](l, `(() => {
  const text = document.querySelector('.by time').firstChild, part = document.createRange();
  const left = s => { const i = text.data.indexOf(s); part.setStart(text, i); part.setEnd(text, i + s.length); return part.getBoundingClientRect().left; };
  return [left('20'), left('نوفمبر'), left('2026')];
})()`)
	if at[0] < at[1] || at[1] < at[2] {
		t.Errorf("day, month and year begin at %v from the left", at)
	}
}
