package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/view"
)

// TestBesideTheDaemon asks while a daemon holds the database: every command but
// compact goes on.
func TestBesideTheDaemon(t *testing.T) {
	p := newPress(t, 4)
	p.configure(t, "")
	for range 8 {
		p.publish()
	}
	d := p.start(t)
	d.wait(t)
	defer d.terminate(t)
	p.readAll(t, map[string]string{})

	var stories []view.Story
	if err := json.Unmarshal([]byte(p.says(t, "stories", "all", "--json")), &stories); err != nil || len(stories) != 8 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	entry := stories[0].Outlets[0].Entry
	copied, static := filepath.Join(t.TempDir(), "copy.db"), t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"sources", "s3 "},
		{"topics", "all    8 "},
		{"why " + entry, "so it started the story"},
		{"preview all", "+0 -0 stories"},
		{"poll --all", "4 sources visited"},
		{"opml", `text="Source 0"`},
		{"backup " + copied, "written and checked"},
		{"verify " + copied, "It is sound"},
		{"verify", "It is sound"},
		{"verify --dump topics", `{"key":{"topic":"all"},"value":{"name":"all",`},
		{"export " + static, "shows to everybody"},
	} {
		if got := p.says(t, strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("slugline %s says %q, not %q", c.args, got, c.want)
		}
	}
	if got := p.refuses(t, "compact"); !strings.Contains(got, "stop the daemon first") {
		t.Errorf("compact says %q", got)
	}
	if b, err := os.ReadFile(filepath.Join(static, "topics", "all.atom")); err != nil || !strings.Contains(string(b), `rel="hub"`) {
		t.Errorf("the daemon's hub is not named in %s: %v", b, err)
	}
	p.watch(t)
}

func TestBesideTheDaemonWithItsKey(t *testing.T) {
	p := newPress(t, 1)
	p.configure(t, "desk_auth: always\n")
	d := p.start(t)
	d.wait(t)
	defer d.terminate(t)
	if got := p.says(t, "sources"); !strings.Contains(got, "s0 ") {
		t.Errorf("sources says %q", got)
	}
	if err := os.Remove(filepath.Join(p.dir, "slugline.db.token")); err != nil {
		t.Fatal(err)
	}
	if got := p.refuses(t, "sources"); !strings.Contains(got, "needs a token") {
		t.Errorf("without the key sources says %q", got)
	}
}

// TestAnotherDatabase keeps a command from answering of a daemon that is not the
// one of its feeds.yaml.
func TestAnotherDatabase(t *testing.T) {
	p := newPress(t, 1)
	p.configure(t, "")
	d := p.start(t)
	d.wait(t)
	defer d.terminate(t)

	other := newPress(t, 1)
	other.configure(t, "")
	e := other.start(t)
	e.wait(t)
	defer e.terminate(t)
	other.desk = p.desk
	other.configure(t, "")
	if got := other.refuses(t, "stories"); !strings.Contains(got, "slugline.db, not "+other.dir) {
		t.Errorf("stories says %q", got)
	}
}

// TestBesideWithAWrongFile asks the daemon, which stays on the last good file, while
// feeds.yaml is wrong; without a daemon the file's errors are what is told.
func TestBesideWithAWrongFile(t *testing.T) {
	p := newPress(t, 2)
	p.configure(t, "")
	p.publish()
	d := p.start(t)
	d.wait(t)
	p.readAll(t, map[string]string{})
	p.rewrite(t, "sources:\n", "sources:\n  - {feed: nonsense}\nnever: [\n")
	copied, static := filepath.Join(t.TempDir(), "copy.db"), t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"sources", "s1 "},
		{"topics", "all    1 "},
		{"stories all", "(Source 0)"},
		{"opml", "/1.xml"},
		{"backup " + copied, "written and checked"},
		{"verify", "It is sound"},
		{"export " + static, "http://" + p.public},
	} {
		if got := p.says(t, strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("slugline %s says %q, not %q", c.args, got, c.want)
		}
	}
	p.watch(t)
	if got := p.refuses(t, "watch", "nosuch"); !strings.Contains(got, `There is no topic "nosuch".`) {
		t.Errorf("slugline watch nosuch says %q", got)
	}
	d.terminate(t)
	cmd := p.command("stories")
	out, _ := cmd.CombinedOutput() // the status is looked at
	if code := cmd.ProcessState.ExitCode(); code != wrong || !strings.Contains(string(out), "feeds.yaml:") {
		t.Errorf("without a daemon stories ends with %d: %s", code, out)
	}
}

func (p *press) command(args ...string) *exec.Cmd {
	return exec.Command("slugline", append([]string{"--config", filepath.Join(p.dir, "feeds.yaml")}, args...)...)
}

func (p *press) says(t *testing.T, args ...string) string {
	t.Helper()
	cmd := p.command(args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("slugline %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// refuses wants status 1.
func (p *press) refuses(t *testing.T, args ...string) string {
	t.Helper()
	cmd := p.command(args...)
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("slugline %s ends with %d", strings.Join(args, " "), code)
	}
	return string(out)
}

// watch waits for what is published to come by, and ends the watching.
func (p *press) watch(t *testing.T) {
	t.Helper()
	cmd := p.command("watch", "all")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n') // ended without one: empty
		line <- s
	}()
	end := time.After(20 * time.Second)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for seen := false; !seen; {
		p.publish()
		select {
		case s := <-line:
			if seen = true; !strings.Contains(s, "(Source ") {
				t.Errorf("watch says %q", s)
			}
		case <-tick.C:
		case <-end:
			t.Error("watch says nothing")
			seen = true
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("watch ends with %v", err)
	}
}
