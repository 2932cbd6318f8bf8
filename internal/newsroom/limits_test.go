package newsroom_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// A caller that exceeds its limit is refused with Retry-After. Other callers are not affected.
func TestLimits(t *testing.T) {
	n, _, keys := openWithEditors(t, "anna", "omar", "views", "streams", "sources", "details", "rules", "lists", "wires")
	at := serve(n, nil)
	get := func(path, key string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
		n.Must(err)
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(req)
		n.Must(err)
		n.Must(resp.Body.Close())
		return resp
	}
	refuses := func(path, key string) bool {
		for range 900 { // fewer than would be answered if each cost one point
			if resp := get(path, key); resp.StatusCode == http.StatusTooManyRequests {
				wait, err := strconv.Atoi(resp.Header.Get("Retry-After"))
				if err != nil || wait < 1 || wait > 10 {
					t.Errorf("%s: Retry-After %q", path, resp.Header.Get("Retry-After"))
				}
				return true
			}
		}
		return false
	}
	for name, path := range map[string]string{
		"anna": "/api/preview?q=ferry", "views": "/?view=a&view=b&view=c&view=d&view=e", "streams": "/?q=&q=ferry", "sources": "/sources/gulf",
		"details": "/api/sources/gulf", "rules": "/api/topics/world", "lists": "/api/stories?limit=500", "wires": "/api/wire?limit=1000",
	} {
		if !refuses(path, keys[name]) {
			t.Errorf("%s: no request was refused", path)
		}
	}
	if resp := get("/api/topics", keys["omar"]); resp.StatusCode != 200 {
		t.Errorf("another token: %d", resp.StatusCode)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/topics"); resp.StatusCode != 200 {
		t.Errorf("this machine: %d", resp.StatusCode)
	}
	if resp := get("/sources", keys["anna"]); resp.StatusCode != 200 {
		t.Errorf("a page: %d", resp.StatusCode)
	}
}

// Browsers get errors as pages, callers of the API as JSON.
func TestWrongPage(t *testing.T) {
	_, at := openWithAlerts(t)
	for _, tt := range []struct {
		path, want string
	}{{"/nothing", "<h1>Page not found</h1>"}, {"/stories/none", "There is no story"}, {"/api/nothing", `{"error":`}, {"/handover?since=x", "since must be a time of day"}} {
		_, body := webtest.Request(t, "GET", at+tt.path, "Accept: text/html")
		if !strings.Contains(body, tt.want) || strings.Contains(body, "<html") == strings.HasPrefix(tt.path, "/api/") {
			t.Errorf("%s: %s, want %q", tt.path, body, tt.want)
		}
	}
	resp, body := webtest.PostForm(t, at+"/api/alerts", url.Values{"notice": {"late"}, "do": {"retry"}})
	if resp.StatusCode != 409 || !strings.Contains(body, `role="alert" dir="auto">This alert is not among those that could not be sent`) {
		t.Errorf("a form: %d %s", resp.StatusCode, body)
	}
}

// Requests that can't be answered get an error with a hint.
func TestUnanswered(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	for _, tt := range []struct {
		method, path, allow string
		status              int
	}{
		{"GET", "/api/nothing", "", 404},
		{"GET", "/api/events/", "", 404},
		{"GET", "/api/events/a/b", "", 404},
		{"POST", "/api/topics", "GET, HEAD", 405},
		{"GET", "/api/visit", "POST", 405},
		{"PUT", "/api/tokens", "GET, POST, HEAD", 405},
		{"HEAD", "/api/topics", "", 200},
	} {
		resp, body := webtest.Request(t, tt.method, at+tt.path)
		if resp.StatusCode != tt.status || resp.Header.Get("Allow") != tt.allow || tt.status > 200 && len(body) < 40 {
			t.Errorf("%s %s: %d, Allow %q, %s", tt.method, tt.path, resp.StatusCode, resp.Header.Get("Allow"), body)
		}
	}
}
