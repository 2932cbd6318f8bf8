package newsroom_test

import (
	"html"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/webtest"
)

// The page describes every key of feeds.yaml, for all who may read.
func TestHelpPage(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	_, body := webtest.Request(t, "GET", at+"/help")
	text := html.UnescapeString(strings.NewReplacer("<code>", "`", "</code>", "`").Replace(body))
	for _, k := range config.Keys() {
		for _, want := range []string{`id="` + k.Path() + `"`, k.Meaning, string(k.Type), k.Allowed(), k.DefaultText(), k.Name + ": " + k.Example} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page does not have %q", k.Path(), want)
			}
		}
	}
	if strings.Contains(body, "ZgotmplZ") {
		t.Error("the template refuses a value")
	}
	_, body = webtest.Request(t, "GET", at+"/")
	webtest.ContainsInOrder(t, body, `<a href="/help">Help</a>`, `<dialog id="help"`, `<a href="/help">`)
}

func TestHelpNeedsAccess(t *testing.T) {
	_, at, keys := openWithEditors(t, "anna", "~wall")
	for name, want := range map[string]int{"anna": 200, "~wall": 200, "nobody": 401} {
		if resp, _ := webtest.Request(t, "GET", at+"/help", "Authorization: Bearer "+keys[name]); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, want)
		}
	}
}

func TestHelpLook(t *testing.T) {
	l := webtest.OpenBrowser(t)
	at := serve(webtest.Open(t), nil)
	l.CheckAccessibility(map[string]string{"help": at + "/help"})
}

// Profiles are for callers who may change something.
func TestProfilesNeedAccess(t *testing.T) {
	n, at, keys := openWithEditors(t, "anna", "~wall")
	local := serve(n, nil)
	for _, tt := range []struct {
		name, at, path string
		headers        []string
		want           int
	}{
		{"a token", at, "/debug/pprof/", []string{"Authorization: Bearer " + keys["anna"]}, 200},
		{"a read-only token", at, "/debug/pprof/", []string{"Authorization: Bearer " + keys["~wall"]}, 403},
		{"the heap with a read-only token", at, "/debug/pprof/heap", []string{"Authorization: Bearer " + keys["~wall"]}, 403},
		{"a CPU profile with a read-only token", at, "/debug/pprof/profile?seconds=1", []string{"Authorization: Bearer " + keys["~wall"]}, 403},
		{"no token", at, "/debug/pprof/", nil, 401},
		{"a local user", local, "/debug/pprof/heap?debug=1", nil, 200},
		{"an unknown profile", local, "/debug/pprof/nothing", nil, 404},
		{"the command line", local, "/debug/pprof/cmdline", nil, 200},
		{"another web site", local, "/debug/pprof/trace?seconds=1", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a local user through a proxy", local, "/debug/pprof/", []string{"Via: 1.1 gate"}, 401},
	} {
		if resp, _ := webtest.Request(t, "GET", tt.at+tt.path, tt.headers...); resp.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, resp.StatusCode, tt.want)
		}
	}
	if _, body := webtest.Request(t, "GET", local+"/debug/pprof/heap?debug=1"); !strings.Contains(body, "heap profile:") {
		t.Error("the heap profile is not one")
	}
}

// Profiles do not count as requests to the API.
func TestProfilesAreNotLimited(t *testing.T) {
	at := serve(webtest.Open(t), nil)
	for range 1100 {
		if resp, _ := webtest.Request(t, "GET", at+"/debug/pprof/cmdline"); resp.StatusCode != 200 {
			t.Fatalf("profile: %d, want 200", resp.StatusCode)
		}
	}
}
