package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A save between the last look at the file and the exchange stays where it is.
func TestExchangePutsBack(t *testing.T) {
	dir := t.TempDir()
	target, made := filepath.Join(dir, "feeds.yaml"), filepath.Join(dir, "made")
	write(t, target, "saved")
	write(t, made, "ours")
	saved, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if err := exchange(made, target, []byte("before"), []byte("ours")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	now, err := os.Stat(target)
	if err != nil || !os.SameFile(saved, now) || read(t, target) != "saved" {
		t.Errorf("the file is %q, %v", read(t, target), err)
	}
}

// An editor that has the file open and writes later loses nothing.
func TestReplaceWhileItIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	write(t, path, "before")
	editor, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("before"), []byte("after")); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that is being written is replaced: %v", err)
	}
	_, err = editor.WriteString("edited")
	if err := errors.Join(err, editor.Close()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "edited" {
		t.Errorf("the file is %q", got)
	}
	if err := Replace(path, []byte("edited"), []byte("after")); err != nil || read(t, path) != "after" {
		t.Errorf("the file is %q: %v", read(t, path), err)
	}
}

// Saves of an editor, in place or by renaming, are never lost, whenever they come.
func TestExchangeAgainstSaves(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "feeds.yaml")
	write(t, path, "save 0\n")
	saved := make(chan int)
	changed := 0
	for k := 1; k <= 400; k++ {
		before, made := read(t, path), filepath.Join(dir, ".made")
		write(t, made, before+"ours\n")
		start := make(chan bool)
		go func() {
			<-start
			text := []byte(fmt.Sprintf("save %d\n", k))
			var err error
			if k%2 == 0 {
				err = os.WriteFile(path, text, 0o600)
			} else if err = os.WriteFile(path+"~", text, 0o600); err == nil {
				err = os.Rename(path+"~", path)
			}
			if err != nil {
				t.Error(err)
			}
			saved <- k
		}()
		close(start)
		err := exchange(made, path, []byte(before), []byte(before+"ours\n"))
		<-saved
		if err != nil && !errors.Is(err, ErrChanged) {
			t.Fatal(err)
		}
		if err != nil {
			changed++
		}
		if got := read(t, path); !strings.HasPrefix(got, fmt.Sprintf("save %d\n", k)) {
			t.Fatalf("save %d is lost: the file is %q", k, got)
		}
	}
	t.Logf("%d of 400 changes met a save", changed)
}

// A process that replaces the file waits for another one.
func TestReplaceWaits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "feeds.yaml")
	write(t, path, "a")
	unlock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- Replace(path, []byte("a"), []byte("b")) }()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	if read(t, path) != "a" {
		t.Error("the file is replaced while its folder is locked")
	}
	unlock()
	if err := <-done; err != nil || read(t, path) != "b" {
		t.Errorf("the file is %q: %v", read(t, path), err)
	}
}

// A single file that is mounted can't be replaced, which is said before.
func TestMountedFile(t *testing.T) {
	if path := os.Getenv("SLUGLINE_MOUNTED"); path != "" {
		b := []byte(read(t, path))
		err := Writable(path)
		if err == nil || !strings.Contains(err.Error(), "mount its folder instead") {
			t.Errorf("Writable says %v", err)
		}
		if err := Replace(path, b, bytes.ToUpper(b)); err == nil || !strings.Contains(err.Error(), "mount its folder instead") {
			t.Errorf("Replace says %v", err)
		}
		return
	}
	dir := t.TempDir()
	inner, outer := filepath.Join(dir, "feeds.yaml"), filepath.Join(dir, "outer.yaml")
	write(t, inner, "")
	write(t, outer, "a")
	script := `mount --bind "$1" "$2" || exit 77; SLUGLINE_MOUNTED="$2" exec "$3" -test.run '^TestMountedFile$'`
	out, err := exec.Command("unshare", "-m", "sh", "-c", script, "sh", outer, inner, os.Args[0]).CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && !bytes.Contains(out, []byte("--- FAIL")) {
		t.Skipf("this test needs permission to mount: %s", out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if read(t, outer) != "a" {
		t.Errorf("the file is %q", read(t, outer))
	}
}
