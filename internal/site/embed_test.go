package site_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/webtest"
)

func TestEmbedAddresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	for range 12 {
		n.AddStory(webtest.Story{Headline: "Filler about shipping number " + n.At.String(), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, After: time.Minute})
	}
	at := serve(n)
	const dark, rtl = ` data-theme="dark"`, ` dir="rtl"`
	tests := []struct {
		path  string
		want  int
		lines int
		has   string
		lacks string
	}{
		{path: "/embed/world", want: 200, lines: 8, has: `<html lang="en" dir="ltr">`, lacks: "<script"},
		{path: "/embed/world?limit=3", want: 200, lines: 3},
		{path: "/embed/world?limit=50", want: 200, lines: 16},
		{path: "/embed/world?limit=51", want: 400},
		{path: "/embed/world?limit=0", want: 400},
		{path: "/embed/world?limit=", want: 400},
		{path: "/embed/world?limit=8%22", want: 400},
		{path: "/embed/world?limit=eight", want: 400},
		{path: "/embed/world?theme=dark&dir=rtl", want: 200, lines: 8, has: rtl + dark},
		{path: "/embed/world?theme=auto&dir=auto", want: 200, lines: 8, lacks: "<html lang=\"en\" dir=\"ltr\" data-theme"},
		{path: "/embed/world?theme=black", want: 400},
		{path: "/embed/world?dir=%22%3E%3Cscript%3E", want: 400, lacks: "><script"},
		{path: "/embed/world?for=wordpress", want: 200, lines: 8, has: "<script>"},
		{path: "/embed/world?for=anyone", want: 400},
		{path: "/embed/world?utm_source=x", want: 200, lines: 8},
		{path: "/embed/economy?limit=2", want: 301},
		{path: "/embed/inside", want: 403},
		{path: "/embed/inside?key=open%26sesame", want: 200, lines: 2, has: "What the vault says"},
		{path: "/embed/nothing", want: 404},
		{path: "/embed/", want: 404},
		{path: "/embed/world/more", want: 404},
		{path: "/topics/world/embed", want: 200, has: `topic=&#34;world&#34;`},
		{path: "/topics/inside/embed", want: 403},
		{path: "/topics/inside/embed?key=open%26sesame", want: 200, has: `key="open&amp;sesame"`},
		{path: "/topics/nothing/embed", want: 404},
	}
	for _, tt := range tests {
		resp, body := webtest.Request(t, "GET", at+tt.path)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", tt.path, resp.StatusCode, tt.want)
			continue
		}
		if got := strings.Count(body, "<h2 dir="); tt.lines > 0 && got != tt.lines {
			t.Errorf("%s: %d headlines, want %d, each with its dir", tt.path, got, tt.lines)
		}
		if !strings.Contains(body, tt.has) || tt.lacks != "" && strings.Contains(body, tt.lacks) {
			t.Errorf("%s: want %q and not %q", tt.path, tt.has, tt.lacks)
		}
		if strings.HasPrefix(tt.path, "/embed/") && tt.want == 200 {
			checkPolicy(t, tt.path, resp.Header, body)
		}
	}
	resp, _ := webtest.Request(t, "GET", at+"/embed/economy?limit=2")
	if got, want := resp.Header.Get("Location"), "/embed/trade?limit=2"; got != want {
		t.Errorf("the embed of a renamed topic redirects to %q, want %q", got, want)
	}
	resp, _ = webtest.Request(t, "GET", at+"/embed/inside?key=open%26sesame")
	if got := resp.Header.Get("Cache-Control"); got != "private, max-age=60" {
		t.Errorf("a keyed embed: Cache-Control %q", got)
	}
}

var inlined = regexp.MustCompile(`(?s)<(style|script)>(.*?)</(?:style|script)>`)

// checkPolicy checks that the policy allows exactly the inline styles and scripts.
func checkPolicy(t *testing.T, path string, h http.Header, body string) {
	t.Helper()
	policy := h.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "; frame-ancestors *") || !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: policy %q", path, policy)
	}
	for _, m := range inlined.FindAllStringSubmatch(body, -1) {
		sum := sha256.Sum256([]byte(m[2]))
		if want := m[1] + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("%s: the policy does not allow the inline %s: %q", path, m[1], policy)
		}
	}
	if got := h.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("%s: Cross-Origin-Resource-Policy %q", path, got)
	}
}

func TestFrameAncestors(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.RemoveTopic("gossip")
	s := newSite(n)
	s.FrameAncestors = func() []string { return []string{"https://*.press.example", "https://a.example"} }
	at := webtest.Serve(t, s)
	for path, says := range map[string]string{
		"/embed/world": "World", "/embed/nothing": "There is nothing at this address.", "/embed/world?limit=0": "limit (1 to 50)", "/embed/gossip": "This topic has ended.",
	} {
		resp, body := webtest.Request(t, "GET", at+path)
		if got := resp.Header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "; frame-ancestors 'self' https://*.press.example https://a.example") {
			t.Errorf("%s: policy %q", path, got)
		}
		if !strings.Contains(body, says) || strings.Contains(body, "masthead") {
			t.Errorf("%s: the error is not shown as an embed: %s", path, body)
		}
	}
	for _, path := range []string{"/", "/topics/world", "/nothing"} {
		if resp, _ := webtest.Request(t, "GET", at+path); !strings.HasSuffix(resp.Header.Get("Content-Security-Policy"), "; frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %q", path, resp.Header.Get("Content-Security-Policy"))
		}
	}
}

// The element's script is a small module that any site may load.
func TestElementScript(t *testing.T) {
	at := serve(webtest.OpenFilled(t))
	resp, body := webtest.Request(t, "GET", at+"/embed.js")
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control": "public, max-age=3600",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if n := gzipped(t, body); n > 4<<10 {
		t.Errorf("%d bytes compressed, want at most 4 KB", n)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/embed.js", "If-None-Match: "+resp.Header.Get("ETag")); resp.StatusCode != 304 {
		t.Errorf("again: %d, want 304", resp.StatusCode)
	}
}

// gzipped returns the compressed size.
func gzipped(t *testing.T, s string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil || z.Close() != nil {
		t.Fatal("gzip")
	}
	return b.Len()
}

var discovery = regexp.MustCompile(`<link rel="alternate" type="application/json\+oembed" title="[^"]*" href="([^"]*)">`)

func TestOEmbed(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	_, page := webtest.Request(t, "GET", at+"/topics/trade")
	found := discovery.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no discovery link:\n%s", page)
	}
	u, err := url.Parse(html.UnescapeString(found[1]))
	if err != nil || u.Host != "press.example" {
		t.Fatalf("discovery link %q: %v", found[1], err)
	}
	resp, body := webtest.Request(t, "GET", at+u.RequestURI()+"&maxwidth=500&format=json")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	markup := got["html"].(string)
	delete(got, "html")
	want := map[string]any{
		"version": "1.0", "type": "rich", "title": "Trade & Markets", "provider_name": "Gulf Courier", "provider_url": "http://press.example/",
		"cache_age": 3600., "width": 500., "height": 480.,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("oEmbed (-want +got):\n%s", diff)
	}
	webtest.ContainsInOrder(t, markup, `<blockquote `, `<a href="http://press.example/topics/trade">Trade &amp; Markets`, `</blockquote><iframe src="http://press.example/embed/trade/wordpress" width="500" height="480" title="Trade &amp; Markets"`, `></iframe>`)
}

func TestOEmbedAddresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n)
	tests := []struct {
		of, more string
		want     int
		has      string
	}{
		{of: "http://press.example/topics/world", want: 200},
		{of: "https://press.example/topics/world/", want: 200},
		{of: "http://PRESS.example/topics/economy", want: 200, has: "/embed/trade"},
		{of: "http://press.example/topics/inside", want: 401},
		{of: "http://press.example/topics/inside?key=wrong", want: 401},
		{of: "http://press.example/topics/inside?key=" + url.QueryEscape(webtest.TopicKey), want: 200, has: `key=open%26sesame`},
		{of: "http://press.example/topics/nothing", want: 404},
		{of: "http://press.example/", want: 404},
		{of: "http://evil.example/topics/world", want: 404},
		{of: "javascript:alert(1)//press.example/topics/world", want: 404},
		{of: "", want: 400},
		{of: "http://press.example/topics/world", more: "&format=xml", want: 501},
		{of: "http://press.example/topics/world", more: "&maxwidth=no", want: 400},
		{of: "http://press.example/topics/world", more: "&maxheight=200", want: 200, has: `"height":200`},
	}
	for _, tt := range tests {
		resp, body := webtest.Request(t, "GET", at+"/oembed?url="+url.QueryEscape(tt.of)+tt.more)
		if resp.StatusCode != tt.want || !strings.Contains(body, tt.has) {
			t.Errorf("%s%s: %d %s, want %d with %q", tt.of, tt.more, resp.StatusCode, body, tt.want, tt.has)
		}
	}
}

func TestExportEmbeds(t *testing.T) {
	n := webtest.OpenFilled(t)
	dir := t.TempDir()
	exportTo(n, newSite(n), dir)
	at := serve(n)
	_, live := webtest.Request(t, "GET", at+"/embed/world")
	file, err := os.ReadFile(filepath.Join(dir, "embed/world/index.html"))
	if diff := cmp.Diff(live, string(file)); diff != "" || err != nil {
		t.Errorf("the embed, served and as a file (-served +file): %v\n%s", err, diff)
	}
	for name, want := range map[string]string{
		"embed.js": "slugline-topic", "topics/world/embed/index.html": "slugline-topic", "embed/economy/index.html": "url=/embed/trade",
		"topics/world/index.html": `href="/topics/world/embed"`,
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(b), want) || strings.Contains(string(b), "/oembed?") {
			t.Errorf("%s lacks %q or contains /oembed: %v", name, want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "embed/inside")); err == nil {
		t.Error("a keyed topic's embed was exported")
	}
}
