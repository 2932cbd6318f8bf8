package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "feeds.yaml")
	if err := errors.Join(os.WriteFile(real, []byte("a"), 0o640), os.Symlink("real.yaml", link)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Writable(link), Replace(link, []byte("a"), []byte("b"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(real)
	if got, _ := os.ReadFile(real); string(got) != "b" || err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the target is %q, %v, %v", got, info, err)
	}
	if to, err := os.Readlink(link); to != "real.yaml" || err != nil {
		t.Errorf("the link is gone: %v", err)
	}
	if err := Replace(link, []byte("a"), []byte("c")); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that was changed meanwhile is replaced: %v", err)
	}
	if err := os.Chmod(real, 0o440); err != nil {
		t.Fatal(err)
	}
	if Writable(link) == nil || Replace(link, []byte("b"), []byte("c")) == nil {
		t.Errorf("a read-only file is replaced")
	}
	if got, _ := os.ReadFile(real); string(got) != "b" {
		t.Errorf("the file became %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("%s is left", left)
	}
}
