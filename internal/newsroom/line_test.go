package newsroom_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// openMarkedStories returns a newsroom with a claimed, noted, pinned and held story of three
// outlets that was sent to a target in vain, an event of two stories that breaks, and a withdrawn story.
func openMarkedStories(t *testing.T) (*webtest.Newsroom, *news.Story) {
	n := webtest.Open(t)
	n.At = time.Now().Add(-time.Hour).Truncate(time.Minute)
	marked := n.AddStory(webtest.Story{Headline: "Council sells two ferries", Language: "en", Sources: []string{"north", "gulf", "nile"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Claim = &news.Claim{Who: "anna", Note: "calls <the port>", At: n.At, Seq: n.Seq}
		s.Notes = []news.Note{{Who: "omar", Text: "wait for Lima", At: n.At, Seq: n.Seq}, {Text: "no name", At: n.At, Seq: n.Seq + 1}}
		s.Takes[0].Holds = []news.Hold{{Topic: "trade", Why: "ferries"}}
		s.Takes[1].Headline, s.Takes[2].Killed = "Two ferries are sold", n.At
	}})
	n.AddStory(webtest.Story{Headline: "Withdrawn claim", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Killed, s.Takes[0].Killed, s.Takes[1].Killed = s.Last, s.Last, s.Last
	}})
	n.AddStory(webtest.Story{Headline: "Ferry returns", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, Event: "ferry"})
	n.AddStory(webtest.Story{Headline: "عودة العبّارة", Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}, Event: "ferry", After: 5 * time.Minute})
	n.Apply(func(tx *store.Tx) news.Change {
		ferry, err := tx.Events.Get("ferry")
		n.Must(err)
		ferry.Breaking, ferry.Surge = n.At, news.Surge{Voices: 3, Span: 5 * time.Minute}
		n.Must(tx.Events.Put(ferry))
		world, err := tx.Topics.Get("world")
		n.Must(err)
		world.Pins = []news.Pin{{Story: marked.ID, Until: n.At.Add(6 * time.Hour)}, {Story: marked.ID, Until: n.At.Add(-time.Hour)}}
		n.Must(tx.Topics.Put(world))
		return news.Change{}
	})
	addUnsent(n, marked, news.Dispatch{Notice: "late", Tries: 1, Next: n.At.Add(30 * time.Minute), Problem: refusedText})
	addUnsent(n, marked, news.Dispatch{Notice: "given-up", Tries: 9, Dead: true, Problem: refusedText})
	return n, marked
}

var (
	spaces        = regexp.MustCompile(`\s+`)
	dayBeforeTime = regexp.MustCompile(`\d+ [A-Z]\pL+ (\d\d:\d\d)`) // of times that are not today
)

// The server and the script show the same lines: who claimed, notes, pins, holds, and how
// many outlets have the event, but no number for a withdrawn story.
func TestLinesAreTheSameWithScript(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, marked := openMarkedStories(t)
	at := serve(n, nil)
	lines := func() map[string]string {
		return webtest.Eval[map[string]string](b, `Object.fromEntries([...document.querySelectorAll(".wire .story, .wire .alarm")].map(e => [e.id || "alarm", e.textContent.replace(/\s+/g, " ").replaceAll("\u2068", "").trim()]))`)
	}
	b.AllowScript(false)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1400, 900)); err != nil {
		t.Fatal(err)
	}
	b.Navigate(at + "/")
	plain := lines()
	b.AllowScript(true)
	b.OpenMonitor(at + "/")
	for id, text := range lines() {
		if without := strings.NewReplacer(" ", ""); without.Replace(text) != without.Replace(plain[id]) {
			t.Errorf("the script shows\n%s\nand the server\n%s", text, plain[id])
		}
	}
	from, zone := n.At, time.FixedZone("Asia/Dubai", 4*3600)
	clock := func(d time.Duration) string { return marked.First.Add(d).In(zone).Format("15:04") }
	for _, want := range []struct{ id, text string }{
		{"s-" + marked.ID, "2 outlets, " + clock(0) + " to " + clock(time.Minute)},
		{"s-" + marked.ID, "+1 Gulf Wire Two ferries are sold"},
		{"s-" + marked.ID, "+2 وكالة النيل withdrawn"},
		{"s-" + marked.ID, "held in Trade & Markets: ferries claimed by anna: calls <the port>"},
		{"s-" + marked.ID, "note by omar: wait for Lima"},
		{"s-" + marked.ID, "note: no name"},
		{"s-" + marked.ID, "sending to Our CMS failed: " + refusedText + "; next attempt at " + from.Add(30*time.Minute).In(zone).Format("15:04")},
		{"s-" + marked.ID, "sending to Our CMS failed: " + refusedText + " Send again"},
		{"s-" + marked.ID, "pinned in World until " + from.Add(6*time.Hour).In(zone).Format("15:04")},
		{"alarm", "breaking 3 outlets, " + clock(2*time.Second) + " to " + clock(5*time.Minute+2*time.Second) + " 3 outlets within 5 minutes"},
	} {
		text := dayBeforeTime.ReplaceAllString(spaces.ReplaceAllString(plain[want.id], " "), "$1")
		if !strings.Contains(text, want.text) {
			t.Errorf("%s: %q does not have %q", want.id, text, want.text)
		}
	}
	withdrawn := plain["s-"+n.Find("Withdrawn claim").ID]
	if strings.Contains(withdrawn, "1 outlet") || strings.Contains(withdrawn, "2 outlets") || strings.Contains(withdrawn, " 0") || !strings.Contains(withdrawn, "withdrawn") {
		t.Errorf("the withdrawn story's line is %q", withdrawn)
	}
	if strings.Count(plain["s-"+marked.ID], "pinned") != 1 {
		t.Error("a pin that has ended is on the line")
	}
}

// The name of an outlet that is too long for its place is cut at its end, also where it runs
// against the page.
func TestLongNamesAreCutAtTheirEnd(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n := webtest.Open(t)
	n.Rules.Sources[0].Title, n.Rules.Sources[1].Title = "Donaudampfschifffahrtsgesellschaftszeitung", "وكالة النيل للأنباء والتحقيقات الصحفية المستقلة"
	n.ApplyRules()
	for _, source := range []string{"gulf", "nile"} {
		n.AddStory(webtest.Story{Headline: "Ferry of " + source, Language: "en", Sources: []string{source}, Topics: []string{"world"}})
	}
	at := serve(n, nil)
	const cut = `[...document.querySelectorAll(".wire .of")].map(a => {
		const text = document.createTreeWalker(a, NodeFilter.SHOW_TEXT).nextNode(), begin = document.createRange();
		begin.setStart(text, 0); begin.setEnd(text, 1);
		const first = begin.getBoundingClientRect(), box = a.getBoundingClientRect();
		return a.scrollWidth <= a.clientWidth ? "not too long" : first.left < box.left - 1 || first.right > box.right + 1 ? a.textContent : "";
	})`
	for _, dir := range []string{"ltr", "rtl"} {
		for _, script := range []bool{false, true} {
			b.AllowScript(script)
			if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(at+"/")); err != nil {
				t.Fatal(err)
			}
			b.RunScript(`document.documentElement.dir = "` + dir + `"`)
			if got := strings.Join(webtest.Eval[[]string](b, cut), ""); got != "" {
				t.Errorf("%s, script %t: the beginning is lost: %s", dir, script, got)
			}
		}
	}
}

// The number of outlets of an event follows the news, also with stories that the filter
// leaves out.
func TestCoverageIsLive(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, _ := openMarkedStories(t)
	b.OpenMonitor(serve(n, nil) + "/?q=returns")
	b.WaitFor("the coverage", `document.querySelector(".alarm .covered").textContent.startsWith("3 outlets, ")`)
	n.AddStory(webtest.Story{Headline: "Passengers are well", Language: "en", Sources: []string{"harbour"}, Topics: []string{"world"}, Event: "ferry"})
	b.WaitFor("the fourth outlet", `document.querySelector(".alarm .covered").textContent.startsWith("4 outlets, ") && document.querySelectorAll(".wire .story").length === 1`)
}
