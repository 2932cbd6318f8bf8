package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/view"
)

// TestCommandsThroughDaemon runs commands while a daemon has the database open: all but
// compact work.
func TestCommandsThroughDaemon(t *testing.T) {
	td := newTestDaemon(t, 4)
	td.configure(t, "")
	for range 8 {
		td.publish()
	}
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	td.readAll(t, map[string]string{})

	var stories []view.Story
	if err := json.Unmarshal([]byte(td.run(t, "stories", "all", "--json")), &stories); err != nil || len(stories) != 8 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	entry := stories[0].Outlets[0].Entry
	copied, static := filepath.Join(t.TempDir(), "copy.db"), t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"sources", "s3 "},
		{"topics", "all    8 "},
		{"why " + entry, "so it started the story"},
		{"preview all", "+0 -0 stories"},
		{"preview topic:all", `topic:all matches "all"`},
		{"preview --json topic:a*", `"why":[{"term":"topic:a*","found":"all"}]`},
		{"poll --all", "4 sources visited"},
		{"opml", `text="Source 0"`},
		{"backup " + copied, "written and checked"},
		{"verify " + copied, "No damage found"},
		{"verify", "No damage found"},
		{"verify --dump topics", `{"key":{"topic":"all"},"value":{"name":"all",`},
		{"export " + static, "has the public pages of http://" + td.public},
	} {
		if got := td.run(t, strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("slugline %s says %q, not %q", c.args, got, c.want)
		}
	}
	if got := td.runFails(t, "compact"); !strings.Contains(got, "stop the daemon first") {
		t.Errorf("compact says %q", got)
	}
	if b, err := os.ReadFile(filepath.Join(static, "topics", "all.atom")); err != nil || !strings.Contains(string(b), `rel="hub"`) {
		t.Errorf("the daemon's hub is not named in %s: %v", b, err)
	}
	td.watch(t)
}

// A database that was removed while a daemon uses it is not made anew by a command.
func TestCommandsWithoutTheDaemonsDatabase(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	path := filepath.Join(td.dir, "slugline.db")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"poll --all", "sources", "token anna", "verify"} {
		if got, want := td.runFails(t, strings.Fields(command)...), "slugline.db was removed or renamed while a daemon uses it"; !strings.Contains(got, want) {
			t.Errorf("slugline %s says %q, not %q", command, got, want)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a command made a new database: %v", err)
	}
}

func TestCommandsUseDaemonToken(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "desk_auth: always\n")
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	if got := td.run(t, "sources"); !strings.Contains(got, "s0 ") {
		t.Errorf("sources says %q", got)
	}
	if err := os.Remove(filepath.Join(td.dir, "slugline.db.token")); err != nil {
		t.Fatal(err)
	}
	if got := td.runFails(t, "sources"); !strings.Contains(got, "needs a token") {
		t.Errorf("without the key sources says %q", got)
	}
}

// TestAnotherDatabase has a command find another daemon at the address of its own: it must
// refuse to use that daemon.
func TestAnotherDatabase(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)

	other := newTestDaemon(t, 1)
	other.configure(t, "")
	e := other.start(t)
	e.wait(t)
	defer e.terminate(t)
	other.desk = td.desk
	other.configure(t, "")
	if got := other.runFails(t, "stories"); !strings.Contains(got, "slugline.db, not "+other.dir) {
		t.Errorf("stories says %q", got)
	}
}

// TestCommandsWithInvalidConfig runs commands while feeds.yaml has errors: with a daemon they
// use it, without one they print the errors. An export is refused, see
// TestExportWithErrorsInFeedsYAML.
func TestCommandsWithInvalidConfig(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "")
	td.publish()
	d := td.start(t)
	d.wait(t)
	td.readAll(t, map[string]string{})
	td.rewrite(t, "sources:\n", "sources:\n  - {feed: nonsense}\nnever: [\n")
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, c := range []struct{ args, want string }{
		{"sources", "s1 "},
		{"topics", "all    1 "},
		{"stories all", "(Source 0)"},
		{"opml", "/1.xml"},
		{"backup " + copied, "written and checked"},
		{"verify", "No damage found"},
	} {
		if got := td.run(t, strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("slugline %s says %q, not %q", c.args, got, c.want)
		}
	}
	td.watch(t)
	if got := td.runFails(t, "watch", "nosuch"); !strings.Contains(got, `There is no topic "nosuch".`) {
		t.Errorf("slugline watch nosuch says %q", got)
	}
	d.terminate(t)
	cmd := td.command("stories")
	out, _ := cmd.CombinedOutput() // the exit status is checked below
	if code := cmd.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(string(out), "feeds.yaml:") {
		t.Errorf("without a daemon stories ends with %d: %s", code, out)
	}
}

func (td *testDaemon) command(args ...string) *exec.Cmd {
	return exec.Command("slugline", append([]string{"--config", filepath.Join(td.dir, "feeds.yaml")}, args...)...)
}

func (td *testDaemon) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := td.command(args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("slugline %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// runFails wants status 1.
func (td *testDaemon) runFails(t *testing.T, args ...string) string {
	t.Helper()
	cmd := td.command(args...)
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("slugline %s ends with %d", strings.Join(args, " "), code)
	}
	return string(out)
}

// watch runs slugline watch until it prints a story, and interrupts it.
func (td *testDaemon) watch(t *testing.T) {
	t.Helper()
	cmd := td.command("watch", "all")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n') // empty when the output ends first
		line <- s
	}()
	end := time.After(awaits)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for seen := false; !seen; {
		td.publish()
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
