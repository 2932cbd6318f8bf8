package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/view"
)

// runInProcess runs slugline with the test's feeds.yaml and returns what it prints.
func (td *testDaemon) runInProcess(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"--config", filepath.Join(td.dir, "feeds.yaml")}, args...)
	reportError(&errs, run(t.Context(), args, strings.NewReader(""), &out, &errs))
	return out.String(), errs.String()
}

func webPage(feed string) http.Handler {
	return origin.Bytes("text/html", []byte(`<!doctype html><html><head><link rel="alternate" type="application/rss+xml" title="News" href="`+feed+`"></head><body>Hello</body></html>`))
}

// TestTryReportsPoliteness tries addresses whose servers differ in what they allow and offer.
func TestTryReportsPoliteness(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	at := "http://" + td.source
	full := origin.Doc{Title: "Full", Site: at + "/", Hub: "https://hub.example/", Self: at + "/full", TTL: 45, PrevArchive: at + "/older",
		Modified: time.Now(), Items: []origin.Item{{ID: "1", Title: "Ferry runs again"}}}
	full.Header = http.Header{"Cache-Control": {"public, max-age=7200"}}
	td.origin.Feed("/full").Set(full)
	td.origin.Feed("/bare").Set(origin.Doc{Title: "Bare", NoValidators: true})
	td.origin.Feed("/old").AnswerAlways(origin.Redirect(301, "/full"))
	td.origin.Feed("/page").AnswerAlways(webPage("/full"))
	td.origin.Feed("/closed").AnswerAlways(origin.Status(403))
	td.origin.Feed("/busy").AnswerAlways(origin.Status(429, "Retry-After", "7200"))
	for _, c := range []struct {
		path string
		want []string
	}{
		{"/full", []string{"ETag, Last-Modified", "at least 2h between visits (Cache-Control or Expires 2h, ttl 45m)", "a hub that announces changes: https://hub.example/", "Older items are at " + at + "/older", "RSS 2.0: Full, 1 item"}},
		{"/bare", []string{"no validators", "does not say how often", "no hub", "no page with older items"}},
		{"/old", []string{"It has moved permanently to " + at + "/full"}},
		{"/page", []string{"this is a web page; it names these feeds", at + "/full  News"}},
		{"/closed", []string{"403", "ask its owner"}},
		{"/busy", []string{"429", "not to be visited before 20"}},
	} {
		out, errs := td.runInProcess(t, "try", at+c.path)
		for _, want := range c.want {
			if !strings.Contains(out+errs, want) {
				t.Errorf("try %s says %q, want %q", c.path, out+errs, want)
			}
		}
	}
	var got struct {
		Visit politeness
		Feeds []trial.Offer
	}
	out, _ := td.runInProcess(t, "--json", "try", at+"/full")
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Visit.Wait != 7200 || got.Visit.TTL != 2700 || got.Visit.ETag == "" || got.Visit.Archive != at+"/older" || got.Visit.Hub == "" {
		t.Errorf("try --json: %v, %s", err, out)
	}
	out, _ = td.runInProcess(t, "--json", "try", at+"/page")
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Feeds) != 1 || got.Feeds[0].URL != at+"/full" {
		t.Errorf("try --json of a page: %v, %s", err, out)
	}
}

// TestSourcesExplainNextVisit visits sources that each have another reason for the time of the
// next visit.
func TestSourcesExplainNextVisit(t *testing.T) {
	td := newTestDaemon(t, 0)
	at := "http://" + td.source
	more := ""
	for _, s := range []struct {
		name, more string
		answer     http.Handler
	}{
		{"fixed", ", every: 10m", nil},
		{"paced", "", nil},
		{"aged", "", origin.Bytes("text/xml", feedBytes("aged"), "Cache-Control", "max-age=7200")},
		{"asking", "", origin.Bytes("text/xml", []byte(`<rss version="2.0"><channel><title>x</title><ttl>90</ttl><item><title>y</title></item></channel></rss>`))},
		{"closed", "", origin.Status(403)},
		{"broken", "", origin.Status(500)},
		{"resting", ", paused: true", nil},
		{"page", "", webPage("/fixed")},
		{"gone", "", origin.Status(410)},
	} {
		f := td.origin.Feed("/" + s.name)
		f.Set(origin.Doc{Title: s.name, Items: []origin.Item{{ID: s.name, Title: nonsense(len(more))}}})
		f.AnswerAlways(s.answer)
		more += fmt.Sprintf("  - {feed: '%s/%s', name: %s%s}\n", at, s.name, s.name, s.more)
	}
	td.configure(t, more)
	td.runInProcess(t, "poll")
	for _, c := range []struct{ name, next, trouble string }{
		{"fixed", "every 10m, as feeds.yaml says", ""},
		{"paced", "as the budget allows: about 1 item a day", ""},
		{"aged", "the server (Cache-Control, Expires) asks for 2h between visits", ""},
		{"asking", "the feed (ttl, updatePeriod) asks for 1h30m between visits", ""},
		{"closed", "tried again after a failed visit", "blocked: 127.0.0.1 answered 403 Forbidden: it does not let us in; ask its owner"},
		{"broken", "tried again after a failed visit", "something is broken there"},
		{"resting", "never: feeds.yaml pauses it", ""},
		{"page", "", "is a web page: write its feed, " + at + "/fixed, in feeds.yaml"},
		{"gone", "visited once more before it counts as gone", "taken down for good"},
	} {
		out, _ := td.runInProcess(t, "sources")
		line := ""
		for l := range strings.Lines(out) {
			if strings.HasPrefix(l, c.name+" ") {
				line = l
			}
		}
		if !strings.Contains(line, c.next) || !strings.Contains(line, c.trouble) {
			t.Errorf("sources: %q, want %q and %q", line, c.next, c.trouble)
		}
	}
	out, _ := td.runInProcess(t, "--json", "sources")
	var list []view.Source
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if !s.Paused && (s.Due.IsZero() || s.Why == "") || s.Name == "closed" && s.Outcome != poll.Blocked || s.Name == "page" && s.Found != at+"/fixed" {
			t.Errorf("sources --json: %+v", s)
		}
	}
	if out, _ := td.runInProcess(t, "check"); !strings.Contains(out, "source page is a web page, and its feed is visited: replace "+at+"/page with "+at+"/fixed") {
		t.Errorf("check says %q", out)
	}
}

func feedBytes(name string) []byte {
	d := origin.Doc{Title: name, Items: []origin.Item{{ID: name, Title: nonsense(1000)}}}
	return d.Bytes()
}

// TestCredentialsAreNotLeaked gives sources credentials that only their own hosts may see, and
// looks for them everywhere else.
func TestCredentialsAreNotLeaked(t *testing.T) {
	t.Setenv("WIRE_TOKEN", "t0ken-for-the-wire")
	t.Setenv("WIRE_PASSWORD", "pa55word-for-the-wire")
	t.Setenv("WIRE_AGENT", "agent-for-the-wire/1")
	t.Setenv("WIRE_PATH", "path-for-the-wire")
	t.Setenv("TOPIC_KEY", "key-for-the-topic")
	secrets := []string{"t0ken-for-the-wire", "pa55word-for-the-wire", "agent-for-the-wire", "path-for-the-wire", "cGE1NXdvcmQ", "ZGVzazpwYTU1d29y"}
	td := newTestDaemon(t, 0)
	other := origin.New(time.Now)
	abroad := httptest.NewServer(other)
	t.Cleanup(abroad.Close)
	for _, path := range []string{"/headers", "/basic", "/agent", "/path-for-the-wire"} {
		td.origin.Feed(path).AnswerAlways(origin.Redirect(302, abroad.URL+"/away"))
	}
	td.origin.Feed("/page").AnswerAlways(webPage(abroad.URL + "/away"))
	other.Feed("/away").Set(origin.Doc{Title: "Away", Items: []origin.Item{{ID: "1", Title: "Ferry runs again"}}})
	config := func(key string) {
		text := fmt.Sprintf("listen: %s\ndesk: %s\nfetch: {allow: [127.0.0.0/8]}\ntopics: [{name: all%s}]\nsources:\n", td.public, td.desk, key)
		for _, s := range []string{
			`{feed: "http://SOURCE/headers", name: headers, headers: {Authorization: "Bearer ${WIRE_TOKEN}"}}`,
			`{feed: "http://desk:${WIRE_PASSWORD}@SOURCE/basic", name: basic}`,
			`{feed: "http://SOURCE/agent", name: agent, user_agent: "${WIRE_AGENT}"}`,
			`{feed: "http://SOURCE/${WIRE_PATH}", name: path}`,
			`{feed: "http://SOURCE/page", name: page, headers: {X-Key: "${WIRE_TOKEN}"}, user_agent: "${WIRE_AGENT}"}`,
		} {
			text += "  - " + strings.ReplaceAll(s, "SOURCE", td.source) + "\n"
		}
		if err := os.WriteFile(filepath.Join(td.dir, "feeds.yaml"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	config("")
	if _, errs := td.runInProcess(t, "poll"); !strings.Contains(errs, "key") {
		t.Errorf("a public topic of a source with headers: %q, want it refused", errs)
	}
	config(`, key: "${TOPIC_KEY}"`)
	printed := ""
	for _, args := range [][]string{{"poll"}, {"poll", "--all", "--log-level", "debug"}, {"sources"}, {"--json", "sources"}, {"check"}, {"--json", "check"}, {"--json", "stories"}, {"--json", "topics"}, {"opml"},
		{"try", "http://" + td.source + "/headers"}, {"--json", "try", "http://" + td.source + "/${WIRE_PATH}"}} {
		out, errs := td.runInProcess(t, args...)
		printed += out + errs
	}
	d := td.start(t)
	d.wait(t)
	for path, want := range map[string]int{"/topics/all.atom": 403, "/topics/all.atom?key=key-for-the-topic": 200} {
		if got, body := status(t, "http://"+td.public+path); got != want {
			t.Errorf("%s answers %d, want %d: %s", path, got, want, body)
		} else {
			printed += body
		}
	}
	d.kill(t)
	for _, v := range other.Requests() {
		printed += fmt.Sprint(v.Path, v.Header)
	}
	if len(other.Requests()) < 5 {
		t.Errorf("the other host saw %d requests, want one for each source", len(other.Requests()))
	}
	stored, err := os.ReadFile(filepath.Join(td.dir, "slugline.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(printed, secret) {
			t.Errorf("%s was leaked: %s", secret, printed)
		}
		if bytes.Contains(stored, []byte(secret)) {
			t.Errorf("%s is in the database", secret)
		}
	}
	seen := ""
	for _, v := range td.origin.Requests() {
		seen += fmt.Sprint(v.Path, v.Header)
	}
	for _, secret := range []string{"t0ken", "agent-for", "path-for", "ZGVzazpwYTU1d29y"} {
		if !strings.Contains(seen, secret) {
			t.Errorf("%s was not sent to its host: %s", secret, seen)
		}
	}
}

func status(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestNoControlCharactersInOutput puts escape sequences wherever a document can have them.
func TestNoControlCharactersInOutput(t *testing.T) {
	td := newTestDaemon(t, 0)
	at := "http://" + td.source
	evil := "\\u001b[2J\\u009b5m\\u0007"
	doc := fmt.Sprintf(`{"version":"https://jsonfeed.org/version/1.1","title":"A%[1]s","home_page_url":"http://x.example/%[1]s","items":[{"id":"1%[1]s","url":"http://x.example/%[1]s"},{"id":"2%[1]s","title":"B%[1]s"}]}`, evil)
	td.origin.Feed("/json").AnswerAlways(origin.Bytes("application/feed+json", []byte(doc), "Cache-Control", "max-age=1\u009b"))
	td.origin.Feed("/page").AnswerAlways(origin.Bytes("text/html", []byte("<!doctype html><link rel=alternate type=application/rss+xml href='/json' title='\x1b[2J'>")))
	td.configure(t, "  - {feed: '"+at+"/json', name: json}\n")
	for _, args := range [][]string{{"try", at + "/json"}, {"try", at + "/page"}, {"poll"}, {"sources"}, {"stories"}} {
		out, errs := td.runInProcess(t, args...)
		if i := strings.IndexFunc(out+errs, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }); i >= 0 {
			t.Errorf("%v prints %q", args, (out + errs)[i:])
		}
	}
}
