package cluster

import (
	"encoding/json"
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
			v.whole, v.heard = at(0), at(10*time.Second)
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

// A node that was cut off is told at once what the others wrote meanwhile. That is no clock that
// is off, neither before nor after it is told of a renewal of its own.
func TestClockAfterGap(t *testing.T) {
	start := time.Now()
	v, revision := newView(), uint64(0)
	tell := func(node string, written, at time.Duration) {
		t.Helper()
		p := value{Session: "session of " + node, Clock: start.Add(written).Round(0)}
		if node == "n2" {
			p.Beat = v.request(p.Session, start.Add(written))
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		revision++
		v.setSession(told{key: node, value: b, revision: revision, at: start.Add(at)})
	}
	var s skewWatch
	check := func(at time.Duration) {
		t.Helper()
		now := start.Add(at)
		if got := s.check("n2", &v, now, now.Round(0)); got != "" {
			t.Errorf("after %v: %s", at, got)
		}
	}
	for at := time.Second; at < 5*time.Second; at += time.Second {
		for _, node := range three {
			tell(node, at, at)
		}
		check(at)
	}
	const back = 30 * time.Second
	for written := 21 * time.Second; written < 25*time.Second; written += time.Second {
		tell("n1", written, back)
		tell("n3", written, back)
	}
	check(back + 100*time.Millisecond)
	check(back + time.Second)
	tell("n2", back+time.Second, back+1100*time.Millisecond)
	check(back + 1200*time.Millisecond)
	check(back + 2*time.Second)
	for range 2 {
		tell("n1", back+3*time.Second, back+3*time.Second)
		tell("n3", back+3*time.Second, back+3*time.Second)
		s.check("n2", &v, start.Add(back+3*time.Second), start.Add(back+13*time.Second).Round(0))
	}
	if s.problem == "" {
		t.Error("a clock that is off after the gap is not noticed")
	}
}

var three = []string{"n1", "n2", "n3"}

func TestListOfNames(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "n1": {"n1"}, "n1 and n2": {"n1", "n2"}, "n1, n2 and n4": {"n1", "n2", "n4"}} {
		if got := list(names); got != want {
			t.Errorf("list(%q) = %q, want %q", names, got, want)
		}
	}
}
