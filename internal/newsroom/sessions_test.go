package newsroom_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// changeToken creates or revokes a token and returns its key.
func changeToken(t *testing.T, at, body string) (key string) {
	t.Helper()
	res, answer := webtest.RequestWithBody(t, "POST", at+"/api/tokens", strings.NewReader(body), "Authorization: Bearer "+token)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("tokens: %s %s", res.Status, answer)
	}
	var made newsroom.Token
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		t.Fatal(err)
	}
	return made.Secret
}

// openWithKey opens a stream with a key. The caller closes the body.
func openWithKey(t *testing.T, at, key string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", at+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", "slugline="+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Revoking a token ends its streams, and no others.
func TestRevokingEndsStreams(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	anna, ben := changeToken(t, at, `{"name": "anna"}`), changeToken(t, at, `{"name": "ben"}`)
	annas, bens := openWithKey(t, at, anna), openWithKey(t, at, ben)
	defer func() { _, _ = annas.Body.Close(), bens.Body.Close() }()
	changeToken(t, at, `{"name": "anna", "revoke": true}`)
	if _, err := io.Copy(io.Discard, annas.Body); err != nil {
		t.Errorf("the stream of the revoked token: %v", err)
	}
	again := openWithKey(t, at, anna)
	defer func() { _ = again.Body.Close() }()
	if again.StatusCode != http.StatusUnauthorized {
		t.Errorf("a new stream of the revoked token: %s", again.Status)
	}
	n.AddStory(webtest.Story{Headline: "Ferry returns to port", Sources: []string{"gulf"}})
	var got []byte
	for buf := make([]byte, 4096); !strings.Contains(string(got), "Ferry returns"); {
		k, err := bens.Body.Read(buf)
		if err != nil {
			t.Fatalf("the stream of the other token: %v", err)
		}
		got = append(got, buf[:k]...)
	}
}

// A stream that is opened while its token is revoked does not stay open.
func TestRevokingEndsStreamsThatOpen(t *testing.T) {
	n := webtest.Open(t)
	for i := range 10 {
		at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
		name := fmt.Sprint("wall ", i)
		key := changeToken(t, at, fmt.Sprintf(`{"name": %q}`, name))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				res := openWithKey(t, at, key)
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			})
		}
		changeToken(t, at, fmt.Sprintf(`{"name": %q, "revoke": true}`, name))
		all.Wait()
	}
	awaitStreams(n, 0)
}

// signIn signs a browser in and waits until the wire is live.
func signIn(l *webtest.Browser, key string) {
	l.Helper()
	if err := chromedp.Do(l.Ctx, chromedp.SendKeys("#key", key), chromedp.Submit("#key")); err != nil {
		l.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state")?.textContent === "live"`)
}

// A page whose key is revoked shows the login, says why, and asks for nothing any more.
// After signing in the reader is where they were.
func TestPageOfARevokedKeyShowsTheLogin(t *testing.T) {
	l := webtest.OpenBrowser(t)
	for what, act := range map[string]string{
		"does nothing":             ``,
		"opens a story":            `document.querySelector(".wire h2 a").click()`,
		"marks everything as read": `document.querySelector("#allread button").click()`,
	} {
		n := webtest.Open(t)
		n.AddStory(webtest.Story{Headline: "Ferry returns to port", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
		at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
		l.Navigate(at + "/?q=ferry")
		signIn(l, changeToken(t, at, `{"name": "anna"}`))
		changeToken(t, at, `{"name": "anna", "revoke": true}`)
		if act != "" {
			l.RunScript(act)
		}
		l.WaitFor("the login when the editor "+what, `location.pathname === "/login" && document.body.innerText.includes("the key of this browser is no longer valid")`)
		awaitStreams(n, 0)
		signIn(l, changeToken(t, at, `{"name": "ben"}`))
		if q := webtest.Eval[string](l, `location.pathname + location.search`); q != "/?q=ferry" {
			t.Errorf("after signing in the page is %s", q)
		}
	}
}

// A page that is told that the stream leaves out records loads the wire again, and says so.
func TestPageLoadsAgainAfterAGap(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.Open(t)
	ids := []string{n.AddStory(webtest.Story{Headline: "Ferry returns to port", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}}).ID}
	l.OpenMonitor(serve(n, nil) + "/")
	for len(ids) < 1001 {
		ids = append(ids, ids[0])
	}
	var late *news.Story
	n.Apply(func(tx *store.Tx) news.Change {
		late = n.NewStory(tx, webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}})
		n.Must(tx.Stories.Put(late))
		return news.Change{Stories: append(ids, late.ID)}
	})
	l.WaitFor("the new story", fmt.Sprintf(`document.getElementById("s-%s") !== null`, late.ID))
	l.WaitFor("why", `document.getElementById("said").textContent.includes("loaded again")`)
	n.AddStory(webtest.Story{Headline: "Harbour reopens", Language: "en", Sources: []string{"harbour"}, Topics: []string{"world"}})
	l.WaitFor("what is new after that", `document.querySelector(".wire h2").textContent === "Harbour reopens"`)
}
