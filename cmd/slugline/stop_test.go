package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
)

// Work that does not end does not keep the daemon from stopping.
func TestStopIsBounded(t *testing.T) {
	first := make(chan os.Signal, 1)
	signal.Notify(first, syscall.SIGPIPE) // the runtime makes what it needs outside of the bubble
	signal.Stop(first)
	bubble.Test(t, func(t *testing.T) {
		s := stoppedShell(t)
		stuck := blocked(t)
		began := time.Now()
		if err := s.untilStopped(func(context.Context) error { return stuck() }); err != nil || time.Since(began) >= 5*time.Second {
			t.Errorf("after %v: %v, want an end within 5 s", time.Since(began), err)
		}
		wrong := fmt.Errorf("database is damaged")
		if err := s.untilStopped(func(context.Context) error { return wrong }); err != wrong {
			t.Errorf("error %v, want that of the daemon", err)
		}
	})
}

// A command that is interrupted ends too, and says that it was not done.
func TestInterruptIsBounded(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := stoppedShell(t)
		began := time.Now()
		err := s.untilInterrupted("export", blocked(t))
		if !errors.Is(err, errInterrupted) || time.Since(began) >= 5*time.Second {
			t.Errorf("after %v: %v, want an interruption within 5 s", time.Since(began), err)
		}
		err = s.untilInterrupted("verify", func() error { return fmt.Errorf("copy slugline.db: %w", context.Canceled) })
		if got, want := fmt.Sprint(err), "verify: interrupted before it was done"; got != want {
			t.Errorf("a command that stopped reading says %q, want %q", got, want)
		}
		wrong := errors.New("database is damaged")
		if err := s.untilInterrupted("verify", func() error { return wrong }); err != wrong {
			t.Errorf("error %v, want what the command found", err)
		}
		if err := s.untilInterrupted("watch", func() error { return nil }); err != nil {
			t.Errorf("error %v of a command that ends when it is told", err)
		}
	})
}

// A daemon that is told to stop while it starts has stopped cleanly.
func TestStopWhileStarting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	file := "listen: 127.0.0.1:0\ndesk: 127.0.0.1:0\nsources: [https://press.example/feed.xml]\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := run(ctx, []string{"--config", path}, nil, io.Discard, io.Discard); err != nil {
		t.Errorf("error %v", err)
	}
}

// stoppedShell returns a shell that was told to stop.
func stoppedShell(t *testing.T) *shell {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	return &shell{ctx: ctx, log: logger(io.Discard, "info", "text")}
}

// blocked returns work that lasts until the test ends.
func blocked(t *testing.T) func() error {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return func() error {
		<-release
		return nil
	}
}
