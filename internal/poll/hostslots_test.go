package poll

import (
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// hostSource is a source at an address that is due.
func hostSource(name, address string) *source {
	return &source{SourceConfig: news.SourceConfig{Source: news.Source{Name: name}, URL: address}, index: -1}
}

// Addresses of one registrable domain are one host, also over the source's moves.
func TestHostOf(t *testing.T) {
	var s hostSlots
	a, b := hostSource("a", "https://feeds.host.example/1"), hostSource("b", "https://www.host.example/2")
	if s.of(a) != s.of(b) || s.of(a).name != "host.example" {
		t.Errorf("hosts %q and %q, want host.example for both", s.of(a).name, s.of(b).name)
	}
	a.state.Found = "https://other.example/feed"
	if got := s.of(a).name; got != "other.example" {
		t.Errorf("host %q after the page named a feed elsewhere, want other.example", got)
	}
}

// The first source gets the slot, the others wait in line, and after the request the first
// in line has the reservation for the end of the pause.
func TestHostLine(t *testing.T) {
	s := hostSlots{perHost: 1}
	a, b, c := hostSource("a", "https://h.example/a"), hostSource("b", "https://h.example/b"), hostSource("c", "https://h.example/c")
	h := s.of(a)
	var got []admission
	for _, src := range []*source{a, b, c} {
		got = append(got, s.admit(src, h, noon))
	}
	if want := []admission{admitted, inLine, inLine}; !slices.Equal(got, want) {
		t.Fatalf("admissions %v, want %v", got, want)
	}
	if src := s.next(h); src != nil {
		t.Errorf("%s goes next while a request is in flight", src.Name)
	}
	h.done(noon, true)
	if src := s.next(h); src != b || b.turn.waiting || b.nextVisit != noon.Add(pause) {
		t.Fatalf("next is %v at %v, want b at the end of the pause", src, b.nextVisit)
	}
	if src := s.next(h); src != nil {
		t.Errorf("%s goes next beside the reservation of b", src.Name)
	}
	if got := s.admit(hostSource("d", "https://h.example/d"), h, noon.Add(time.Hour)); got != inLine {
		t.Errorf("a source beside a reservation: %v, want in line", got)
	}
	if s.release(b) != h || s.release(b) != nil {
		t.Error("b's reservation was not released once")
	}
	if got := s.admit(b, h, noon.Add(pause)); got != admitted {
		t.Errorf("b at the end of the pause: %v, want admitted", got)
	}
	s.clearLines()
	h.done(noon, true)
	if src := s.next(h); src != nil || c.turn.waiting {
		t.Errorf("%v goes next after the lines were cleared", src)
	}
}

func TestHostPause(t *testing.T) {
	s := hostSlots{perHost: 1}
	a := hostSource("a", "https://h.example/a")
	h := s.of(a)
	s.admit(a, h, noon)
	h.done(noon, true)
	if got := s.admit(a, h, noon.Add(pause/2)); got != reserved || a.nextVisit != noon.Add(pause) {
		t.Errorf("in the pause: %v at %v, want a reservation for its end", got, a.nextVisit)
	}
	s.release(a)
	if got := s.admit(a, h, noon.Add(pause)); got != admitted {
		t.Errorf("after the pause: %v, want admitted", got)
	}
	h.done(noon.Add(time.Minute), false)
	if got := s.admit(a, h, noon.Add(time.Minute)); got != admitted {
		t.Errorf("after a request without a pause: %v, want admitted", got)
	}
}

// A redirect into a host needs a slot there like any other request.
func TestHostAcquire(t *testing.T) {
	s := hostSlots{perHost: 2}
	h := s.at("https://h.example/a")
	if a, b := s.acquire(h, noon), s.acquire(h, noon); a != 0 || b != 0 {
		t.Fatalf("two slots: waits %v and %v, want none", a, b)
	}
	if wait := s.acquire(h, noon); wait != pause {
		t.Errorf("no slot left: wait %v, want %v", wait, pause)
	}
	h.done(noon, true)
	if wait := s.acquire(h, noon.Add(pause/4)); wait != pause*3/4 {
		t.Errorf("in the pause: wait %v, want the rest of it", wait)
	}
	if wait := s.acquire(h, noon.Add(pause)); wait != 0 || h.inFlight != 2 {
		t.Errorf("after the pause: wait %v with %d in flight, want a slot", wait, h.inFlight)
	}
}

// Retry-After holds for all sources of a host, and the longest one counts.
func TestHostRetryAfter(t *testing.T) {
	s := hostSlots{perHost: 1}
	h := s.at("https://h.example/a")
	if !h.delay(noon.Add(time.Hour), "a") || h.delay(noon.Add(time.Minute), "b") || h.askedBy != "a" {
		t.Errorf("asked by %s until %v, want a's hour to hold", h.askedBy, h.retryAfter)
	}
	other := hostSource("c", "https://www.h.example/c")
	if got := s.admit(other, s.of(other), noon); got != refused {
		t.Errorf("before Retry-After: %v, want refused", got)
	}
	if got := s.admit(other, s.of(other), noon.Add(time.Hour)); got != admitted {
		t.Errorf("at Retry-After: %v, want admitted", got)
	}
}
