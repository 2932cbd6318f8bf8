package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/wire"
)

// A node that finds a check failed applies nothing more, says why and takes no records. Where
// the log is sound again, it goes on.
func TestChecks(t *testing.T) {
	wire.WarmUp()
	for name, c := range map[string]struct {
		harm func(*simLog, *simNode)
		mend func(*simLog, *simNode) // nil: nothing does
		want wire.Check
		says string
	}{
		"a message is missing": {
			func(l *simLog, _ *simNode) { l.lost[4] = true },
			func(l *simLog, _ *simNode) { delete(l.lost, 4) },
			wire.Contiguous, "cluster repair NODE",
		},
		"the own replica is damaged": {
			func(_ *simLog, n *simNode) { n.client.be(0, 353) },
			func(_ *simLog, n *simNode) { n.client.be(0, 0) },
			wire.Contiguous, "lacks 353 records",
		},
		"the log begins later": {
			func(l *simLog, _ *simNode) { l.first = 5 },
			func(l *simLog, _ *simNode) { l.first = 1 },
			wire.Contiguous, "cluster repair n1 --database",
		},
		"the log has lost its end": {
			func(l *simLog, _ *simNode) { l.messages = l.messages[:2] }, nil,
			wire.Tail, "cluster repair n1 --database",
		},
		"the end of the log is another one": {
			func(l *simLog, _ *simNode) { l.messages[2].ID = "another" }, nil,
			wire.Tail, "cluster repair n1 --database",
		},
		"another log": {
			func(l *simLog, _ *simNode) { l.identity = "log 2" },
			func(l *simLog, _ *simNode) { l.identity = "log 1" },
			wire.Identity, "cluster adopt",
		},
		"a newer version": {
			func(l *simLog, _ *simNode) { l.messages[3].Data[0]++ },
			func(l *simLog, _ *simNode) { l.messages[3].Data[0]-- },
			wire.Readable, "Upgrade",
		},
		"damage that the log does not notice": {
			func(l *simLog, _ *simNode) { flip(l.messages[3].Data) },
			func(l *simLog, _ *simNode) { flip(l.messages[3].Data) },
			wire.Readable, "can't be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				log := newSimLog()
				n, other := newSimNode(t, log, "n1", 1), newSimNode(t, log, "n2", 2)
				defer func() { n.stop() }()
				defer other.stop()
				startBehind(t, n, other, func() { c.harm(log, n) })
				time.Sleep(30 * time.Second)
				expectFault(t, n, c.want, c.says)
				if c.mend == nil {
					return
				}
				log.mu.Lock()
				c.mend(log, n)
				log.mu.Unlock()
				time.Sleep(30 * time.Second)
				if err := n.shared.Ready(); err != nil || n.shared.Position().Seq != 5 || n.digest() != other.digest() {
					t.Errorf("when the log was sound again: %v, at %d, want 5", err, n.shared.Position().Seq)
				}
			})
		})
	}
}

// startBehind starts a node again that has three of five records, after harm was done to the log.
func startBehind(t *testing.T, n, other *simNode, harm func()) {
	t.Helper()
	fileSweeps(t, n, 3)
	n.stop()
	fileSweeps(t, other, 2)
	log := n.client.log
	log.mu.Lock()
	harm()
	log.mu.Unlock()
	n.start()
}

func flip(data []byte) { data[len(data)-1] ^= 1 }

// fileSweeps files n records that differ.
func fileSweeps(t *testing.T, n *simNode, count int) {
	t.Helper()
	for range count {
		time.Sleep(time.Second)
		if _, err := n.file(t.Context(), news.Record{At: time.Now(), Sweep: &news.Sweep{}}); err != nil {
			t.Fatal(err)
		}
	}
}

// expectFault checks that a node has stopped at its third record because of a check.
func expectFault(t *testing.T, n *simNode, want wire.Check, says string) {
	t.Helper()
	var f *wire.Fault
	if err := n.shared.Ready(); !errors.As(err, &f) || f.Check != want || !strings.Contains(f.Text, says) {
		t.Errorf("ready: %v; want a fault of %s that says %q", err, want, says)
	}
	if got := n.shared.Position().Seq; got != 3 {
		t.Errorf("%d messages are applied, want 3", got)
	}
	if got := n.shared.Gaps(); (got == 1) != (want == wire.Contiguous) || got > 1 {
		t.Errorf("%d gaps are counted with a fault of %s", got, want)
	}
	if _, err := n.file(t.Context(), news.Record{At: time.Now(), Sweep: &news.Sweep{}}); !errors.As(err, &f) {
		t.Errorf("a record was filed: %v, want the fault", err)
	}
}

// What the log lacks for some seconds, as where a server answers that was cut off, is no fault.
// The node applies nothing meanwhile.
func TestShortAnswers(t *testing.T) {
	wire.WarmUp()
	for name, harm := range map[string]func(l *simLog) (mend func()){
		"a message is missing": func(l *simLog) func() { l.lost[4] = true; return func() { delete(l.lost, 4) } },
		"the end is missing": func(l *simLog) func() {
			all := l.messages
			l.messages = all[:2]
			return func() { l.messages = all }
		},
		"the last message is missing": func(l *simLog) func() { l.lost[3] = true; return func() { delete(l.lost, 3) } },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				log := newSimLog()
				n, other := newSimNode(t, log, "n1", 1), newSimNode(t, log, "n2", 2)
				defer func() { n.stop() }()
				defer other.stop()
				var mend func()
				startBehind(t, n, other, func() { mend = harm(log) })
				time.Sleep(6 * time.Second)
				if err := n.shared.Fault(); err != nil || n.shared.Position().Seq != 3 {
					t.Errorf("after 6 s %d records are applied, want 3, with the fault %v", n.shared.Position().Seq, err)
				}
				log.mu.Lock()
				mend()
				log.mu.Unlock()
				time.Sleep(5 * time.Second)
				if err := n.shared.Ready(); err != nil || n.shared.Position().Seq != 5 || n.digest() != other.digest() {
					t.Errorf("when the log answered in full: %v, at %d, want 5", err, n.shared.Position().Seq)
				}
			})
		})
	}
}

// A gap that is found while the log is read stops the node, and so does damage of its own
// replica.
func TestChecksWhileReading(t *testing.T) {
	wire.WarmUp()
	bubble.Test(t, func(t *testing.T) {
		log := newSimLog()
		n, other := newSimNode(t, log, "n1", 1), newSimNode(t, log, "n2", 2)
		defer n.stop()
		defer other.stop()
		fileSweeps(t, n, 3)
		n.client.be(0, 1)
		time.Sleep(10 * time.Second)
		fileSweeps(t, other, 2)
		time.Sleep(10 * time.Second)
		expectFault(t, n, wire.Contiguous, "lacks 1 records")
	})
}

// A reader to which messages do not come is replaced by another, until they come.
func TestStalledReader(t *testing.T) {
	wire.WarmUp()
	bubble.Test(t, func(t *testing.T) {
		log := newSimLog()
		n, other := newSimNode(t, log, "n1", 1), newSimNode(t, log, "n2", 2)
		defer func() { n.stop() }()
		defer other.stop()
		fileSweeps(t, n, 3)
		n.stop()
		n.client.stalls = 2
		fileSweeps(t, other, 2)
		n.start()
		time.Sleep(45 * time.Second)
		if err := n.shared.Ready(); err != nil || n.shared.Position().Seq != 5 {
			t.Errorf("%v, at %d of 5", err, n.shared.Position().Seq)
		}
	})
}

// A node that was behind in the log that is lost is not behind in the shorter one that it adopts.
func TestAdoptShorterLog(t *testing.T) {
	wire.WarmUp()
	bubble.Test(t, func(t *testing.T) {
		log := newSimLog()
		n, other := newSimNode(t, log, "n1", 1), newSimNode(t, log, "n2", 2)
		defer func() { n.stop() }()
		defer other.stop()
		fileSweeps(t, n, 3)
		n.stop()
		fileSweeps(t, other, 5)
		n.client.stalls = 1
		n.start()
		time.Sleep(5 * time.Second)
		log.mu.Lock()
		log.identity, log.messages = "log 2", nil
		log.mu.Unlock()
		time.Sleep(5 * time.Second)
		if _, err := n.shared.Adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		fileSweeps(t, n, 2)
		time.Sleep(20 * time.Second)
		if err := n.shared.Ready(); err != nil || n.shared.Position().Seq != 2 {
			t.Errorf("%v, at %d of 2", err, n.shared.Position().Seq)
		}
	})
}

// Of three nodes, the one that differs stops; of two, both do, unless the third speaks soon.
func TestAgree(t *testing.T) {
	wire.WarmUp()
	type announced struct {
		node        string
		same        bool
		fault, late bool // after it, and some time later
	}
	for i, c := range [][]announced{
		{{"n2", true, false, false}, {"n3", true, false, false}},
		{{"n2", true, false, false}, {"n3", false, false, false}, {"n3", true, false, false}},
		{{"n2", false, false, true}},
		{{"n2", true, false, false}, {"n3", false, false, false}, {"n2", false, true, true}},
	} {
		for _, digests := range []bool{false, true} {
			t.Run(fmt.Sprint(i, " digests ", digests), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					n := newSimNode(t, newSimLog(), "n1", 1)
					defer n.stop()
					fileSweeps(t, n, 3)
					for _, a := range c {
						p := n.shared.Position()
						if !a.same {
							p.Chain = "another"
						}
						if digests {
							n.shared.AgreeDigest(a.node, p.Seq, n.shared.Position().Chain, p.Chain)
						} else {
							n.shared.Agree(a.node, p)
						}
						got := n.shared.Fault() != nil
						time.Sleep(20 * time.Second)
						if late := n.shared.Fault() != nil; got != a.fault || late != a.late {
							t.Errorf("after %v: fault %v, later %v; want %v, %v", a, got, n.shared.Fault(), a.fault, a.late)
						}
					}
				})
			})
		}
	}
}
