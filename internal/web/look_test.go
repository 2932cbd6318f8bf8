package web_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
)

// browser starts Chromium, or skips where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing: apt-get install chromium")
		}
		t.Skip("chromium is missing: the pages were not looked at")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// wrongs finds what no page may have: text that is hard to read (WCAG AA 1.4.3),
// something wider than the window, a link too small to hit (2.5.8) or without a
// name, two things with one id.
const wrongs = `(() => {
  const bad = [];
  const rgb = s => s.match(/[\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = texts.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.getClientRects().length) continue;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e).slice(0, 3));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push('contrast ' + ratio.toFixed(2) + ': ' + n.data.trim().slice(0, 40));
  }
  if (document.documentElement.scrollWidth > innerWidth) bad.push('wider than the window: ' + document.documentElement.scrollWidth + ' of ' + innerWidth);
  for (const e of document.querySelectorAll('a')) {
    if (!(e.textContent.trim() || e.getAttribute('aria-label'))) bad.push('a link without a name: ' + e.href);
  }
  const box = document.body.getBoundingClientRect();
  if (Math.abs(box.left - (innerWidth - box.right)) > 1) bad.push('not in the middle: ' + box.left + ' to ' + box.right);
  const main = document.querySelector('main'), inset = parseFloat(getComputedStyle(main).paddingInlineStart), from = r => getComputedStyle(main).direction === 'rtl' ? r.right : r.left;
  for (const e of main.querySelectorAll('h1, h1 ~ p, .lead > *, .when')) {
    const text = document.createRange();
    text.selectNodeContents(e);
    const off = Math.min(...[...text.getClientRects()].map(r => Math.abs(Math.abs(from(r) - from(main.getBoundingClientRect())) - inset)));
    if (off > 2 && !e.closest('.body')) bad.push('begins ' + off + ' off the edge: ' + e.textContent.trim().slice(0, 40));
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size < ids.length) bad.push('an id twice');
  if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
  return bad;
})()`

// looker is a browser that looks at pages and remembers what its console said.
type looker struct {
	*testing.T
	ctx     context.Context
	mu      sync.Mutex // guards the field below
	console []string
}

func sampleStyle(t *testing.T) *looker {
	l := &looker{T: t, ctx: browser(t)}
	err := chromedp.Listen(l.ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.console = append(l.console, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(l.ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return l
}

// at looks at a page and says what is wrong with it.
func (l *looker) at(address, name string, width int64, scheme string) {
	l.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(l.ctx, emulation.SetEmulatedMedia, media); err != nil {
		l.Fatal(err)
	}
	if err := chromedp.Do(l.ctx, chromedp.EmulateViewport(width, 1800), chromedp.Navigate(address)); err != nil {
		l.Fatalf("%s: %v", address, err)
	}
	bad, err := chromedp.Run(l.ctx, chromedp.Evaluate[[]string](wrongs))
	if err != nil {
		l.Fatalf("%s: %v", address, err)
	}
	if len(bad) > 0 {
		l.Errorf("%s at %d, %s:\n  %s", name, width, scheme, strings.Join(bad, "\n  "))
	}
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		l.shoot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)))
	}
}

// shoot keeps a picture of the page for people to look at.
func (l *looker) shoot(path string) {
	l.Helper()
	shot, err := chromedp.Run(l.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		l.Fatal(err)
	}
	if err := os.WriteFile(path, shot, 0o600); err != nil {
		l.Fatal(err)
	}
}

// Every page in every state can be read by everyone, on any screen, in light and dark.
// SLUGLINE_LOOK names a folder that keeps pictures.
func TestLook(t *testing.T) {
	l := sampleStyle(t)
	n := busy(t)
	n.rules.Topics = append(n.rules.Topics, news.Topic{Name: "quiet", Title: "Nothing yet", Stories: 50})
	n.govern()
	long := n.tell(told{headline: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft gegründet", lang: "de",
		by: []string{"harbour", "north", "gulf", "nile"}, topics: []string{"world", "trade"}, summary: "Ein Wort, das in keine Zeile passt.",
		change: func(s *news.Story) {
			s.Revised = s.First.Add(time.Hour)
			s.Takes[1].Headline, s.Takes[1].Language = "عودة العبّارة إلى الميناء", "ar"
			s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Gesellschaft gegründet", Until: s.Revised}}
		}})
	n.rules.Topics = append(n.rules.Topics, news.Topic{Name: "arabic", Title: "بالعربية", Description: "ما حدث منذ أمس", Stories: 50})
	for i := range 5 {
		n.rules.Topics = append(n.rules.Topics, news.Topic{Name: fmt.Sprintf("more%d", i), Title: fmt.Sprintf("Another topic %d", i), Stories: 50})
	}
	n.govern()
	turned := n.tell(told{headline: "ارتفاع أسعار النحاس لليوم الثالث على التوالي", lang: "ar", by: []string{"nile", "gulf"}, topics: []string{"arabic", "world"}, after: time.Hour,
		summary: "يقول التجار إن الطلب يفوق العرض منذ أسابيع."})
	n.tell(told{headline: "Harbour reopens slowly", lang: "en", by: []string{"north"}, topics: []string{"arabic"}, after: time.Hour})
	ltr, rtl := publish(n), publish(arabic(t))
	addresses := map[string]string{
		"front": ltr + "/", "topic": ltr + "/topics/world", "empty": ltr + "/topics/quiet", "story": ltr + "/stories/" + long.ID,
		"lost": ltr + "/nothing", "rtl-front": rtl + "/", "rtl-topic": rtl + "/topics/trade",
		"how": ltr + "/topics/world/embed", "rtl-how": rtl + "/topics/trade/embed",
		"turned-topic": ltr + "/topics/arabic", "turned-story": ltr + "/stories/" + turned.ID, "rtl-english": rtl + "/topics/english",
	}
	for name, address := range addresses {
		l.at(address, name, 1280, "light")
		l.at(address, name, 360, "dark")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.console {
		if !strings.Contains(line, "404") { // of the lost page
			t.Errorf("the console says: %s", line)
		}
	}
}

// arabic is a newsroom that writes from right to left.
func arabic(t *testing.T) *newsroom {
	n := open(t)
	n.rules.Site.Language, n.rules.Site.Title, n.rules.Site.Motto = "ar", "بريد الخليج", "By the people, for the people"
	n.rules.Topics[0].Title, n.rules.Topics[1].Title = "العالم", "أسواق"
	n.rules.Topics[0].Description = "ما حدث منذ أمس"
	n.rules.Topics = append(n.rules.Topics, news.Topic{Name: "english", Title: "In English", Description: "What they say elsewhere.", Stories: 50})
	n.govern()
	for _, h := range []string{"ارتفاع أسعار النحاس لليوم الثالث على التوالي", "عودة العبّارة إلى الميناء بعد ليلة في البحر"} {
		n.tell(told{headline: h, lang: "ar", by: []string{"nile", "gulf"}, topics: []string{"world", "trade"}, after: time.Hour})
	}
	n.tell(told{headline: "Harbour reopens slowly", lang: "en", by: []string{"north"}, topics: []string{"world", "english"}, after: time.Hour})
	return n
}
