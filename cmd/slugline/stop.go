package main

import (
	"context"
	"time"
)

// stopTimeout is how long the daemon waits at most for work in progress when it stops.
const stopTimeout = 4500 * time.Millisecond

// untilStopped calls run and returns what it returns, but no later than stopTimeout after
// the shell's context has ended. Then it leaves the rest to the end of the process: what
// was acknowledged is on the disk, as after a kill.
func (s *shell) untilStopped(run func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- run(s.ctx) }()
	select {
	case err := <-ended:
		return err
	case <-s.ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(stopTimeout):
		s.log.Warn("stopped without waiting for work in progress", "waited", stopTimeout)
		return nil
	}
}
