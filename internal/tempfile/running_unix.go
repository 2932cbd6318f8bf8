//go:build unix

package tempfile

import (
	"errors"
	"syscall"
)

// isRunning tells whether a process has an id, also one of another user.
func isRunning(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
