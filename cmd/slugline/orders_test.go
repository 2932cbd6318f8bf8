package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/view"
)

// TestOrders gives an editor's orders beside a daemon and without one.
func TestOrders(t *testing.T) {
	p := newPress(t, 2)
	p.configure(t, "")
	for range 4 {
		p.publish()
	}
	d := p.start(t)
	d.wait(t)
	p.readAll(t, map[string]string{})
	p.orders(t)
	decisions := p.page(t, "/decisions")
	for _, want := range []string{"Hid &#34;\u2068", "take-down", "Undo<span", `name="args" value="`} {
		if !strings.Contains(decisions, want) {
			t.Errorf("/decisions lacks %q:\n%s", want, decisions)
		}
	}
	var stories []view.Story
	if err := json.Unmarshal([]byte(p.says(t, "stories", "--json")), &stories); err != nil {
		t.Fatal(err)
	}
	merge := p.ordered(t, "Merged story", "merge", stories[0].ID, stories[1].ID)
	if audit := p.page(t, "/decisions?show=folded"); !strings.Contains(audit, stories[0].Headline) || !strings.Contains(audit, "<td>order") {
		t.Errorf("the audit lacks what was merged:\n%s", audit)
	}
	p.ordered(t, "Undid: merged story", "undo", merge)
	d.terminate(t)
	p.orders(t)
}

// orders hides, unhides, merges and undoes: in the end all is as before.
func (p *press) orders(t *testing.T) {
	t.Helper()
	var stories []view.Story
	if err := json.Unmarshal([]byte(p.says(t, "stories", "--json")), &stories); err != nil || len(stories) != 4 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	a, b := stories[0].ID, stories[1].ID
	p.ordered(t, "Hid \"\u2068", "hide", a, "--why", "take-down")
	if got := p.says(t, "stories", "all"); strings.Contains(got, a) {
		t.Errorf("a hidden story stands in all:\n%s", got)
	}
	if got := p.refuses(t, "hide", a); !strings.Contains(got, "hidden already") {
		t.Errorf("hide again says %q", got)
	}
	p.ordered(t, "Unhid \"\u2068", "unhide", a)
	pin := p.ordered(t, "Pinned \"\u2068", "pin", a, "all", "--for", "6h")
	p.ordered(t, "Undid: pinned \"\u2068", "undo", pin)
	merge := p.ordered(t, "Merged story", "merge", a, b)
	if got := p.refuses(t, "undo", "999999"); !strings.Contains(got, "no decision 999999") {
		t.Errorf("undo of nothing says %q", got)
	}
	if got := p.says(t, "why", stories[0].Outlets[0].Entry) + p.says(t, "why", stories[1].Outlets[0].Entry); !strings.Contains(got, "An editor put it in this story") {
		t.Errorf("why says %q", got)
	}
	p.ordered(t, "Undid: merged story", "undo", merge)
	if got := p.says(t, "stories", "all"); !strings.Contains(got, a) || !strings.Contains(got, b) {
		t.Errorf("after all was undone:\n%s", got)
	}
}

// ordered returns the decision's number.
func (p *press) ordered(t *testing.T, want string, args ...string) string {
	t.Helper()
	got := p.says(t, args...)
	number, text, ok := strings.Cut(strings.TrimPrefix(got, "decision "), ": ")
	if !ok || !strings.Contains(text, want) {
		t.Fatalf("slugline %s says %q, not %q", strings.Join(args, " "), got, want)
	}
	return number
}

func (p *press) page(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + p.desk + path)
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
