package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// TestSilentSubscribersOverSockets has subscribers at many addresses of one block that
// confirm and then accept connections without an answer or send a byte now and then, and
// callbacks that never confirm. Another subscriber in another block gets each edition, and a
// newcomer is asked, without waiting for their time-outs.
func TestSilentSubscribersOverSockets(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	var ended atomic.Int32 // requests that were given up
	hostile := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "never") {
			_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
			return
		}
		drip(w, r)
		ended.Add(1)
	})}}
	hostile.Start()
	defer hostile.Close()
	defer hostile.CloseClientConnections()
	arrived := make(chan string, 100)
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
		arrived <- r.Method + r.URL.Path + string(body)
	}))
	defer good.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, "websub: {allow: [127.0.0.0/8]}\n")
	d := td.start(t)
	defer d.terminate(t)
	d.wait(t)
	subscribe := func(callback string) {
		t.Helper()
		res, err := http.PostForm("http://"+td.public+"/websub", url.Values{
			"hub.mode": {"subscribe"}, "hub.topic": {"http://" + td.public + "/topics/all.atom"}, "hub.callback": {callback},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Fatalf("subscribe %s: %s, want 202", callback, res.Status)
		}
	}
	next := func(what string) {
		t.Helper()
		began := time.Now()
		for got := range arrived {
			if strings.Contains(got, what) {
				t.Logf("%s after %v", what, time.Since(began).Round(time.Millisecond))
				return
			}
		}
	}
	subscribe(good.URL + "/good")
	next("GET/good")
	for i := range 80 {
		subscribe(fmt.Sprintf("http://127.8.8.%d:%s/", i+1, port))
		subscribe(fmt.Sprintf("http://127.8.9.%d:%s/never", i+1, port))
	}
	before := ended.Load()
	subscribe(good.URL + "/late")
	next("GET/late")
	if n := ended.Load() - before; n >= 16 {
		t.Errorf("the newcomer was asked after %d requests to others were given up, want at once", n)
	}
	for i := range 3 {
		title := fmt.Sprintf("Harbour %d opens again after storm %d", i, i*i+7)
		td.feeds[0].Set(origin.Doc{Format: origin.RSS, Title: "Wire", Items: []origin.Item{{ID: fmt.Sprint(i), Title: title, Link: fmt.Sprintf("https://wire.example/%d", i), Published: time.Now()}}})
		next(title)
		next(title) // both subscribers
	}
}

// drip sends a byte now and then until the client leaves.
func drip(w http.ResponseWriter, r *http.Request) {
	for {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(300 * time.Millisecond):
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
		}
	}
}
