package newsroom_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// read gets an address and decodes its JSON.
func read[T any](t *testing.T, address string) T {
	t.Helper()
	resp, body := webtest.Request(t, "GET", address)
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %d %s (%v)", address, resp.StatusCode, body, err)
	}
	return v
}

func headlines(list []view.Story) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, s.Headline)
	}
	return out
}

func TestStories(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	first := n.AddStory(webtest.Story{Headline: "Ferry returns to port", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	n.AddStory(webtest.Story{Headline: "Copper rises", Sources: []string{"north"}, Topics: []string{"trade", "world"}})
	third := n.AddStory(webtest.Story{Headline: "Nobody carries this", Sources: []string{"north"}})

	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"Nobody carries this", "Copper rises", "Ferry returns to port"}},
		{"?limit=1", []string{"Nobody carries this"}},
		{"?before=" + third.ID, []string{"Copper rises", "Ferry returns to port"}},
		{"?topic=trade", []string{"Copper rises"}},
		{"?topic=world&before=" + first.ID, []string{}},
		{"?topic=world&limit=1", []string{"Copper rises"}},
	}
	for _, tt := range tests {
		got := headlines(read[[]view.Story](t, at+"/api/stories"+tt.query))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("stories%s (-want +got):\n%s", tt.query, diff)
		}
	}
	s := read[[]view.Story](t, at+"/api/stories?topic=world")[1]
	if s.Voices != 2 || len(s.Outlets) != 2 || s.Outlets[1].Title != "Northern Post" || s.Title != "Gulf Wire" || s.Dir != "ltr" {
		t.Errorf("story %+v", s)
	}
	if diff := cmp.Diff([]string{"trade", "world"}, read[[]view.Story](t, at+"/api/stories")[1].Topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	for _, q := range []string{"?limit=x", "?limit=0", "?topic=nothing", "?before=nothing"} {
		if resp, _ := webtest.Request(t, "GET", at+"/api/stories"+q); resp.StatusCode < 400 || resp.StatusCode > 404 {
			t.Errorf("stories%s: %d, want 400 or 404", q, resp.StatusCode)
		}
	}
}

// Empty lists are [], not null or missing, so that scripts can iterate over them.
func TestEmptyLists(t *testing.T) {
	n := webtest.Open(t)
	n.Rules.Sources[0].Tags = nil
	n.ApplyRules()
	at := serve(n, nil)
	if _, body := webtest.Request(t, "GET", at+"/api/stories"); body != "[]\n" {
		t.Errorf("no stories: %s", body)
	}
	n.AddStory(webtest.Story{Headline: "Nobody carries this", Sources: []string{"gulf"}})
	for path, want := range map[string][]string{
		"/api/sources":         {`"tags":[]`},
		"/api/topics":          {`"from":[]`, `"not":[]`, `"match":[]`},
		"/api/stories":         {`"topics":[]`, `"was":[]`},
		"/api/preview?q=ferry": {`"stories":[]`},
	} {
		_, body := webtest.Request(t, "GET", at+path)
		for _, w := range want {
			if !strings.Contains(body, w) || strings.Contains(body, "null") {
				t.Errorf("%s has no %s, or a null: %s", path, w, body)
			}
		}
	}
}

func TestSourcesAndStatus(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.Ready = func() error { return errors.New("the disk is full") } })
	visits := news.VisitState{Source: "gulf", LastAttempt: webtest.Start, Due: webtest.Start.Add(time.Hour), Reason: "an hour, for it seldom has news",
		Problem: "The server answered 503", Status: 503, Failures: 2, Lag: []int64{1000, 2000, 90000}}
	n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.Visits.Put(visits) }))

	got := read[[]view.Source](t, at+"/api/sources")[0]
	want := view.Source{ID: "gulf", Name: "gulf", Title: "Gulf Wire", Address: "http://gulf.example/feed", Owner: "gulf.example", Tags: []string{"wires"},
		Tried: visits.LastAttempt, Due: visits.Due, Why: visits.Reason, Problem: visits.Problem, Status: 503, Failures: 2, LagP50: 2 * time.Second, LagP95: 2 * time.Second, Days: make([]int, news.KeptDays)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	s := read[view.Status](t, at+"/api/status")
	if s.Database != n.Store.Path() || s.Sources != 5 || s.Troubled != 1 || s.Topics != 3 || s.Trouble != "the disk is full" {
		t.Errorf("status %+v", s)
	}
	if resp, body := webtest.Request(t, "GET", at+"/readyz"); resp.StatusCode != 503 || !strings.Contains(body, "the disk is full") {
		t.Errorf("readyz: %d %s", resp.StatusCode, body)
	}
	if names := read[[]view.Topic](t, at+"/api/topics"); len(names) != 4 || names[0].Name != "world" || names[3].Moved != "trade" {
		t.Errorf("topics %+v", names)
	}
}

func TestWhy(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	s := n.AddStory(webtest.Story{Headline: "Ferry returns to port", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	merged := n.AddStory(webtest.Story{Headline: "Ferry back in port", Sources: []string{"nile"}, Change: func(st *news.Story) { st.MergedInto = s.ID }})

	lead := read[view.Explanation](t, at+"/api/why?entry="+s.Takes[0].Entry)
	if lead.Level != news.LevelNew || lead.Story.ID != s.ID {
		t.Errorf("lead: %+v", lead)
	}
	second := read[view.Explanation](t, at+"/api/why?entry="+s.Takes[1].Entry)
	if second.Level != news.LevelKey || !strings.Contains(second.Text, "word for word") || !strings.Contains(second.Text, s.Takes[0].Entry) {
		t.Errorf("second: %+v", second)
	}
	if byStory := read[view.Explanation](t, at+"/api/why?entry="+s.ID); byStory.Entry != s.Lead {
		t.Errorf("by story: %+v", byStory)
	}
	if got := read[view.Explanation](t, at+"/api/why?entry="+merged.ID); got.Entry != s.Lead {
		t.Errorf("by a merged story: %+v", got)
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Events.Put(&news.Event{ID: "splitbyasweep", Stories: []string{"longsincegone", s.ID}})
	}))
	if got := read[view.Explanation](t, at+"/api/why?entry=splitbyasweep"); got.Entry != s.Lead {
		t.Errorf("by an event that is called like none of its stories: %+v", got)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/why?entry=nothing"); resp.StatusCode != 404 {
		t.Errorf("unknown: %d, want 404", resp.StatusCode)
	}
}

func TestPreview(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	n.AddStory(webtest.Story{Headline: "Ferry returns to port", Language: "en", Sources: []string{"gulf"}, Topics: []string{"trade"}})
	n.AddStory(webtest.Story{Headline: "Copper rises again", Language: "en", Sources: []string{"north"}, Topics: []string{"trade"}})
	n.AddStory(webtest.Story{Headline: "Copper mine reopens", Language: "en", Sources: []string{"nile"}})
	n.AddStory(webtest.Story{Headline: "Copper secret", Language: "en", Sources: []string{"vault"}})

	f := read[view.TopicPreview](t, at+"/api/preview?topic=trade&q=copper")
	if diff := cmp.Diff([][]string{{"Copper mine reopens", "Copper rises again"}, {"Copper mine reopens"}, {"Ferry returns to port"}},
		[][]string{headlines(f.Stories), headlines(f.AddedStories), headlines(f.RemovedStories)}); diff != "" {
		t.Errorf("stories, joins, leaves (-want +got):\n%s", diff)
	}
	if f.Looked != 4 || f.Carries != 2 || f.Added != 1 || f.Removed != 1 {
		t.Errorf("counts: %+v", f)
	}
	n.AddStory(webtest.Story{Headline: "Copper report", Language: "en", Sources: []string{"gulf"}, Change: func(st *news.Story) {
		st.Takes[0].Holds = []news.Hold{{Why: "EMBARGO"}}
	}})
	if f := read[view.TopicPreview](t, at+"/api/preview?topic=trade&q=copper"); f.Carries != 3 || f.Added != 1 {
		t.Errorf("with a story that is held: it would carry %d and %d would join, want 3 and 1", f.Carries, f.Added)
	}
	if f := read[view.TopicPreview](t, at+"/api/preview?q=ferry"); f.Topic != "" || f.Carries != 1 || f.AddedStories != nil {
		t.Errorf("a query alone: %+v", f)
	}
	if f := read[view.TopicPreview](t, at+"/api/preview?topic=world"); f.Carries != 4 || f.Added != 3 {
		t.Errorf("a topic as it is: %+v", f)
	}
	n.AddStory(webtest.Story{Headline: "Copper glut", Language: "en", Sources: []string{"gulf"}, Change: func(st *news.Story) {
		st.Hidden = map[string]uint64{"trade": 1}
	}})
	if f := read[view.TopicPreview](t, at+"/api/preview?topic=trade&q=copper"); f.Carries != 4 || f.Added != 1 {
		t.Errorf("with a story that is hidden: it matches %d and %d would join, want 4 and 1", f.Carries, f.Added)
	}
	for q, want := range map[string]int{"q=" + url.QueryEscape(`copper AND (`): 400, "topic=nothing": 404, "": 400} {
		if resp, body := webtest.Request(t, "GET", at+"/api/preview?"+q); resp.StatusCode != want {
			t.Errorf("preview?%s: %d %s, want %d", q, resp.StatusCode, body, want)
		}
	}
}

func TestVisit(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) {
		d.Visit = func(_ context.Context, all bool, report func(any)) error {
			report(map[string]any{"source": "gulf", "all": all})
			if !all {
				return errors.New("a pass is under way")
			}
			return nil
		}
	})
	tests := map[string]string{
		"?all=1": "{\"all\":true,\"source\":\"gulf\"}\n{\"done\":true}\n",
		"":       "{\"all\":false,\"source\":\"gulf\"}\n{\"error\":\"a pass is under way\"}\n",
	}
	for q, want := range tests {
		if _, body := webtest.Request(t, "POST", at+"/api/visit"+q); body != want {
			t.Errorf("visit%s: %q, want %q", q, body, want)
		}
	}
}

const form, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"

// visitRequests are requests for visits, and what is visited.
var visitRequests = []struct {
	query, kind, body string
	status            int
	want              string // what is visited
}{
	{"", "", "", 200, "due, all=false"},
	{"", "application/json", "", 200, "due, all=false"},
	{"", "application/json", "{}", 200, "due, all=false"},
	{"?all=true", "", "", 200, "due, all=true"},
	{"", form, "all=1", 200, "due, all=true"},
	{"", "application/json", `{"all": true}`, 200, "due, all=true"},
	{"?source=gulf", "", "", 200, "gulf"},
	{"?source=gulf", form, "source=gulf", 200, "gulf"},
	{"", form, "source=gulf", 200, "gulf"},
	{"", multipart, "--b\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\ngulf\r\n--b--\r\n", 200, "gulf"},
	{"", "application/json", `{"source": "gulf"}`, 200, "gulf"},
	{"", "application/json; charset=utf-8", ` {"source": "gulf", "all": true} `, 200, "gulf"},
	{"", form, `{"source": "gulf"}`, 200, "gulf"},
	{"", "", `{"source": "gulf"}`, 200, "gulf"},
	{"", "application/json", `{"source": "nobody"}`, 404, ""},
	{"", form, "source=nobody", 404, ""},
	{"", "application/json", `{"source": ""}`, 400, ""},
	{"", "application/json", `{"source": null}`, 400, ""},
	{"", "application/json", `{"source": ["gulf", "north"]}`, 400, ""},
	{"", "application/json", `{"sources": "gulf"}`, 400, ""},
	{"", "application/json", `{"source": "gulf"`, 400, ""},
	{"", "application/json", `{"source": "gulf"} {}`, 400, ""},
	{"", "application/json", `"gulf"`, 400, ""},
	{"", "application/json", `["gulf"]`, 400, ""},
	{"", "application/json", `null`, 400, ""},
	{"?source=north", "application/json", `{"source": "gulf"}`, 400, ""},
	{"?source=north&source=gulf", "", "", 400, ""},
	{"?source=", "", "", 400, ""},
	{"?name=gulf", "", "", 400, ""},
	{"", form, "source=", 400, ""},
	{"", form, "name=gulf", 400, ""},
	{"", form, "gulf", 400, ""},
	{"?all=maybe", "", "", 400, ""},
	{"", "application/json", `{"all": "maybe"}`, 400, ""},
	{"", "text/plain", "gulf", 415, ""},
	{"", "", "source=gulf", 415, ""},
	{"", "application/xml", "<source>gulf</source>", 415, ""},
	{"", form, "source=" + strings.Repeat("x", 5000), 413, ""},
}

// A request names its source in the query, in a form or in JSON. One that does not, or not
// in a way that is understood, never visits all sources instead.
func TestVisitRequests(t *testing.T) {
	n := webtest.Open(t)
	var visited string
	at := serve(n, func(d *newsroom.Desk) {
		d.Visit = func(_ context.Context, all bool, _ func(any)) error {
			visited = fmt.Sprintf("due, all=%v", all)
			return nil
		}
		d.VisitOne = func(_ context.Context, id string) (any, string, error) {
			visited = id
			return map[string]string{"name": id}, "", nil
		}
	})
	for _, c := range visitRequests {
		visited = ""
		var headers []string
		if c.kind != "" {
			headers = append(headers, "Content-Type: "+c.kind)
		}
		resp, body := webtest.RequestWithBody(t, "POST", at+"/api/visit"+c.query, strings.NewReader(c.body), headers...)
		if resp.StatusCode != c.status || visited != c.want {
			t.Errorf("%s with %.60q (%s): %d, visited %q; want %d, %q", c.query, c.body, c.kind, resp.StatusCode, visited, c.status, c.want)
		}
		if c.status >= 400 && !strings.Contains(body, `"error":"`) {
			t.Errorf("%s with %.60q (%s): %s, want an error in a sentence", c.query, c.body, c.kind, body)
		}
	}
}

// A client that stops reading does not block the visits: reporting never waits for it, and
// the visits are cancelled.
func TestVisitUnread(t *testing.T) {
	n := webtest.Open(t)
	ended := make(chan error, 1)
	at := serve(n, func(d *newsroom.Desk) {
		d.WriteTimeout = 50 * time.Millisecond
		d.Visit = func(ctx context.Context, _ bool, report func(any)) error {
			long := strings.Repeat("x", 64<<10)
			for range 400 { // more than the socket buffers hold
				report(long)
			}
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}
	})
	host := strings.TrimPrefix(at, "http://")
	c, err := net.Dial("tcp", host)
	n.Must(err)
	defer func() { _ = c.Close() }()
	_, err = fmt.Fprintf(c, "POST /api/visit HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", host)
	n.Must(err)
	if err := <-ended; err == nil {
		t.Error("the visits continued")
	}
}

func TestBackup(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	n.AddStory(webtest.Story{Headline: "Ferry returns to port", Sources: []string{"gulf"}, Topics: []string{"world"}})
	resp, body := webtest.Request(t, "GET", at+"/api/backup")
	if resp.StatusCode != 200 || resp.ContentLength != int64(len(body)) {
		t.Fatalf("backup: %d, %d of %d bytes", resp.StatusCode, len(body), resp.ContentLength)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	n.Must(os.WriteFile(path, []byte(body), 0o600))
	n.Must(store.Verify(path))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(n.Store.Path()), ".backup-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %q %v", left, err)
	}
}

func TestMetrics(t *testing.T) {
	n := webtest.Open(t)
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "slugline_entries_total", Help: "Entries filed."})
	reg.MustRegister(c)
	at := serve(n, func(d *newsroom.Desk) { d.Metrics = reg })
	c.Inc()
	if _, body := webtest.Request(t, "GET", at+"/metrics"); !strings.Contains(body, "slugline_entries_total 1") {
		t.Errorf("metrics:\n%s", body)
	}
}

// What was withdrawn waits for nothing.
func TestAWithdrawnStoryIsNotHeld(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	s := n.AddStory(webtest.Story{Headline: "Ferry returns to port", Sources: []string{"gulf"}, Change: func(st *news.Story) {
		st.Takes[0].Holds = []news.Hold{{Why: "EMBARGO"}}
		st.Killed = st.Last
	}})
	if got := read[view.Story](t, at+"/api/stories/"+s.ID); len(got.Held) != 0 || got.Killed.IsZero() {
		t.Errorf("withdrawn %v, held %v", got.Killed, got.Held)
	}
}
