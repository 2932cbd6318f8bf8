package poll

import (
	"time"

	"github.com/slugline/slugline/internal/fetch"
)

// pause is the time between the end of a request to a host and the next one.
const pause = time.Second

// hostSlots says which source may visit which host, and when (rules E10 and E18). A host
// is the registrable domain of an address. Poller.mu guards it.
//
// A source that is due gets a slot at its host, or a reservation for the end of the host's
// pause, or a place in the host's line. There is at most one reservation for each host; the
// line moves when a request ends or a reservation is released.
type hostSlots struct {
	perHost int // requests in flight to one host
	hosts   map[string]*host
}

// host is the state of one host.
type host struct {
	name       string
	inFlight   int       // requests
	freeAt     time.Time // no request before this: the pause after the last one
	retryAfter time.Time // no request before this: the host asked for it
	askedBy    string    // name of the source whose visit brought retryAfter
	next       *source   // has the reservation; nil: nobody
	line       []*source // due, behind next
}

// hostTurn is a source's place at its host.
type hostTurn struct {
	host     *host  // of address
	address  string // the address that the source was last visited at
	waiting  bool   // in the host's line
	reserved *host  // where the source has the reservation; nil: nowhere
}

// admission is what a source that is due may do.
type admission int

const (
	admitted admission = iota // it has a slot and may be visited
	reserved                  // it comes next, at freeAt
	inLine                    // it waits until next returns it
	refused                   // the host asked for no requests before retryAfter
)

// of returns the host at which a source is visited now.
func (s *hostSlots) of(src *source) *host {
	if at := src.address(time.Now()); src.turn.host == nil || src.turn.address != at {
		src.turn.host, src.turn.address = s.at(at), at
	}
	return src.turn.host
}

// at returns the host of an address.
func (s *hostSlots) at(rawURL string) *host {
	return s.named(fetch.Domain(rawURL))
}

// named returns the host that has a registrable domain.
func (s *hostSlots) named(name string) *host {
	h := s.hosts[name]
	if h == nil {
		h = &host{name: name}
		if s.hosts == nil {
			s.hosts = map[string]*host{}
		}
		s.hosts[name] = h
	}
	return h
}

// admit gives a source that is due a slot at a host, or a reservation, or a place in line.
func (s *hostSlots) admit(src *source, h *host, now time.Time) admission {
	switch {
	case h.retryAfter.After(now):
		return refused
	case h.next != nil || h.inFlight >= s.perHost:
		src.turn.waiting = true
		h.line = append(h.line, src)
		return inLine
	case h.freeAt.After(now):
		h.reserve(src)
		return reserved
	}
	h.inFlight++
	return admitted
}

// acquire takes a slot at a host for a visit that is under way. It returns how long to
// wait before the next try, 0 if the visit has the slot.
func (s *hostSlots) acquire(h *host, now time.Time) (wait time.Duration) {
	switch {
	case h.freeAt.After(now):
		return h.freeAt.Sub(now)
	case h.inFlight >= s.perHost:
		return pause
	}
	h.inFlight++
	return 0
}

// next reserves the host for the first source in its line and returns that source. It
// returns nil if there is a reservation already, no slot or no source.
func (s *hostSlots) next(h *host) *source {
	if h.next != nil || h.inFlight >= s.perHost || len(h.line) == 0 {
		return nil
	}
	src := h.line[0]
	h.line[0] = nil
	h.line = h.line[1:]
	src.turn.waiting = false
	h.reserve(src)
	return src
}

// clearLines sends all sources out of the lines.
func (s *hostSlots) clearLines() {
	for _, h := range s.hosts {
		for _, src := range h.line {
			src.turn.waiting = false
		}
		h.line = nil
	}
}

// reserve makes src the next to visit the host.
func (h *host) reserve(src *source) {
	h.next, src.turn.reserved = src, h
	src.nextVisit = h.freeAt
}

// release gives up a source's reservation and returns the host that it was for, or nil.
func (s *hostSlots) release(src *source) *host {
	h := src.turn.reserved
	if h != nil {
		h.next, src.turn.reserved = nil, nil
	}
	return h
}

// done ends a request, which began with admit or acquire. withPause says whether the next
// one has to wait.
func (h *host) done(now time.Time, withPause bool) {
	h.inFlight--
	if withPause {
		h.freeAt = now.Add(pause)
	}
}

// delay keeps all visits away from the host until a time that it asked for in the visit of
// a source. It reports whether that is later than before.
func (h *host) delay(until time.Time, source string) (longer bool) {
	if longer = until.After(h.retryAfter); longer {
		h.retryAfter, h.askedBy = until, source
	}
	return longer
}
