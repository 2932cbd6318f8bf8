package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// fillBacklog stores the items of first visits to sources that have a long backlog.
func (td *testDaemon) fillBacklog(t *testing.T, sources, items int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "listen: %s\ndesk: %s\nfetch: {allow: [127.8.0.0/16]}\ntopics: [{name: all, stories: 5000}]\nsources:\n", td.public, td.desk)
	for i := range sources {
		d := origin.Doc{Format: origin.RSS, Title: fmt.Sprint("Source ", i)}
		for k := range items {
			n := i*items + k
			d.Items = append(d.Items, origin.Item{ID: fmt.Sprint(n), Title: nonsense(n), Link: fmt.Sprintf("http://h%d.example/%d", i, n), Summary: strings.Repeat("About it. ", 20), Published: time.Now().Add(-time.Duration(n) * time.Second)})
		}
		path := fmt.Sprintf("/backlog%d.xml", i)
		td.origin.Feed(path).Set(d)
		l, err := net.Listen("tcp", fmt.Sprintf("127.8.1.%d:0", i+1)) // a host each, so that all are visited at once
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: td.origin, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
		fmt.Fprintf(&b, "  - {feed: 'http://%s%s', name: s%d}\n", l.Addr(), path, i)
	}
	config := filepath.Join(td.dir, "feeds.yaml")
	if err := os.WriteFile(config, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"--config", config, "--log-level", "error", "poll", "--all"}, strings.NewReader(""), io.Discard, os.Stderr); err != nil {
		t.Fatal(err)
	}
}

// send sends a request and reads only the status, if the request is complete.
func send(t *testing.T, host, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, strings.Replace(request, "HOST", host, 1)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Three hundred clients that missed a long backlog, clients that read slowly or not at all,
// backups, searches and requests whose bodies never end: pages are answered meanwhile, and
// the daemon stops within five seconds.
func TestOverloadAndStop(t *testing.T) {
	td := newTestDaemon(t, 0)
	td.fillBacklog(t, 20, 500)
	d := td.start(t)
	d.wait(t)
	for i := range 300 {
		path := "/live?after=1"
		if i%10 == 1 { // more queries at once are over the limit of requests
			path = fmt.Sprintf("/live?q=nothing%%20like%%20this&after=%d", i%25)
		}
		send(t, td.desk, "GET "+path+" HTTP/1.1\r\nHost: HOST\r\n\r\n")
	}
	send(t, td.desk, "GET /api/backup HTTP/1.1\r\nHost: HOST\r\n\r\n")
	for range 4 {
		for _, path := range []string{"/?q=nothing", "/api/wire?q=nothing", "/api/stories?limit=500", "/api/preview?q=nothing", "/api/search?q=nothing", "/handover", "/search?q=nothing", "/debug/pprof/profile?seconds=30", "/debug/pprof/trace?seconds=30"} {
			send(t, td.desk, "GET "+path+" HTTP/1.1\r\nHost: HOST\r\n\r\n")
		}
		for _, path := range []string{"/", "/topics/all.atom", "/topics/all.json", "/topics/all", "/sitemap.xml", "/search?q=nothing", "/topics/all/archive/1.atom"} {
			send(t, td.public, "GET "+path+" HTTP/1.1\r\nHost: HOST\r\n\r\n")
		}
		for _, path := range []string{"/api/orders", "/api/seat", "/api/visit", "/login", "/api/tokens"} {
			send(t, td.desk, "POST "+path+" HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nverb=")
		}
		send(t, td.public, "POST /websub HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nhub.")
		send(t, td.desk, "GET / HTTP/1.1\r\nHost: ")
	}
	for _, address := range []string{td.desk + "/", td.desk + "/api/wire", td.public + "/"} {
		resp, err := http.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || err != nil || len(b) == 0 {
			t.Errorf("%s while others wait: %s, %v", address, resp.Status, err)
		}
		_ = resp.Body.Close()
	}
	d.terminate(t)
	if strings.Contains(d.output.String(), "without waiting") {
		t.Errorf("work in progress went on while the daemon stopped:\n%s", d.output.String())
	}
}
