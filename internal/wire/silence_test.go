package wire

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A watch is silent for too long when something newer was known for maxSilence without a telling.
func TestSilence(t *testing.T) {
	start := time.Now()
	s := newSilence(t.Context(), func(context.Context) (uint64, error) { return 0, nil })
	defer s.end()
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	tell := func(revision uint64, seconds float64) {
		s.last = max(s.last, revision)
		s.told(nil, at(seconds))
	}
	check := func(newest uint64, seconds float64, want bool) {
		t.Helper()
		if got := s.isTooLong(newest, at(seconds)); got != want {
			t.Errorf("at %v s, where %d is told of %d: isTooLong = %v", seconds, s.last, newest, got)
		}
	}
	check(0, 1.5, false) // an answer that says nothing
	check(5, 2, false)   // newly known
	check(5, 3.6, false)
	tell(3, 3.65) // it tells, if late
	check(5, 5.3, false)
	check(0, 5.4, true) // what was known stays known
	tell(5, 5.5)
	check(5, 100, false)
	check(4, 101, false) // a newer change has expired
	check(6, 102, false)
	check(6, 105, true)
}

// A key can be gone in several ways.
func TestIsDeletion(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"KV-Operation", "DEL", true},
		{"KV-Operation", "PURGE", true},
		{"KV-Operation", "PUT", false},
		{"Nats-Marker-Reason", "MaxAge", true},
		{"Nats-Marker-Reason", "Remove", true},
		{"Nats-TTL", "60s", false},
	} {
		if got := isDeletion(nats.Header{c.name: {c.value}}); got != c.want {
			t.Errorf("%s: %s: isDeletion = %v", c.name, c.value, got)
		}
	}
}

// The error of a watch of all keys names the bucket alone.
func TestFailedBucket(t *testing.T) {
	b := &Bucket{name: "SESSIONS"}
	for key, want := range map[string]string{
		"":    "watch SESSIONS: changes do not arrive; it is watched again",
		"p01": "watch p01 of SESSIONS: changes do not arrive; it is watched again",
	} {
		if got := b.failed("watch", key, errSilent).Error(); got != want {
			t.Errorf("failed = %q, want %q", got, want)
		}
	}
}
