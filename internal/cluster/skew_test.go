package cluster

import (
	"fmt"
	"testing"
	"time"
)

// Where tellings come later and later, this node's own renewals are compared that were told
// at the same time.
func TestClockWhereTellingsQueue(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration
		want  string
	}{
		{time.Second, ""},
		{-time.Second, ""},
		{10 * time.Second, "this machine's clock is 10s ahead of n1 and n3: set it, or start its time service; until then this node visits nothing"},
		{-10 * time.Second, "this machine's clock is 10s behind n1 and n3: set it, or start its time service; until then this node visits nothing"},
	} {
		t.Run(fmt.Sprint(c.ahead), func(t *testing.T) {
			start := time.Now()
			v := newView()
			at := func(d time.Duration) time.Time { return start.Add(d) }
			for _, told := range []time.Duration{3, 6, 8, 10} { // seconds; each took one second more than the one before
				v.delays = append(v.delays, delay{at(told * time.Second), time.Duration(len(v.delays)+5) * time.Second})
			}
			for _, name := range []string{"n1", "n3"} {
				p := &peer{at: at(10 * time.Second)}
				for i, told := range []time.Duration{8, 9, 10, 10} {
					took := time.Duration(min(i, 1)+7) * time.Second
					p.samples = append(p.samples, sample{at(told * time.Second), at(told*time.Second - took).Round(0)})
				}
				v.peers[name] = p
			}
			var s skewWatch
			now := at(11 * time.Second)
			wall := now.Add(c.ahead).Round(0)
			s.check("n2", &v, now, wall)
			if got := s.check("n2", &v, now, wall); got != c.want {
				t.Errorf("check = %q, want %q", got, c.want)
			}
		})
	}
}

func TestListOfNames(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "n1": {"n1"}, "n1 and n2": {"n1", "n2"}, "n1, n2 and n4": {"n1", "n2", "n4"}} {
		if got := list(names); got != want {
			t.Errorf("list(%q) = %q, want %q", names, got, want)
		}
	}
}
