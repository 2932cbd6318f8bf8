//go:build unix

package config

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one.
func keepOwner(f *os.File, of os.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	a, aok := of.Sys().(*syscall.Stat_t)
	b, bok := now.Sys().(*syscall.Stat_t)
	if !aok || !bok || a.Uid == b.Uid && a.Gid == b.Gid {
		return nil
	}
	if err := f.Chown(int(a.Uid), int(a.Gid)); err != nil {
		return fmt.Errorf("the file could not be given back to its owner: %w", err)
	}
	return nil
}
