//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package newsroom

import (
	"os"
	"syscall"
)

// openPlain makes an open follow no symbolic link and wait for no other program.
const openPlain = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// lockFile waits until this process alone has the lock of a file. Closing it gives it up.
func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
