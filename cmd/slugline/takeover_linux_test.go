package main

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestTakeOverTime measures how long it takes until the others have the partitions of a node
// that was killed, and until it has its share again after its start. It is run by hand:
// SLUGLINE_TAKEOVER says how often each node is killed.
func TestTakeOverTime(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("SLUGLINE_TAKEOVER"))
	if err != nil {
		t.Skip("takes a minute for each kill; SLUGLINE_TAKEOVER says how often each node is killed")
	}
	n := newTroubledNodes(t)
	n.upgrade(t)
	n.settled(t)
	var took []time.Duration
	for i := range 3 * rounds {
		at := i % 3
		other := n.all[(at+1)%3]
		n.running[at].kill(t)
		began := time.Now()
		n.until(t, other, "the others have all partitions", func() bool {
			s := other.shares(t)
			return len(s.Nodes[at].Partitions) == 0 && s.Unowned == 0
		})
		took = append(took, time.Since(began).Round(100*time.Millisecond))
		n.running[at] = n.all[at].start(t)
		n.running[at].wait(t)
		began = time.Now()
		n.settled(t)
		t.Logf("n%d: its partitions were taken over after %v, and it had its share again %v after its start", at+1, took[i], time.Since(began).Round(100*time.Millisecond))
	}
	slices.Sort(took)
	t.Logf("%d take-overs: %v to %v, half within %v", len(took), took[0], took[len(took)-1], took[len(took)/2])
}

// shares is what /api/cluster says of partitions.
type shares struct {
	Unowned int `json:"unowned"`
	Nodes   []struct {
		Partitions []int `json:"partitions"`
	} `json:"nodes"`
}

func (td *testDaemon) shares(t *testing.T) (s shares) {
	t.Helper()
	if err := json.Unmarshal([]byte(td.deskBody(t, "/api/cluster")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}
