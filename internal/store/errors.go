package store

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/slugline/slugline/internal/store/pagecheck"
)

// Reasons why a file can't be opened, read or written. An error that wraps one of them says
// what to do.
var (
	ErrInUse   = errors.New("database in use")      // another process has it open
	ErrNewer   = errors.New("database too new")     // a newer Slugline wrote it
	ErrDamaged = pagecheck.ErrDamaged               // its content is not what was written
	ErrFull    = errors.New("no space on the disk") // the store can be used again when there is space
	ErrForeign = pagecheck.ErrForeign               // it is not a file of ours
)

func isDamage(err error) bool { return errors.Is(err, ErrDamaged) }

// WrapFull wraps an error in ErrFull when it says that a disk or a quota is full. bbolt
// wraps some of these errors as text only.
func WrapFull(err error) error {
	for _, e := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, e) || strings.Contains(err.Error(), e.Error()) {
			return fmt.Errorf("%w: free some, nothing is lost: %w", ErrFull, err)
		}
	}
	return err
}

// withAdvice says what to do about an error of Open.
func withAdvice(path string, err error) error {
	var advice string
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = fmt.Errorf("%w: %w", err, ErrInUse)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		err = fmt.Errorf("%w: %w", err, ErrDamaged)
	case errors.Is(err, syscall.EISDIR):
		advice = ": it is a folder; name a file in it"
	case errors.Is(err, fs.ErrNotExist):
		advice = ": make its folder first"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		advice = ": the database and its folder must be writable"
	case errors.Is(err, ErrForeign):
		advice = "; give another path or, if it was one, restore the last backup"
	}
	return fmt.Errorf("open %s: %w%s", path, WrapFull(err), advice)
}

// catchDamage runs fn and turns its memory faults, and its panics inside bbolt, into
// ErrDamaged: that is what bbolt does when its file is damaged. Other panics continue.
func catchDamage(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		_, fault := p.(interface{ Addr() uintptr })
		switch {
		case fault:
			err = fmt.Errorf("a page of the file can't be read: %w", ErrDamaged)
		case panickedInBolt():
			err = fmt.Errorf("%v: %w", p, ErrDamaged)
		default:
			panic(p)
		}
	}()
	return fn()
}

// panickedInBolt reports whether the current panic began in bbolt. A deferred function
// calls it.
func panickedInBolt() bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	for panicking := false; ; {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") && panicking {
			return strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return false
		}
	}
}
