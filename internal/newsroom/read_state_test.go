package newsroom_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// changeReadState posts a change of the read state with a key, and returns the answer.
func changeReadState(t *testing.T, at, key, body string) (int, view.ReadState) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", at+"/api/seat", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var s view.ReadState
	_ = json.NewDecoder(res.Body).Decode(&s)
	return res.StatusCode, s
}

// openWithEditors opens a newsroom and returns the keys of its editors by name. A name that
// starts with ~ has a read-only token.
func openWithEditors(t *testing.T, names ...string) (*webtest.Newsroom, string, map[string]string) {
	t.Helper()
	n := webtest.OpenFilled(t)
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	keys := map[string]string{}
	for _, name := range names {
		n.Must(n.Store.Update(func(tx *store.Tx) error {
			k, err := newsroom.MakeToken(tx, strings.TrimPrefix(name, "~"), strings.HasPrefix(name, "~"), n.At)
			if err == nil {
				keys[name] = k.Secret
			}
			return err
		}))
	}
	return n, at, keys
}

// The read state belongs to a token: all browsers with the token share it, and no others.
func TestReadMarksBelongToAToken(t *testing.T) {
	n, at, keys := openWithEditors(t, "anna", "omar", "~wall")
	copper, ferry := n.Find("Copper rises for a third day"), n.Find("Ferry returns to port after a night at sea")
	unread := func(key string) int {
		_, body := webtest.Request(t, "GET", at+"/", "Authorization: Bearer "+key)
		return strings.Count(body, `class="story" data-unread`)
	}
	all := unread(keys["anna"])
	for _, step := range []struct {
		body string
		want int
	}{
		{`{"read": ["` + copper.ID + `"]}`, all - 1},
		{`{"read": ["` + copper.ID + `", "0123456789abc"]}`, all - 1},
		{`{"unread": ["` + copper.ID + `"]}`, all},
		{`{"upto": 18446744073709551615}`, 0},
		{`{"unread": ["` + ferry.ID + `"]}`, 1},
		{`{"read": ["` + ferry.ID + `"]}`, 0},
	} {
		status, state := changeReadState(t, at, keys["anna"], step.body)
		if got := unread(keys["anna"]); status != 200 || got != step.want || state.Who != "anna" {
			t.Errorf("%s: %d, %+v, %d unread, want %d", step.body, status, state, got, step.want)
		}
	}
	n.AddStory(webtest.Story{Headline: "Something new", Language: "en", Sources: []string{"gulf"}})
	if got := unread(keys["anna"]); got != 1 {
		t.Errorf("%d unread after something new, want 1", got)
	}
	if got := unread(keys["omar"]); got != all+1 {
		t.Errorf("omar has %d unread, want %d: he has read nothing", got, all+1)
	}
	if status, _ := changeReadState(t, at, keys["~wall"], `{"upto": 1}`); status != 403 {
		t.Errorf("marking with a read-only token: %d, want 403", status)
	}
}

// A mute hides an event, a source or a word from one editor's wire until it expires or is
// removed: on the page, in the API and in the stream.
func TestMutes(t *testing.T) {
	n, at, keys := openWithEditors(t, "anna", "omar")
	ferry := n.Find("Ferry returns to port after a night at sea")
	for _, c := range []struct{ name, body, hides, unmute string }{
		{"word", `{"mute": {"kind": "word", "what": "copper*", "for": "8h"}}`, "Copper", `{"unmute": {"kind": "word", "what": "copper*"}}`},
		{"event", `{"mute": {"kind": "event", "what": "` + ferry.ID + `"}}`, "Ferry returns", `{"unmute": {"kind": "event", "what": "` + ferry.Event + `"}}`},
		{"source", `{"mute": {"kind": "source", "what": "harbour", "for": "7d"}}`, "Ferry returns", `{"unmute": {"kind": "source", "what": "harbour"}}`},
	} {
		hidden := func(key string) bool {
			_, body := webtest.Request(t, "GET", at+"/api/wire", "Authorization: Bearer "+key)
			return !strings.Contains(body, c.hides)
		}
		if c.name == "source" {
			ferry.Takes[0].Source = "harbour"
			n.Must(n.Store.Update(func(tx *store.Tx) error { return tx.Stories.Put(ferry) }))
		}
		status, state := changeReadState(t, at, keys["anna"], c.body)
		if status != 200 || len(state.Mutes) != 1 || !hidden(keys["anna"]) || hidden(keys["omar"]) {
			t.Errorf("mute of a %s: %d %+v, hidden from anna %t, from omar %t", c.name, status, state.Mutes, hidden(keys["anna"]), hidden(keys["omar"]))
		}
		if status, state := changeReadState(t, at, keys["anna"], c.unmute); status != 200 || len(state.Mutes) != 0 || hidden(keys["anna"]) {
			t.Errorf("removing the mute of a %s: %d %+v", c.name, status, state.Mutes)
		}
	}
	for _, bad := range []string{
		`{"mute": {"kind": "word", "what": "(copper"}}`, `{"mute": {"kind": "word", "what": " "}}`, `{"mute": {"kind": "mood", "what": "x"}}`,
		`{"mute": {"kind": "word", "what": "x", "for": "soon"}}`, `{"mute": {"kind": "word", "what": "x", "for": "400d"}}`, `{"sit": 1}`,
	} {
		if status, _ := changeReadState(t, at, keys["anna"], bad); status != 400 {
			t.Errorf("%s: %d, want 400", bad, status)
		}
	}
	for _, gone := range []string{`{"mute": {"kind": "event", "what": "0123456789abc"}}`, `{"mute": {"kind": "source", "what": "nobody"}}`} {
		if status, _ := changeReadState(t, at, keys["anna"], gone); status != 404 {
			t.Errorf("%s: %d, want 404", gone, status)
		}
	}
}
