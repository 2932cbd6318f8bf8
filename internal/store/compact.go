package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Compact rewrites the file at path without its free space, as its owner and with
// its permissions, and returns its size before and after. The new file takes the
// old one's place when it was verified and holds the same. Compact refuses with
// ErrHeld while a process has the file open.
func Compact(path string) (before, after int64, err error) {
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	old, err := Open(path, Options{Temporary: true})
	if err != nil {
		return 0, 0, err
	}
	// The lock is held until the new file has the name.
	defer func() { err = errors.Join(err, old.Close()) }()
	before = old.Size()
	next := path + ".compact"
	if err := old.rewrite(next); err != nil {
		_ = os.Remove(next)
		return before, before, fmt.Errorf("compact %s: %w", path, full(err))
	}
	if err := os.Rename(next, path); err != nil {
		_ = os.Remove(next)
		return before, before, fmt.Errorf("compact %s: %w", path, err)
	}
	return before, old.Size(), syncFolder(filepath.Dir(path))
}

// rewrite makes the file next of what the store holds, and compares.
func (s *Store) rewrite(next string) error {
	fi, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	// A leftover of one that was ended half-way.
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := s.walk(); err != nil {
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

// walk reads the whole file unless Open did.
func (s *Store) walk() error {
	if s.settled == 0 {
		return nil
	}
	p, err := readPages(s.file, s.Size())
	if err != nil {
		return err
	}
	return p.walk()
}

func (s *Store) copyRows(next string) error {
	to, err := bolt.Open(next, 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistArrayType, PageSize: pageSize})
	if err != nil {
		return err
	}
	const perCommit = 16 << 20
	return errors.Join(guard(func() error { return bolt.Compact(to, s.db, perCommit) }), to.Close())
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
		err = errors.New("the new file does not hold the same")
	}
	return errors.Join(err, other.Close())
}
