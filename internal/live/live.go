// Package live tells services and open pages what the desk committed.
//
// Announce never blocks. Services subscribe to events: one whose buffer is full is dropped
// and its channel closed, and it replays from the store what it missed. Pages have a
// Signal, which says only that there is something new; it can't fall behind, and costs
// little while it waits. The package stores nothing and knows nothing of HTTP.
package live

import (
	"sync"
	"time"
)

// Event says what one committed record touched.
type Event struct {
	Seq     uint64
	At      time.Time
	Stories []string // ids; shared by all subscribers, not to be changed
	Topics  []string // names; shared by all subscribers, not to be changed
	Backlog bool     // a first visit or a catch-up: pages show no alert for it
}

// Live sends events to its subscribers and sets signals. The zero value is ready to use.
type Live struct {
	mu      sync.Mutex // guards the fields below, and sending to and closing of each Sub
	subs    map[*Sub]struct{}
	signals map[*Signal]struct{}
}

// Sub is the subscription of one service.
type Sub struct {
	C <-chan Event // closed by Live when the service is too slow, or by Close

	live *Live
	c    chan Event
}

// Subscribe makes a subscription that may be buffer events behind, at least one. The
// caller must call Close on it.
func (l *Live) Subscribe(buffer int) *Sub {
	c := make(chan Event, max(buffer, 1))
	s := &Sub{C: c, live: l, c: c}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.subs == nil {
		l.subs = make(map[*Sub]struct{})
	}
	l.subs[s] = struct{}{}
	return s
}

// Signal tells one open page that there are new events.
type Signal struct {
	C <-chan struct{} // has a value if events were announced since the last one was received

	live *Live
	c    chan struct{}
}

// Signal makes a signal. The caller must call Close on it.
func (l *Live) Signal() *Signal {
	c := make(chan struct{}, 1)
	s := &Signal{C: c, live: l, c: c}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.signals == nil {
		l.signals = make(map[*Signal]struct{})
	}
	l.signals[s] = struct{}{}
	return s
}

// Close ends the signal.
func (s *Signal) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	delete(s.live.signals, s)
}

// Announce sends events to all subscribers, drops those whose buffer is full, and sets all
// signals.
func (l *Live) Announce(events ...Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.signals {
		select {
		case s.c <- struct{}{}:
		default: // it is set already
		}
	}
	for s := range l.subs {
		if !s.send(events) {
			l.drop(s)
		}
	}
}

// send tells whether the subscriber has room for all events.
func (s *Sub) send(events []Event) bool {
	for _, e := range events {
		select {
		case s.c <- e:
		default:
			return false
		}
	}
	return true
}

// drop ends a subscription, if it has not ended. The caller holds l.mu.
func (l *Live) drop(s *Sub) {
	if _, ok := l.subs[s]; !ok {
		return
	}
	delete(l.subs, s)
	close(s.c)
}

// Pages returns the number of open pages, which are the signals that are not closed.
func (l *Live) Pages() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.signals)
}

// Close ends the subscription. It may be called more than once.
func (s *Sub) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.live.drop(s)
}
