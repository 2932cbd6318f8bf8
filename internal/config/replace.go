package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slugline/slugline/internal/tempfile"
)

// ErrChanged is the error of Replace if the file is not what it was.
var ErrChanged = errors.New("the file has changed meanwhile")

// Replace replaces the file at path atomically if it still has the bytes of before. The
// new file has the mode and the owner of the old one. If path is a symbolic link, its
// target is replaced.
func Replace(path string, before, after []byte) error {
	target, info, err := replaceable(path)
	if err != nil {
		return err
	}
	f, err := tempfile.Create(filepath.Dir(target), "settings")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(after)
	if err := errors.Join(err, keepOwner(f, info), f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	switch now, err := os.ReadFile(target); {
	case err != nil:
		return err
	case !bytes.Equal(now, before):
		return ErrChanged
	}
	return os.Rename(f.Name(), target)
}

// Writable returns nil if Replace can replace the file at path, or why it can't.
func Writable(path string) error {
	target, _, err := replaceable(path)
	if err != nil {
		return err
	}
	f, err := tempfile.Create(filepath.Dir(target), "settings")
	if err != nil {
		return fmt.Errorf("no file can be created in the folder of %s", filepath.Base(path))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// replaceable returns the file that a path leads to, which may be written. A file without
// permission to write was made read-only on purpose, also if we may ignore that.
func replaceable(path string) (target string, info os.FileInfo, err error) {
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", nil, err
	}
	if info, err = os.Stat(target); err != nil {
		return "", nil, err
	}
	if info.Mode().Perm()&0o222 == 0 {
		return "", nil, fmt.Errorf("%s is read-only", filepath.Base(path))
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", nil, fmt.Errorf("%s may not be written", filepath.Base(path))
	}
	return target, info, f.Close()
}
