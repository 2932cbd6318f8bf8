package config

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
)

// write writes a file.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The file system has no fake clock: the test waits for a change that must be noticed, and
// for a short time for one that must not.
func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		make   func(t *testing.T, path string)
		change func(t *testing.T, path string)
		want   bool
	}{
		{"written in place", nil, func(t *testing.T, path string) { write(t, path, "b") }, true},
		{"replaced", nil, func(t *testing.T, path string) {
			write(t, path+"~", "b")
			must(t, os.Rename(path+"~", path))
		}, true},
		{"removed and written again", nil, func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".bak"))
			write(t, path, "b")
		}, true},
		{"touched", nil, func(t *testing.T, path string) { write(t, path, "a") }, false},
		{"another file", nil, func(t *testing.T, path string) { write(t, path+".db", "b") }, false},
		{"removed", nil, func(t *testing.T, path string) { must(t, os.Remove(path)) }, false},
		{"a link's target", linked, func(t *testing.T, path string) { write(t, filepath.Join(filepath.Dir(path), "else", "real.yaml"), "b") }, true},
		{"Kubernetes moves its link", mounted, func(t *testing.T, path string) {
			dir := filepath.Dir(path)
			must(t, os.Mkdir(filepath.Join(dir, "..v2"), 0o700))
			write(t, filepath.Join(dir, "..v2", "feeds.yaml"), "b")
			must(t, os.Symlink("..v2", filepath.Join(dir, "..data_tmp")))
			must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "feeds.yaml")
			if c.make == nil {
				write(t, path, "a")
			} else {
				c.make(t, path)
			}
			watched(t, path, func() { c.change(t, path) }, c.want)
		})
	}
}

func linked(t *testing.T, path string) {
	dir := filepath.Join(filepath.Dir(path), "else")
	must(t, os.Mkdir(dir, 0o700))
	write(t, filepath.Join(dir, "real.yaml"), "a")
	must(t, os.Symlink(filepath.Join("else", "real.yaml"), path))
}

func mounted(t *testing.T, path string) {
	dir := filepath.Dir(path)
	must(t, os.Mkdir(filepath.Join(dir, "..v1"), 0o700))
	write(t, filepath.Join(dir, "..v1", "feeds.yaml"), "a")
	must(t, os.Symlink("..v1", filepath.Join(dir, "..data")))
	must(t, os.Symlink(filepath.Join("..data", "feeds.yaml"), path))
}

// watched changes the file after Watch has had time to start.
func watched(t *testing.T, path string, change func(), want bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	changed, done := make(chan struct{}, 10), make(chan struct{})
	go func() {
		defer close(done)
		const never = time.Hour // so that no look in any case finds the change
		watch(ctx, path, ContentOf(path), never, func() { changed <- struct{}{} }, func(err error) { t.Error(err) })
	}()
	select {
	case <-changed:
		t.Fatal("reported a change before there was one")
	case <-time.After(2 * quietFor):
	}
	change()
	limit := 3 * time.Minute
	if !want {
		limit = 2 * quietFor
	}
	got := false
	select {
	case <-changed:
		got = true
	case <-time.After(limit):
	}
	if got != want {
		t.Errorf("reported a change: %t, want %t", got, want)
	}
	stop()
	<-done
}

// A change between the reading of the file and the start of the watch is noticed.
func TestWatchKnowsWhatWasRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	write(t, path, "a")
	read := ContentOf(path)
	write(t, path, "b")
	ctx, stop := context.WithCancel(t.Context())
	changes := 0
	Watch(ctx, path, read, func() { changes++; stop() }, func(err error) { t.Error(err) })
	if changes != 1 {
		t.Errorf("%d changes reported, want one", changes)
	}
}

// Where directories can't be watched, a change is noticed all the same, once it is whole.
func TestWatchLooksInAnyCase(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "later", "feeds.yaml")
		ctx, stop := context.WithCancel(t.Context())
		var problems, changes atomic.Int32
		done := make(chan struct{})
		go func() {
			defer close(done)
			Watch(ctx, path, ContentOf(path), func() { changes.Add(1) }, func(error) { problems.Add(1) })
		}()
		time.Sleep(lookEvery)
		must(t, os.Mkdir(filepath.Dir(path), 0o700))
		write(t, path, "half")
		time.Sleep(quietFor * 3 / 2) // it has been looked at once
		write(t, path, "whole")
		time.Sleep(quietFor)
		if changes.Load() != 0 {
			t.Errorf("half a file was reported")
		}
		time.Sleep(2 * lookEvery)
		stop()
		<-done
		if problems.Load() != 1 || changes.Load() != 1 {
			t.Errorf("%d problems and %d changes reported, want one of each", problems.Load(), changes.Load())
		}
	})
}
