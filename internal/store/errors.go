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
)

// What keeps a file from being opened or written. Each comes wrapped in a
// sentence that says what to do.
var (
	ErrInUse   = errors.New("database in use")         // another process has it open
	ErrNewer   = errors.New("database too new")        // a newer Slugline wrote it
	ErrDamaged = errors.New("database damaged")        // what is read is not what was written
	ErrFull    = errors.New("no space on the disk")    // the same handle goes on when there is
	errForeign = errors.New("not a Slugline database") // a file of somebody else's
)

func isDamage(err error) bool { return errors.Is(err, ErrDamaged) }

// full makes ErrFull of what the system says when a disk or a quota is full.
// bbolt wraps some of it as text only.
func full(err error) error {
	for _, e := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, e) || strings.Contains(err.Error(), e.Error()) {
			return fmt.Errorf("%w: free some, nothing is lost: %w", ErrFull, err)
		}
	}
	return err
}

// explain says what to do about an error of Open.
func explain(path string, err error) error {
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
	case errors.Is(err, errForeign):
		advice = "; give another path"
	}
	if isDamage(err) {
		advice = "; restore the last backup"
	}
	return fmt.Errorf("open %s: %w%s", path, full(err), advice)
}

// guard turns what a damaged file does to bbolt, memory faults and panics, into
// ErrDamaged. Panics of anybody else go on.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if _, fault := p.(interface{ Addr() uintptr }); !fault && !boltPanicked() {
			panic(p)
		}
		err = fmt.Errorf("%v: %w", p, ErrDamaged)
	}()
	return fn()
}

// boltPanicked is for a deferred function: it says whether the panic began in bbolt.
func boltPanicked() bool {
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
