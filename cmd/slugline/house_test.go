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
)

// TestReload changes feeds.yaml below a daemon: what is right comes into force,
// what is wrong changes nothing.
func TestReload(t *testing.T) {
	p := newPress(t, 2)
	p.configure(t, "")
	p.publish()
	d := p.start(t)
	d.wait(t)
	p.readAll(t, map[string]string{})
	if code := p.status(t, "/topics/other.rss"); code != http.StatusNotFound {
		t.Fatalf("a topic that is not there answers %d", code)
	}

	topic := "topics: [{name: all, stories: 5000}"
	p.rewrite(t, topic, topic+", {name: other, from: [s0]}")
	p.until(t, "the new topic is served", func() bool { return p.status(t, "/topics/other.rss") == http.StatusOK })

	p.rewrite(t, "sources:\n", "sources:\n  - {feed: nonsense}\n")
	p.until(t, "the wrong file is refused", func() bool { return p.metric(t, "slugline_config_ok 0") })
	if code := p.status(t, "/topics/other.rss"); code != http.StatusOK {
		t.Errorf("after a wrong file a topic answers %d", code)
	}

	p.rewrite(t, "  - {feed: nonsense}\n", "")
	p.until(t, "the right file is taken again", func() bool { return p.metric(t, "slugline_config_ok 1") })
	elsewhere := freeAddress(t)
	p.rewrite(t, p.public, elsewhere)
	p.until(t, "the other address is read", func() bool { return strings.Contains(d.log(), "key=listen") })
	p.rewrite(t, elsewhere, p.public)
	p.rewrite(t, ", {name: other, from: [s0]}", "")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the removed topic is gone", func() bool { return p.status(t, "/topics/other.rss") == http.StatusGone })
	d.terminate(t)
	for _, want := range []string{"topic other: +1 -0 stories", "feed: nonsense", "feeds.yaml is good again", "Slugline reads 2 sources for 1 topic.", "slugline --config " + p.dir + "/feeds.yaml watch"} {
		if !strings.Contains(d.said.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, d.said.String())
		}
	}
	if n := strings.Count(d.said.String(), "next start"); n != 1 {
		t.Errorf("%d settings wait for the next start, 1 was changed and changed back:\n%s", n, d.said.String())
	}
}

// TestScheduledBackup wants a checked copy soon after the first start.
func TestScheduledBackup(t *testing.T) {
	p := newPress(t, 1)
	p.configure(t, "backup: {to: copies, every: 1h, keep: 2}\n")
	d := p.start(t)
	d.wait(t)
	defer d.terminate(t)
	var copies []string
	p.until(t, "a copy is made", func() bool {
		copies, _ = filepath.Glob(filepath.Join(p.dir, "copies", "slugline-*.db")) // the pattern is right
		return len(copies) == 1
	})
	if got := p.says(t, "verify", copies[0]); !strings.Contains(got, "It is sound") {
		t.Errorf("verify says %q", got)
	}
}

// TestRefusedStarts names what stands in the way of a second daemon.
func TestRefusedStarts(t *testing.T) {
	p := newPress(t, 1)
	p.configure(t, "")
	d := p.start(t)
	d.wait(t)
	defer d.terminate(t)
	if got := p.refuses(t); !strings.Contains(got, p.public+" is in use") {
		t.Errorf("on the same port: %q", got)
	}
	p.rewrite(t, p.public, freeAddress(t))
	p.rewrite(t, p.desk, freeAddress(t))
	if got := p.refuses(t); !strings.Contains(got, "database in use") {
		t.Errorf("on the same database: %q", got)
	}
}

// TestStopEndsStreams wants a quick end with a reader who never leaves.
func TestStopEndsStreams(t *testing.T) {
	p := newPress(t, 1)
	p.configure(t, "")
	d := p.start(t)
	d.wait(t)
	resp, err := http.Get("http://" + p.desk + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	d.terminate(t)
}

// rewrite replaces a piece of feeds.yaml.
func (p *press) rewrite(t *testing.T, old, now string) {
	t.Helper()
	path := filepath.Join(p.dir, "feeds.yaml")
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

// until waits for what another process does.
func (p *press) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (p *press) status(t *testing.T, path string) int {
	t.Helper()
	resp, err := http.Get("http://" + p.public + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (p *press) metric(t *testing.T, line string) bool {
	t.Helper()
	resp, err := http.Get("http://" + p.desk + "/metrics")
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
