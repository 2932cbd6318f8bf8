package main

import (
	"errors"
	"log/slog"
	"net"
	"time"
)

// acceptQuiet is how long connections must have been accepted without an error before the
// next error is news again.
const acceptQuiet = time.Minute

// steadyListener accepts connections until it is closed: any error may end by itself, when
// descriptors or memory are free again or the network is back. The first is logged. One
// goroutine at a time calls Accept.
type steadyListener struct {
	net.Listener
	log    *slog.Logger
	failed time.Time // the last error; zero: none since the log said that it is good
}

// Accept returns an error after which net/http waits a little and goes on, unless the
// listener is closed.
func (l *steadyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	switch {
	case errors.Is(err, net.ErrClosed):
		return nil, err
	case err != nil:
		if l.failed.IsZero() {
			l.log.Error("connections can't be accepted, will retry", "listen", l.Addr().String(), "err", err)
		}
		l.failed = time.Now()
		return nil, acceptError{err}
	case !l.failed.IsZero() && time.Since(l.failed) > acceptQuiet:
		l.log.Info("connections are accepted again", "listen", l.Addr().String())
		l.failed = time.Time{}
	}
	return c, nil
}

// acceptError is a net.Error that net/http takes as one that ends by itself.
type acceptError struct{ error }

func (e acceptError) Unwrap() error { return e.error }
func (acceptError) Timeout() bool   { return false }
func (acceptError) Temporary() bool { return true }
