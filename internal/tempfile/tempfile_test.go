package tempfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRemoveLeftKeepsWhatIsInUse(t *testing.T) {
	dir := t.TempDir()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	write := func(name string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	left := []string{
		write(fmt.Sprintf(".slugline-backup-%d-1.tmp", ended.ProcessState.Pid())),
		write(".slugline-20261128T010203Z.db-123"),
		write("slugline-verify-123"),
		write(".backup-123"),
	}
	for _, path := range left {
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(dir, fmt.Sprintf(".slugline-demo-%d-2.tmp", ended.ProcessState.Pid()))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	before := write(fmt.Sprintf(".slugline-copy-%d-3.tmp", os.Getpid()))
	if err := os.Chtimes(before, time.Time{}, time.Now().AddDate(10, 0, 0)); err != nil { // its clock was wrong
		t.Fatal(err)
	}
	left = append(left, folder, before)

	f, err := Create(dir, "verify")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	kept := []string{
		filepath.Base(f.Name()),
		filepath.Base(write(fmt.Sprintf(".slugline-backup-%d-1.tmp", os.Getppid()))),
		filepath.Base(write("slugline-20261128T010203Z.db")),
		filepath.Base(write("slugline-verify-124")), // an earlier version may be using it
		filepath.Base(write("slugline-verify-notes")),
	}
	removed, err := RemoveLeft(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(left)
	slices.Sort(removed)
	if diff := cmp.Diff(left, removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(kept)
	if diff := cmp.Diff(kept, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestNothingIsLeftInAMissingFolder(t *testing.T) {
	if removed, err := RemoveLeft(filepath.Join(t.TempDir(), "none")); err != nil || removed != nil {
		t.Errorf("got %v, %v", removed, err)
	}
}

// What the user can change is the folder; the file's name says nothing.
func TestErrorsNameTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, err := Create(dir, "copy")
	_, folder := CreateFolder(dir, "copy")
	for _, err := range []error{err, folder} {
		if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), dir+":") || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("error: %v", err)
		}
	}
}
