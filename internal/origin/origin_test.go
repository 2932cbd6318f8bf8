package origin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func request(t *testing.T, url string, header ...string) (status int, h http.Header, body string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	addHeaders(req.Header, header)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		body = err.Error()
	} else {
		body = string(b)
	}
	return res.StatusCode, res.Header, body
}

func serve(t *testing.T) (*Origin, string) {
	t.Helper()
	o := New(time.Now)
	s := httptest.NewUnstartedServer(o)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return o, s.URL
}

func TestFeedChanges(t *testing.T) {
	o, base := serve(t)
	f := o.Feed("/rss")
	f.Set(Doc{Title: "Halden Wire", Modified: start})
	_, h, _ := request(t, base+"/rss")
	first := h.Get("ETag")
	if status, _, _ := request(t, base+"/rss", "If-None-Match", first); status != 304 {
		t.Errorf("known ETag: %d, want 304", status)
	}
	if status, _, _ := request(t, base+"/rss", "If-Modified-Since", start.Format(http.TimeFormat)); status != 304 {
		t.Errorf("known date: %d, want 304", status)
	}
	f.Publish(Item{ID: "1", Title: "Ferry & bridge"}, Item{ID: "2", Title: "Fog"})
	status, h, body := request(t, base+"/rss", "If-None-Match", first)
	if status != 200 || h.Get("ETag") == first || strings.Index(body, "Fog") > strings.Index(body, "Ferry &amp; bridge") {
		t.Errorf("after two items: %d, ETag %s then %s, body %s", status, first, h.Get("ETag"), body)
	}
	f.Edit(func(d *Doc) { d.Items[0].Title = "Thick fog"; d.NoValidators = true })
	if _, h, body := request(t, base+"/rss"); h.Get("ETag") != "" || !strings.Contains(body, "Thick fog") {
		t.Errorf("after an edit: ETag %q, body %s", h.Get("ETag"), body)
	}
}

func TestScriptedAnswers(t *testing.T) {
	o, base := serve(t)
	f := o.Feed("/rss")
	f.Set(Doc{Title: "Halden Wire"})
	f.AnswerNext(Status(503, "Retry-After", "9"), Redirect(301, "/there"), Truncated("text/xml", []byte("<rss></rss>"), 5), LargeHeader(5000))
	f.AnswerAlways(Bytes("text/plain", []byte("closed")))
	var got []int
	for range 5 {
		status, _, body := request(t, base+"/rss")
		got = append(got, status)
		if len(got) == 3 && body != io.ErrUnexpectedEOF.Error() {
			t.Errorf("truncated body: read %q, want an unexpected end", body)
		}
		if len(got) == 5 && body != "closed" {
			t.Errorf("AnswerAlways: body %q", body)
		}
	}
	if diff := cmp.Diff([]int{503, 301, 200, 200, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	f.AnswerAlways(nil)
	if _, _, body := request(t, base+"/rss"); !strings.Contains(body, "Halden Wire") {
		t.Errorf("the document was not restored: %s", body)
	}
	if status, _, _ := request(t, base+"/nowhere"); status != 404 {
		t.Errorf("unknown path: %d, want 404", status)
	}
	requests := f.Requests()
	if len(requests) != 6 || requests[0].Status != 503 || requests[0].IsConditional() {
		t.Errorf("recorded requests: %+v", requests)
	}
	if o.MaxInFlight(strings.TrimPrefix(base, "http://")) != 1 {
		t.Errorf("requests in flight: %d, want 1", o.MaxInFlight(strings.TrimPrefix(base, "http://")))
	}
	if o.ClearRequests(); len(o.Requests()) != 0 {
		t.Error("ClearRequests left requests")
	}
}

// A path with a query can have a feed of its own.
func TestQuery(t *testing.T) {
	o, base := serve(t)
	o.Feed("/rss").Set(Doc{Title: "first page"})
	o.Feed("/rss?page=2").Set(Doc{Title: "second page"})
	for path, want := range map[string]string{"/rss": "first page", "/rss?page=2": "second page", "/rss?page=3": "first page"} {
		if _, _, body := request(t, base+path); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
}

func TestFormats(t *testing.T) {
	d := Doc{
		Title: "A & B", Site: "http://a.example/", Description: "<wire>", Language: "en", Self: "http://a.example/feed", Hub: "http://hub.example/",
		PrevArchive: "http://a.example/feed?page=2", TTL: 5, Modified: start,
		Items: []Item{{
			ID: "1", Title: "Fish & chips", Link: "http://a.example/1?x=1&y=2", Summary: "<p>a ]]> b</p>", Content: "<b>c</b>", Author: "D & E", Language: "fr",
			Categories: []string{"food & drink"}, Published: start, Updated: start.Add(time.Hour), Media: "http://a.example/1.mp3?a&b", MediaType: "audio/mpeg", MediaSize: 7,
		}},
	}
	for _, f := range []Format{RSS, RDF, Atom, JSON} {
		d.Format = f
		body := string(d.Bytes())
		wellFormed(t, f, body)
		for _, want := range []string{"Fish", "food", "2026", "http://a.example/1?x=1"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q:\n%s", f, want, body)
			}
		}
	}
}

// In JSON Feed, summary is plain text and content_html has the markup.
func TestJSONSummaryIsPlain(t *testing.T) {
	d := Doc{Format: JSON, Title: "A", Items: []Item{{ID: "1", Summary: "<p>Fish &amp; <b>chips</b></p>"}}}
	var got jsonFeed
	if err := json.Unmarshal(d.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if it := got.Items[0]; it.Summary != "Fish & chips" || it.Content != "<p>Fish &amp; <b>chips</b></p>" {
		t.Errorf("summary %q, content %q", it.Summary, it.Content)
	}
}

func TestDripAndDelayed(t *testing.T) {
	o, base := serve(t)
	o.Feed("/rss").AnswerAlways(Delayed(time.Millisecond, Drip("text/xml", bytes.Repeat([]byte("x"), 10), 4, time.Millisecond)))
	if _, _, body := request(t, base+"/rss"); body != "xxxxxxxxxx" {
		t.Errorf("dripped %q", body)
	}
}

// Answers without end stop when the client disconnects.
func TestClientDisconnects(t *testing.T) {
	o, base := serve(t) // the server's Close waits for all answers
	for _, answer := range []http.Handler{Hang(), Endless("text/xml", "<item/>"), Bomb("gzip", 1<<40), Drip("text/xml", make([]byte, 100), 1, time.Hour)} {
		o.Feed("/rss").AnswerNext(answer)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, "GET", base+"/rss", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			res.Body.Close()
		}
		cancel()
	}
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, New(time.Now)) }()
	if status, _, _ := request(t, "http://"+l.Addr().String()+"/"); status != 404 {
		t.Errorf("status %d, want 404", status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("serve until the context ends: %v", err)
	}
	if err := Serve(context.Background(), l, New(time.Now)); err == nil || errors.Is(err, http.ErrServerClosed) {
		t.Errorf("a closed listener: %v, want an error", err)
	}
}
