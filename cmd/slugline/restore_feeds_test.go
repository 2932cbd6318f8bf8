package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/published"
)

// mirror serves the feeds of a folder that slugline export wrote, as a copy of the site
// would.
func (r *restoreTest) mirror(dir string) *httptest.Server {
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	r.t.Cleanup(s.Close)
	return s
}

// TestRestoreFromAddress reads what was published from a server on this machine: the daemon of
// another copy of the database, and a mirror of the site.
func TestRestoreFromAddress(t *testing.T) {
	for _, mirror := range []bool{false, true} {
		t.Run(fmt.Sprint("mirror ", mirror), func(t *testing.T) {
			r := newRestoreTest(t, "{name: x, stories: 1}")
			r.publish(oldest)
			r.publish("Volcano grounds flights across the islands")
			r.run("backup", r.path("backup.db"))
			r.publish(hidden)
			r.publish(kept)
			r.publish(newest)
			var ids []string
			for _, h := range []string{oldest, hidden, kept, newest} {
				ids = append(ids, r.storyID(h))
			}
			r.run("hide", r.storyID("Volcano grounds flights across the islands"))
			r.dropNotes()
			address := ""
			if mirror {
				dir := t.TempDir()
				r.run("export", dir)
				address = r.mirror(dir).URL
			} else {
				address = r.daemon(t)
			}
			r.lose()
			out := r.run("restore", r.path("backup.db"), "--from", address+"/topics/x.atom")
			if !strings.Contains(out, "3 items published since the backup keep their ids") || !strings.Contains(out, "1 story that readers no longer had stays hidden") {
				t.Errorf("restore printed\n%s", out)
			}
			for i, h := range []string{oldest, hidden, kept, newest} {
				if got := r.storyID(h); got != ids[i] {
					t.Errorf("%q has the id %q, had %q", h, got, ids[i])
				}
			}
		})
	}
}

// daemon runs the site on a copy of the database and returns its address.
func (r *restoreTest) daemon(t *testing.T) string {
	t.Helper()
	other := newTestDaemon(t, 1)
	b := bytes.Replace(r.read("feeds.yaml"), []byte("topics:"), fmt.Appendf(nil, "listen: %s\ndesk: %s\ntopics:", other.public, other.desk), 1)
	if err := os.WriteFile(other.dir+"/feeds.yaml", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other.dir+"/slugline.db", r.read("slugline.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	other.start(t).wait(t)
	return "http://" + other.public
}

// TestRestoreRefusesBadAddresses says in plain words what is wrong with an address, and
// changes nothing.
func TestRestoreRefusesBadAddresses(t *testing.T) {
	r := newRestoreTest(t, "{name: x}")
	r.publish(oldest)
	r.run("backup", r.path("backup.db"))
	dir := t.TempDir()
	r.run("export", dir)
	good, err := os.ReadFile(dir + "/topics/x.atom")
	if err != nil {
		t.Fatal(err)
	}
	was := r.read("slugline.db")
	elsewhere := bytes.Replace(good, []byte("<title"), []byte(`<link rel="prev-archive" href="http://10.0.0.1/topics/x/archive/1.atom"/><title`), 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/elsewhere/topics/x.atom":
			_, _ = w.Write(elsewhere)
		case "/redirect/topics/x.atom":
			http.Redirect(w, req, "http://169.254.169.254/topics/x.atom", http.StatusFound)
		case "/loop/topics/x.atom":
			http.Redirect(w, req, req.URL.Path, http.StatusFound)
		case "/page/topics/x.atom":
			fmt.Fprint(w, "<html><title>Welcome</title></html>")
		case "/short/topics/x.atom":
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(good[:100])
		case "/large/topics/x.atom":
			chunk := bytes.Repeat([]byte(" "), 1<<20)
			for range published.MaxBytes>>20 + 1 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		default:
			http.NotFound(w, req)
		}
	}))
	t.Cleanup(server.Close)
	for _, tt := range []struct{ address, want string }{
		{"http://", "it is no address"},
		{server.URL + "/topics/none.atom", "the server says 404 Not Found"},
		{server.URL + "/elsewhere/topics/x.atom", "its archive is on another server"},
		{server.URL + "/redirect/topics/x.atom", "it leads to another server, 169.254.169.254"},
		{server.URL + "/loop/topics/x.atom", "it leads on more than 10 times"},
		{server.URL + "/page/topics/x.atom", "get " + server.URL + "/page/topics/x.atom: "},
		{server.URL + "/short/topics/x.atom", "the answer ends too early"},
		{server.URL + "/large/topics/x.atom", "it is larger than 64 MB"},
		{"http://127.0.0.1:1/topics/x.atom", "connection refused"},
	} {
		_, err := r.try("restore", "--no-visit", r.path("backup.db"), "--from", tt.address)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "nothing has changed") {
			t.Errorf("--from %s: %v, want %q", tt.address, err, tt.want)
		}
	}
	if !bytes.Equal(was, r.read("slugline.db")) {
		t.Error("the database changed")
	}
}

// TestRestoreEndsALongArchive stops at a page that was read, and after maxArchives pages.
func TestRestoreEndsALongArchive(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked++
		next := fmt.Sprintf("http://%s/topics/x/archive/%d.atom", req.Host, asked)
		fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:press.example,2026:x</id><title>X</title><updated>2026-11-27T00:00:00Z</updated><link rel="prev-archive" href="%s"/>
<entry><id>tag:press.example,2026-11-27:%013d</id><title>Story %d</title><updated>2026-11-27T00:00:00Z</updated><published>2026-11-27T00:00:00Z</published><link href="https://a.example/%d"/></entry></feed>`, next, asked, asked, asked)
	}))
	defer server.Close()
	pages, err := readPublished(t.Context(), server.URL+"/topics/x.atom", "")
	if err != nil || len(pages) != maxArchives+1 || len(completeTopics(pages)) != 0 {
		t.Errorf("%d pages, %d complete topics, %v", len(pages), len(completeTopics(pages)), err)
	}
}
