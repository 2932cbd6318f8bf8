package config

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quietFor is how long the file must not change before it is read.
const quietFor = 200 * time.Millisecond

// Watch calls changed each time the content of the file at path has changed, until ctx
// ends. It watches the file's directory, because editors replace the file and Kubernetes
// replaces a link on the way to it. An error means that the file can't be watched.
func Watch(ctx context.Context, path string, changed func()) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	defer w.Close()
	if err := w.Add(filepath.Dir(path)); err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	dir := watchTarget(w, path, "")
	known := sum(path)
	calm := time.NewTimer(quietFor) // finds a change made before the watch began
	defer calm.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			return fmt.Errorf("watch %s: %w", path, err)
		case e := <-w.Events:
			if concerns(e.Name, path) {
				calm.Reset(quietFor)
			}
		case <-calm.C:
			dir = watchTarget(w, path, dir)
			if now := sum(path); now != known && now != missing {
				known = now
				changed()
			}
		}
	}
}

// watchTarget also watches the directory that a link leads to. It returns that directory.
func watchTarget(w *fsnotify.Watcher, path, watched string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil || filepath.Dir(target) == watched || filepath.Dir(target) == filepath.Dir(path) {
		return watched
	}
	if watched != "" {
		_ = w.Remove(watched) // it may be gone already
	}
	if w.Add(filepath.Dir(target)) != nil {
		return ""
	}
	return filepath.Dir(target)
}

// concerns reports whether an event may be about the file at path. The database may be in
// the same directory, and it changes all the time.
func concerns(event, path string) bool {
	name := filepath.Base(event)
	if name == filepath.Base(path) || strings.HasPrefix(name, "..") {
		return true
	}
	target, err := filepath.EvalSymlinks(path)
	return err == nil && name == filepath.Base(target)
}

// missing is the sum of a file that can't be read.
var missing [sha256.Size]byte

// sum hashes the file. It returns missing if the file can't be read.
func sum(path string) [sha256.Size]byte {
	b, err := os.ReadFile(path)
	if err != nil {
		return missing
	}
	return sha256.Sum256(b)
}
