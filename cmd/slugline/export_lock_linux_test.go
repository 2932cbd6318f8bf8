package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Two exports do not write into one folder at once: the second says so and changes nothing.
// A folder is free again when the process that had it has ended.
func TestTwoExportsIntoOneFolder(t *testing.T) {
	td, dir := newExportTest(t, 3)
	td.run(t, "export", dir)
	before := contents(t, dir)
	td.rewrite(t, "title: Old Press", "title: New Press")
	locked, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(locked.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	out, err := td.command("export", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another export is writing into it; run this one again when that has ended") {
		t.Errorf("beside another export: %v\n%s", err, out)
	}
	if after := contents(t, dir); after["index.html"] != before["index.html"] {
		t.Error("it wrote nevertheless")
	}
	other := filepath.Join(t.TempDir(), "other")
	td.run(t, "export", other)
	if err := locked.Close(); err != nil {
		t.Fatal(err)
	}
	td.run(t, "export", dir)
	if after := contents(t, dir); !strings.Contains(after["index.html"], "New Press") {
		t.Error("after the other export has ended, nothing is written")
	}
}
