package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
)

// Reasons why an open file can't be written. Both end by themselves: see Ready.
var (
	ErrGone       = errors.New("database gone") // another file or none is at its path
	ErrNotWritten = errors.New("not written")   // the disk refused a commit
)

// probeSize is how many bytes must fit on the disk before commits go on after one failed.
const probeSize = 1 << 20

// writeError is the error of a commit that the disk refused.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

func (writeError) Is(target error) bool { return target == ErrNotWritten }

// Ready returns why nothing can be committed at present, or nil. The error says what to do.
// After a commit that could not be written it stays until Recover has succeeded.
func (s *Store) Ready() error {
	if err := s.present(); err != nil {
		return err
	}
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// Refused returns how many commits the disk has refused. Each is followed by a time in which
// Ready returns an error, which may be short.
func (s *Store) Refused() int64 { return s.failures.Load() }

// Recover tries whether the disk can be written again after a commit failed, and returns
// why not. Update does the same before it begins.
func (s *Store) Recover() error {
	if err := s.present(); err != nil {
		return err
	}
	failure := s.failure.Load()
	if failure == nil {
		return nil
	}
	if err := s.probe(); err != nil {
		return *failure
	}
	s.failure.CompareAndSwap(failure, nil)
	return nil
}

// present returns an error that wraps ErrGone unless the open file is the one at its path, and
// one that wraps ErrDamaged if another program wrote into it.
func (s *Store) present() error {
	if s.temporary {
		return nil
	}
	named, err := os.Stat(s.path)
	what := "replaced by another file"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "removed or renamed"
	case err != nil:
		return fmt.Errorf("%w: %w; nothing is stored meanwhile", ErrGone, err)
	case s.isOpen(named):
		return s.overwritten()
	}
	return fmt.Errorf("%w: %s was %s while it is in use, so nothing is stored: put the file back, or stop Slugline, restore a backup and start again", ErrGone, s.path, what)
}

// isOpen reports whether a file is the open one. On some network file systems a file gets
// another inode number after a while, so the second look asks again for that of the open one.
func (s *Store) isOpen(named os.FileInfo) bool {
	if os.SameFile(named, s.identity) {
		return true
	}
	now, err := s.file.Stat()
	return err != nil || os.SameFile(named, now) // reads and writes of a closed file fail
}

// probe writes and removes a file beside the store.
func (s *Store) probe() error {
	s.probing.Lock()
	defer s.probing.Unlock()
	defer os.Remove(probePath(s.path))
	f, err := os.OpenFile(probePath(s.path), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	content := make([]byte, probeSize)
	random := rand.NewChaCha8([32]byte{}) // file systems store zeros, or bytes they can compress, in less space
	_, _ = random.Read(content)
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// probePath is the path of the file that probe writes. Open removes one that a killed
// process left.
func probePath(path string) string { return path + ".probe" }
