package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/origin"
)

// add runs add and returns all that it prints.
func (s *trySite) add(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), append([]string{"--config", s.config, "add"}, args...), strings.NewReader(""), &out, &out)
	reportError(&out, err)
	return out.String(), err
}

// TestAdd adds feeds of a site to a file whose other bytes stay.
func TestAdd(t *testing.T) {
	const page = `<link rel="alternate" type="application/rss+xml" title="Quay" href="/rss">`
	many := ""
	for i := range 500 {
		many += fmt.Sprintf(`<link rel="alternate" type="application/rss+xml" title="Quay %d" href="/rss/%d">`, i, i)
	}
	s := newTrySite(t, map[string]http.Handler{
		"/": htmlPage(page), "/rss": rssDocument("Quay"), "/many": htmlPage(many), "/moved": origin.Redirect(301, "/rss"),
		"/closed": origin.Status(401), "/gone": origin.Status(410), "/none": origin.Status(404), "/liar": htmlPage(strings.Replace(page, "/rss\"", "/\"", 1)),
		"/other": rssDocument("Other"),
	})
	allow := "fetch: {allow: ['" + strings.TrimPrefix(s.url, "http://") + "']}  # loopback\n"
	head := "# ours\n" + allow + "sources:  # all\n- {feed: https://a.example/feed, tags: [harbour]} # a\n"
	tail := "\n# Topics\ntopics:\n- {name: x, from: [harbour]}\n- {name: y}"
	if err := errors.Join(os.WriteFile(s.config, []byte(head+tail), 0o640), os.Chmod(s.config, 0o640)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		args  []string
		want  []string
		fails bool
		lines string // added to the list; "": the file stays
	}{
		{"wrong name", []string{s.url + "/rss", "--name", "My Quay"}, []string{"is not a name", "my-quay", "nothing was added"}, true, ""},
		{"a web page", []string{s.url + "/", "--name", "quay", "--tag", "harbour", "--tag", "a,b"}, []string{"Quay, the source quay, 1 entry", "In the topics: x, y.", "`slugline` starts the daemon"}, false,
			"- feed: " + s.url + "/rss\n  name: quay\n  tags: [harbour, a-b]\n"},
		{"known", []string{s.url + "/"}, []string{"is the source quay already. Nothing was changed."}, false, ""},
		{"known address", []string{"https://a.example/feed"}, []string{"is the source a already"}, false, ""},
		{"moved to a known one", []string{s.url + "/moved"}, []string{"is the source quay already"}, false, ""},
		{"many", []string{s.url + "/many"}, []string{"it names these feeds", "/rss/19 ", "and more; the first 20 are listed", "Add one of them by its address"}, true, ""},
		{"closed", []string{s.url + "/closed"}, []string{"401", "FEED_TOKEN"}, true, ""},
		{"gone", []string{s.url + "/gone"}, []string{"gone"}, true, ""},
		{"missing", []string{s.url + "/none"}, []string{"404"}, true, ""},
		{"password", []string{"https://me:geheim@a.example/rss"}, []string{"an address with a password is written by hand"}, true, ""},
		{"private", []string{"http://127.0.0.2:9/rss"}, []string{"may not be visited"}, true, ""},
		{"taken name", []string{s.url + "/other", "--name", "quay"}, []string{`the name "quay" is already used`}, true, ""},
	} {
		before, _ := os.ReadFile(s.config)
		said, err := s.add(t, c.args...)
		for _, want := range c.want {
			if !strings.Contains(said, want) || strings.Contains(said, "geheim") {
				t.Errorf("%s: add says %s, want %q", c.name, said, want)
			}
		}
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		want := string(before)
		if c.lines != "" {
			want = head + c.lines + tail
		}
		if got, err := os.ReadFile(s.config); string(got) != want || err != nil {
			t.Errorf("%s: the file is %s, want %s", c.name, got, want)
		}
	}
	if info, err := os.Stat(s.config); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
}

// Where feeds.yaml can't be written, add says what to write; where there is none, it makes
// one.
func TestAddByHand(t *testing.T) {
	s := newTrySite(t, map[string]http.Handler{"/rss": rssDocument("Quay")})
	if err := os.Chmod(s.config, 0o400); err != nil {
		t.Fatal(err)
	}
	said, err := s.add(t, s.url+"/rss", "--name", "quay")
	if err == nil || !strings.Contains(said, "feeds.yaml is read-only") || !strings.Contains(said, "  - feed: "+s.url+"/rss\n    name: quay\n") {
		t.Errorf("add to a read-only file: %s", said)
	}
	if err := errors.Join(os.Chmod(s.config, 0o600), os.WriteFile(s.config, []byte("sources: ["), 0o600)); err != nil {
		t.Fatal(err)
	}
	if said, err = s.add(t, s.url+"/rss"); err == nil || !strings.Contains(said, "has errors, so nothing is added") {
		t.Errorf("add to a file with errors: %s", said)
	}
	s.config = filepath.Join(t.TempDir(), "feeds.yaml")
	if said, err = s.add(t, s.url+"/rss"); err == nil || !strings.Contains(said, "may not be visited") {
		t.Errorf("without feeds.yaml, add visits this machine: %s", said)
	}
}

// TestAddBesideDaemon adds a source while a daemon runs, and waits for its stories.
func TestAddBesideDaemon(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.publish()
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	s := newTrySite(t, map[string]http.Handler{"/rss": rssDocument("Quay")})
	td.rewrite(t, "allow: [", "allow: ['"+strings.TrimPrefix(s.url, "http://")+"', ")
	said := td.run(t, "add", s.url+"/rss", "--name", "quay", "--tag", "harbour")
	if !strings.Contains(said, "The daemon has read the file and visits the source now.") {
		t.Errorf("add says %s\n%s", said, d.log())
	}
	td.until(t, "its stories are there", func() bool { return strings.Contains(td.run(t, "stories"), "Harbour reopens") })
}
