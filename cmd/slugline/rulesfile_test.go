package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/wire"
)

// rulesNode is a real desk behind the log of a real server.
type rulesNode struct {
	*rulesFile
	t      *testing.T
	shared *wire.Journal
	log    lockedBuffer
}

// lockedBuffer is a buffer that many goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// newRulesNodes makes n nodes over one log.
func newRulesNodes(t *testing.T, n int) (nodes []*rulesNode) {
	peer := loopback.Address(t)
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	w, err := wire.Open(ctx, wire.Settings{Name: "press", Node: "n1", Peers: []string{peer}, Listen: peer, Dir: t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for i := range n {
		nodes = append(nodes, newRulesNode(t, w, fmt.Sprint("n", i+1)))
	}
	return nodes
}

func newRulesNode(t *testing.T, w *wire.Wire, name string) *rulesNode {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := &rulesNode{t: t}
	log := slog.New(slog.NewTextHandler(&n.log, nil))
	n.shared = &wire.Journal{Messages: w.Log, Store: st, Submit: d.Submit, Node: name, Log: log}
	n.rulesFile = &rulesFile{node: name, store: st, log: log, journal: &journal.Journal{Commit: n.shared.Commit, Store: st}}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return d.Run(ctx) })
	g.Go(func() error { return n.shared.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(g.Wait(), st.Close()); err != nil {
			t.Error(err)
		}
	})
	return n
}

// has applies a feeds.yaml with these sources, as a start or a reload does, once the node has
// applied what the log has.
func (n *rulesNode) has(sources ...string) {
	n.t.Helper()
	n.catchUp()
	if _, err := n.rulesFile.apply(n.t.Context(), rulesOf(sources...), time.Now()); err != nil {
		n.t.Errorf("%s: %v", n.node, err)
	}
}

// catchUp waits until the node has applied what the log has now.
func (n *rulesNode) catchUp() {
	n.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(awaits); ; {
		if s, err := n.shared.Messages.State(n.t.Context()); err == nil && n.shared.Position().Seq >= s.Last {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			n.t.Fatalf("%s does not catch up: %v", n.node, n.shared.Ready())
		}
	}
}

// inForceNow returns the names of the sources in force, and how many records there are.
func (n *rulesNode) inForceNow() (names []string, records uint64) {
	n.t.Helper()
	n.catchUp()
	err := n.store.View(func(tx *store.Tx) error {
		r, err := tx.Rules()
		for i := range r.Sources {
			names = append(names, r.Sources[i].Name)
		}
		if r.After != "" {
			n.t.Error("After is stored")
		}
		records = tx.Seq()
		return err
	})
	if err != nil {
		n.t.Error(err)
	}
	return names, records
}

func (n *rulesNode) wantInForce(records uint64, sources ...string) {
	n.t.Helper()
	if names, seq := n.inForceNow(); !slices.Equal(names, sources) || seq != records {
		n.t.Errorf("%s: %v are in force after %d records, want %v after %d", n.node, names, seq, sources, records)
	}
}

func rulesOf(sources ...string) *news.Rules {
	r := &news.Rules{Keep: 720 * time.Hour, Topics: []news.Topic{{Name: "all", Fold: news.FoldStory, Stories: 10}}}
	for _, name := range sources {
		r.Sources = append(r.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss"})
	}
	return r
}

// Two nodes with different files never overrule each other, however often they start: the
// file that was edited last is in force, and the other one says that it differs.
func TestFilesThatDiffer(t *testing.T) {
	nodes := newRulesNodes(t, 2)
	a, b := nodes[0], nodes[1]
	a.has("one")
	b.has("two") // its first start: it overrules nobody
	for range 5 {
		a.has("one")
		b.has("two")
	}
	a.wantInForce(1, "one")
	b.wantInForce(1, "one")
	if a.note() != "" || !strings.Contains(b.note(), "source one, source two") {
		t.Errorf("a says %q and b %q; want that b differs", a.note(), b.note())
	}
	if n := b.log.count("differs from the rules in force"); n != 1 {
		t.Errorf("b logged %d times that its file differs", n)
	}
	if inForce, file, differs := b.marks(); inForce == file || inForce == "" || file == "" || differs != "source one, source two" {
		t.Errorf("b announces rules %q and file %q, which differ in %q", inForce, file, differs)
	}
	b.has("two", "three") // edited
	b.wantInForce(2, "two", "three")
	a.catchUp()
	if !a.moved() || b.moved() {
		t.Errorf("other rules are in force: a sees that: %v, b: %v", a.moved(), b.moved())
	}
	for range 5 {
		a.has("one")
		b.has("two", "three")
	}
	a.wantInForce(2, "two", "three")
	if a.note() == "" || b.note() != "" || a.moved() {
		t.Errorf("a says %q and b %q; want that a differs", a.note(), b.note())
	}
	a.has("two", "three") // copied
	a.wantInForce(2, "two", "three")
	if inForce, file, differs := a.marks(); a.note() != "" || inForce != file || differs != "" {
		t.Errorf("a says %q with rules %s and file %s, which differ in %q", a.note(), inForce, file, differs)
	}
	a.has("one") // edited back
	b.wantInForce(3, "one")
}

// Of files that are put in force at the same time one wins, on all nodes.
func TestFilesAtOnce(t *testing.T) {
	nodes := newRulesNodes(t, 3)
	for round := range 10 {
		var all sync.WaitGroup
		for i, n := range nodes {
			all.Go(func() {
				if _, err := n.rulesFile.apply(t.Context(), rulesOf(fmt.Sprintf("s%d-%d", round, i)), time.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		names, records := nodes[0].inForceNow()
		for _, n := range nodes[1:] {
			n.wantInForce(records, names...)
		}
		if !strings.HasPrefix(names[0], fmt.Sprintf("s%d-", round)) {
			t.Errorf("round %d: %v are in force", round, names)
		}
		for i, n := range nodes { // starting again changes nothing
			n.has(fmt.Sprintf("s%d-%d", round, i))
			n.wantInForce(records, names...)
		}
	}
}

// Nodes with equal files file them once, also at the very first start.
func TestEqualFiles(t *testing.T) {
	nodes := newRulesNodes(t, 3)
	var all sync.WaitGroup
	for _, n := range nodes {
		all.Go(func() {
			if _, err := n.rulesFile.apply(t.Context(), rulesOf("one"), time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, n := range nodes {
		n.wantInForce(1, "one")
		if n.has("one"); n.note() != "" {
			t.Errorf("%s says %q", n.node, n.note())
		}
	}
}

// A database that was copied from another node does not make its file count as changed; that
// of a node which was alone does.
func TestFileOfACopy(t *testing.T) {
	nodes := newRulesNodes(t, 2)
	a, b := nodes[0], nodes[1]
	a.has("one")
	b.catchUp()
	put := func(node string) {
		if err := b.store.Update(func(tx *store.Tx) error { return tx.PutFileMark(node, "of another file") }); err != nil {
			t.Fatal(err)
		}
	}
	put("n1")
	b.has("two")
	b.wantInForce(1, "one")
	put("")
	b.has("two")
	a.wantInForce(2, "two")
}

// Rules raise the version of the fold only when that is allowed, and then without a change of
// the file.
func TestFoldIsHeld(t *testing.T) {
	n := newRulesNodes(t, 1)[0]
	old := rulesOf("one")
	old.Fold = story.Version - 1
	mark, err := journal.MarkAs(old, &news.Rules{Fold: old.Fold})
	if err != nil {
		t.Fatal(err)
	}
	old.Hash = mark
	if err := n.journal.File(t.Context(), news.Record{At: time.Now(), Rules: old}); err != nil {
		t.Fatal(err)
	}
	why := errors.New("upgrade Slugline on n2")
	n.journal.HoldFold = func() error { return why }
	n.has("one")
	n.wantInForce(1, "one")
	if !strings.Contains(n.note(), "upgrade Slugline on n2") || n.moved() {
		t.Errorf("it says %q", n.note())
	}
	n.has("one", "two") // edited meanwhile
	n.wantInForce(2, "one", "two")
	why = nil
	if !n.moved() {
		t.Error("nobody notices that the fold may be raised")
	}
	n.has("one", "two")
	n.wantInForce(3, "one", "two")
	if n.note() != "" || n.moved() {
		t.Errorf("it says %q", n.note())
	}
	n.has("one", "two")
	n.wantInForce(3, "one", "two")
}

// Only nodes that live count, and they are named.
func TestOutdated(t *testing.T) {
	node := func(name string, folds ...int) cluster.NodeState {
		return cluster.NodeState{Name: name, Announcement: cluster.Announcement{Folds: folds}}
	}
	lost, gone := node("n4", 1), node("n5", 1)
	lost.Late, gone.Gone = true, true
	if err := outdated([]cluster.NodeState{node("n1", story.Folds()...), lost, gone}); err != nil {
		t.Errorf("all know it: %v", err)
	}
	err := outdated([]cluster.NodeState{node("n1", story.Folds()...), node("n2", 1), node("n3")})
	if err == nil || !strings.Contains(err.Error(), "on n2 and n3") {
		t.Errorf("got %v", err)
	}
}

// A feeds.yaml whose rules no other node could read is refused before anything is filed.
func TestRulesTooLargeForACluster(t *testing.T) {
	n := newRulesNodes(t, 1)[0]
	n.has("a")
	n.catchUp()
	before := n.shared.Position()
	r := rulesOf("a", "b")
	r.Sources[0].Title = strings.Repeat("Ferry resumes service. ", 3<<20)
	_, err := n.rulesFile.apply(t.Context(), r, time.Now())
	if err == nil || !strings.Contains(err.Error(), "name fewer sources") {
		t.Errorf("got %v, want what to do", err)
	}
	if n.catchUp(); n.shared.Position() != before {
		t.Errorf("the node is at %+v, want still %+v", n.shared.Position(), before)
	}
}

// The command check refuses such rules in a cluster alone.
func TestCheckOfRulesTooLarge(t *testing.T) {
	c := &config.Config{}
	c.Sources = []news.SourceConfig{{Source: news.Source{Name: "a", Title: strings.Repeat("Ferry resumes service. ", 3<<20)}}}
	if err := checkRules(c); err != nil {
		t.Errorf("without a cluster: %v", err)
	}
	c.Cluster = &config.Cluster{}
	if err := checkRules(c); err == nil || !strings.Contains(err.Error(), "name fewer sources") {
		t.Errorf("in a cluster: got %v, want what to do", err)
	}
}
