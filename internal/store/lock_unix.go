//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lock locks the file, as bbolt does again later: its pages are read before bbolt opens it.
// It waits for at most timeout; then the error is ErrInUse with the other process's name.
func lock(f *os.File, write bool, timeout time.Duration) error {
	how := syscall.LOCK_SH
	if write {
		how = syscall.LOCK_EX
	}
	const pause = 20 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("lock: %w", err)
		}
		if waited >= timeout {
			return fmt.Errorf("%w: %s has it open; stop that one, or ask it through its desk", ErrInUse, holder(f))
		}
		time.Sleep(pause)
	}
}

// holder names the process that has f locked, if the system tells.
func holder(f *os.File) string {
	const unknown = "another process"
	fi, err := f.Stat()
	if err != nil {
		return unknown
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return unknown
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return unknown
	}
	inode := ":" + strconv.FormatUint(uint64(st.Ino), 10)
	for line := range strings.Lines(string(locks)) {
		w := strings.Fields(line) // 1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF
		if len(w) < 6 || w[1] != "FLOCK" || !strings.HasSuffix(w[5], inode) {
			continue
		}
		name, _ := os.ReadFile("/proc/" + w[4] + "/comm")
		return strings.TrimSpace(fmt.Sprintf("process %s %s", w[4], bytes.TrimSpace(name)))
	}
	return unknown
}

// sameOwner gives the file at path the owner and group of another file.
func sameOwner(path string, as os.FileInfo) error {
	st, ok := as.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Getuid() && int(st.Gid) == os.Getgid() {
		return nil
	}
	return os.Chown(path, int(st.Uid), int(st.Gid))
}

func inode(fi os.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}
