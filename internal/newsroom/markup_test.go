package newsroom_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// Pages of the desk are valid HTML (Nu HTML Checker), with something in every state and with
// mistakes in forms. Their style sheets are not checked: the checker does not know container
// queries.
func TestDeskMarkup(t *testing.T) {
	dir := webtest.MarkupFolder(t)
	n, paths := openWithEverything(t)
	site := newSite(t)
	settings := withSettings(t, deskFile, site)
	save := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"en", "ar", "de"} {
		at := serve(n, func(d *newsroom.Desk) { settings(d); d.Locale = locale.Of(lang) })
		closed := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth, d.Locale = true, locale.Of(lang) })
		for i, path := range append(paths, closed+"/login") {
			if path[0] == '/' {
				path = at + path
			}
			_, body := webtest.Request(t, "GET", path, "Accept: text/html")
			save(fmt.Sprintf("%s-%d.html", lang, i), body)
		}
		for name, state := range clusterStates() {
			_, body := webtest.Request(t, "GET", serve(n, func(d *newsroom.Desk) { d.Cluster, d.Locale = state, locale.Of(lang) })+"/cluster", "Accept: text/html")
			save(fmt.Sprintf("%s-cluster-%s.html", lang, name), body)
		}
		for i, address := range []string{site + "/", site + "/rss", "no address"} {
			_, body := webtest.PostForm(t, at+"/add-source", url.Values{"url": {address}})
			save(fmt.Sprintf("%s-add-%d.html", lang, i), body)
		}
	}
	webtest.CheckMarkup(t, dir)
}
