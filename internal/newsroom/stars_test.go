package newsroom_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// call sends JSON to the API with a key, and decodes the answer.
func call[T any](t *testing.T, method, address, key, body string) (int, T) {
	t.Helper()
	var out T
	headers := []string{"Content-Type: application/json"}
	if key != "" {
		headers = append(headers, "Authorization: Bearer "+key)
	}
	res, answer := webtest.RequestWithBody(t, method, address, strings.NewReader(body), headers...)
	_ = json.Unmarshal([]byte(answer), &out)
	return res.StatusCode, out
}

func starOf(t *testing.T, at, key, id string) int {
	t.Helper()
	status, _ := call[view.StarResult](t, "POST", at+"/api/stars", key, `{"star": "`+id+`"}`)
	return status
}

// What is known of stars is what is stored, whoever stars or removes stars meanwhile.
func TestStarsOfSeveralTokens(t *testing.T) {
	n, _, keys := openWithEditors(t, "anna", "omar")
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	var ids []string
	for i := range 8 {
		ids = append(ids, n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Language: "en", Sources: []string{"gulf"}}).ID)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		who, verb, id := []string{"anna", "omar"}[r.IntN(2)], []string{"star", "unstar"}[r.IntN(2)], ids[r.IntN(len(ids))]
		if status, _ := call[view.StarResult](t, "POST", at+"/api/stars", keys[who], `{"`+verb+`": "`+id+`"}`); status != http.StatusOK {
			t.Fatalf("%s: %d", verb, status)
		}
		for name := range keys {
			var want []string
			n.Must(n.Store.View(func(tx *store.Tx) error {
				all, err := tx.Stars.Of(name)
				for _, s := range all {
					want = append(want, s.Story)
				}
				return err
			}))
			_, state := call[view.ReadState](t, "GET", at+"/api/seat", keys[name], "")
			_, wire := call[view.Wire](t, "GET", at+"/api/wire?q=has:star", keys[name], "")
			var listed []string
			for _, e := range wire.Events {
				listed = append(listed, e.Stories[0].ID)
			}
			slices.Sort(want)
			slices.Sort(state.Stars)
			slices.Sort(listed)
			if !slices.Equal(state.Stars, want) || !slices.Equal(listed, want) {
				t.Fatalf("after %s %s %s: %s has %q, listed %q, want %q", who, verb, id, name, state.Stars, listed, want)
			}
		}
	}
}

// A star belongs to a token: in lists, in queries and in the read state.
func TestStarsBelongToAToken(t *testing.T) {
	n, _, keys := openWithEditors(t, "anna", "omar", "~wall")
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth, d.Now = true, func() time.Time { return n.At } })
	copper, ferry := n.Find("Copper rises for a third day"), n.Find("Ferry returns to port after a night at sea")
	if status := starOf(t, at, keys["anna"], copper.ID); status != 200 {
		t.Fatalf("star: %d", status)
	}
	n.At = n.At.Add(time.Minute)
	for range 2 { // a second time changes nothing
		if status := starOf(t, at, keys["anna"], ferry.ID); status != 200 {
			t.Fatalf("star: %d", status)
		}
	}
	if status := starOf(t, at, keys["~wall"], copper.ID); status != 403 {
		t.Errorf("star with a read-only token: %d, want 403", status)
	}
	for _, c := range []struct {
		who, query string
		want       int
	}{{"anna", "has:star", 2}, {"anna", "has:star copper", 1}, {"omar", "has:star", 0}, {"omar", "has:star OR copper", 1}} {
		_, wire := call[view.Wire](t, "GET", at+"/api/wire?"+url.Values{"q": {c.query}}.Encode(), keys[c.who], "")
		got := 0
		for _, e := range wire.Events {
			got += len(e.Stories)
		}
		if got != c.want {
			t.Errorf("%s has %d stories on the wire with %s, want %d", c.who, got, c.query, c.want)
		}
	}
	_, list := call[view.Starred](t, "GET", at+"/api/stars", keys["anna"], "")
	if list.Count != 2 || len(list.Stories) != 2 || list.Stories[0].Headline != ferry.Headline || len(list.Stories[1].Outlets) != 3 {
		t.Errorf("stars of anna: %+v, want ferry, then copper with three outlets", list)
	}
	_, state := call[view.ReadState](t, "GET", at+"/api/seat", keys["anna"], "")
	if !slices.Contains(state.Stars, copper.ID) || len(state.Stars) != 2 {
		t.Errorf("stars of the read state: %v", state.Stars)
	}
	_, first := call[view.Starred](t, "GET", at+"/api/stars?limit=1", keys["anna"], "")
	_, second := call[view.Starred](t, "GET", at+"/api/stars?limit=1&before="+first.Before, keys["anna"], "")
	if len(first.Stories) != 1 || len(second.Stories) != 1 || second.Stories[0].ID != copper.ID || second.Before != "" {
		t.Errorf("pages of one: %+v, then %+v", first, second)
	}
	call[view.StarResult](t, "POST", at+"/api/stars", keys["anna"], `{"unstar": "`+ferry.ID+`"}`)
	if _, list := call[view.Starred](t, "GET", at+"/api/stars", keys["anna"], ""); list.Count != 1 {
		t.Errorf("%d stars after one was removed, want 1", list.Count)
	}
}

// The pages star and unstar without script. has:star is an error where nobody is known, and
// says so with its column.
func TestStarByForm(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	copper := n.Find("Copper rises for a third day")
	res, _ := webtest.PostForm(t, at+"/api/stars", url.Values{"star": {copper.ID}, "to": {"/starred"}})
	_, body := webtest.Request(t, "GET", at+"/starred")
	if res.StatusCode != 303 || res.Header.Get("Location") != "/starred" || !strings.Contains(body, copper.Headline) {
		t.Fatalf("star by form: %d to %s\n%s", res.StatusCode, res.Header.Get("Location"), body)
	}
	webtest.PostForm(t, at+"/api/stars", url.Values{"unstar": {copper.ID}, "to": {"/starred"}})
	_, body = webtest.Request(t, "GET", at+"/starred")
	if !strings.Contains(body, "Nothing is starred") {
		t.Errorf("the star is still there:\n%s", body)
	}
	status, fault := call[map[string]string](t, "GET", at+"/api/preview?q=copper+has:star", "", "")
	if status != 400 || !strings.Contains(fault["error"], "column 12") || !strings.Contains(fault["error"], "only the desk knows who has starred") {
		t.Errorf("has:star in a topic's rule: %d %v", status, fault)
	}
}

// A token can't star more than MaxStars stories.
func TestStarsAreBounded(t *testing.T) {
	n, at, keys := openWithEditors(t, "anna")
	copper := n.Find("Copper rises for a third day")
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for i := range news.MaxStars {
			id := fmt.Sprintf("%013d", i)
			if err := tx.Stars.Put(&news.Star{Token: "anna", Story: id, At: n.At}, &news.StarredStory{ID: id}); err != nil {
				return err
			}
		}
		return nil
	}))
	status, fault := call[map[string]string](t, "POST", at+"/api/stars", keys["anna"], `{"star": "`+copper.ID+`"}`)
	if status != http.StatusConflict || !strings.Contains(fault["error"], "10000") {
		t.Errorf("one star too many: %d %v", status, fault)
	}
}

// The copy of a starred story follows the story: edits, a merge, a withdrawal, another place
// after a wrong clock was put right, which the star has too. It stays when the story is
// deleted.
func TestStarKeepsACopy(t *testing.T) {
	n := webtest.OpenFilled(t)
	desk := &newsroom.Desk{Store: n.Store, Live: &n.Live, Now: func() time.Time { return n.At }}
	at := webtest.Serve(t, desk)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- desk.KeepStars(ctx) }()
	defer func() { stop(); n.Must(<-done) }()
	ferry, copper := n.Find("Ferry returns to port after a night at sea"), n.Find("Copper rises for a third day")
	withdrawn := n.Find("Nobody carries this")
	for _, s := range []*news.Story{ferry, copper, withdrawn} {
		if status := starOf(t, at, "", s.ID); status != 200 {
			t.Fatalf("star %s: %d", s.Headline, status)
		}
	}
	stored := func(what string, is func(tx *store.Tx) bool) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for end := time.After(awaits); ; {
			ok := false
			n.Must(n.Store.View(func(tx *store.Tx) error { ok = is(tx); return nil }))
			if ok {
				return
			}
			select {
			case <-tick.C:
			case <-end:
				t.Fatalf("%s: not within %v", what, awaits)
			}
		}
	}
	copied := func(tx *store.Tx, id string) *news.StarredStory {
		c, err := tx.Stars.Copy(id)
		n.Must(err)
		return c
	}
	change := func(s *news.Story, fn func(*news.Story)) {
		n.Apply(func(tx *store.Tx) news.Change {
			fn(s)
			n.Must(tx.Stories.Put(s))
			return news.Change{Stories: []string{s.ID}}
		})
	}
	change(ferry, func(s *news.Story) { s.Headline = "Ferry is back" })
	n.Apply(func(tx *store.Tx) news.Change {
		ferry.First = ferry.First.Add(-time.Minute)
		n.Must(tx.Stories.Put(ferry))
		return news.Change{TextChanged: []string{ferry.ID}}
	})
	stored("a place after a wrong clock", func(tx *store.Tx) bool {
		star, err := tx.Stars.Get("", ferry.ID)
		n.Must(err)
		return star.First.Equal(ferry.First) && copied(tx, ferry.ID).First.Equal(ferry.First)
	})
	stored("an edit", func(tx *store.Tx) bool { return copied(tx, ferry.ID).Headline == "Ferry is back" })
	change(withdrawn, func(s *news.Story) { s.Killed, s.Takes[0].Killed = s.Last, s.Last })
	stored("a withdrawal", func(tx *store.Tx) bool {
		c := copied(tx, withdrawn.ID)
		return !c.Killed.IsZero() && c.Summary == ""
	})
	change(copper, func(s *news.Story) { s.MergedInto = ferry.ID })
	stored("a merge", func(tx *store.Tx) bool { return copied(tx, copper.ID) == nil })
	_, list := call[view.Starred](t, "GET", at+"/api/stars", "", "")
	if list.Count != 2 {
		t.Errorf("%d stars after two starred stories became one, want 2", list.Count)
	}
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Stories.Delete(ferry))
		return news.Change{Stories: []string{ferry.ID}}
	})
	_, list = call[view.Starred](t, "GET", at+"/api/stars", "", "")
	i := slices.IndexFunc(list.Stories, func(s view.StarredStory) bool { return s.ID == ferry.ID })
	if i < 0 || list.Stories[i].Headline != "Ferry is back" || list.Stories[i].Stored || !strings.Contains(list.Stories[i].Summary, "214 passengers") {
		t.Errorf("after its story was deleted: %+v", list.Stories)
	}
	_, page := webtest.Request(t, "GET", at+"/starred")
	for _, want := range []string{"Ferry is back", "no longer stored", "<b>withdrawn</b>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if status, _ := call[view.StarResult](t, "POST", at+"/api/stars", "", `{"unstar": "`+ferry.ID+`"}`); status != 200 {
		t.Errorf("removing the star of a deleted story: %d", status)
	}
}

// checkW3C runs the W3C feed validator on a feed, if there is a checkout of it.
func checkW3C(t *testing.T, body, address string) {
	t.Helper()
	dir := os.Getenv("FEEDVALIDATOR")
	if dir == "" {
		return
	}
	path := filepath.Join(t.TempDir(), "starred.atom")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/usr/bin/python3", filepath.Join("..", "feed", "testdata", "validate.py"), dir, path, address).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("the validator complains: %v\n%s", err, out)
	}
}

// The address of the feed of starred stories has a key that gives access to nothing else,
// does not contain the token, and ends with it.
func TestStarredFeed(t *testing.T) {
	n, at, keys := openWithEditors(t, "anna", "omar")
	copper, arabic := n.Find("Copper rises for a third day"), n.Find("عودة العبّارة إلى الميناء بعد ليلة في البحر")
	starOf(t, at, keys["anna"], copper.ID)
	starOf(t, at, keys["anna"], arabic.ID)
	_, list := call[view.StarFeed](t, "GET", at+"/api/stars/feed", keys["anna"], "")
	if list.Feed == "" || strings.Contains(list.Feed, strings.TrimPrefix(keys["anna"], "desk_")) {
		t.Fatalf("feed: %q", list.Feed)
	}
	res, body := webtest.Request(t, "GET", at+list.Feed)
	var feed struct {
		Entries []struct{ Title, ID string } `xml:"entry"`
	}
	n.Must(xml.Unmarshal([]byte(body), &feed))
	if res.StatusCode != 200 || len(feed.Entries) != 2 || !strings.Contains(body, copper.Headline) {
		t.Fatalf("feed: %d\n%s", res.StatusCode, body)
	}
	checkW3C(t, body, at+list.Feed)
	for _, source := range strings.Split(body, "<source>")[1:] { // RFC 4287 section 4.2.11: it has an id, a title and a time
		if source, _, _ = strings.Cut(source, "</source>"); !strings.Contains(source, "<id>tag:press.example,2026:outlets/") {
			t.Errorf("a source without an id: %s", source)
		}
	}
	tag := res.Header.Get("ETag")
	if res, _ := webtest.Request(t, "GET", at+list.Feed, "If-None-Match: "+tag); res.StatusCode != 304 {
		t.Errorf("with the ETag %s: %d, want 304", tag, res.StatusCode)
	}
	key := strings.TrimPrefix(list.Feed, "/starred.atom?key=")
	for _, path := range []string{"/api/stars", "/", "/starred"} {
		for _, attempt := range []string{path + "?key=" + key, path} {
			res, _ := webtest.Request(t, "GET", at+attempt, "Authorization: Bearer "+key)
			if res.StatusCode == 200 && !strings.HasPrefix(res.Request.URL.Path, "/login") {
				t.Errorf("the feed key opens %s", attempt)
			}
		}
	}
	if res, _ := webtest.Request(t, "GET", at+"/starred.atom", "Accept: application/atom+xml"); res.StatusCode != 401 {
		t.Errorf("without a key: %d, want 401", res.StatusCode)
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error { return newsroom.DeleteToken(tx, "anna") }))
	res, body = webtest.Request(t, "GET", at+list.Feed)
	if res.StatusCode != 403 || !strings.Contains(body, "revoked") {
		t.Errorf("after the token was revoked: %d %s", res.StatusCode, body)
	}
	var again *newsroom.Token
	n.Must(n.Store.Update(func(tx *store.Tx) (err error) {
		again, err = newsroom.MakeToken(tx, "anna", false, n.At)
		return err
	}))
	_, fresh := call[view.Starred](t, "GET", at+"/api/stars", again.Secret, "")
	_, feedNow := call[view.StarFeed](t, "GET", at+"/api/stars/feed", again.Secret, "")
	if fresh.Count != 2 || feedNow.Feed == list.Feed {
		t.Errorf("with a new token of the same name: %d stars, feed %s, want 2 and another address than %s", fresh.Count, feedNow.Feed, list.Feed)
	}
}

// A colleague gets a story with a time when it is due: on the line, in the handover and in
// queries. A time in the past, or none that can be read, is refused with a sentence.
func TestAssign(t *testing.T) {
	n, at, _ := working(t)
	copper := n.Find("Copper rises for a third day")
	order := func(body string) (int, map[string]any) {
		t.Helper()
		return call[map[string]any](t, "POST", at+"/api/orders", token, body)
	}
	for _, c := range []struct {
		due    string
		status int
		says   string
	}{{"soon", 400, "16:30"}, {"2001-01-01T10:00", 400, "in the past"}, {"3000d", 400, "more than a year ahead"}, {"2h", 200, "due"}, {"23:59", 200, "due"}, {"", 200, "Assigned"}} {
		status, answer := order(`{"verb": "assign", "args": ["` + copper.ID + `", " Lena  Ström "], "due": "` + c.due + `"}`)
		if text := fmt.Sprint(answer); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("due %q: %d %s, want %d with %q", c.due, status, text, c.status, c.says)
		}
	}
	if status, _ := order(`{"verb": "hide", "args": ["` + copper.ID + `"], "due": "2h"}`); status != 400 {
		t.Errorf("due of another order: %d, want 400", status)
	}
	_, wire := call[view.Wire](t, "GET", at+"/api/wire?"+url.Values{"q": {`assigned:"lena strom"`}}.Encode(), token, "")
	if len(wire.Events) != 1 || wire.Events[0].Stories[0].ID != copper.ID {
		t.Errorf("assigned:\"lena strom\" finds %+v", wire.Events)
	}
	for _, path := range []string{"/", "/handover", "/stories/" + copper.ID} {
		if _, body := webtest.Request(t, "GET", at+path, "Authorization: Bearer "+token); !strings.Contains(body, "assigned to <bdi>Lena Ström</bdi>") {
			t.Errorf("%s does not say to whom it is assigned", path)
		}
	}
}

// assigned:me finds what is assigned to whoever asks, on the wire, in searches and in counts.
func TestAssignedToMe(t *testing.T) {
	n, at, _ := working(t)
	anna, omar := changeToken(t, at, `{"name": "Anna"}`), changeToken(t, at, `{"name": "omar"}`)
	copper := n.Find("Copper rises for a third day")
	if status, answer := call[map[string]any](t, "POST", at+"/api/orders", omar, `{"verb": "assign", "args": ["`+copper.ID+`", "anna"]}`); status != 200 {
		t.Fatalf("assign: %d %v", status, answer)
	}
	for _, c := range []struct {
		query, token string
		want         bool
	}{{"assigned:me", anna, true}, {"assigned:me", omar, false}, {"copper -assigned:me", anna, false}, {"copper -assigned:me", omar, true}} {
		q := "?" + url.Values{"q": {c.query}}.Encode()
		_, wire := call[view.Wire](t, "GET", at+"/api/wire"+q, c.token, "")
		_, unread := call[view.Unread](t, "GET", at+"/api/unread"+q, c.token, "")
		if got := len(wire.Events) == 1 && len(unread.IDs) == 1; got != c.want {
			t.Errorf("%s of %.4s: %d events, %d unread, want one: %t", c.query, c.token, len(wire.Events), len(unread.IDs), c.want)
		}
	}
	if status, answer := call[map[string]any](t, "POST", at+"/api/seat", anna, `{"save": {"name": "Mine", "q": "assigned:me"}}`); status != 200 {
		t.Errorf("save as a view: %d %v", status, answer)
	}
	if _, body := webtest.Request(t, "GET", at+"/?q=assigned:me", "Authorization: Bearer "+token); !strings.Contains(body, "assigned:me needs a token with your name") {
		t.Error("the wire does not say why assigned:me has no stories for a user without a name")
	}
}

// The pages of stars and a story's actions are valid, accessible, and work on a phone and
// without script.
func TestPassingOnLooks(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Targets = []news.NamedTarget{{Name: "cms", Title: "Our CMS", Target: news.Target{ID: "webhook-1", Kind: news.TargetWebhook, Label: "cms.example"}}}
	n.ApplyRules()
	at := serve(n, nil)
	arabic := n.Find("عودة العبّارة إلى الميناء بعد ليلة في البحر")
	starOf(t, at, "", arabic.ID)
	b := webtest.OpenBrowser(t)
	b.CheckAccessibility(map[string]string{"starred": at + "/starred", "starfeed": at + "/starred/feed", "actions": at + "/stories/" + n.Find("Copper rises for a third day").ID, "sent": at + "/alerts"})
	b.CheckConsole()
}

// On the wire, a key stars a story, opens the form that assigns it, copies it, and sends it.
func TestPassingOnByKey(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Targets = []news.NamedTarget{{Name: "cms", Title: "Our CMS", Target: news.Target{ID: "webhook-1", Kind: news.TargetWebhook, Label: "cms.example"}}}
	n.ApplyRules()
	at, given := openWithOrders(n, false)
	b := webtest.OpenBrowser(t)
	b.OpenMonitor(at + "/")
	b.PressKeys("jf")
	b.WaitFor("the star", `document.querySelectorAll(".story[data-at] .starred").length === 1`)
	b.PressKeys("f")
	b.WaitFor("no star", `document.querySelectorAll(".story .starred").length === 0`)
	b.PressKeys("a")
	b.WaitFor("the form of the assignment", `document.activeElement.closest("#assign") && document.activeElement.checkVisibility()`)
	b.RunScript(`document.activeElement.blur()`)
	b.PressKeys("y")
	b.WaitFor("what can be copied", `document.querySelector(".copies[open] textarea")?.value.includes("\n")`)
	b.WaitFor("that it was copied or selected", `/Copied|selected/.test(document.getElementById("said").textContent)`)
	b.RunScript(`document.querySelector("#pane form[action='/api/stars'] button").click()`)
	b.WaitFor("the star by the form in the pane", `!!(document.querySelector("#pane input[name=unstar]") && document.querySelector(".story .starred"))`)
	b.RunScript(`document.activeElement.blur()`)
	b.PressKeys(">")
	b.WaitFor("the form that sends", `document.activeElement.closest("#send") && document.activeElement.checkVisibility()`)
	b.RunScript(`document.querySelector("#send [name=why]").value = "for the front"; document.querySelector("#send").requestSubmit()`)
	b.WaitFor("the answer", `/Undo/.test(document.getElementById("said").textContent)`)
	if o := (*given)[len(*given)-1]; o.Verb != "send" || len(o.Args) != 2 || o.Args[1] != "cms" || o.Why != "for the front" {
		t.Errorf("the key and the form give the order %+v", o)
	}
	b.CheckConsole()
}
