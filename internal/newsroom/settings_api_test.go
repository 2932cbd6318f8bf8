package newsroom_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// change sends a change of feeds.yaml.
func change(t *testing.T, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return webtest.RequestWithBody(t, method, address, strings.NewReader(body), append([]string{"Content-Type: application/json"}, headers...)...)
}

// A change names the version of feeds.yaml that it was made for. It is refused if the file
// has changed meanwhile, and the file has the change and nothing else.
func TestSettingsByProgram(t *testing.T) {
	n := openWithVisits(t)
	settings := withSettings(t, deskFile, "http://127.0.0.1:9")
	var file *newsroom.Settings
	at := serve(n, func(d *newsroom.Desk) { settings(d); file = d.Settings })
	resp, body := webtest.Request(t, "GET", at+"/api/sources/gulf")
	tag := resp.Header.Get("ETag")
	if resp.StatusCode != 200 || tag == "" || !strings.Contains(body, `"settings":{"line":2,"others":0,"title":"","tags":["world"],"rank":0,"paused":false}`) {
		t.Fatalf("%d, ETag %s: %s", resp.StatusCode, tag, body)
	}
	resp, body = change(t, "PATCH", at+"/api/sources/gulf", `{"tags": ["world", "sea"], "rank": 5}`, "If-Match: "+tag)
	if resp.StatusCode != 200 || resp.Header.Get("ETag") == tag || body != "{\"name\":\"gulf\"}\n" {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	want := strings.Replace(deskFile, "tags: [world]}", "tags: [world, sea], rank: 5}", 1)
	if f, err := file.Load(); err != nil || string(f.Bytes) != want {
		t.Errorf("%v, the file is\n%s", err, f.Bytes)
	}
	if resp, body := change(t, "PATCH", at+"/api/sources/gulf", `{"rank": 6}`, "If-Match: "+tag); resp.StatusCode != 412 || !strings.Contains(body, "changed since you read it") {
		t.Errorf("an old ETag: %d %s", resp.StatusCode, body)
	}
	if resp, body := change(t, "PATCH", at+"/api/topics/world", `{"match": ["ferry OR port"]}`, "If-Match: "+resp.Header.Get("ETag")); resp.StatusCode != 200 {
		t.Errorf("the new ETag: %d %s", resp.StatusCode, body)
	}
	if resp, body := change(t, "POST", at+"/api/sources", `{"address": "https://quay.example/rss", "tags": ["sea"]}`); resp.StatusCode != 200 || body != "{\"name\":\"quay\"}\n" {
		t.Errorf("a source is added: %d %s", resp.StatusCode, body)
	}
	want = strings.Replace(want, "topics:", "  - feed: https://quay.example/rss\n    name: quay\n    tags: [sea]\ntopics:", 1)
	want = strings.Replace(want, "from: [world]}", "from: [world], match: 'ferry OR port'}", 1)
	if f, err := file.Load(); err != nil || string(f.Bytes) != want {
		t.Errorf("%v, the file is\n%s", err, f.Bytes)
	}
	if resp, _ := change(t, "DELETE", at+"/api/sources/quay", "", "Sec-Fetch-Site: cross-site"); resp.StatusCode != 403 {
		t.Errorf("another web site removes a source: %d", resp.StatusCode)
	}
	if resp, body := change(t, "PUT", at+"/api/sources/quay", "{}"); resp.StatusCode != 405 || resp.Header.Get("Allow") != "DELETE, GET, PATCH, HEAD" {
		t.Errorf("PUT: %d, Allow %q: %s", resp.StatusCode, resp.Header.Get("Allow"), body)
	}
}

// A file that can't be written answers with the lines to write by hand.
func TestSettingsByProgramByHand(t *testing.T) {
	n := openWithVisits(t)
	settings := withSettings(t, deskFile, "http://127.0.0.1:9")
	at := serve(n, func(d *newsroom.Desk) {
		settings(d)
		f, err := d.Settings.Load()
		n.Must(err)
		n.Must(os.Chmod(f.Path, 0o400))
	})
	for _, c := range []struct{ method, path, body, yaml string }{
		{"PATCH", "/api/sources/gulf", `{"paused": true}`, `"yaml":"paused: true\n"`},
		{"PATCH", "/api/topics/world", `{"match": ["a", "b"]}`, `"yaml":"match: ['a', 'b']\n"`},
		{"POST", "/api/sources", `{"address": "https://quay.example/rss"}`, `"yaml":"  - feed: https://quay.example/rss\n    name: quay\n"`},
	} {
		if resp, body := change(t, c.method, at+c.path, c.body); resp.StatusCode != 422 || !strings.Contains(body, c.yaml) || !strings.Contains(body, "feeds.yaml is read-only.") {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, body)
		}
	}
}

// Why a file can't be changed is said in the language of the desk.
func TestSettingsInGerman(t *testing.T) {
	n := openWithVisits(t)
	settings := withSettings(t, deskFile, "http://127.0.0.1:9")
	at := serve(n, func(d *newsroom.Desk) {
		settings(d)
		d.Locale = locale.Of("de")
		f, err := d.Settings.Load()
		n.Must(err)
		n.Must(os.Chmod(f.Path, 0o400))
	})
	resp, body := webtest.PostForm(t, at+"/sources/gulf", url.Values{"tags": {"world"}, "paused": {"true"}})
	if want := "role=\"alert\">\u2068feeds.yaml\u2069 ist schreibgeschützt.</div>"; resp.StatusCode != 422 || !strings.Contains(body, want) {
		t.Errorf("%d, want %s:\n%s", resp.StatusCode, want, body)
	}
}

// A source has its last visits, those without news in one row.
func TestPastVisits(t *testing.T) {
	n := openWithVisits(t)
	now := news.Instant(time.Now()).Truncate(time.Second)
	var h news.VisitHistory
	for _, v := range []news.PastVisit{
		{Last: now.Add(-4 * time.Hour), Outcome: "new", Status: 200, Filed: 7, Took: 1200 * time.Millisecond},
		{Last: now.Add(-3 * time.Hour), Outcome: "not-modified", Status: 304},
		{Last: now.Add(-2 * time.Hour), Outcome: "not-modified", Status: 304},
		{Last: now.Add(-time.Hour), Outcome: "problem", Status: 500, Problem: "it answered <500>"},
	} {
		h = h.Add(v)
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Visits.Put(news.VisitState{Source: "gulf", Visits: 4, LastAttempt: now, Outcome: "problem", Problem: "it answered <500>", Failures: 1, History: h})
	}))
	at := serve(n, nil)
	_, body := webtest.Request(t, "GET", at+"/sources/gulf")
	webtest.ContainsInOrder(t, body, `<details class="past" open>`, "Last visits", "it answered &lt;500&gt;", "(HTTP 500)", " to ", `data-of="Visits">2<`, "nothing new", "(HTTP 304)", "7 new or changed entries", ">1.2s<")
	got := read[newsroom.SourceDetails](t, at+"/api/sources/gulf")
	if len(got.Recent) != 3 || got.Recent[1].Visits != 2 || !got.Recent[1].First.Equal(now.Add(-3*time.Hour)) || got.Settings != nil {
		t.Errorf("the API has %+v", got)
	}
}
