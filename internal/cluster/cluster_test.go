package cluster_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/cluster"
)

var three = []string{"n1", "n2", "n3"}

// trio starts three nodes and waits until they have shared everything out.
func trio(w *world) {
	w.t.Helper()
	for _, name := range three {
		w.start(name)
	}
	w.settles(5*time.Second, three...)
}

// Sources of one domain are in one partition, and the number of a partition never changes.
func TestPartitionOf(t *testing.T) {
	for address, want := range map[string]cluster.Claim{
		"https://www.press.example/feed.xml":   27,
		"http://blogs.press.example/other?a=b": 27,
		"https://feeds.bbci.co.uk/news/rss":    51,
		"http://127.0.0.1:8900/a":              59,
		"http://127.0.0.1:8901/a":              53,
	} {
		if got := cluster.PartitionOf(address); got != want {
			t.Errorf("%s is in partition %d, want %d", address, got, want)
		}
	}
}

// A node that comes takes claims from the others in like measure, and no claim moves
// between two that stay.
func TestWanted(t *testing.T) {
	four := append([]string{"n4"}, three...)
	count := map[string]int{}
	for c := range cluster.Claim(allClaims) {
		was, is := cluster.Wanted(c, three), cluster.Wanted(c, four)
		count[was]++
		if is != was && is != "n4" {
			t.Errorf("%v moves from %s to %s when n4 comes", c, was, is)
		}
	}
	for _, name := range three {
		if count[name] < allClaims/6 {
			t.Errorf("%s is wanted for %d of %d claims", name, count[name], allClaims)
		}
	}
	if got := cluster.Wanted(0, nil); got != "" {
		t.Errorf("of no nodes %q is wanted", got)
	}
}

func TestKilledNode(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		w.members["n2"].kill()
		w.settles(14*time.Second, "n1", "n3")
		time.Sleep(2 * cluster.TTL) // its session is over in the bucket too
		checkNode(t, w.members["n1"].Status(), true)
		w.start("n2")
		w.settles(14*time.Second, three...)
		time.Sleep(2 * time.Second) // until n1 is told
		checkNode(t, w.members["n1"].Status(), false)
	})
}

// The bucket can't be reached for a while after a node was killed, as where that node led it. The
// others need not listen for another TTL: that nothing was written since the node's last renewal
// shows that its session is over.
func TestKilledLeader(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.visitFor = time.Second
		trio(w)
		for range 10 {
			time.Sleep(w.draw(3 * time.Second))
			w.members["n2"].kill()
			back1, back3 := w.members["n1"].faults.cut(), w.members["n3"].faults.cut()
			time.Sleep(7 * time.Second)
			back1()
			back3()
			w.settles(4*time.Second, "n1", "n3")
			w.start("n2")
			w.settles(30*time.Second, three...)
		}
	})
}

// A session of which the node does not know whether it began is ended by another node. When the
// bucket has forgotten that, the session does not begin again: that node would take its claims.
func TestUnansweredSession(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.start("n1")
		w.settles(5*time.Second, "n1")
		n2 := w.start("n2")
		n2.faults.setDeaf(true)
		time.Sleep(time.Second)
		first := w.sessionOf(t, "n2")
		mend := n2.faults.cut()
		n2.faults.setDeaf(false)
		time.Sleep(6 * cluster.TTL)
		mend()
		w.settles(14*time.Second, "n1", "n2")
		if second := w.sessionOf(t, "n2"); first == second || first == "" {
			t.Errorf("the sessions of n2 are %q and %q", first, second)
		}
	})
}

// sessionOf returns the session that the bucket has of a node, "" if it has none.
func (w *world) sessionOf(t *testing.T, node string) string {
	t.Helper()
	w.sessions.mu.Lock()
	defer w.sessions.mu.Unlock()
	var s struct{ Session string }
	if c, ok := w.sessions.keys[node]; ok {
		if err := json.Unmarshal(c.value, &s); err != nil {
			t.Fatal(err)
		}
	}
	return s.Session
}

// checkNode checks that the status lists three nodes, and whether it says that n2 is gone.
func checkNode(t *testing.T, s cluster.ClusterState, gone bool) {
	t.Helper()
	if len(s.Nodes) != 3 || s.Unowned != 0 {
		t.Errorf("the status lists %d nodes, and %d partitions that nobody owns", len(s.Nodes), s.Unowned)
	} else if n := s.Nodes[1]; n.Name != "n2" || n.Gone != gone || n.Late != gone || (len(n.Partitions) == 0) != gone {
		t.Errorf("n2 is %+v, want gone to be %v", n, gone)
	}
}

// A node that stops in order hands over at once.
func TestStoppedNode(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		w.members["n2"].stop()
		w.settles(3*time.Second, "n1", "n3")
	})
}

// Each node knows how many take partitions, whatever else has a session.
func TestVisitors(t *testing.T) {
	if k := new(cluster.Node).Visitors(); k != 1 {
		t.Errorf("a node that does not run counts %d, want 1", k)
	}
	simulate(t, 1, func(w *world) {
		expect := func(want int) {
			t.Helper()
			for _, name := range []string{"n1", "n3"} {
				if k := w.members[name].Visitors(); k != want {
					t.Errorf("%s counts %d nodes that visit, want %d", name, k, want)
				}
			}
		}
		trio(w)
		expect(3)
		w.members["n2"].has("its disk is full")
		w.settles(14*time.Second, "n1", "n3")
		expect(2)
		w.members["n2"].has("")
		w.settles(14*time.Second, three...)
		expect(3)
		w.members["n2"].kill()
		w.settles(14*time.Second, "n1", "n3")
		expect(2)
	})
}

// The node's visits that were under way while it was frozen are refused by the log.
func TestFrozenNode(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.visitFor = 400 * time.Millisecond
		trio(w)
		time.Sleep(2 * time.Second) // for as long as any of its partitions waits for the first visit
		n2 := w.members["n2"]
		n2.freeze()
		w.settles(14*time.Second, "n1", "n3")
		time.Sleep(8 * time.Second)
		n2.thaw()
		synctest.Wait()
		if n := len(w.owners()["n2"]); n > 0 {
			t.Errorf("a node that was frozen owns %d claims when it goes on", n)
		}
		w.settles(14*time.Second, three...)
		if w.refused == 0 {
			t.Error("no visit of the frozen node was refused: the test shows nothing")
		}
	})
}

// A node that was frozen comes back just when the bucket has lost all sessions, by a clock that
// is ahead. That it finds none of the others' does not mean that these have ended.
func TestFrozenNodeFindsNoSessions(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.visitFor = time.Second
		trio(w)
		n2 := w.members["n2"]
		for i := range 8 {
			n2.faults.breakWatches(1)
			time.Sleep(2 * time.Second)
			n2.freeze()
			n2.faults.breakWatches(0)
			time.Sleep(15*time.Second + time.Duration(i)*cluster.TTL/64)
			w.sessions.expire(time.Hour)
			n2.thaw()
			w.settles(30*time.Second, three...)
		}
	})
}

// A node that can't reach the bucket ceases to own anything before others may take it.
func TestCutNode(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.visitFor = 5 * time.Second // longer than the time between the end of a session and its takeover
		trio(w)
		mend := w.members["n2"].faults.cut()
		time.Sleep(8 * time.Second)
		if s := w.members["n2"].Status(); s.Session || len(w.owners()["n2"]) > 0 {
			t.Errorf("8 s without the bucket: session %v, %d claims", s.Session, len(w.owners()["n2"]))
		}
		w.settles(6*time.Second, "n1", "n3")
		time.Sleep(time.Minute)
		mend()
		w.settles(14*time.Second, three...)
	})
}

// A node that is told late does not take what another one still owns: it waits until it was
// told a renewal of its own that it requested after the other's session must have ended.
func TestLateTellings(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.start("n1")
		w.start("n2")
		w.settles(5*time.Second, "n1", "n2")
		time.Sleep(5 * time.Second)
		n1, n2 := w.members["n1"], w.members["n2"]
		for _, m := range []*member{n1, n2} {
			m.faults.mu.Lock()
			m.faults.lag = 5 * time.Second
			m.faults.mu.Unlock()
		}
		mend := n2.faults.cut()
		time.Sleep(6500 * time.Millisecond)
		mend()
		if owned := len(w.owners()["n2"]); owned == 0 {
			t.Fatal("n2 owns nothing: the test shows nothing")
		}
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			w.owners() // no claim has two
		}
	})
}

func TestNoBucket(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		var mend []func()
		for _, m := range w.members {
			mend = append(mend, m.faults.cut())
		}
		time.Sleep(8 * time.Second)
		if free := w.owners()[""]; len(free) != allClaims {
			t.Errorf("without the bucket %d claims have owners", allClaims-len(free))
		}
		time.Sleep(time.Minute)
		for _, f := range mend {
			f()
		}
		w.settles(14*time.Second, three...)
	})
}

// Claims that a stopped cluster left behind are free for the next one.
func TestAllKilled(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		for _, m := range w.members {
			m.kill()
		}
		trioWithin(w, 14*time.Second)
	})
}

func trioWithin(w *world, d time.Duration) {
	w.t.Helper()
	for _, name := range three {
		w.start(name)
	}
	w.settles(d, three...)
}

// A node whose clock differs from those of the others says so and gives everything back.
func TestClockOff(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour, 3 * time.Second, -3 * time.Second} {
		simulate(t, 1, func(w *world) {
			trio(w)
			n2 := w.members["n2"]
			n2.set(ahead)
			w.settles(14*time.Second, "n1", "n3")
			s := n2.Status()
			direction := "ahead of n1 and n3"
			if ahead < 0 {
				direction = "behind n1 and n3"
			}
			if !strings.Contains(s.Problem, direction) {
				t.Errorf("%v: n2 says %q", ahead, s.Problem)
			}
			for _, peer := range w.members["n1"].Status().Nodes {
				if off := time.Duration(peer.ClockMS)*time.Millisecond - ahead; peer.Name == "n2" && (peer.Problem != s.Problem || off.Abs() > 100*time.Millisecond) {
					t.Errorf("n1 says of n2: %q, %d ms", peer.Problem, peer.ClockMS)
				}
			}
			n2.set(0)
			w.settles(14*time.Second, three...)
		})
	}
}

// A node that starts with a clock that is off takes nothing, not even for a moment.
func TestClockOffAtStart(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.start("n1")
		w.start("n3")
		w.settles(5*time.Second, "n1", "n3")
		w.start("n2").set(time.Hour)
		for range 1000 {
			time.Sleep(20 * time.Millisecond)
			if k := len(w.owners()["n2"]); k > 0 {
				t.Fatalf("it owns %d claims", k)
			}
		}
		w.settles(time.Second, "n1", "n3")
	})
}

// Of two nodes that disagree about the time nobody knows which is right.
func TestTwoClocks(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.start("n1")
		w.start("n2")
		w.settles(5*time.Second, "n1", "n2")
		w.members["n2"].set(time.Minute)
		time.Sleep(10 * time.Second)
		if free := w.owners()[""]; len(free) != allClaims {
			t.Errorf("%d claims have owners", allClaims-len(free))
		}
	})
}

// A second is within what the nodes allow, also where messages are slow.
func TestClockNearlyRight(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		for _, m := range w.members {
			m.faults.mu.Lock()
			m.faults.latency = time.Second
			m.faults.mu.Unlock()
		}
		w.members["n2"].set(time.Second)
		for range 60 {
			time.Sleep(time.Second)
			for name, m := range w.members {
				if p := m.Status().Problem; p != "" {
					t.Fatalf("%s: %s", name, p)
				}
			}
		}
	})
}

// A machine that slept owns nothing when it wakes, though its monotonic clock stood still.
func TestSleptMachine(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		n2 := w.members["n2"]
		n2.set(time.Minute)
		if n := len(w.owners()["n2"]); n > 0 {
			t.Errorf("it owns %d claims", n)
		}
	})
}

// The clock of the bucket's server is set ahead: all sessions expire in the bucket at once.
func TestServerClockJumps(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		for range 100 {
			w.sessions.expire(time.Hour)
			time.Sleep(3 * time.Second)
		}
		w.settles(14*time.Second, three...)
	})
}

// The server's clock is set ahead while a node is away. All that it is told of sessions which
// were renewed meanwhile is that they are gone.
func TestServerClockJumpsWhileAway(t *testing.T) {
	for _, away := range []time.Duration{5 * time.Second, 7 * time.Second, 9 * time.Second, 11 * time.Second, 13 * time.Second} {
		simulate(t, 1, func(w *world) {
			w.visitFor = time.Second
			trio(w)
			for range 10 {
				mend := w.members["n2"].faults.cut()
				time.Sleep(away)
				w.sessions.expire(time.Hour)
				mend()
				time.Sleep(3 * time.Second)
				w.settles(30*time.Second, three...)
			}
		})
	}
}

// The server's clock is set ahead at the end of a short time in which a node is away, and the
// node whose renewals it did not hear is away next: that one visits on until its session ends.
func TestServerClockJumpsAfterGap(t *testing.T) {
	for _, away := range []time.Duration{3 * time.Second, 4 * time.Second, 5 * time.Second} {
		simulate(t, 1, func(w *world) {
			w.visitFor = time.Second
			trio(w)
			for range 5 {
				back := w.members["n2"].faults.cut()
				time.Sleep(away)
				w.sessions.expire(time.Hour)
				mend := w.members["n1"].faults.cut()
				back()
				time.Sleep(20 * time.Second)
				mend()
				time.Sleep(3 * time.Second)
				w.settles(30*time.Second, three...)
			}
		})
	}
}

// What a node gives back is free only after its visits have landed.
func TestGiveBackWaits(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.visitFor = 40 * time.Second
		w.start("n1")
		w.settles(5*time.Second, "n1")
		time.Sleep(5 * time.Second)
		w.start("n2")
		time.Sleep(30 * time.Second)
		if n := len(w.owners()["n2"]); n > 0 {
			t.Errorf("n2 owns %d claims while n1 visits", n)
		}
		w.settles(20*time.Second, "n1", "n2")
	})
}

// A node knows that it is not told what the bucket has.
func TestUnheard(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		n2 := w.members["n2"]
		if d := n2.Unheard(); d > 2*time.Second {
			t.Errorf("unheard for %v while all is well", d)
		}
		n2.faults.mu.Lock()
		n2.faults.lag = time.Hour
		n2.faults.mu.Unlock()
		time.Sleep(30 * time.Second)
		if d := n2.Unheard(); d < 28*time.Second || d > 31*time.Second || !n2.Status().Session {
			t.Errorf("unheard for %v after 30 s, with a session: %v", d, n2.Status().Session)
		}
		mend := n2.faults.cut()
		time.Sleep(30 * time.Second)
		if d := n2.Unheard(); d != 0 {
			t.Errorf("unheard for %v without a session", d)
		}
		mend()
	})
}

func TestUnwellNode(t *testing.T) {
	simulate(t, 1, func(w *world) {
		trio(w)
		n2 := w.members["n2"]
		n2.has("12 s behind")
		w.settles(5*time.Second, "n1", "n3")
		if p := n2.Status().Problem; p != "12 s behind" {
			t.Errorf("its problem is %q", p)
		}
	})
}

// A node whose disk is full while it takes claims gives them back when it knows that: nobody
// else would visit for them.
func TestTakesThatDoNotEnd(t *testing.T) {
	simulate(t, 1, func(w *world) {
		w.start("n1")
		w.start("n3")
		w.settles(20*time.Second, "n1", "n3")
		n2 := w.start("n2")
		n2.mu.Lock()
		n2.full = true
		n2.mu.Unlock()
		time.Sleep(20 * time.Second)
		n2.has("nothing can be stored")
		w.settles(10*time.Second, "n1", "n3")
	})
}

// Two processes with one name: never do both own something, and the log says why.
func TestTwoOfOneName(t *testing.T) {
	simulate(t, 1, func(w *world) {
		first := w.start("n1")
		w.settles(5*time.Second, "n1")
		w.start("n1")
		time.Sleep(time.Minute)
		first.kill()
		w.settles(30*time.Second, "n1")
	})
}

// A claim that the log refuses is taken anew, with a new fence.
func TestLost(t *testing.T) {
	simulate(t, 1, func(w *world) {
		n1 := w.start("n1")
		w.settles(5*time.Second, "n1")
		w.mu.Lock()
		delete(w.lanes, 5)
		w.mu.Unlock()
		w.settles(5*time.Second, "n1")
		time.Sleep(5 * time.Second)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.lanes[5] != n1 || w.refused == 0 {
			t.Errorf("%d visits were refused, and the fence is %v", w.refused, w.lanes[5])
		}
	})
}

// Nothing is owned before Run.
func TestZeroNode(t *testing.T) {
	n := &cluster.Node{Name: "n1"}
	if n.Owns("https://press.example/") || n.Holds(cluster.Hub) || n.Status().Session {
		t.Error("a node that does not run owns something")
	}
	n.Lost(3)
}

// Thousands of visits under all faults at once: no partition is visited by two nodes, and
// when the faults are over every claim has its owner.
func TestSimulation(t *testing.T) {
	seeds, minutes, want := uint64(5), 10, 50000 // five runs make three or four times as many visits
	if testing.Short() {
		seeds, minutes, want = 1, 4, 5000
	}
	visits, kills, freezes, faults, inFlight := 0, 0, 0, 0, 0
	for seed := range seeds {
		simulate(t, seed, func(w *world) {
			w.faulty = true
			five := []string{"n1", "n2", "n3", "n4", "n5"}
			for _, name := range five {
				w.start(name)
			}
			for end := time.Now().Add(time.Duration(minutes) * time.Minute); time.Now().Before(end); {
				w.disturb(five[w.draw(5)])
			}
			w.settles(time.Minute, five...)
			w.mu.Lock()
			defer w.mu.Unlock()
			t.Logf("seed %d: %d visits, %d refused by the log", seed, w.visits, w.refused)
			visits, inFlight = visits+w.visits, inFlight+w.frozen
			kills, freezes, faults = kills+w.disturbed[0], freezes+w.disturbed[1], faults+w.disturbed[2]+w.disturbed[3]+w.disturbed[4]
		})
	}
	t.Logf("%d visits, %d kills, %d freezes (with %d requests in flight), %d other faults", visits, kills, freezes, inFlight, faults)
	if visits < want || kills == 0 || freezes == 0 || faults == 0 {
		t.Errorf("the simulation shows too little: want %d visits", want)
	}
}

// disturb does something to a node for a while.
func (w *world) disturb(name string) {
	m := w.members[name]
	what, span, visit := w.draw(8), w.draw(25*time.Second), w.draw(2*time.Second)
	w.mu.Lock()
	w.visitFor = visit
	w.disturbed[what]++
	w.mu.Unlock()
	ctx := context.Background()
	switch what {
	case 0:
		m.kill()
		sleep(ctx, span)
		w.start(name)
	case 1:
		m.freeze()
		sleep(ctx, span)
		m.thaw()
	case 2:
		mend := m.faults.cut()
		sleep(ctx, span)
		mend()
	case 3:
		m.set(w.draw(10*time.Second) - 5*time.Second)
		sleep(ctx, span)
		m.set(0)
	case 4:
		w.sessions.expire(time.Hour)
		sleep(ctx, time.Second)
	case 5:
		m.quit()
		w.start(name)
	case 6:
		sleep(ctx, span)
	case 7:
		end := m.faults.silence()
		sleep(ctx, span)
		end()
	}
}
