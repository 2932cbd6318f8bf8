package main

import (
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A site without a daemon: cron runs poll and export, and any web server serves the files,
// even below a path. No link leads outside the site or to a missing page, only changed
// files are written again, and no feed names a hub.
func TestCronAndAnyWebServer(t *testing.T) {
	td := newTestDaemon(t, 3)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	host := &http.Server{Handler: http.StripPrefix("/news", http.FileServer(http.Dir(dir)))}
	go func() { _ = host.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = host.Close() })
	site := "http://" + l.Addr().String() + "/news"
	td.configure(t, "site: {url: '"+site+"', title: Cron Press}\n")
	td.rewrite(t, "[{name: all, stories: 5000}]", "[{name: all, stories: 6}, {name: first, from: [s0]}, {name: none, match: zzz}]")
	for range 20 {
		td.publish()
	}
	run := func() map[string]string {
		td.run(t, "poll", "--all")
		td.run(t, "export", dir)
		return contents(t, dir)
	}
	before := run()
	walkSite(t, site)
	for name, text := range before {
		if strings.Contains(text, "/websub") {
			t.Errorf("%s names a hub, but no daemon runs", name)
		}
	}
	date(t, dir)
	if got := changed(t, dir); len(got) != 0 {
		t.Errorf("written again without a change: %v", got)
	}
	run()
	if got := changed(t, dir); len(got) != 0 {
		t.Errorf("written again without a change: %v", got)
	}
	td.publish()
	run()
	got := changed(t, dir)
	for _, name := range []string{"index.html", "topics/all.rss", "topics/all.atom", "topics/all.json", "topics/all/index.html"} {
		if !slices.Contains(got, name) {
			t.Errorf("%s was not written again after a new story", name)
		}
	}
	for _, name := range []string{"topics/none.atom", "style.css", "topics.opml", "topics/all/archive/1.atom", "topics/none/index.html"} {
		if slices.Contains(got, name) {
			t.Errorf("%s was written again", name)
		}
	}
	walkSite(t, site)
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// date sets the time of all files to longAgo.
func date(t *testing.T, dir string) {
	t.Helper()
	for name := range contents(t, dir) {
		if err := os.Chtimes(filepath.Join(dir, name), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
}

// changed returns the files that were written since date was called.
func changed(t *testing.T, dir string) (names []string) {
	t.Helper()
	for name := range contents(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(longAgo) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

var linkOf = regexp.MustCompile(`(?:href|src|Url)="([^"]*)"|(http://[^"<>\s\\]*)`)

// walkSite follows every address of the site on its pages and in its feeds.
func walkSite(t *testing.T, site string) {
	t.Helper()
	seen, todo := map[string]bool{}, []string{site + "/", site + "/sitemap.xml", site + "/robots.txt"}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		res, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v", at, res.Status, err)
		}
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
			continue
		}
		for _, m := range linkOf.FindAllStringSubmatch(html.UnescapeString(strings.ReplaceAll(string(body), `\"`, `"`)), -1) {
			to, err := res.Request.URL.Parse(m[1] + m[2])
			if err != nil || to.Host != res.Request.URL.Host || to.Path == "" {
				continue
			}
			to.Fragment = ""
			if !strings.HasPrefix(to.String(), site) {
				t.Errorf("%s leads out of the site, to %s", at, to)
				continue
			}
			todo = append(todo, to.String())
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d addresses were found", len(seen))
	}
}
