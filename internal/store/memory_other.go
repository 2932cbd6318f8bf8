//go:build !linux

package store

// releaseMemory does nothing: the system decides when to unmap pages.
func releaseMemory(uintptr, int64) error { return nil }
