package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	quietFor  = 200 * time.Millisecond // how long the file must not change before it is read
	lookEvery = 10 * time.Second       // the wait between two looks at it in any case
)

// Watch calls changed each time the content of the file at path has changed, until ctx
// ends. read is what was in it before it was read. It watches the file's directory, because editors replace the file and Kubernetes
// replaces a link on the way to it. It also looks at the file every ten seconds: some file
// systems tell nothing, and the number of watches is limited. It calls problem when it can
// only do that.
func Watch(ctx context.Context, path string, read Content, changed func(), problem func(error)) {
	watch(ctx, path, read, lookEvery, changed, problem)
}

// watch is Watch with another time between two looks in any case.
func watch(ctx context.Context, path string, read Content, every time.Duration, changed func(), problem func(error)) {
	w := &watcher{path: path}
	if err := w.open(); err != nil {
		problem(fmt.Errorf("watch %s: %w", path, err))
	}
	defer w.close()
	known, seen := read, read
	look := time.NewTimer(quietFor) // finds a change made before the watch began
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.errors(): // events were lost
			look.Reset(quietFor)
		case e := <-w.events():
			if concerns(e.Name, path) {
				look.Reset(quietFor)
			}
		case <-look.C:
			wait := every
			w.followLink()
			switch now := ContentOf(path); {
			case now == missing || now == known:
			case now != seen: // it may still be written
				seen, wait = now, quietFor
			default:
				known = now
				changed()
			}
			look.Reset(wait)
		}
	}
}

// watcher watches the directory of a file, and the one that a link leads to.
type watcher struct {
	path   string
	notify *fsnotify.Watcher // nil if directories can't be watched
	target string            // the directory that a link leads to; empty: not watched
}

func (w *watcher) open() error {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := n.Add(filepath.Dir(w.path)); err != nil {
		return errors.Join(err, n.Close())
	}
	w.notify = n
	w.followLink()
	return nil
}

func (w *watcher) close() {
	if w.notify != nil {
		_ = w.notify.Close() // nothing was written
	}
}

// events returns nil if there are none.
func (w *watcher) events() <-chan fsnotify.Event {
	if w.notify == nil {
		return nil
	}
	return w.notify.Events
}

func (w *watcher) errors() <-chan error {
	if w.notify == nil {
		return nil
	}
	return w.notify.Errors
}

// followLink watches the directory that a link leads to, too.
func (w *watcher) followLink() {
	target, err := filepath.EvalSymlinks(w.path)
	if w.notify == nil || err != nil || filepath.Dir(target) == w.target || filepath.Dir(target) == filepath.Dir(w.path) {
		return
	}
	if w.target != "" {
		_ = w.notify.Remove(w.target) // it may be gone already
	}
	w.target = ""
	if w.notify.Add(filepath.Dir(target)) == nil {
		w.target = filepath.Dir(target)
	}
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

// Content stands for what is in a file.
type Content [sha256.Size]byte

// missing is the content of a file that can't be read.
var missing Content

// ContentOf returns the content of the file at path.
func ContentOf(path string) Content {
	b, err := os.ReadFile(path)
	if err != nil {
		return missing
	}
	return sha256.Sum256(b)
}

// VersionOf returns a text that stands for the bytes of a file, such as in a form.
func VersionOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:16])
}
