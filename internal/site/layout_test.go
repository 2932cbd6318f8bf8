package site_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

// The layout of every kind of page has no faults, on wide and narrow screens, in light and
// dark colours. SLUGLINE_LOOK names a folder for screenshots.
func TestLayout(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: "quiet", Title: "Nothing yet", Stories: 50})
	n.ApplyRules()
	long := n.AddStory(webtest.Story{Headline: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft gegründet", Language: "de",
		Sources: []string{"harbour", "north", "gulf", "nile"}, Topics: []string{"world", "trade"}, Summary: "Ein Wort, das in keine Zeile passt.",
		Change: func(s *news.Story) {
			s.Revised = s.First.Add(time.Hour)
			s.Takes[1].Headline, s.Takes[1].Language = "عودة العبّارة إلى الميناء", "ar"
			s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Gesellschaft gegründet", Until: s.Revised}}
		}})
	n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: "arabic", Title: "بالعربية", Description: "ما حدث منذ أمس", Stories: 50})
	n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: "long", Title: "Donaudampfschifffahrtsgesellschaftskapitäne", Stories: 50})
	for i := range 5 {
		n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: fmt.Sprintf("more%d", i), Title: fmt.Sprintf("Another topic %d", i), Stories: 50})
	}
	n.ApplyRules()
	turned := n.AddStory(webtest.Story{Headline: "ارتفاع أسعار النحاس لليوم الثالث على التوالي", Language: "ar", Sources: []string{"nile", "gulf"}, Topics: []string{"arabic", "world"}, After: time.Hour,
		Summary: "يقول التجار إن الطلب يفوق العرض منذ أسابيع."})
	n.AddStory(webtest.Story{Headline: "Harbour reopens slowly", Language: "en", Sources: []string{"north"}, Topics: []string{"arabic"}, After: time.Hour})
	ltr, rtl := serve(n), serve(webtest.OpenArabic(t))
	addresses := map[string]string{
		"front": ltr + "/", "topic": ltr + "/topics/world", "empty": ltr + "/topics/quiet", "story": ltr + "/stories/" + long.ID,
		"lost": ltr + "/nothing", "rtl-front": rtl + "/", "rtl-topic": rtl + "/topics/trade",
		"how": ltr + "/topics/world/embed", "rtl-how": rtl + "/topics/trade/embed",
		"turned-topic": ltr + "/topics/arabic", "turned-story": ltr + "/stories/" + turned.ID, "rtl-english": rtl + "/topics/english",
	}
	for name, address := range addresses {
		l.CheckLayout(address, name, 1280, "light")
		l.CheckLayout(address, name, 360, "dark")
	}
	l.Mu.Lock()
	defer l.Mu.Unlock()
	for _, line := range l.Console {
		if !strings.Contains(line, "404") { // of the page that is not found
			t.Errorf("console message: %s", line)
		}
	}
}
