package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/view"
)

// TestSendSurvivesAKill expects that a story which an editor sent, while its target was down
// and before the daemon was killed, arrives once, under the id that the desk shows.
func TestSendSurvivesAKill(t *testing.T) {
	b := &webhookRecorder{ids: map[string]map[string]int{}, down: true}
	hook := httptest.NewServer(b)
	defer hook.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("targets: [{name: cms, webhook: '%s/import'}]\n", hook.URL))
	d := td.start(t)
	d.wait(t)
	first := td.publishAndFind(t)
	td.send(t, first, "cms")
	td.until(t, "the target refused it", func() bool { return b.asked(first.Headline) })
	d.kill(t)
	b.set(false)
	if n := b.delivered(); n != 0 {
		t.Fatalf("the target that was down took %d messages", n)
	}

	d = td.start(t)
	d.wait(t)
	td.until(t, "it was sent", func() bool { return b.delivered() == 1 })
	second := td.publishAndFind(t)
	td.send(t, second, "cms")
	td.until(t, "a later one was sent", func() bool { return b.delivered() == 2 })
	want := map[string]map[string]int{}
	td.until(t, "the desk says that both were sent", func() bool {
		clear(want)
		for _, n := range readAPI[view.Alerts](t, td, "/api/alerts").Notices {
			if n.State == "sent" {
				want[n.Headline] = map[string]int{n.ID: 1}
			}
		}
		return len(want) == 2
	})
	d.terminate(t)
	if !maps.EqualFunc(b.ids, want, maps.Equal) {
		t.Errorf("the target got %v, want %v: each once, under the id that the desk shows", b.ids, want)
	}
}

// asked reports whether a notice of a headline was tried.
func (b *webhookRecorder) asked(headline string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ids[headline] != nil
}

// publishAndFind publishes an item and returns its story when the daemon has it.
func (td *testDaemon) publishAndFind(t *testing.T) (s view.Story) {
	t.Helper()
	title := nonsense(len(td.published))
	td.publish()
	td.until(t, "the story is there", func() bool {
		all := readAPI[[]view.Story](t, td, "/api/stories")
		i := slices.IndexFunc(all, func(s view.Story) bool { return s.Headline == title })
		if i >= 0 {
			s = all[i]
		}
		return i >= 0
	})
	return s
}

// readAPI reads JSON of the desk's API.
func readAPI[T any](t *testing.T, td *testDaemon, path string) (v T) {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatalf("%s: %s: %v", path, resp.Status, err)
	}
	return v
}

// send gives the order to send a story to a target.
func (td *testDaemon) send(t *testing.T, s view.Story, target string) {
	t.Helper()
	body, _ := json.Marshal(view.OrderRequest{Verb: "send", Args: []string{s.ID, target}})
	resp, err := http.Post("http://"+td.desk+"/api/orders", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		var answer strings.Builder
		_ = resp.Write(&answer)
		t.Fatalf("send %s: %s", s.ID, answer.String())
	}
}
