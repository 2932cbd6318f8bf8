package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/view"
)

// TestOrders runs the editing commands with and without a daemon.
func TestOrders(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "")
	for range 4 {
		td.publish()
	}
	d := td.start(t)
	d.wait(t)
	td.readAll(t, map[string]string{})
	td.runOrders(t)
	decisions := td.page(t, "/decisions")
	for _, want := range []string{"Hid &#34;\u2068", "take-down", `aria-label="Undo decision `, `name="args" value="`} {
		if !strings.Contains(decisions, want) {
			t.Errorf("/decisions lacks %q:\n%s", want, decisions)
		}
	}
	var stories []view.Story
	if err := json.Unmarshal([]byte(td.run(t, "stories", "--json")), &stories); err != nil {
		t.Fatal(err)
	}
	merge := td.order(t, "Merged story", "merge", stories[0].ID, stories[1].ID)
	if audit := td.page(t, "/decisions?show=folded"); !strings.Contains(audit, stories[0].Headline) || !strings.Contains(audit, "<td>by an editor") {
		t.Errorf("the audit lacks what was merged:\n%s", audit)
	}
	td.order(t, "Undid: merged story", "undo", merge)
	d.terminate(t)
	td.runOrders(t)
}

// runOrders hides, unhides, pins and merges, and undoes all of it.
func (td *testDaemon) runOrders(t *testing.T) {
	t.Helper()
	var stories []view.Story
	if err := json.Unmarshal([]byte(td.run(t, "stories", "--json")), &stories); err != nil || len(stories) != 4 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	a, b := stories[0].ID, stories[1].ID
	if got := td.run(t, "why", stories[0].Link); !strings.Contains(got, stories[0].Headline) || !strings.Contains(got, a) {
		t.Errorf("why %s says %q", stories[0].Link, got)
	}
	td.order(t, "Hid \"\u2068", "hide", stories[0].Link, "--why", "take-down")
	if got := td.run(t, "stories", "all"); strings.Contains(got, a) {
		t.Errorf("a hidden story is in topic all:\n%s", got)
	}
	if got := td.run(t, "stories"); !strings.Contains(got, "  HIDDEN ") {
		t.Errorf("stories does not say what is hidden:\n%s", got)
	}
	if got := td.runFails(t, "hide", a); !strings.Contains(got, "hidden already") {
		t.Errorf("hide again says %q", got)
	}
	td.order(t, "Unhid \"\u2068", "unhide", a)
	pin := td.order(t, "Pinned \"\u2068", "pin", a, "all", "--for", "6h")
	td.order(t, "Undid: pinned \"\u2068", "undo", pin)
	if got := td.runFails(t, "hide", "https://nowhere.example/article"); !strings.Contains(got, "No stored entry links to https://nowhere.example/article.") {
		t.Errorf("hide of an unknown address says %q", got)
	}
	merge := td.order(t, "Merged story", "merge", a, strings.Replace(stories[1].Link, "https:", "http:", 1)+"?utm_source=x")
	if got := td.runFails(t, "undo", "999999"); !strings.Contains(got, "no decision 999999") {
		t.Errorf("undo of nothing says %q", got)
	}
	if got := td.run(t, "why", stories[0].Outlets[0].Entry) + td.run(t, "why", stories[1].Outlets[0].Entry); !strings.Contains(got, "An editor put it in this story") {
		t.Errorf("why says %q", got)
	}
	td.order(t, "Undid: merged story", "undo", merge)
	if got := td.runFails(t, "split", a, "event"); !strings.Contains(got, "alone in its event") {
		t.Errorf("split of an event of one story says %q: the merge was undone", got)
	}
	merge = td.order(t, "Made one event of \"\u2068", "merge", a, stories[1].Link, "event")
	td.order(t, "Undid: made one event of \"\u2068", "undo", merge)
	td.order(t, "Made one event of \"\u2068", "merge", a, stories[1].Link, "event")
	split := td.order(t, "Split \"\u2068", "split", stories[0].Link, "event")
	td.order(t, "Undid: split \"\u2068", "undo", split)
	td.order(t, "Split \"\u2068", "split", stories[0].Link, "event")
	if got := td.run(t, "stories", "all"); !strings.Contains(got, a) || !strings.Contains(got, b) {
		t.Errorf("after all was undone:\n%s", got)
	}
}

// order runs an editing command and returns the number of the decision.
func (td *testDaemon) order(t *testing.T, want string, args ...string) string {
	t.Helper()
	got := td.run(t, args...)
	number, text, ok := strings.Cut(strings.TrimPrefix(got, "decision "), ": ")
	if !ok || !strings.Contains(text, want) {
		t.Fatalf("slugline %s says %q, not %q", strings.Join(args, " "), got, want)
	}
	return number
}

func (td *testDaemon) page(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %v\n%s", path, resp.Status, err, body)
	}
	return string(body)
}

// stories says what the mute words of all topics keep out.
func TestStoriesMuted(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "not: [horoscope]\n")
	td.feeds[0].Publish(origin.Item{ID: "a", Title: "Horoscope of the week", Link: "http://" + td.source + "/2026/horoscope-of-the-week.html", Published: time.Now()})
	td.feeds[0].Publish(origin.Item{ID: "b", Title: "Hospitals short of nurses", Link: "http://" + td.source + "/2026/hospitals-short-of-nurses.html", Published: time.Now()})
	td.run(t, "poll")
	if got := td.run(t, "stories"); !strings.Contains(got, "  MUTED Horoscope") || strings.Contains(got, "MUTED Hospitals") {
		t.Errorf("stories says:\n%s", got)
	}
}

// TestRelease publishes what is held, with and without a daemon. Nothing of it is public
// before, on any page or in any feed, and the desk says why.
func TestRelease(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.publish()
	td.feeds[0].Publish(origin.Item{ID: "e", Title: "EMBARGO: Speech of the minister", Link: "http://" + td.source + "/2026/speech-of-the-minister.html", Published: time.Now()})
	td.feeds[0].Publish(origin.Item{ID: "a", Title: "Hospitals short of nurses", Link: "http://" + td.source + "/2026/hospitals-short-of-nurses.html", Published: time.Now().Add(2 * time.Hour)})
	td.run(t, "poll")
	var stories []view.Story
	if err := json.Unmarshal([]byte(td.run(t, "stories", "--json")), &stories); err != nil || len(stories) != 3 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	if got := td.run(t, "stories"); !strings.Contains(got, "HELD EMBARGO: Speech") || !strings.Contains(got, "HELD until ") {
		t.Errorf("stories says:\n%s", got)
	}
	d := td.start(t)
	d.wait(t)
	var released int
	for _, s := range stories {
		if len(s.Held) == 0 {
			continue
		}
		words := strings.TrimPrefix(s.Headline, "EMBARGO: ")
		for _, path := range []string{"/", "/topics/all", "/topics/all.atom", "/topics/all.rss", "/topics/all.json", "/embed/all"} {
			if got := td.publicPage(t, path); strings.Contains(got, words) {
				t.Errorf("%s has what is held: %s", path, words)
			}
		}
		if got := td.publicStatus(t, "/stories/"+s.ID); got != http.StatusNotFound {
			t.Errorf("the page of a held story answers %d", got)
		}
		if got := td.page(t, "/stories/"+s.ID); !strings.Contains(got, `id="release"`) || !strings.Contains(got, s.Held[0].Why) {
			t.Errorf("the desk's page says nothing of the hold:\n%s", got)
		}
		if got := td.page(t, "/"); !strings.Contains(got, `<b class="held"`) {
			t.Error("the wire does not mark what is held")
		}
		td.order(t, "Released \"\u2068", "release", s.ID, "--why", "it is out")
		if got := td.publicPage(t, "/topics/all.atom"); !strings.Contains(got, words) {
			t.Errorf("the feed lacks what was released: %s", words)
		}
		released++
	}
	if released != 2 {
		t.Fatalf("%d stories were held, want 2", released)
	}
	d.terminate(t)
	for _, s := range stories {
		if len(s.Held) > 0 {
			if got := td.runFails(t, "release", s.ID); !strings.Contains(got, "is not held") {
				t.Errorf("release again says %q", got)
			}
		}
	}
}

func (td *testDaemon) publicPage(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + td.public + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %v", path, resp.Status, err)
	}
	return string(body)
}

func (td *testDaemon) publicStatus(t *testing.T, path string) int {
	t.Helper()
	resp, err := http.Get("http://" + td.public + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
