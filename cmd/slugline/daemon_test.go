package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
)

// TestReload changes feeds.yaml while a daemon runs: a valid file is applied, one with
// errors changes nothing.
func TestReload(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "")
	td.publish()
	d := td.start(t)
	d.wait(t)
	td.readAll(t, map[string]string{})
	if code := td.status(t, "/topics/other.rss"); code != http.StatusNotFound {
		t.Fatalf("a topic that is not there answers %d", code)
	}

	if m := td.wireMetrics(t); len(m) > 0 {
		t.Errorf("a node that is alone has the metrics of a cluster %v", m)
	}

	topic := "topics: [{name: all, stories: 5000}"
	td.rewrite(t, topic, topic+", {name: other, from: [s0]}")
	td.until(t, "the new topic is served", func() bool { return td.status(t, "/topics/other.rss") == http.StatusOK })

	td.rewrite(t, "sources:\n", "sources:\n  - {feed: nonsense}\n")
	td.until(t, "the wrong file is refused", func() bool { return td.metric(t, "slugline_config_ok 0") })
	if code := td.status(t, "/topics/other.rss"); code != http.StatusOK {
		t.Errorf("after a wrong file a topic answers %d", code)
	}

	td.rewrite(t, "  - {feed: nonsense}\n", "")
	td.until(t, "the corrected file is applied", func() bool { return td.metric(t, "slugline_config_ok 1") })
	elsewhere := loopback.Address(t)
	td.rewrite(t, td.public, elsewhere)
	td.until(t, "the other address is read", func() bool { return strings.Contains(d.log(), "key=listen") })
	td.rewrite(t, elsewhere, td.public)
	td.rewrite(t, ", {name: other, from: [s0]}", "")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	td.until(t, "the removed topic is gone", func() bool { return td.status(t, "/topics/other.rss") == http.StatusGone })
	d.terminate(t)
	for _, want := range []string{"topic other: +1 -0 stories", "feed: nonsense", "feeds.yaml has no errors any more", "Slugline reads 2 sources for 1 topic.", "slugline --config " + td.dir + "/feeds.yaml watch"} {
		if !strings.Contains(d.output.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, d.output.String())
		}
	}
	if n := strings.Count(d.output.String(), "next start"); n != 1 {
		t.Errorf("%d settings wait for the next start, 1 was changed and changed back:\n%s", n, d.output.String())
	}
}

// TestScheduledBackup expects a checked copy soon after the first start.
func TestScheduledBackup(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "backup: {to: copies, every: 1h, keep: 2}\n")
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	var copies []string
	td.until(t, "a copy is made", func() bool {
		copies, _ = filepath.Glob(filepath.Join(td.dir, "copies", "slugline-*.db")) // the pattern is right
		return len(copies) == 1
	})
	if got := td.run(t, "verify", copies[0]); !strings.Contains(got, "No damage found") {
		t.Errorf("verify says %q", got)
	}
}

// TestRefusedStarts expects a second daemon to say why it can't start.
func TestRefusedStarts(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	if got := td.runFails(t); !strings.Contains(got, td.public+" is in use") {
		t.Errorf("on the same port: %q", got)
	}
	td.rewrite(t, td.public, loopback.Address(t))
	td.rewrite(t, td.desk, loopback.Address(t))
	if got := td.runFails(t); !strings.Contains(got, "database in use") {
		t.Errorf("on the same database: %q", got)
	}
}

// TestStopEndsStreams expects the daemon to stop quickly while a live stream is open.
func TestStopEndsStreams(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	d := td.start(t)
	d.wait(t)
	resp, err := http.Get("http://" + td.desk + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	d.terminate(t)
}

// rewrite replaces a piece of feeds.yaml.
func (td *testDaemon) rewrite(t *testing.T, old, now string) {
	t.Helper()
	path := filepath.Join(td.dir, "feeds.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("feeds.yaml has no %q", old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, now, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// until waits until met returns true, because of another process.
func (td *testDaemon) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(awaits)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}

func (td *testDaemon) status(t *testing.T, path string) int {
	t.Helper()
	resp, err := http.Get("http://" + td.public + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (td *testDaemon) metric(t *testing.T, line string) bool {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), line)
}
