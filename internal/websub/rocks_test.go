package websub_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

// The tests of websub.rocks, by their numbers there. Each checks all that the original
// checks: intent, content, headers and signature. The test for publishers is
// TestRocksPublisher, of the daemon.

func TestRocksHub(t *testing.T) {
	const atom, rss, json = "application/atom+xml", "application/rss+xml", "application/feed+json"
	for name, test := range map[string]func(*rocker){
		"100 subscribe":           func(r *rocker) { r.subscribed("world.atom", ""); r.delivers(atom, "") },
		"101 secret":              func(r *rocker) { r.subscribed("world.atom", "it's a secret"); r.delivers(atom, "it's a secret") },
		"102 extra parameters":    extraParameters,
		"103 subscribe again":     subscribeAgain,
		"104 unsubscribe":         unsubscribe,
		"105 another type of XML": func(r *rocker) { r.subscribed("world.rss", ""); r.delivers(rss, "") },
		"106 JSON":                func(r *rocker) { r.subscribed("world.json", "s"); r.delivers(json, "s") },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := &rocker{env: open(t)}
				r.reader = r.env.reader("reader.example")
				synctest.Wait()
				test(r)
			})
		})
	}
}

// rocker subscribes one reader to a feed of the topic.
type rocker struct {
	*env
	reader *reader
	file   string
}

const callback = "https://reader.example/cb?user=7"

// subscribed asks the hub, and checks its intent verification.
func (r *rocker) subscribed(file, secret string, more ...string) {
	r.Helper()
	r.file = file
	q := wish("subscribe", site+"/topics/"+file, callback, more...)
	if secret != "" {
		q.Set("hub.secret", secret)
	}
	if res := r.ask(q); res.StatusCode != http.StatusAccepted {
		r.Fatalf("subscribe: %s, want 202", res.Status)
	}
	synctest.Wait()
	lease := "432000"
	if q.Has("hub.lease_seconds") {
		lease = q.Get("hub.lease_seconds")
	}
	r.intent(url.Values{"user": {"7"}, "hub.mode": {"subscribe"}, "hub.topic": {q.Get("hub.topic")}, "hub.lease_seconds": {lease}})
	if got := r.reader.pushes(); len(got) != 0 {
		r.Errorf("%d pushes before anything changed", len(got))
	}
}

// intent checks that the reader was asked once, with these parameters and a challenge.
func (r *rocker) intent(want url.Values) {
	r.Helper()
	asked := r.reader.intents()
	if len(asked) != 1 || len(asked[0].Get("hub.challenge")) < 16 {
		r.Fatalf("asked %v, want once, with a challenge that can't be guessed", asked)
	}
	asked[0].Del("hub.challenge")
	if diff := cmp.Diff(want, asked[0]); diff != "" {
		r.Errorf("intent (-want +got):\n%s", diff)
	}
}

// delivers changes the topic, and checks what the reader is sent.
func (r *rocker) delivers(kind, secret string) {
	r.Helper()
	headline := fmt.Sprintf("Port reopens for the %dth time", r.n+1)
	r.publish(headline)
	synctest.Wait()
	got := r.reader.pushes()
	if len(got) != 1 {
		r.Fatalf("%d pushes, want 1", len(got))
	}
	name, format, _ := strings.Cut(r.file, ".")
	e, err := r.press.Topic(name, edition.Format(format))
	if err != nil {
		r.Fatal(err)
	}
	if diff := cmp.Diff(string(e.Body), got[0].body); diff != "" || !strings.Contains(got[0].body, headline) {
		r.Errorf("body (-want +got):\n%s", diff)
	}
	want := map[string][]string{
		"Content-Type":    {kind + "; charset=utf-8"},
		"Link":            {`<https://press.example/websub>; rel="hub"`, `<https://press.example/topics/` + r.file + `>; rel="self"`},
		"Etag":            {e.ETag},
		"X-Hub-Signature": nil,
	}
	if secret != "" {
		want["X-Hub-Signature"] = []string{hmacOf(secret, got[0].body)}
	}
	for name, values := range want {
		if diff := cmp.Diff(values, got[0].header.Values(name)); diff != "" {
			r.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Parameters that the hub does not know are not passed to the callback.
func extraParameters(r *rocker) {
	r.subscribed("world.atom", "", "foo", "bar", "hub.foo", "x")
	r.delivers("application/atom+xml", "")
}

// A renewed subscription is verified again, and each edition is sent once, signed with
// the secret in force.
func subscribeAgain(r *rocker) {
	r.subscribed("world.atom", "old")
	r.delivers("application/atom+xml", "old")
	r.subscribed("world.atom", "new", "hub.lease_seconds", "7200")
	r.delivers("application/atom+xml", "new")
	stored := r.subscriptions()
	if len(stored) != 1 || !stored[0].Until.Equal(news.Instant(time.Now().Add(2*time.Hour))) {
		r.Errorf("stored %+v, want one subscription for two hours", stored)
	}
}

// Unsubscribing is verified, and then nothing is sent.
func unsubscribe(r *rocker) {
	r.subscribed("world.atom", "")
	r.delivers("application/atom+xml", "")
	if res := r.ask(wish("unsubscribe", topic, callback)); res.StatusCode != http.StatusAccepted {
		r.Errorf("unsubscribe: %s, want 202", res.Status)
	}
	synctest.Wait()
	r.intent(url.Values{"user": {"7"}, "hub.mode": {"unsubscribe"}, "hub.topic": {topic}})
	r.publish("One more")
	synctest.Wait()
	if got := r.reader.pushes(); len(got) != 0 || len(r.subscriptions()) != 0 {
		r.Errorf("%d pushes and %d subscriptions after unsubscribing, want none", len(got), len(r.subscriptions()))
	}
}

func TestRocksSubscriber(t *testing.T) {
	for name, d := range discoveries {
		t.Run(name, func(t *testing.T) { d.test(t) })
	}
	for name, test := range map[string]func(*testing.T){
		"200 topic is rel=self":     func(t *testing.T) { askedForSelf(openInbox(t)) },
		"203 hub moved temporarily": func(t *testing.T) { hubMoved(t, http.StatusTemporaryRedirect, 1) },
		"204 hub moved permanently": func(t *testing.T) { hubMoved(t, http.StatusPermanentRedirect, 1) },
		"205 intent of another topic": func(t *testing.T) {
			openInbox(t).refuses(question("subscribe", "hub.topic", "https://bbc.example/other"))
		},
		"300 2xx to a delivery": func(t *testing.T) {
			openInbox(t).accepts("<rss>1</rss>", func(secret string) string { return hmacOf(secret, "<rss>1</rss>") }, true)
		},
		"301 signature that is wrong": func(t *testing.T) {
			openInbox(t).accepts("<rss>1</rss>", func(secret string) string { return hmacOf(secret, "<rss>2</rss>") }, false)
		},
		"302 signature that is absent": func(t *testing.T) { openInbox(t).accepts("<rss>1</rss>", func(string) string { return "" }, false) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, test)
		})
	}
}

// discovery is a way in which a source names its hub, and what the hub is asked then.
type discovery struct {
	script func(h *testDaemon) // of /feed
	hub    string              // below /hub/
	topic  string
}

var discoveries = map[string]discovery{
	"100 HTTP header": {func(h *testDaemon) { h.origin.Feed("/feed").Set(h.doc(origin.RSS, inHeader)) }, "header", "/self-in-header"},
	"101 HTML": {func(h *testDaemon) {
		h.origin.Feed("/feed").AnswerAlways(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `<!DOCTYPE html><title>BBC</title><link rel="hub" href="/hub/page"><link rel="alternate self" type="application/rss+xml" href="/rss">`)
		}))
		h.origin.Feed("/rss").Set(h.doc(origin.RSS, nowhere))
	}, "page", "/rss"},
	"102 Atom":                   {func(h *testDaemon) { h.origin.Feed("/feed").Set(h.doc(origin.Atom, inBody)) }, "body", "/self-in-body"},
	"103 RSS":                    {func(h *testDaemon) { h.origin.Feed("/feed").Set(h.doc(origin.RSS, inBody)) }, "body", "/self-in-body"},
	"104 header before the body": {func(h *testDaemon) { h.origin.Feed("/feed").Set(h.doc(origin.Atom, inHeader|inBody)) }, "header", "/self-in-header"},
	"201 topic moved temporarily": {func(h *testDaemon) {
		h.origin.Feed("/feed").AnswerAlways(origin.Redirect(http.StatusFound, "/there"))
		h.origin.Feed("/there").Set(h.doc(origin.Atom, inBody))
	}, "body", "/self-in-body"},
	"202 topic moved permanently": {func(h *testDaemon) {
		h.origin.Feed("/feed").AnswerAlways(origin.Redirect(http.StatusMovedPermanently, "/there"))
		h.origin.Feed("/there").Set(h.doc(origin.RSS, inHeader))
	}, "header", "/self-in-header"},
}

const (
	nowhere  = 0
	inHeader = 1
	inBody   = 2
)

// doc makes a document that names a hub in these places.
func (h *testDaemon) doc(f origin.Format, places int) origin.Doc {
	d := origin.Doc{Format: f, Title: "BBC", Items: []origin.Item{{ID: "1", Title: "Port reopens", Link: "https://bbc.example/1"}}, Header: http.Header{}}
	if places&inBody != 0 {
		d.Hub, d.Self = h.theirs+"/hub/body", h.theirs+"/self-in-body"
	}
	if places&inHeader != 0 {
		d.Header.Add("Link", fmt.Sprintf(`<%[1]s/hub/header>; rel="hub", <%[1]s/self-in-header>; rel="self"`, h.theirs))
	}
	return d
}

func (d *discovery) test(t *testing.T) {
	h := newTestDaemon(t, "/feed", d.script)
	form := <-h.asked
	if got, want := form.Get("hub.topic"), h.theirs+d.topic; got != want || form.Get("asked at") != "/hub/"+d.hub || form.Get("hub.mode") != "subscribe" {
		t.Errorf("asked %s to %s to %s, want /hub/%s to subscribe to %s", form.Get("asked at"), form.Get("hub.mode"), got, d.hub, want)
	}
}

// The topic is the feed's rel=self, not the address where it was read.
func askedForSelf(in *inbox) {
	form := in.request()
	callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
	if !strings.HasPrefix(callback, site+"/websub/in/") || len(callback) < len(site+"/websub/in/")+32 || len(secret) < 32 {
		in.Errorf("callback %q, secret %q: want a callback that can't be guessed and a secret", callback, secret)
	}
	want := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {self}, "hub.lease_seconds": {"864000"}, "hub.callback": {callback}, "hub.secret": {secret}}
	if diff := cmp.Diff(want, form); diff != "" {
		in.Errorf("form (-want +got):\n%s", diff)
	}
}

// hubMoved checks whether a redirect of a hub is followed, with the whole form.
func hubMoved(t *testing.T, status, times int) {
	moved := &theirHub{}
	in := openInbox(t, func(in *inbox) {
		in.web.Store("new.example", moved)
		in.web.Store("hub.example", http.RedirectHandler("https://new.example/", status))
	})
	time.Sleep(6 * time.Second)
	asked := moved.asked()
	if len(asked) != times || times == 1 && asked[0].Get("hub.topic") != self {
		in.Errorf("%d: the new hub was asked %v, want %d times with the whole form", status, asked, times)
	}
}

// refuses checks that an intent verification that does not match our request is refused.
func (in *inbox) refuses(q url.Values) {
	in.Helper()
	if res := in.confirm(in.request().Get("hub.callback"), q); res.StatusCode != http.StatusNotFound || in.sub.Relied("bbc") {
		in.Errorf("%v: %s, relied on %v; want 404 and false", q, res.Status, in.sub.Relied("bbc"))
	}
}

// accepts checks that content is answered with 2xx, and whether it is filed.
func (in *inbox) accepts(body string, sign func(secret string) string, filed bool) {
	in.Helper()
	form := in.subscribed()
	if status := in.send(form.Get("hub.callback"), body, sign(form.Get("hub.secret"))); status/100 != 2 {
		in.Errorf("answered %d, want 2xx", status)
	}
	if got := in.delivered(); (len(got) == 1) != filed {
		in.Errorf("filed %q, want one: %t", got, filed)
	}
}
