// Package live fans out what the desk committed to the pages that are open.
//
// It never blocks the one who announces: a subscriber that lets its buffer fill up
// is dropped, its channel closed, and it replays from the store what it missed.
// It keeps nothing and knows nothing of HTTP.
package live

import (
	"sync"
	"time"
)

// Event says what one committed record touched.
type Event struct {
	Seq     uint64
	At      time.Time
	Stories []string // ids; shared by all who get the event, not to be changed
	Topics  []string // names, the same
	Backlog bool     // a first visit or a catch-up: nothing to ring a bell for
}

// Live is ready to use when zero.
type Live struct {
	mu   sync.Mutex // guards the fields below, and each Sub's sending and closing
	subs map[*Sub]struct{}
}

// Sub is one open page's share.
type Sub struct {
	C <-chan Event // closed by Live when the page was too slow, or by Leave

	live *Live
	c    chan Event
}

// Subscribe makes a subscriber that may be buffer events behind, at least one. It is
// given back with Leave.
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

// Announce gives events to all who joined and drops those with no room left.
func (l *Live) Announce(events ...Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs {
		if !s.take(events) {
			l.drop(s)
		}
	}
}

func (s *Sub) take(events []Event) bool {
	for _, e := range events {
		select {
		case s.c <- e:
		default:
			return false
		}
	}
	return true
}

// drop needs l.mu.
func (l *Live) drop(s *Sub) {
	if _, ok := l.subs[s]; !ok {
		return
	}
	delete(l.subs, s)
	close(s.c)
}

// Count is how many are joined.
func (l *Live) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.subs)
}

// Close ends the subscription. It may be called more than once.
func (s *Sub) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.live.drop(s)
}
