package newsroom_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/webtest"
)

// getAs requests an address with an Accept-Encoding of its own: http.Transport decodes
// nothing then.
func getAs(t *testing.T, address, coding string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", coding)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// decoded returns the body of an answer, and its size as it was sent.
func decoded(t *testing.T, resp *http.Response) (body string, size int) {
	t.Helper()
	sent, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = strings.NewReader(string(sent))
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), len(sent)
}

// Pages, answers of the API and what pages load are compressed for whoever accepts it.
func TestDeskCompresses(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	for _, path := range []string{"/", "/search?q=harbour", "/sources", "/api/sources", "/desk.css", "/monitor.js", "/nothing"} {
		plain, size := decoded(t, getAs(t, at+path, "identity", "Accept: text/html"))
		for _, coding := range []string{"gzip", "zstd"} {
			resp := getAs(t, at+path, coding, "Accept: text/html")
			body, sent := decoded(t, resp)
			if resp.Header.Get("Content-Encoding") != coding || sent*4 > size*3 || !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s as %s: %d of %d bytes, %v", path, coding, sent, size, resp.Header)
			}
			if len(body) != len(plain) {
				t.Errorf("%s as %s has %d bytes, %d as it is", path, coding, len(body), len(plain))
			}
		}
	}
	if resp := getAs(t, at+"/api/search?q=zzz", "gzip"); resp.Header.Get("Content-Encoding") != "" {
		t.Error("a few bytes are compressed")
	}
}

// What pages load is not sent again while it is the same.
func TestDeskAssetsHaveValidators(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	for _, path := range []string{"/desk.css", "/monitor.js", "/bell.js", "/wire/model.js", "/icon.svg"} {
		first := getAs(t, at+path, "gzip")
		tag := first.Header.Get("ETag")
		again := getAs(t, at+path, "gzip", "If-None-Match: "+tag)
		if tag == "" || again.StatusCode != http.StatusNotModified || again.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: ETag %s, then %s, %v", path, tag, again.Status, again.Header)
		}
	}
	page, _ := decoded(t, getAs(t, at+"/", "identity", "Accept: text/html"))
	for _, name := range []string{"desk.css", "monitor.js", "wire/model.js"} {
		address := regexp.MustCompile(`/assets/[0-9a-f]{16}/` + name).FindString(page)
		resp := getAs(t, at+address, "identity")
		if got := resp.Header.Get("Cache-Control"); address == "" || resp.StatusCode != http.StatusOK || got != "private, max-age=31536000, immutable" {
			t.Errorf("%q: %s, Cache-Control %q", address, resp.Status, got)
		}
		if got := getAs(t, at+"/assets/of-another-version/"+name, "identity").Header.Get("Cache-Control"); got != "private, no-cache" {
			t.Errorf("%s of another version: Cache-Control %q", name, got)
		}
	}
	if got := getAs(t, at+"/", "gzip").Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page has Cache-Control %q", got)
	}
}

// The live stream arrives at once, as it is.
func TestStreamIsNotCompressed(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	resp := getAs(t, at+"/live", "gzip, zstd")
	if resp.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%v", resp.Header)
	}
	lines := bufio.NewReader(resp.Body)
	n.AddStory(webtest.Story{Headline: "Something live", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "Something live") {
			return
		}
	}
}
