package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Held is the place of a database that nobody can open for writing meanwhile, so that
// another file can replace the one that is there.
type Held struct {
	path string   // without symbolic links
	file *os.File // nil: there is no file yet
}

// Hold holds the database at a path, which may be damaged or missing. It returns ErrInUse
// while another process has it open for writing. The caller calls Release.
func Hold(path string) (*Held, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Held{path: path}, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, err
	}
	if err := lock(f, false, 100*time.Millisecond); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Held{path: real, file: f}, nil
}

// Exists tells whether there is a file.
func (h *Held) Exists() bool { return h.file != nil }

// Path is the path of the file, without symbolic links.
func (h *Held) Path() string { return h.path }

// Release ends the hold.
func (h *Held) Release() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// Replace puts another file of the same folder in place of the one that is held, which it
// keeps under the name aside, and gives it the same owner and permissions. There is a
// database at the path at any moment, if there was one before.
func (h *Held) Replace(next, aside string) error {
	like, err := os.Stat(filepath.Dir(h.path))
	if h.file != nil {
		like, err = h.file.Stat()
	}
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o600)
	if h.file != nil {
		mode = like.Mode().Perm()
	}
	if err := errors.Join(os.Chmod(next, mode), sameOwner(next, like)); err != nil {
		return err
	}
	if h.file == nil { // a link fails if there is a file by now
		if err := os.Link(next, h.path); err != nil {
			return fmt.Errorf("put the copy in place: %w", err)
		}
		return errors.Join(os.Remove(next), syncFolder(filepath.Dir(h.path)))
	}
	if err := h.keepAs(aside); err != nil {
		return fmt.Errorf("keep the present database: %w", err)
	}
	if err := os.Rename(next, h.path); err != nil {
		return fmt.Errorf("put the copy in place: %w", err)
	}
	return syncFolder(filepath.Dir(h.path))
}

// keepAs gives the held file a second name. Where the file system has no second names, it is
// renamed.
func (h *Held) keepAs(aside string) error {
	there, err := os.Stat(aside)
	if ours, oerr := h.file.Stat(); err == nil && oerr == nil && os.SameFile(there, ours) {
		return nil // an earlier try was interrupted
	}
	if err == nil {
		return fmt.Errorf("%s: %w", aside, fs.ErrExist)
	}
	if err := os.Link(h.path, aside); err != nil {
		return os.Rename(h.path, aside)
	}
	return nil
}
