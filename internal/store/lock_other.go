//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd

package store

import (
	"os"
	"time"
)

// lock does nothing. bbolt locks the file after its pages were read.
func lock(*os.File, bool, time.Duration) error { return nil }

func sameOwner(string, os.FileInfo) error { return nil }

// inode returns 0: this system has no inode numbers.
func inode(os.FileInfo) uint64 { return 0 }
