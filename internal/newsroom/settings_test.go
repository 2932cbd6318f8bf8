package newsroom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/webtest"
)

// withSettings gives a desk a real feeds.yaml and a client that may visit a site. Its
// rules stay as they are: the store of these tests has no daemon.
func withSettings(t *testing.T, file, site string) func(*newsroom.Desk) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := fetch.New(fetch.Config{Allow: []string{strings.TrimPrefix(site, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return func(d *newsroom.Desk) {
		d.Settings = &newsroom.Settings{
			Load: func() (*config.File, error) {
				b, err := os.ReadFile(path)
				if err != nil {
					return nil, err
				}
				return config.Load(path, b, os.LookupEnv)
			},
			Writable: func() error { return config.Writable(path) },
			Write:    func(_ context.Context, before, after []byte) error { return config.Replace(path, before, after) },
			Try: func(ctx context.Context, address string) (*trial.Found, error) {
				return trial.Find(ctx, client, fetch.Request{URL: address}, time.Now())
			},
		}
	}
}

const deskFile = `sources:
  - {feed: https://gulf.example/rss, name: gulf, tags: [world]}
  - feeds: [https://north.example/a, https://north.example/b]
topics:
  - {name: world, from: [world]}
`

// newSite is a site with a feed in Arabic and forty feeds that are gone.
func newSite(t *testing.T) string {
	var links strings.Builder
	for i := range 40 {
		fmt.Fprintf(&links, `<link rel="alternate" type="application/rss+xml" title="Section %d" href="/s%d">`, i, i)
	}
	mux := http.NewServeMux()
	mux.Handle("/rss", origin.Bytes("application/rss+xml; charset=utf-8", []byte(`<rss version="2.0"><channel><title>صحيفة الميناء</title><language>ar</language><item><title>افتتاح الميناء</title><link>https://quay.example/1</link></item></channel></rss>`)))
	mux.Handle("/{$}", origin.Bytes("text/html; charset=utf-8", []byte(`<!DOCTYPE html><title>Quay</title><link rel="alternate" type="application/rss+xml" title="Quay" href="/rss">`+links.String())))
	return webtest.Serve(t, mux)
}

// An editor pastes an address at the desk, chooses a name and adds the feed.
func TestAddSourceLook(t *testing.T) {
	l, n := webtest.OpenBrowser(t), openWithVisits(t)
	site := newSite(t)
	at := serve(n, withSettings(t, deskFile, site))
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	n.Must(err)
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(at+"/sources"), chromedp.SendKeys("#add", site+"/\r"), chromedp.WaitVisible(".found")); err != nil {
		t.Fatal(err)
	}
	webtest.Eval[chromedp.Void](l, string(axe)+";0")
	l.CheckPage("add-source-360")
	l.WaitFor("that the page fits", `document.documentElement.scrollWidth <= innerWidth`)
	l.WaitFor("twenty feeds", `document.querySelectorAll(".found, .offers li").length === 20 && document.body.textContent.includes("more feeds than are listed")`)
	l.WaitFor("the headline in Arabic", `document.querySelector(".heads li").dir === "rtl"`)
	if err := chromedp.Do(l.Ctx, chromedp.SetValue("#name0", "gulf"), chromedp.SetValue("#tags0", "sea"), chromedp.Click(".found .choose button"), chromedp.WaitVisible("[role=alert]")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("what is wrong", `document.querySelector("[role=alert]").textContent.includes("already used") && document.querySelector("#tags0").value === "sea"`)
	webtest.Eval[chromedp.Void](l, string(axe)+";0")
	l.CheckPage("add-source-wrong")
	l.CheckAccessibility(map[string]string{"add-source": at + "/add-source?url=https://a.example/", "source": at + "/sources/gulf", "source-problem": at + "/sources/north", "source-rtl": serve(webtest.OpenArabic(t), withSettings(t, deskFile, site)) + "/sources/gulf"})
}

// A source that shares its settings gets lines of its own.
func TestSettingsOfOneOfSeveral(t *testing.T) {
	n := openWithVisits(t)
	change := withSettings(t, strings.Replace(deskFile, "{feed: https://gulf.example/rss, name: gulf,", "{feeds: [https://gulf.example/rss, https://gulf.example/more],", 1), "http://127.0.0.1:9")
	var settings *newsroom.Settings
	at := serve(n, func(d *newsroom.Desk) { change(d); settings = d.Settings })
	_, body := webtest.Request(t, "GET", at+"/sources/gulf")
	if !strings.Contains(body, "It shares its settings in feeds.yaml with 1 other.") {
		t.Errorf("the page does not say that two sources share their settings:\n%s", body)
	}
	f, err := settings.Load()
	n.Must(err)
	form := url.Values{"tags": {"world, sea"}, "paused": {"true"}, "version": {config.VersionOf(f.Bytes)}}
	if resp, body := webtest.PostForm(t, at+"/sources/gulf", form); resp.StatusCode != 303 {
		t.Errorf("the form answers %d:\n%s", resp.StatusCode, body)
	}
	f, err = settings.Load()
	n.Must(err)
	want := strings.Replace(deskFile, "{feed: https://gulf.example/rss, name: gulf, tags: [world]}\n", "{feeds: [https://gulf.example/more], tags: [world]}\n  - {feed: https://gulf.example/rss, tags: [world, sea], paused: true}\n", 1)
	if string(f.Bytes) != want {
		t.Errorf("the file is\n%swant\n%s", f.Bytes, want)
	}
}

// A source in a file that can't be changed safely shows what to write by hand. A token that
// may only read sees no forms.
func TestSettingsByHand(t *testing.T) {
	n := openWithVisits(t)
	at := serve(n, withSettings(t, "sources:\n  - # both\n    feeds: [https://gulf.example/rss, https://gulf.example/more]\n", "http://127.0.0.1:9"))
	if resp, body := webtest.PostForm(t, at+"/sources/gulf", url.Values{"tags": {"sea"}, "paused": {"true"}}); resp.StatusCode != 422 || !strings.Contains(body, "paused: true\ntags: [sea]\n</pre>") {
		t.Errorf("the form answers %d:\n%s", resp.StatusCode, body)
	}
	if resp, _ := webtest.PostForm(t, at+"/sources/gulf", url.Values{"tags": {strings.Repeat("港", 500)}}); resp.StatusCode != 422 {
		t.Errorf("as many tags as the form takes: %d, want 422", resp.StatusCode)
	}
	_, body := webtest.Request(t, "GET", at+"/sources")
	if !strings.Contains(body, `action="/add-source"`) || !strings.Contains(body, `href="/sources/gulf"`) {
		t.Errorf("the list of sources has no form, or no links")
	}
	if resp, _ := webtest.Request(t, "GET", serve(n, nil)+"/add-source"); resp.StatusCode != 404 {
		t.Errorf("a desk without feeds.yaml offers a form: %d", resp.StatusCode)
	}
}

// A query is previewed while it is typed, what is wrong with it stands there, and without
// script a button does the same.
func TestTopicPreviewWhileTyping(t *testing.T) {
	l, n := webtest.OpenBrowser(t), webtest.OpenFilled(t)
	at := serve(n, withSettings(t, deskFile, "http://127.0.0.1:9"))
	set := func(query string) {
		t.Helper()
		script := fmt.Sprintf(`const m = document.getElementById("match"); m.value = %q; m.dispatchEvent(new Event("input", {bubbles: true})); 0`, query)
		webtest.Eval[int](l, "(() => {"+strings.TrimSuffix(script, " 0")+" return 0 })()")
	}
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(at+"/topics"), chromedp.Click(`a[href="/topics/world"]`), chromedp.WaitVisible("#preview")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("the menu marks the page", `document.querySelector('nav a[href="/topics"]').getAttribute("aria-current") !== null`)
	set("copper")
	l.WaitFor("the story that matches", `[...document.querySelectorAll("#preview li")].some((e) => e.textContent.includes("Copper rises for a third day"))`)
	set("(copper")
	l.WaitFor("what is wrong", `document.querySelector("#preview .wrong")?.textContent.includes("never closed")`)
	l.WaitFor("that the page fits", `document.documentElement.scrollWidth <= innerWidth`)
	set("copper")
	l.WaitFor("the story again", `!document.querySelector("#preview .wrong") && !!document.querySelector("#preview li")`)
	_, body := webtest.Request(t, "GET", at+"/topics/world?match=%28copper")
	webtest.ContainsInOrder(t, body, "(copper</textarea>", `<button formmethod="get">Preview</button>`, `<p class="wrong">`, "never closed")
}
