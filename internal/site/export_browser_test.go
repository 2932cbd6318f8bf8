package site_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// An export on a static server, below a path, works as the site does: links lead from the
// front page to a topic, a story, a related story and back, with our style.
func TestExportInBrowser(t *testing.T) {
	n, _, _ := showcase(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	n.Must(err)
	n.Rules.Site.URL = "http://" + l.Addr().String() + "/news"
	n.ApplyRules()
	dir := t.TempDir()
	exportTo(n, newSite(n), dir)
	host := &http.Server{Handler: http.StripPrefix("/news", http.FileServer(http.Dir(dir)))}
	go func() { _ = host.Serve(l) }() // returns when host is closed
	t.Cleanup(func() { _ = host.Close() })
	b := webtest.OpenBrowser(t)
	b.Navigate(n.Rules.Site.URL + "/")
	for _, step := range []struct{ click, at, says string }{
		{`nav.topics a`, "/news/topics/world/", "World"},
		{`a[href*="/stories/"]`, "/news/stories/", ""},
		{`.near a[href*="/stories/"]`, "/news/stories/", ""},
		{`.masthead .title a`, "/news/", ""},
		{`.formats a[href$="/embed"], aside a[href*="/topics/"]`, "/news/topics/", ""},
		{`.formats a[href$="/embed"]`, "/news/topics/world/embed/", ""},
	} {
		b.Follow(step.click)
		if got := webtest.Eval[string](b, `location.pathname`); !strings.HasPrefix(got, step.at) || step.at == "/news/" && got != step.at {
			t.Errorf("a click on %s leads to %s", step.click, got)
		}
		if got := webtest.Eval[string](b, `document.title`); !strings.Contains(got, step.says) {
			t.Errorf("after a click on %s the title is %q", step.click, got)
		}
		if webtest.Eval[int](b, `[...document.styleSheets].reduce((n, s) => n + s.cssRules.length, 0)`) < 20 {
			t.Errorf("%s has no style sheet", step.at)
		}
		if bad := webtest.Eval[[]string](b, webtest.LayoutFaults); len(bad) > 0 {
			t.Errorf("%s: %s", step.at, strings.Join(bad, "\n  "))
		}
	}
	webtest.WaitUntil(b, `document.querySelector('slugline-topic').shadowRoot?.querySelectorAll('li').length > 0 || document.querySelector('slugline-topic').querySelectorAll('li').length > 0`)
	b.CheckConsole()
}
