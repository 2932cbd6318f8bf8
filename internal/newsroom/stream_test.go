package newsroom_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// sse is one event as it was received.
type sse struct {
	id, kind string
	stories  []string // headlines
}

// wire is an open stream.
type wire struct {
	t    *testing.T
	body *bufio.Scanner
	resp *http.Response
}

func listenTo(t *testing.T, at, last string) *wire {
	t.Helper()
	return listenAt(t, at+"/live", last)
}

func listenAt(t *testing.T, address, last string) *wire {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if got, want := resp.Header.Get("Content-Type"), "text/event-stream; charset=utf-8"; got != want {
		t.Fatalf("Content-Type %q, want %q", got, want)
	}
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 8<<20)
	return &wire{t, s, resp}
}

// next reads the next block: an event, or a bare id.
func (w *wire) next() sse {
	w.t.Helper()
	var e sse
	for w.body.Scan() {
		name, value, _ := strings.Cut(w.body.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			var s view.Story
			if err := json.Unmarshal([]byte(value), &s); err != nil {
				w.t.Fatalf("data %q: %v", value, err)
			}
			e.stories = append(e.stories, s.Headline)
		case "":
			if e.id != "" || e.kind != "" {
				return e
			}
		}
	}
	w.t.Fatalf("the stream ended: %v", w.body.Err())
	return e
}

func (w *wire) want(want sse) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.next(), cmp.AllowUnexported(sse{})); diff != "" {
		w.t.Fatalf("event (-want +got):\n%s", diff)
	}
}

func TestLive(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	w := listenTo(t, at, "")
	w.want(sse{id: "1"}) // the current position: the rules are record 1
	n.AddStory(webtest.Story{Headline: "Ferry returns to port", Sources: []string{"gulf"}, Topics: []string{"world"}})
	w.want(sse{id: "2", stories: []string{"Ferry returns to port"}})
	n.ApplyRules() // a record that changes no story has no event
	n.AddStory(webtest.Story{Headline: "عودة العبّارة إلى الميناء", Language: "ar", Sources: []string{"nile"}, Topics: []string{"world"}})
	w.want(sse{id: "4", stories: []string{"عودة العبّارة إلى الميناء"}})
}

func TestLiveReplay(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	for i := range 250 { // more than one transaction reads
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Sources: []string{"gulf"}, Topics: []string{"world"}})
	}
	w := listenTo(t, at, "2")
	for i := 1; i < 250; i++ {
		w.want(sse{id: fmt.Sprint(i + 2), stories: []string{fmt.Sprintf("Bulletin %d", i)}})
	}
	n.AddStory(webtest.Story{Headline: "Live again", Sources: []string{"gulf"}, Topics: []string{"world"}})
	w.want(sse{id: "252", stories: []string{"Live again"}})
}

func TestLiveReplayAfterDeletion(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	n.AddStory(webtest.Story{Headline: "Deleted", Sources: []string{"gulf"}})
	n.AddStory(webtest.Story{Headline: "Stored", Sources: []string{"gulf"}, After: time.Hour})
	n.DeleteChanges(n.At)
	w := listenTo(t, at, "1")
	if e := w.next(); e.kind != "gap" {
		t.Fatalf("first event %+v, want a gap", e)
	}
	w.want(sse{id: "3", stories: []string{"Stored"}})
}

// A page with an id of another database must not wait for a Seq in the far future.
func TestLiveForeignID(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	for _, last := range []string{"99999", "-1", "x", "18446744073709551616"} {
		listenTo(t, at, last).want(sse{id: "1"})
	}
}

func TestLiveBeats(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.Heartbeat = time.Millisecond })
	w := listenTo(t, at, "")
	w.want(sse{id: "1"})
	for range 3 {
		if !w.body.Scan() || w.body.Text() != ":" {
			t.Fatalf("line %q, want a comment", w.body.Text())
		}
		w.body.Scan()
	}
}

// A client that stops reading is disconnected and does not block the writer. It can resume
// with Last-Event-ID.
func TestLiveDropsSlow(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.WriteTimeout = 50 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	n.Must(c.(*net.TCPConn).SetReadBuffer(4 << 10))
	if _, err := fmt.Fprintf(c, "GET /live HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(at, "http://")); err != nil {
		t.Fatal(err)
	}
	for n.Live.Pages() == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the stream never opened")
		}
	}
	long := strings.Repeat("very long ", 100_000)
	for i := range 16 { // fewer records than a page may be behind, more bytes than socket buffers hold
		n.AddStory(webtest.Story{Headline: fmt.Sprint(long, i), Sources: []string{"gulf"}})
	}
	for late := time.Now().Add(awaits); n.Live.Pages() > 0; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatal("the stream still waits for its client")
		}
	}
	w := listenTo(t, serve(n, nil), "1") // where a client may take its time
	w.want(sse{id: "2", stories: []string{long + "0"}})
}
