package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// TestEachListIsForItself expects that fetch.allow opens private addresses to visits alone,
// websub.allow to callbacks and hubs alone, and that a target in feeds.yaml needs neither.
func TestEachListIsForItself(t *testing.T) {
	calls := make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls <- r.Method + " " + r.URL.Path
		http.NotFound(w, r)
	}))
	defer s.Close()
	td := newTestDaemon(t, 1)
	doc := origin.Doc{Format: origin.Atom, Title: "Wire", Hub: s.URL + "/hub", Self: "http://" + td.source + "/0.xml"}
	td.feeds[0].Set(doc)
	td.configure(t, fmt.Sprintf("site: {url: 'https://press.example'}\nalerts: [{name: all, to: {webhook: '%s/hook'}}]\n", s.URL))
	td.rewrite(t, fmt.Sprintf("allow: [%q]", td.source), "allow: [127.0.0.0/8]")
	d := td.start(t)
	d.wait(t)
	subscribe := func(want int) (answer string) {
		res, err := http.PostForm("http://"+td.public+"/websub", url.Values{
			"hub.mode": {"subscribe"}, "hub.topic": {"https://press.example/topics/all.atom"}, "hub.callback": {s.URL + "/callback"},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != want {
			t.Fatalf("subscribing: %s %v, want %d", res.Status, err, want)
		}
		return string(body)
	}
	if said := subscribe(http.StatusForbidden); !strings.Contains(said, "websub.allow") {
		t.Errorf("the hub says %q, which does not name websub.allow", said)
	}
	td.until(t, "the hub is refused", func() bool { return strings.Contains(d.log(), "a hub did not accept our request") })
	if log := d.log(); !strings.Contains(log, "add it to websub.allow") {
		t.Errorf("the log does not name websub.allow:\n%s", log)
	}
	doc.Items = []origin.Item{{ID: "1", Title: "Harbour opens again after the storm", Link: "https://wire.example/1", Published: time.Now()}}
	td.feeds[0].Set(doc)
	if got := <-calls; got != "POST /hook" {
		t.Errorf("the first request was %s, want the one to the webhook", got)
	}
	d.terminate(t)

	td.rewrite(t, "allow: [127.0.0.0/8]", fmt.Sprintf("allow: [%q]", td.source))
	td.rewrite(t, "site: {", "websub: {allow: [127.0.0.0/8]}\nsite: {")
	d = td.start(t)
	defer d.terminate(t)
	d.wait(t)
	subscribe(http.StatusAccepted)
	for got := ""; got != "GET /callback"; got = <-calls {
	}
}
