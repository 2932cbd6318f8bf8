package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Compact rewrites the file at path without its free space, with the same owner and
// permissions, and returns its size in bytes before and after. Rows of earlier releases get the
// form of this one, see Store.Rewrite. The new file replaces the
// old one after it was verified and has the same digest. Compact returns ErrInUse while a
// process has the file open.
func Compact(path string) (before, after int64, err error) {
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	old, err := Open(path, Options{Temporary: true})
	if err != nil {
		return 0, 0, err
	}
	// The old file stays locked until the new one has its name.
	defer func() { err = errors.Join(err, old.Close()) }()
	before = old.Size()
	next := compactPath(path)
	if err := old.rewrite(next); err != nil {
		_ = os.Remove(next)
		return before, before, fmt.Errorf("compact %s: %w", path, WrapFull(err))
	}
	if err := os.Rename(next, path); err != nil {
		_ = os.Remove(next)
		return before, before, fmt.Errorf("compact %s: %w", path, err)
	}
	return before, old.Size(), syncFolder(filepath.Dir(path))
}

// compactPath returns where Compact writes the new file. A Compact that was killed leaves it
// behind, and the next Open removes it: an open file is locked, so that no Compact runs.
func compactPath(path string) string { return path + ".compact" }

func removeInterruptedCompact(path string) {
	if path, err := filepath.EvalSymlinks(path); err == nil {
		_ = os.Remove(compactPath(path)) // there rarely is one, and the next Compact needs none
	}
}

// rewrite creates file next with the content of the store, and compares the two.
func (s *Store) rewrite(next string) error {
	fi, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := s.checkPages(); err != nil {
		return err
	}
	if err := errors.Join(s.rewriteAll(), s.Checkpoint()); err != nil {
		return err
	}
	if err := s.copyRows(next); err != nil {
		return err
	}
	if err := os.Chmod(next, fi.Mode().Perm()); err != nil {
		return err
	}
	if err := sameOwner(next, fi); err != nil {
		return err
	}
	if err := Verify(next); err != nil {
		return err
	}
	return s.compare(next)
}

// checkPages checks the whole file unless Open did.
func (s *Store) checkPages() error {
	if s.cleanTx == 0 {
		return nil
	}
	return checkPages(s.file, s.Size())
}

func (s *Store) copyRows(next string) error {
	to, err := bolt.Open(next, 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistArrayType, PageSize: pageSize})
	if err != nil {
		return err
	}
	const perCommit = 16 << 20
	return errors.Join(catchDamage(func() error { return bolt.Compact(to, s.db, perCommit) }), to.Close())
}

func (s *Store) compare(next string) error {
	other, err := Open(next, Options{Temporary: true})
	if err != nil {
		return err
	}
	want, err := s.Digest()
	if err != nil {
		return errors.Join(err, other.Close())
	}
	got, err := other.Digest()
	if err == nil && got != want {
		err = errors.New("the new file has other content")
	}
	return errors.Join(err, other.Close())
}
