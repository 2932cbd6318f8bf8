package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// How long the program waits at most for work in progress when it is told to stop. A command
// waits longer than the daemon that it may run.
const (
	stopTimeout      = 4 * time.Second
	interruptTimeout = 4500 * time.Millisecond
)

var errInterrupted = errors.New("interrupted before it was done")

// untilStopped calls run and returns what it returns, but no later than stopTimeout after
// the shell's context has ended. Then it leaves the rest to the end of the process: what
// was acknowledged is on the disk, as after a kill.
//
// Nobody may read the log any more: what is written to a closed pipe is lost, and does not
// end the process, as it does by default (see package os/signal).
func (s *shell) untilStopped(run func(context.Context) error) error {
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	err, ended := within(s.ctx, stopTimeout, func() error { return run(s.ctx) })
	if !ended {
		s.log.Warn("stopped without waiting for work in progress", "waited", stopTimeout)
	}
	return err
}

// untilInterrupted calls a command and returns what it returns, but no later than
// interruptTimeout after the shell's context has ended. What the command had begun is then
// undone by the next start, as after a kill.
func (s *shell) untilInterrupted(name string, run func() error) error {
	err, ended := within(s.ctx, interruptTimeout, run)
	if !ended || s.ctx.Err() != nil && isInterruption(err) {
		return fmt.Errorf("%s: %w", name, errInterrupted)
	}
	return err
}

// isInterruption reports whether an error only says that its work was told to stop.
func isInterruption(err error) bool {
	var child *exec.ExitError // killed with us
	return errors.Is(err, context.Canceled) || errors.As(err, &child)
}

// within calls run and returns what it returns. If run has not returned when ctx has ended
// for as long as timeout, ended is false.
func within(ctx context.Context, timeout time.Duration, run func() error) (err error, ended bool) {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err, true
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err, true
	case <-time.After(timeout):
		return nil, false
	}
}
