package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const exportTopics = "[{name: first, title: First, from: [s0]}, {name: second, title: Second, from: [s1]}, {name: third, title: Third, from: [s0]}]"

// newExportTest returns an origin whose sources were visited, with a topic for each, and a
// folder for exports.
func newExportTest(t *testing.T, items int) (td *testDaemon, dir string) {
	td = newTestDaemon(t, 2)
	td.configure(t, "site: {url: 'http://press.example', title: Old Press}\n")
	td.rewrite(t, "[{name: all, stories: 5000}]", exportTopics)
	for range items {
		td.publish()
	}
	td.run(t, "poll", "--all")
	return td, t.TempDir()
}

// mentions returns the names of files that contain a text.
func mentions(all map[string]string, text string) (names []string) {
	for name, body := range all {
		if strings.Contains(body, text) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// An export shows feeds.yaml as it is: a changed title, a removed topic, a topic that needs
// a key now. Nothing of the last two remains but a note for those who come back. Files of
// others remain as they are.
func TestExportReadsFeedsYAML(t *testing.T) {
	td, dir := newExportTest(t, 10)
	td.run(t, "export", dir)
	before := contents(t, dir)
	private := nonsense(1) // of s1
	if len(mentions(before, private)) < 3 {
		t.Fatalf("the headline is in %v only", mentions(before, private))
	}
	for _, name := range []string{"notes.txt", "topics/second.txt", "topics/third/archive/note.txt"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	td.rewrite(t, exportTopics, "[{name: first, title: First, from: [s0]}, {name: second, title: Second, from: [s1], key: a-long-enough-key}]")
	td.rewrite(t, "Old Press", "New Press")
	if out := td.run(t, "export", dir); !strings.Contains(out, "written") {
		t.Errorf("export says %q", out)
	}
	after := contents(t, dir)
	if got := mentions(after, "Old Press"); len(got) > 0 {
		t.Errorf("the old title is still in %v", got)
	}
	if got := mentions(after, private); len(got) > 0 {
		t.Errorf("a headline of a topic with a key is still in %v", got)
	}
	if got := mentions(after, "a-long-enough-key"); len(got) > 0 {
		t.Errorf("the key is in %v", got)
	}
	for name, want := range map[string]string{
		"topics/second/index.html": "key", "topics/third/index.html": "New Press", "embed/third/index.html": "New Press",
		"notes.txt": "notes.txt", "topics/second.txt": "topics/second.txt", "topics/third/archive/note.txt": "topics/third/archive/note.txt",
	} {
		if !strings.Contains(after[name], want) {
			t.Errorf("%s lacks %q: %q", name, want, after[name])
		}
	}
	for name := range after {
		if strings.HasPrefix(name, "topics/second.") && name != "topics/second.txt" || strings.HasPrefix(name, "topics/third.") || name == "topics/third/embed/index.html" {
			t.Errorf("%s remains", name)
		}
	}
	walk := after["index.html"] + after["sitemap.xml"] + after["topics.opml"]
	if strings.Contains(walk, "/topics/third") || strings.Contains(walk, "/topics/second") {
		t.Error("a page still links to a topic that is not public")
	}
}

// Nothing is written while feeds.yaml has errors.
func TestExportWithErrorsInFeedsYAML(t *testing.T) {
	td, dir := newExportTest(t, 4)
	td.run(t, "export", dir)
	before := contents(t, dir)
	td.rewrite(t, "Old Press", "New Press")
	td.rewrite(t, "topics:", "topicz:")
	cmd := td.command("export", dir)
	out, _ := cmd.CombinedOutput() // the exit status is checked below
	if code := cmd.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(string(out), "topicz") {
		t.Errorf("export ends with %d: %s", code, out)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("files changed although feeds.yaml has errors")
	}
}

// An export never replaces what it did not write, and says what is in the way.
func TestExportKeepsFilesOfOthers(t *testing.T) {
	td, dir := newExportTest(t, 4)
	for _, name := range []string{"index.html", "robots.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := td.runFails(t, "export", dir)
	if !strings.Contains(out, "index.html") || !strings.Contains(out, "--replace") || !strings.Contains(out, filepath.Join(dir, "robots.txt")) {
		t.Errorf("export says %q", out)
	}
	if all := contents(t, dir); all["index.html"] != "mine" || all["robots.txt"] != "mine" || all["topics/first.atom"] == "" {
		t.Errorf("index.html is %q, robots.txt %q", all["index.html"], all["robots.txt"])
	}
	td.run(t, "export", "--replace", dir)
	if all := contents(t, dir); !strings.Contains(all["index.html"], "Old Press") {
		t.Errorf("with --replace, index.html is %q", all["index.html"])
	}
}

// Beside a daemon, an export waits until the daemon has applied feeds.yaml. If that is
// another one than the daemon's, nothing is written.
func TestExportBesideADaemon(t *testing.T) {
	td, dir := newExportTest(t, 4)
	d := td.start(t)
	d.wait(t)
	td.rewrite(t, "Old Press", "New Press")
	td.run(t, "export", dir)
	before := contents(t, dir)
	if !strings.Contains(before["index.html"], "New Press") {
		t.Error("the export does not show the title of feeds.yaml")
	}
	b, err := os.ReadFile(filepath.Join(td.dir, "feeds.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(td.dir, "other.yaml")
	if err := os.WriteFile(other, []byte(strings.Replace(string(b), "New Press", "Other Press", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := td.runFails(t, "--config", other, "export", dir); !strings.Contains(out, "not in force") {
		t.Errorf("export with another feeds.yaml says %q", out)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("files changed although the daemon has other rules")
	}
	d.terminate(t)
}

// An export that is killed leaves nothing that the next does not mend, and what is no longer
// public goes before anything new comes. SLUGLINE_KILLS says how often; the default is 6.
func TestKilledExports(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_KILLS")); err == nil {
		kills = n
	}
	td, dir := newExportTest(t, 120)
	private := make([]string, 0, 60)
	for i := 1; i < 120; i += 2 {
		private = append(private, nonsense(i))
	}
	began := time.Now()
	td.run(t, "export", dir)
	whole := time.Since(began)
	rnd, early := rand.New(rand.NewPCG(7, 8)), 0
	open, title := true, "Old Press"
	for i := range kills {
		from, to := "title: Second, from: [s1]}", "title: Second, from: [s1], key: a-long-enough-key}"
		if !open {
			from, to = to, from
		}
		td.rewrite(t, from, to)
		next := fmt.Sprint("Press ", i)
		td.rewrite(t, title, next)
		open, title = !open, next
		cmd := td.command("export", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := time.AfterFunc(time.Duration(rnd.Int64N(int64(whole))), func() { _ = cmd.Process.Kill() })
		if cmd.Wait() != nil {
			early++
		}
		stop.Stop()
		all := contents(t, dir)
		if !open && len(mentions(all, title)) > 2 { // the notes come while private files go
			for name, body := range all {
				if strings.HasPrefix(name, "stories/") || strings.HasPrefix(name, "topics/second.") {
					for _, headline := range private {
						if strings.Contains(body, headline) && strings.Contains(all["index.html"], title) {
							t.Errorf("kill %d: %s is still there although the front page is new", i, name)
						}
					}
				}
			}
		}
	}
	td.run(t, "export", dir)
	fresh := t.TempDir()
	td.run(t, "export", fresh)
	want, got := contents(t, fresh), contents(t, dir)
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		}
		if !strings.HasPrefix(name, "stories/") && name != ".slugline" && got[name] != want[name] {
			t.Errorf("%s differs from that of a new export", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok && !strings.Contains(got[name], title) {
			t.Errorf("%s is left", name)
		}
	}
	if early == 0 && kills > 0 {
		t.Error("no export was killed before its end")
	}
	t.Logf("%d of %d exports were killed before their end", early, kills)
}
