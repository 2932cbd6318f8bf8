package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

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
	for _, want := range []string{"Hid &#34;\u2068", "take-down", "Undo<span", `name="args" value="`} {
		if !strings.Contains(decisions, want) {
			t.Errorf("/decisions lacks %q:\n%s", want, decisions)
		}
	}
	var stories []view.Story
	if err := json.Unmarshal([]byte(td.run(t, "stories", "--json")), &stories); err != nil {
		t.Fatal(err)
	}
	merge := td.order(t, "Merged story", "merge", stories[0].ID, stories[1].ID)
	if audit := td.page(t, "/decisions?show=folded"); !strings.Contains(audit, stories[0].Headline) || !strings.Contains(audit, "<td>order") {
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
