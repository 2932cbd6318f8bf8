package reply_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/reply"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// A client that used up its budget is told when it has enough again.
func TestLimits(t *testing.T) {
	l := reply.Limits[string]{Every: 10 * time.Second, Burst: 5}
	for i := range 5 {
		if wait := l.Take("anna", 1, noon); wait != 0 {
			t.Fatalf("request %d: wait %v, want none", i, wait)
		}
	}
	if got, want := l.Take("anna", 1, noon), 10*time.Second; got != want {
		t.Errorf("after the burst: wait %v, want %v", got, want)
	}
	if got, want := l.Take("anna", 3, noon), 30*time.Second; got != want {
		t.Errorf("for a cost of 3: wait %v, want %v", got, want)
	}
	if got := l.Take("omar", 1, noon); got != 0 {
		t.Errorf("another client: wait %v, want none", got)
	}
	if got := l.Wait("anna", noon.Add(9*time.Second)); got <= 0 || got > time.Second {
		t.Errorf("nine seconds later: wait %v, want a second", got)
	}
	if got := l.Take("anna", 1, noon.Add(10*time.Second)); got != 0 {
		t.Errorf("ten seconds later: wait %v, want none", got)
	}
	h := http.Header{}
	if reply.SetRetryAfter(h, 1100*time.Millisecond); h.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q, want 2", h.Get("Retry-After"))
	}
}

// However many clients there are, memory is bounded, a newcomer has its whole budget, and
// one that keeps coming back keeps its limit.
func TestLimitsOfManyClients(t *testing.T) {
	l := reply.Limits[int]{Every: time.Hour, Burst: 1, Most: 100}
	l.Take(-1, 1, noon)
	for i := range 100_000 {
		if wait := l.Take(i, 1, noon); wait != 0 {
			t.Fatalf("client %d: wait %v, want none", i, wait)
		}
		if i%50 == 0 && l.Take(-1, 1, noon) == 0 {
			t.Fatalf("after %d others, the client that used its budget may go on", i)
		}
	}
	if l.Knows(0) || !l.Knows(99_999) || !l.Knows(-1) {
		t.Errorf("remembers the first %v, the last %v, the frequent one %v", l.Knows(0), l.Knows(99_999), l.Knows(-1))
	}
}
