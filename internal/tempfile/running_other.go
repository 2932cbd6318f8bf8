//go:build !unix

package tempfile

// isRunning can't tell, so that nothing is removed that may be in use.
func isRunning(int) bool { return true }
