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
//
// On Linux, a save by an editor at any moment is not lost: the files are exchanged, and
// exchanged back if the one that came out has other bytes or is being written.
func Replace(path string, before, after []byte) error {
	target, info, err := replaceable(path)
	if err != nil {
		return err
	}
	unlock, err := lockFolder(filepath.Dir(target))
	if err != nil {
		return err
	}
	defer unlock()
	f, err := tempfile.Create(filepath.Dir(target), "settings")
	if err != nil {
		return errFolder(path)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(after)
	if err := errors.Join(err, keepOwner(f, info), f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := unchanged(target, before); err != nil {
		return err
	}
	return exchange(f.Name(), target, before, after)
}

// unchanged returns ErrChanged if the file at path has other bytes than before.
func unchanged(path string, before []byte) error {
	switch now, err := os.ReadFile(path); {
	case err != nil:
		return err
	case !bytes.Equal(now, before):
		return ErrChanged
	}
	return nil
}

// Writable returns nil if Replace can replace the file at path, or why it can't.
func Writable(path string) error {
	target, _, err := replaceable(path)
	if err != nil {
		return err
	}
	f, err := tempfile.Create(filepath.Dir(target), "settings")
	if err != nil {
		return errFolder(path)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func errFolder(path string) error {
	return fmt.Errorf("no file can be created in the folder of %s: make the folder writable, because the file is replaced as a whole", filepath.Base(path))
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
	if isMounted(target) {
		return "", nil, fmt.Errorf("%s is mounted by itself and can't be replaced: mount its folder instead", filepath.Base(path))
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", nil, fmt.Errorf("%s may not be written", filepath.Base(path))
	}
	return target, info, f.Close()
}
