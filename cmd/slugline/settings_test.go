package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

var formVersion = regexp.MustCompile(`name="version" value="([0-9a-f]+)"`)

// settingsDesk is a desk whose daemon may visit a site, and its feeds.yaml.
type settingsDesk struct {
	*testing.T
	td       *testDaemon
	at, path string
}

func (d *settingsDesk) post(path string, fields url.Values, headers ...string) (int, string, string) {
	d.Helper()
	headers = append([]string{"Content-Type: application/x-www-form-urlencoded", "Accept: text/html"}, headers...)
	resp, body := webtest.RequestWithBody(d.T, "POST", d.at+path, strings.NewReader(fields.Encode()), headers...)
	return resp.StatusCode, resp.Header.Get("Location"), body
}

func (d *settingsDesk) file() string {
	b, err := os.ReadFile(d.path)
	if err != nil {
		d.Fatal(err)
	}
	return string(b)
}

// version returns the version of feeds.yaml in the form of a page.
func (d *settingsDesk) version(body string) string {
	d.Helper()
	found := formVersion.FindStringSubmatch(body)
	if found == nil {
		d.Fatalf("the page has no form:\n%s", body)
	}
	return found[1]
}

// TestSettingsByPages adds a source at the desk, sees its headlines, and changes it. Each
// change keeps all other bytes of feeds.yaml and is in force when it is answered.
func TestSettingsByPages(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.publish()
	s := newTrySite(t, map[string]http.Handler{"/": htmlPage(`<link rel="alternate" type="application/rss+xml" title="Quay" href="/rss">`), "/rss": rssDocument("Quay & Sons"), "/other": rssDocument("Other")})
	td.rewrite(t, "allow: [", "allow: ['"+strings.TrimPrefix(s.url, "http://")+"', ")
	p := td.start(t)
	p.wait(t)
	defer p.terminate(t)
	d := &settingsDesk{T: t, td: td, at: "http://" + td.desk, path: filepath.Join(td.dir, "feeds.yaml")}

	code, _, body := d.post("/add-source", url.Values{"url": {s.url}})
	if code != 200 || !strings.Contains(body, "Quay &amp; Sons") || !strings.Contains(body, "Harbour reopens") || !strings.Contains(body, "its entries have no dates") {
		t.Fatalf("trying a page answers %d:\n%s", code, body)
	}
	before, version := d.file(), d.version(body)
	form := url.Values{"feed": {s.url + "/rss"}, "name": {"Quay!"}, "tags": {"harbour, sea"}, "version": {version}, "url": {s.url}}
	if code, _, body := d.post("/add-source", form); code != 422 || !strings.Contains(body, "is not a name") || !strings.Contains(body, `value="harbour, sea"`) {
		t.Errorf("a wrong name answers %d:\n%s", code, body)
	}
	form.Set("name", "quay")
	td.rewrite(t, "topics:", "# meanwhile\ntopics:")
	code, _, body = d.post("/add-source", form)
	if code != 409 || !strings.Contains(body, "has been changed since this form was made") || !strings.Contains(body, `value="harbour, sea"`) {
		t.Errorf("after a change of the file the form answers %d:\n%s", code, body)
	}
	form.Set("version", d.version(body))
	code, to, body := d.post("/add-source", form)
	if code != 303 || to != "/sources/quay?added=1" {
		t.Fatalf("adding answers %d %s:\n%s", code, to, body)
	}
	lines := "  - feed: " + s.url + "/rss\n    name: quay\n    tags: [harbour, sea]\n"
	if now := d.file(); strings.Replace(strings.Replace(now, lines, "", 1), "# meanwhile\n", "", 1) != before || !strings.Contains(now, lines) {
		t.Errorf("feeds.yaml is\n%s", now)
	}
	td.until(t, "the page has its name and its headline", func() bool { // which it reads one after the other
		_, body = webtest.Request(t, "GET", d.at+"/sources/quay")
		return strings.Contains(body, "<h1><bdi>Quay &amp; Sons</bdi>") && strings.Contains(body, "Harbour reopens")
	})
	webtest.ContainsInOrder(t, body, "Entries by hour of day", "Save in feeds.yaml", "Harbour reopens")

	change := url.Values{"version": {d.version(body)}, "tags": {"harbour"}, "rank": {"5"}, "paused": {"true"}}
	if code, to, body := d.post("/sources/quay", change); code != 303 || to != "/sources/quay?saved=1" {
		t.Fatalf("changing answers %d %s:\n%s", code, to, body)
	}
	if want := "    name: quay\n    tags: [harbour]\n    paused: true\n    rank: 5\n"; !strings.Contains(d.file(), want) {
		t.Errorf("feeds.yaml is\n%s", d.file())
	}
	if _, body := webtest.Request(t, "GET", d.at+"/sources/quay"); !strings.Contains(body, "feeds.yaml pauses it") || !strings.Contains(body, `name="paused" value="true" checked`) {
		t.Errorf("the source is not paused when the change is answered:\n%s", body)
	}
	d.changesTopic()
	d.refuses(s)
}

// changesTopic previews a query of a topic and saves it.
func (d *settingsDesk) changesTopic() {
	_, body := webtest.Request(d.T, "GET", d.at+"/topics/all?match=harbour")
	webtest.ContainsInOrder(d.T, body, ">harbour</textarea>", "The change would add <strong>0</strong> and remove <strong>", "Would be removed", "Would be carried", "Harbour reopens")
	if _, body := webtest.Request(d.T, "GET", d.at+"/topics/all?match=(a"); !strings.Contains(body, `class="wrong"`) {
		d.Errorf("a wrong query is not refused:\n%s", body)
	}
	form := url.Values{"version": {d.version(body)}, "match": {"harbour\r\nit's a \"sea\"\r\n"}}
	if code, to, body := d.post("/topics/all", form); code != 303 || to != "/topics/all?saved=1" {
		d.Fatalf("saving a query answers %d %s:\n%s", code, to, body)
	}
	if want := `, match: ['harbour', 'it''s a "sea"']`; !strings.Contains(d.file(), want) {
		d.Errorf("feeds.yaml lacks %s:\n%s", want, d.file())
	}
	if _, body := webtest.Request(d.T, "GET", d.at+"/topics"); !strings.Contains(body, "it&#39;s a &#34;sea&#34;") {
		d.Errorf("the query is not in force when it is answered:\n%s", body)
	}
}

// refuses tries what must not change feeds.yaml.
func (d *settingsDesk) refuses(s *trySite) {
	reader := strings.Fields(d.td.run(d.T, "token", "reader", "--read"))
	key := "Authorization: Bearer " + reader[len(reader)-1]
	before := d.file()
	_, page := webtest.Request(d.T, "GET", d.at+"/sources/quay")
	version := d.version(page)
	add := url.Values{"feed": {s.url + "/other"}, "name": {"other"}, "version": {version}}
	for _, c := range []struct {
		name, path string
		fields     url.Values
		headers    []string
		code       int
		want       string
	}{
		{"another site", "/add-source", add, []string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, 401, "needs a token"},
		{"read-only token", "/add-source", add, []string{key}, 403, "read-only"},
		{"a password", "/add-source", url.Values{"url": {"https://me:geheim@a.example/"}}, nil, 400, "by hand"},
		{"no address", "/add-source", url.Values{"url": {"http://"}}, nil, 400, "complete address"},
		{"private address", "/add-source", url.Values{"url": {"http://127.0.0.3/"}}, nil, 422, "may not be visited"},
		{"our own listener", "/add-source", url.Values{"url": {"http://" + d.td.public + "/"}}, nil, 422, "may not be visited"},
		{"known", "/add-source", url.Values{"url": {s.url + "/rss"}}, nil, 200, "This is already the source"},
		{"wrong rank", "/sources/quay", url.Values{"version": {version}, "rank": {"high"}, "tags": {"harbour"}, "paused": {"1"}}, nil, 422, "is not a whole number"},
		{"no such source", "/sources/none", url.Values{"version": {version}}, nil, 404, "There is no source"},
	} {
		code, _, body := d.post(c.path, c.fields, c.headers...)
		if code != c.code || !strings.Contains(body, c.want) || strings.Contains(body, "geheim") {
			d.Errorf("%s: %d, want %d and %q:\n%s", c.name, code, c.code, c.want, body)
		}
	}
	if err := os.Chmod(d.path, 0o444); err != nil {
		d.Fatal(err)
	}
	code, _, body := d.post("/add-source", add)
	if code != 422 || !strings.Contains(body, "feeds.yaml is read-only") || !strings.Contains(body, "- feed: "+s.url+"/other\n    name: other\n") {
		d.Errorf("a read-only file: %d:\n%s", code, body)
	}
	if d.file() != before {
		d.Errorf("feeds.yaml became\n%s", d.file())
	}
	for range 12 {
		code, _, body = d.post("/add-source", url.Values{"url": {"http://127.0.0.3/"}})
	}
	if code != 429 || !strings.Contains(body, "many addresses within a minute") {
		d.Errorf("the thirteenth address within a minute: %d:\n%s", code, body)
	}
}
