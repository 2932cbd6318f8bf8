package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/origin"
)

// TestRocksPublisher is the test of websub.rocks for publishers, in each format: a topic
// feed names its hub and itself in header and body, and subscribers are sent what is new.
// The new item is pushed by a source's hub.
func TestRocksPublisher(t *testing.T) {
	t.Run("100 discovery and delivery", testPublisher)
}

func testPublisher(t *testing.T) {
	td := newTestDaemon(t, 1)
	asked := make(chan url.Values, 10)
	theirs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked <- r.PostForm
		w.WriteHeader(http.StatusAccepted)
	}))
	defer theirs.Close()
	arrived := make(chan string, 100)
	reader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
		}
		body, _ := io.ReadAll(r.Body)
		arrived <- r.URL.Path + " " + string(body)
	}))
	defer reader.Close()
	doc := origin.Doc{Format: origin.Atom, Title: "Wire", Hub: theirs.URL, Self: "http://" + td.source + "/0.xml"}
	td.feeds[0].Set(doc)
	td.configure(t, fmt.Sprintf("websub: {allow: [%q, %q]}\n", address(theirs), address(reader)))
	td.start(t).wait(t)

	form := <-asked
	confirm(t, form)
	for _, format := range []string{"rss", "atom", "json"} {
		self, hub := discovered(t, "http://"+td.public+"/topics/all."+format)
		res, err := http.PostForm(hub, url.Values{"hub.mode": {"subscribe"}, "hub.topic": {self}, "hub.callback": {reader.URL + "/" + format}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Fatalf("subscribing to %s at %s: %s", self, hub, res.Status)
		}
		<-arrived // the verification of the subscription
	}

	td.until(t, "the hub to be relied on", func() bool { return strings.Contains(td.run(t, "sources"), "its hub sends what is new") })
	doc.Items = []origin.Item{{ID: "1", Title: "Harbour opens again after the storm", Link: "https://wire.example/1", Published: time.Now()}}
	body := doc.Bytes()
	push(t, form, doc.ContentType(), body)
	sent := map[string]bool{}
	for len(sent) < 3 {
		if path, body, _ := strings.Cut(<-arrived, " "); strings.Contains(body, "Harbour opens again") {
			sent[path] = true
		}
	}
}

// discovered returns a feed's topic and hub from its header, and expects the same in its
// body.
func discovered(t *testing.T, at string) (self, hub string) {
	t.Helper()
	res, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	self, hub = linked(res, "self"), linked(res, "hub")
	doc, err := feed.Read(body, feed.Hints{URL: at, ContentType: res.Header.Get("Content-Type")})
	if err != nil {
		t.Fatal(err)
	}
	if self != at || hub == "" || doc.Hub != hub || !strings.HasSuffix(at, ".json") && doc.Self != self || !strings.Contains(string(body), `"`+self+`"`) {
		t.Errorf("%s: hub %q of %q in the header, %q of %q in the body", at, hub, self, doc.Hub, doc.Self)
	}
	return self, hub
}

func address(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// confirm verifies a subscription request, as a hub does.
func confirm(t *testing.T, form url.Values) {
	t.Helper()
	if !confirms(t, form) {
		t.Fatal("the callback wants to be called again")
	}
}

// confirms verifies a request as its hub does, and reports whether it was not told to come again.
func confirms(t *testing.T, form url.Values) bool {
	t.Helper()
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {form.Get("hub.topic")}, "hub.challenge": {"really"}, "hub.lease_seconds": {"86400"}}
	res, err := http.Get(form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	said, _ := io.ReadAll(res.Body)
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
		return false
	}
	if string(said) != "really" {
		t.Fatalf("the callback answered %s %q", res.Status, said)
	}
	return true
}

func push(t *testing.T, form url.Values, kind string, body []byte) {
	t.Helper()
	if status, _ := sendPush(t, form, kind, body); status/100 != 2 {
		t.Fatalf("pushing: %d", status)
	}
}

// sendPush sends content as a hub does, and returns how it is answered.
func sendPush(t *testing.T, form url.Values, kind string, body []byte) (status int, retryAfter string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, form.Get("hub.callback"), strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(form.Get("hub.secret")))
	mac.Write(body)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Retry-After")
}

// linked returns the target of a relation in an answer's Link header.
func linked(res *http.Response, rel string) string {
	for _, l := range strings.Split(res.Header.Get("Link"), ", ") {
		if target, ok := strings.CutSuffix(l, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(target, "<")
		}
	}
	return ""
}
