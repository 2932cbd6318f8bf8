package wire

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// errSilent says that a watch does not report what was written. It still gets heartbeats, but
// from a replica that is behind. That was seen for minutes where two servers reached each other
// over some of their connections only. A new watch may be served by another replica.
var errSilent = errors.New("changes do not arrive; it is watched again")

// How often the leader of a bucket is asked for its newest change where a watch is silent, and
// for how long a watch may be behind that without telling anything.
const (
	silenceCheck = time.Second
	maxSilence   = silenceCheck * 5 / 3
)

// silence finds out whether a watch that tells nothing has nothing to tell.
type silence struct {
	tick    *time.Ticker
	answer  chan uint64 // the newest revision, 0 if it is not known
	newest  func(context.Context) (uint64, error)
	ctx     context.Context // of the questions
	end     func()
	asking  bool
	heard   time.Time // when something was told last
	last    uint64    // newest revision that was told
	missing uint64    // newest revision that is known
	since   time.Time // the watch is behind since then; zero: it is not
}

func newSilence(ctx context.Context, newest func(context.Context) (uint64, error)) *silence {
	s := &silence{tick: time.NewTicker(silenceCheck), answer: make(chan uint64, 1), newest: newest, heard: time.Now()}
	ctx, cancel := context.WithCancel(ctx)
	s.ctx, s.end = ctx, func() { cancel(); s.tick.Stop() }
	return s
}

// told notes what a watch told: nil once it has told all keys that exist.
func (s *silence) told(e jetstream.KeyValueEntry, now time.Time) {
	s.heard = now
	if e != nil {
		s.last = max(s.last, e.Revision())
	}
	if s.since = now; s.last >= s.missing {
		s.since = time.Time{}
	}
}

// ask asks for the newest revision if nothing was told lately.
func (s *silence) ask(now time.Time) {
	if s.asking || now.Sub(s.heard) < silenceCheck/2 {
		return
	}
	s.asking = true
	go func() {
		ctx, cancel := context.WithTimeout(s.ctx, requestTimeout)
		defer cancel()
		newest, err := s.newest(ctx)
		if err != nil {
			newest = 0
		}
		s.answer <- newest // has room: the next question waits for it
	}()
}

// isTooLong reports whether the watch has been silent for too long, for what the answer says.
func (s *silence) isTooLong(newest uint64, now time.Time) bool {
	s.asking = false
	if s.missing = max(s.missing, newest); s.last >= s.missing {
		return false
	}
	if s.since.IsZero() {
		s.since = now
	}
	return now.Sub(s.since) >= maxSilence
}
