package config

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// exchange puts the file at made in the place of the one at target, if that still has the
// bytes of before and nobody writes it. If it does not, the newest save of others stays at
// target.
func exchange(made, target string, before, after []byte) error {
	err := swap(made, target)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return os.Rename(made, target) // a file system that can't exchange files
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", target, err)
	}
	if isUnchanged(made, before) {
		return nil
	}
	if err := putBack(made, target, after); err != nil {
		return fmt.Errorf("put %s back, which was saved meanwhile: %w", target, err)
	}
	return ErrChanged
}

// isUnchanged reports whether a file that only we know has some bytes and keeps them.
func isUnchanged(path string, b []byte) bool { return !isWritten(path) && unchanged(path, b) == nil }

// maxSwaps bounds how often a file is put back, should others save all the time.
const maxSwaps = 100

// putBack puts the file at made, which others saved, in the place of ours at target, which
// has the bytes of after. Each save in the meantime is put back instead.
func putBack(made, target string, after []byte) error {
	ours, err := os.Stat(target)
	for range maxSwaps {
		if err != nil {
			return err
		}
		var theirs, out os.FileInfo
		if theirs, err = os.Stat(made); err != nil {
			return err
		}
		bytesOfTheirs, _ := os.ReadFile(made)
		if err = swap(made, target); err != nil {
			return err
		}
		if out, err = os.Stat(made); err == nil && os.SameFile(out, ours) && isUnchanged(made, after) {
			return nil
		}
		ours, after = theirs, bytesOfTheirs // what came out is newer
	}
	return errors.New("it is being saved all the time")
}

// swap exchanges two files.
func swap(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}

// isWritten reports whether a process has the file at path open in order to write it. A
// lease for reading is refused then; no process can open the file later, because only we
// know its name. A file system without leases can't tell.
func isWritten(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // this ends the lease
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	return errors.Is(err, unix.EAGAIN)
}

// isMounted reports whether a file is a mount point, as a single file in a container can be.
func isMounted(path string) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_TYPE, &st)
	return err == nil && st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

const (
	lockTimeout = 5 * time.Second
	lockEvery   = 10 * time.Millisecond
)

// lockFolder waits until no other process of ours replaces a file in a folder.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockTimeout); ; time.Sleep(lockEvery) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return func() { _ = f.Close() }, nil // locked, or a file system without locks
		}
		if time.Now().After(end) {
			_ = f.Close()
			return nil, errors.New("another program has locked the folder of the file")
		}
	}
}
