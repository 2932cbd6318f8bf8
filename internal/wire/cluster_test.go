package wire_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// node is a desk and a store behind the journal, over a real server.
type node struct {
	t        *testing.T
	settings wire.Settings
	path     string          // of the database
	stored   func(id string) // called when a record is stored; nil: not called

	wire    *wire.Wire
	store   *store.Store
	desk    *desk.Desk
	shared  *wire.Journal
	journal *journal.Journal
	stop    func() // the server last
}

// newNodes returns n nodes that are not started.
func newNodes(t *testing.T, n int) []*node {
	t.Helper()
	var peers []string
	for range n {
		peers = append(peers, loopback.Address(t))
	}
	nodes := make([]*node, n)
	for i := range nodes {
		dir := t.TempDir()
		nodes[i] = &node{t: t, path: filepath.Join(dir, "slugline.db"), settings: wire.Settings{
			Name: "press", Node: fmt.Sprintf("n%d", i+1), Peers: peers, Listen: peers[i], Dir: filepath.Join(dir, "wire"),
		}}
	}
	return nodes
}

// start starts a node. It is stopped when the test ends.
func (n *node) start(ctx context.Context) error {
	var err error
	if n.wire, err = wire.New(n.settings, testLog()); err != nil {
		return err
	}
	if n.store, err = store.Open(n.path, store.Options{}); err != nil {
		return err
	}
	if n.desk, err = desk.Open(n.store, nil, nil, nil); err != nil {
		return err
	}
	n.shared = &wire.Journal{Messages: n.wire.Log, Store: n.store, Submit: n.submit, Node: n.settings.Node, Log: testLog(), Outside: len(n.settings.Servers) > 0}
	n.journal = &journal.Journal{Commit: n.shared.Commit, Store: n.store}
	ready := ctx
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return unlessEnded(ctx, n.wire.Run(ctx)) })
	g.Go(func() error { return n.desk.Run(ctx) })
	g.Go(func() error { return n.shared.Run(ctx) })
	n.stop = func() {
		n.t.Helper()
		n.stop = func() {}
		cancel()
		if err := g.Wait(); err != nil {
			n.t.Error(err)
		}
		if err := n.store.Close(); err != nil {
			n.t.Error(err)
		}
		n.wire.Close()
	}
	n.t.Cleanup(func() { n.stop() })
	_, err = n.wire.Log.State(ready)
	for err != nil && ready.Err() == nil {
		_, err = n.wire.Log.State(ready)
	}
	return err
}

// unlessEnded returns an error, or nil if ctx has ended.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// awaits is how long a test waits for what servers do.
const awaits = 3 * time.Minute

// startAll starts nodes at the same time.
func startAll(t *testing.T, nodes []*node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, n := range nodes {
		g.Go(func() error { return n.start(ctx) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// file files a record on a node, again if the servers take too long.
func (n *node) file(r news.Record) {
	n.t.Helper()
	err := n.journal.File(n.t.Context(), r)
	for began := time.Now(); errors.Is(err, wire.ErrUnreachable) && time.Since(began) < awaits; {
		err = n.journal.File(n.t.Context(), r)
	}
	if err != nil {
		n.t.Errorf("%s: file: %v", n.settings.Node, err)
	}
}

// await waits until a node has applied a message of the log.
func (n *node) await(seq uint64) {
	n.t.Helper()
	n.until("the records are applied", func() bool { return n.shared.Position().Seq >= seq })
}

// until waits until met returns true.
func (n *node) until(what string, met func() bool) {
	n.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !met(); <-tick.C {
		if time.Now().After(deadline) {
			n.t.Fatalf("%s: timed out waiting until %s; it has applied message %d, the log %+v, ready: %v", n.settings.Node, what, n.shared.Position().Seq, n.shared.State(), n.shared.Ready())
		}
	}
}

// same checks that all nodes have applied the same records, and returns how many messages.
func same(t *testing.T, nodes []*node) uint64 {
	t.Helper()
	var last uint64
	for _, n := range nodes {
		last = max(last, n.shared.Position().Seq)
	}
	var digests []string
	var positions []news.WirePosition
	for _, n := range nodes {
		n.await(last)
		d, err := n.store.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests, positions = append(digests, d), append(positions, n.shared.Position())
	}
	if len(slices.Compact(digests)) != 1 || len(slices.Compact(positions)) != 1 {
		t.Errorf("digests %v, positions %v: want them equal", digests, positions)
	}
	return last
}

var noon = time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)

func rules() *news.Rules {
	r := &news.Rules{
		Site: news.Site{Title: "Test", URL: "https://press.example", Language: "en", Zone: "UTC"}, Keep: 720 * time.Hour,
		Topics: []news.Topic{{Name: "all", Title: "All", Fold: news.FoldStory, Stories: 50}},
	}
	for i := range 9 {
		name := fmt.Sprintf("s%d", i)
		r.Sources = append(r.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	}
	return r
}

// visit is a visit that found one entry.
func visit(source, headline string) *news.Visit {
	key := news.Key('g', source+headline)
	return &news.Visit{Source: source, Final: true, Partial: true, Entries: []news.Entry{{
		Headline: headline, Link: "https://" + source + ".example/" + headline, Hash: news.Key('h', headline), Keys: news.Keys{GUID: key}, Published: noon,
		Body: "<p>Ferries & trains resume < Monday > in the evening.</p>",
	}}}
}

// Records filed on any node are applied on all, in the same order.
func TestThreeNodesApplyTheSame(t *testing.T) {
	nodes := newNodes(t, 3)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	var g errgroup.Group
	for i, n := range nodes {
		for source := range 3 {
			g.Go(func() error {
				for k := range 20 {
					n.file(news.Record{At: noon.Add(time.Duration(k) * time.Second), Visit: visit(fmt.Sprintf("s%d", 3*i+source), fmt.Sprintf("Ferry %d resumes service on line %d", k, k%7))})
				}
				return nil
			})
		}
	}
	_ = g.Wait()
	if last := same(t, nodes); last != 181 {
		t.Errorf("the log has %d messages, want 181", last)
	}
}

// testLog is where servers and nodes write to: nowhere, unless the test is run with -v.
func testLog() *slog.Logger {
	if !testing.Verbose() {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// A node that was away reads on where its store is, and files meanwhile go on at the others.
func TestNodeComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an election for each of three nodes")
	}
	nodes := newNodes(t, 3)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	for i, n := range nodes {
		same(t, nodes)
		n.stop()
		others := slices.Delete(slices.Clone(nodes), i, i+1)
		for k := range 5 {
			others[k%2].file(news.Record{At: noon.Add(time.Duration(k) * time.Second), Visit: visit(fmt.Sprintf("s%d", i), fmt.Sprintf("Copper %d rises again", k))})
		}
		startAll(t, nodes[i:i+1])
	}
	if last := same(t, nodes); last != 16 {
		t.Errorf("the log has %d messages, want 16", last)
	}
}
