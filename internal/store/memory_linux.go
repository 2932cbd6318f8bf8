package store

import (
	"errors"
	"syscall"
)

// releaseMemory unmaps n bytes from address from on from this process's memory. They stay in
// the system's page cache and are mapped again when they are read.
func releaseMemory(from uintptr, n int64) error {
	_, _, err := syscall.Syscall(syscall.SYS_MADVISE, from, uintptr(n), syscall.MADV_DONTNEED)
	if err != 0 && !errors.Is(err, syscall.ENOSYS) {
		return err
	}
	return nil
}
