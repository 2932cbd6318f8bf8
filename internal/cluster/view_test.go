package cluster

import (
	"encoding/json"
	"testing"
	"time"
)

// After a gap, a renewal of this node is told before one of another node that was written
// later, and that one hides an earlier one: the other node lives all the time.
func TestRenewalHiddenByTheNext(t *testing.T) {
	v, start, revision := newView(), time.Now(), uint64(0)
	tell := func(node, session string, beat uint64, at time.Duration) {
		b, err := json.Marshal(value{Session: session, Beat: beat})
		if err != nil {
			t.Fatal(err)
		}
		revision++
		v.setSession(told{key: node, value: b, revision: revision, at: start.Add(at)})
	}
	own := func(at time.Duration) { tell("n1", "mine", v.request("mine", start.Add(at)), at) }
	check := func(what string, want bool) {
		t.Helper()
		if got := v.isOver("other"); got != want {
			t.Errorf("%s: isOver = %v", what, got)
		}
	}
	own(0)
	tell("n2", "other", 1, 0)
	own(12 * time.Second)
	check("n2 was not told yet after the gap", false)
	tell("n2", "other", 10, 12100*time.Millisecond)
	own(13 * time.Second)
	check("n2 was told after the gap", false)
	for at := 14 * time.Second; at < 22*time.Second; at += time.Second {
		own(at)
	}
	check("n2 was not told for 8.9 s", false)
	own(22100 * time.Millisecond)
	check("n2 was not told for 10 s", true)
}
