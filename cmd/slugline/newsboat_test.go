package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/origin"
)

// TestNewsboat subscribes newsboat to every topic of the demo's scenario, which takes a
// minute here, and reads again and again, through a kill -9 and a change of site.url:
// there is one item for each story, and no item becomes unread again.
func TestNewsboat(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of reading")
	}
	tools(t, "newsboat", "sqlite3")
	td := &testDaemon{dir: t.TempDir(), source: loopback.Address(t), public: loopback.Address(t), desk: loopback.Address(t)}
	origin := exec.Command("scenario", td.source, time.Now().Format(time.RFC3339), "20")
	origin.Stderr = os.Stderr
	if err := origin.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = origin.Process.Kill()
		_ = origin.Wait() // it was killed
	})
	topics := td.configureScenario(t, "http://"+td.public)
	b := newNewsboat(t, td, topics)
	d := td.start(t)
	d.wait(t)
	for i := range 12 {
		switch i {
		case 4:
			d.kill(t)
			d = td.start(t)
			d.wait(t)
		case 8:
			d.terminate(t)
			td.configureScenario(t, "https://press.example")
			d = td.start(t)
			d.wait(t)
		}
		<-time.After(4 * time.Second) // the scenario and newsboat run in real time
		b.reload(t)
		b.check(t)
	}
	d.terminate(t)
	t.Logf("%d items read in %d topics", len(b.seen), len(topics))
}

// tools skips the test where a program is missing, but not in CI.
func tools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

// configureScenario writes the demo's feeds.yaml with the test's addresses and site.url, and
// returns its topics.
func (td *testDaemon) configureScenario(t *testing.T, url string) []string {
	t.Helper()
	text := strings.Replace(origin.Config(td.dir, "http://"+td.source), "site:\n", "site:\n  url: "+url+"\n", 1)
	text = fmt.Sprintf("listen: %s\ndesk: %s\n%s", td.public, td.desk, text)
	path := filepath.Join(td.dir, "feeds.yaml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := config.Read(path, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, topic := range c.Topics {
		names = append(names, topic.Name)
	}
	return names
}

// newsboat is a newsboat with its own configuration and cache.
type newsboat struct {
	urls, cache, config string
	seen                map[string]bool // feed and guid of all items that were ever unread
}

func newNewsboat(t *testing.T, td *testDaemon, topics []string) *newsboat {
	t.Helper()
	b := &newsboat{urls: filepath.Join(td.dir, "urls"), cache: filepath.Join(td.dir, "cache.db"), config: filepath.Join(td.dir, "newsboat"), seen: map[string]bool{}}
	var lines string
	for i, name := range topics {
		lines += fmt.Sprintf("http://%s/topics/%s.%s\n", td.public, name, []string{"rss", "atom"}[i%2])
	}
	for path, text := range map[string]string{b.urls: lines, b.config: "reload-time 0\nmax-items 0\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *newsboat) reload(t *testing.T) {
	t.Helper()
	cmd := exec.Command("newsboat", "-q", "-u", b.urls, "-c", b.cache, "-C", b.config, "-x", "reload")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("newsboat: %v\n%s", err, out)
	}
}

// check marks the unread items as read, and expects no item unread twice and no headline
// twice in a feed.
func (b *newsboat) check(t *testing.T) {
	t.Helper()
	for _, row := range b.query(t, "select feedurl || ' ' || guid from rss_item where unread = 1") {
		if b.seen[row] {
			t.Errorf("unread a second time: %s", row)
		}
		b.seen[row] = true
	}
	b.query(t, "update rss_item set unread = 0")
	for _, row := range b.query(t, "select feedurl || ' ' || title from rss_item group by feedurl, title having count(*) > 1") {
		if !recurrent(row) {
			t.Errorf("two items of one headline: %s", row)
		}
	}
}

// recurrent reports whether the headline is that of the daily briefing.
func recurrent(row string) bool {
	return strings.Contains(row, "Morning briefing") || strings.Contains(row, "موجز")
}

func (b *newsboat) query(t *testing.T, sql string) []string {
	t.Helper()
	out, err := exec.Command("sqlite3", b.cache, sql).CombinedOutput()
	if err != nil {
		t.Fatalf("sqlite3: %v\n%s", err, out)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}
