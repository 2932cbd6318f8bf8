package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a first run leaves in its folder is ignored by git, and no file of the repository
// is.
func TestGitIgnore(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	rules, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	td := newTestDaemon(t, 1)
	td.configure(t, "backup: {to: backups}\n")
	td.publish()
	if err := os.WriteFile(filepath.Join(td.dir, ".gitignore"), rules, 0o666); err != nil {
		t.Fatal(err)
	}
	d := td.start(t)
	d.wait(t)
	td.readAll(t, map[string]string{})
	td.run(t, "backup", filepath.Join(td.dir, "backups", "now.db"))
	running := gitStatus(t, td.dir)
	d.terminate(t)
	td.run(t, "compact")
	for _, got := range []string{running, gitStatus(t, td.dir)} {
		if want := "?? .gitignore\n?? feeds.yaml\n"; got != want {
			t.Errorf("git sees\n%s, want\n%s", got, want)
		}
	}
	if tracked, err := exec.Command("git", "ls-files", "--cached", "--ignored", "--exclude-standard", "../..").Output(); err == nil && len(tracked) > 0 {
		t.Errorf("these files of the repository are ignored:\n%s", tracked)
	}
}

// gitStatus returns what git sees in a folder that is a repository of its own.
func gitStatus(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for _, args := range [][]string{{"init", "-q"}, {"status", "--porcelain", "--untracked-files=all"}} {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %s: %v", args[0], err)
		}
		all.Write(out)
	}
	return all.String()
}
