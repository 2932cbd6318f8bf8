package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFirstStartOnAFullDisk starts where little or no space is left. Nothing that the start
// leaves behind, such as a database or a token that is cut off, disturbs the next one.
func TestFirstStartOnAFullDisk(t *testing.T) {
	for name, free := range map[string]int64{"nothing is free": 0, "a page is free": 4 << 10, "half the database fits": 32 << 10, "only the token is too much": 56 << 10} {
		t.Run(name, func(t *testing.T) {
			td := newTestDaemon(t, 1)
			disk := filepath.Join(td.dir, "disk")
			smallDisk(t, disk)
			td.configure(t, "database: "+filepath.Join(disk, "slugline.db")+"\n")
			ballast := filepath.Join(disk, "ballast")
			fillDisk(t, ballast, 5<<20)
			fi, err := os.Stat(ballast)
			if err == nil {
				err = os.Truncate(ballast, fi.Size()-free)
			}
			if err != nil {
				t.Fatal(err)
			}
			if said := td.runFails(t); !strings.Contains(said, "no space on the disk: free some, nothing is lost") || !strings.Contains(said, disk) {
				t.Errorf("the first start says %q, want what is full and what to do", said)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			d := td.start(t)
			d.wait(t)
			d.terminate(t)
		})
	}
}

// smallDisk mounts a disk of 4 MB until the test ends. It skips the test where that is not
// allowed.
func smallDisk(t *testing.T, path string) {
	t.Helper()
	if err := mountDisk(t, path, 4); err != nil {
		t.Skip("mounting a small disk needs root:", err)
	}
}

// mountDisk mounts a disk of some MB in a new folder until the test ends.
func mountDisk(t *testing.T, path string, size int) error {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%dm", size)); err != nil {
		return err
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return nil
}

// fillDisk writes a file until nothing more fits on its disk.
func fillDisk(t *testing.T, ballast string, most int) {
	t.Helper()
	if err := os.WriteFile(ballast, make([]byte, most), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}
