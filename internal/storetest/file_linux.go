// Package storetest lets the disk of an open store break in tests, and mends it.
//
// The store and its file are real: other files take the place of its descriptor meanwhile.
// It is imported by tests only, on Linux.
package storetest

import (
	"os"
	"syscall"
	"testing"
)

// File is the file of a store. Its OpenFile is for store.Options; a store that is opened
// again with it takes the place of the one before.
type File struct {
	tb   testing.TB
	file *os.File
	good int // another descriptor of it while it is broken; -1: it is not
}

// New returns a file that is not open yet.
func New(tb testing.TB) *File {
	f := &File{tb: tb, good: -1}
	tb.Cleanup(func() { _ = syscall.Close(f.good) }) // fails unless it is still broken
	return f
}

// OpenFile is os.OpenFile, and remembers the file that is opened for writing.
func (f *File) OpenFile(name string, flag int, perm os.FileMode) (*os.File, error) {
	file, err := os.OpenFile(name, flag, perm)
	if err == nil && flag&os.O_RDWR != 0 {
		f.file = file
	}
	return file, err
}

// Fill makes writes fail with ENOSPC, as on a full disk, until Mend.
func (f *File) Fill() {
	f.tb.Helper()
	f.replace("/dev/full", os.O_WRONLY)
}

// Lock makes writes fail in another way until Mend: the descriptor is one for reading.
func (f *File) Lock() {
	f.tb.Helper()
	f.replace(f.file.Name(), os.O_RDONLY)
}

func (f *File) replace(name string, flag int) {
	f.tb.Helper()
	bad, err := os.OpenFile(name, flag, 0)
	if err != nil {
		f.tb.Fatal(err)
	}
	defer func() { _ = bad.Close() }()
	if f.good < 0 {
		if f.good, err = syscall.Dup(int(f.file.Fd())); err != nil {
			f.tb.Fatal(err)
		}
	}
	f.put(int(bad.Fd()))
}

// Mend ends what Fill or Lock began.
func (f *File) Mend() {
	f.tb.Helper()
	f.put(f.good)
	_ = syscall.Close(f.good)
	f.good = -1
}

func (f *File) put(fd int) {
	f.tb.Helper()
	if err := syscall.Dup3(fd, int(f.file.Fd()), syscall.O_CLOEXEC); err != nil {
		f.tb.Fatal(err)
	}
}
