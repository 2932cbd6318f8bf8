package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFullDisk expects every command to fail that can't write its output.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this machine has no /dev/full: ", err)
	}
	defer full.Close()
	file := filepath.Join(t.TempDir(), "feeds.yaml")
	if err := os.WriteFile(file, []byte("sources: ['http://127.0.0.1:1/feed']\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"poll"}, {"check"}, {"check", "--json"}, {"sources"}, {"topics"}, {"opml"}, {"verify"}, {"preview", "x"}, {"--help"}, {"--version"}} {
		args = append([]string{"--config", file}, args...)
		err := run(t.Context(), args, nil, full, os.Stderr)
		if got := reportError(os.Stderr, err); got != exitFailed {
			t.Errorf("slugline %q to a full disk ends with %d, want %d", args, got, exitFailed)
		}
	}
}
