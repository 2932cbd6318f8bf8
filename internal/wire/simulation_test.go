package wire_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// simNode is a node whose log is simulated.
type simNode struct {
	*testing.T
	name   string
	path   string
	client *simClient

	digests wire.Table
	prepare func(*wire.Journal) // nil: nothing

	store  *store.Store
	shared *wire.Journal
	stop   func()
}

func newSimNode(t *testing.T, log *simLog, name string, seed uint64) *simNode {
	n := &simNode{T: t, name: name, path: filepath.Join(t.TempDir(), "slugline.db"), client: &simClient{log: log, random: rand.New(rand.NewPCG(seed, 1))}}
	n.start()
	return n
}

func (n *simNode) start() {
	n.Helper()
	var err error
	if n.store, err = store.Open(n.path, store.Options{Temporary: true}); err != nil {
		n.Fatal(err)
	}
	d, err := desk.Open(n.store, nil, nil, nil)
	if err != nil {
		n.Fatal(err)
	}
	n.shared = &wire.Journal{Messages: n.client, Store: n.store, Submit: n.onBadDisk(d.Submit), Node: n.name, Digests: n.digests, Partition: func(source string) int { return int(source[1] - '0') }}
	if n.prepare != nil {
		n.prepare(n.shared)
	}
	ctx, cancel := context.WithCancel(n.Context())
	var g errgroup.Group
	g.Go(func() error { return d.Run(ctx) })
	g.Go(func() error { return n.shared.Run(ctx) })
	n.stop = func() {
		n.Helper()
		cancel()
		if err := errors.Join(g.Wait(), n.store.Close()); err != nil {
			n.Error(err)
		}
	}
}

type submit = func(context.Context, news.Record, func(*store.Tx) error) (func(context.Context) error, error)

var errDisk = errors.New("no space left on device")

// onBadDisk has the desk lose some records while there is trouble, and say so late, when it
// was given those that follow.
func (n *simNode) onBadDisk(next submit) submit {
	return func(ctx context.Context, r news.Record, note func(*store.Tx) error) (func(context.Context) error, error) {
		n.client.mu.Lock()
		fails := n.client.random.Float64() < n.client.trouble/2
		n.client.mu.Unlock()
		if !fails {
			return next(ctx, r, note)
		}
		return func(context.Context) error { time.Sleep(200 * time.Millisecond); return errDisk }, nil
	}
}

func (n *simNode) file(ctx context.Context, r news.Record) (id string, err error) {
	j := &journal.Journal{Store: n.store, Commit: func(ctx context.Context, r news.Record) error {
		id = r.ID
		return n.shared.Commit(ctx, r)
	}}
	return id, j.File(ctx, r)
}

func (n *simNode) digest() string {
	n.Helper()
	d, err := n.store.Digest()
	if err != nil {
		n.Fatal(err)
	}
	return d
}

func (n *simNode) applied(id string) (yes bool) {
	n.Helper()
	if err := n.store.View(func(tx *store.Tx) error { yes = tx.Records.Applied(id); return nil }); err != nil {
		n.Fatal(err)
	}
	return yes
}

// answers are what nodes were told about the records they filed.
type answers struct {
	mu    sync.Mutex // guards the fields below
	all   map[string]error
	filer map[string]string // by record
	ahead map[string]bool   // records of clocks that were ahead
}

func (a *answers) add(id, filer string, ahead bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all[id], a.filer[id], a.ahead[id] = err, filer, ahead
}

// Three nodes file while their connections lose, repeat and cut, take partitions from each
// other and are started again. What was answered with nil is applied on all, what was refused
// on none, and all come to the same state.
func TestSimulation(t *testing.T) {
	wire.WarmUp()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) { simulate(t, seed) })
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	log, told := newSimLog(), &answers{all: map[string]error{}, filer: map[string]string{}, ahead: map[string]bool{}}
	var nodes []*simNode
	for i := range 3 {
		nodes = append(nodes, newSimNode(t, log, fmt.Sprint("n", i+1), 10*seed+uint64(i)))
	}
	if _, err := nodes[0].file(t.Context(), news.Record{At: time.Now(), Rules: rules()}); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		n.client.be(0.08, 0)
	}
	for round := range 3 {
		var g errgroup.Group
		for i, n := range nodes {
			g.Go(func() error { n.work(told, rand.New(rand.NewPCG(seed, uint64(100*round+i)))); return nil })
		}
		_ = g.Wait()
		restarted := nodes[round]
		restarted.stop()
		restarted.start()
	}
	for _, n := range nodes {
		n.client.be(0, 0)
	}
	finish(t, log, nodes, told)
}

// work files records and takes partitions for some seconds.
func (n *simNode) work(told *answers, random *rand.Rand) {
	var g errgroup.Group
	for part := range 3 {
		do := rand.New(rand.NewPCG(random.Uint64(), 3))
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(n.Context(), 5*time.Second)
			defer cancel()
			for k := 0; ctx.Err() == nil; k++ {
				n.step(ctx, told, part, do)
			}
			return nil
		})
	}
	_ = g.Wait()
}

func (n *simNode) step(ctx context.Context, told *answers, part int, do *rand.Rand) {
	r := news.Record{At: time.Now(), Visit: visit(fmt.Sprint("s", part), fmt.Sprintf("Ferry %d resumes service", do.IntN(1000)))}
	switch do.IntN(12) {
	case 0:
		_ = n.shared.Take(ctx, part) // it may not come through
		return
	case 1:
		n.shared.Give(ctx, part)
		return
	case 2:
		r = news.Record{At: time.Now(), Order: &news.Order{Verb: "pause", Args: []string{fmt.Sprint("s", do.IntN(12))}, Who: n.name}}
	case 3:
		r.At = r.At.Add(time.Hour) // this clock is ahead
	}
	ahead := r.At.After(time.Now())
	if id, err := n.file(ctx, r); id != "" {
		told.add(id, n.name, ahead, err)
	}
	select {
	case <-time.After(time.Duration(do.IntN(300)) * time.Millisecond):
	case <-ctx.Done():
	}
}

// finish waits until all nodes have applied the log, and checks what they were told.
func finish(t *testing.T, log *simLog, nodes []*simNode, told *answers) {
	last := log.state().Last
	for _, n := range nodes {
		for range 600 {
			if n.shared.Position().Seq == last {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if got := n.shared.Position(); got.Seq != last || got != nodes[0].shared.Position() || n.digest() != nodes[0].digest() {
			t.Errorf("%s is at %v, want %d as %s, and the same digest: %v", n.name, got, last, nodes[0].name, n.shared.Ready())
		}
	}
	checkOwners(t, log, told)
	count := map[string]int{}
	for id, err := range told.all {
		for _, n := range nodes {
			applied := n.applied(id)
			switch {
			case err == nil && !applied:
				t.Errorf("record %s was answered with nil and is not applied on %s", id, n.name)
			case applied && told.ahead[id]:
				t.Errorf("record %s is applied on %s, and was filed by a clock an hour ahead", id, n.name)
			case applied && (errors.Is(err, journal.ErrRefused) || errors.Is(err, wire.ErrNotOwner)):
				t.Errorf("record %s is applied on %s, and was answered with %v", id, n.name, err)
			}
		}
		switch {
		case err == nil:
			count["applied"]++
		case errors.Is(err, journal.ErrRefused):
			count["refused"]++
		case errors.Is(err, wire.ErrNotOwner):
			count["not owner"]++
		default:
			count["unknown"]++
		}
	}
	t.Log(last, "messages; answers:", count)
	for _, n := range nodes {
		n.stop()
	}
	for _, kind := range []string{"applied", "refused", "not owner"} {
		if count[kind] == 0 {
			t.Errorf("no record was answered with %q: the simulation shows too little", kind)
		}
	}
}

// checkOwners checks that the log has visits of a partition of the node alone that took it last.
func checkOwners(t *testing.T, log *simLog, told *answers) {
	t.Helper()
	owners := map[string]string{} // by subject
	for _, m := range log.messages {
		take, isTake := strings.CutPrefix(m.ID, "take.")
		switch {
		case isTake:
			owners[m.Subject], _, _ = strings.Cut(take, ".")
		case strings.HasPrefix(m.Subject, "wire.rec.p") && owners[m.Subject] != told.filer[m.ID]:
			t.Errorf("message %d is a visit by %s, of %s, which %s has taken", m.Seq, told.filer[m.ID], m.Subject, owners[m.Subject])
		}
	}
}
