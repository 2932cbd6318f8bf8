package websub_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/side"
	"github.com/slugline/slugline/internal/wire"
)

// hubNode is the hub of one of several nodes. It sends while it holds the role.
type hubNode struct {
	*env
	mirror *side.Mirror
	role   chan bool
	idle   chan struct{} // has room for one sign that a service has ended
	lose   func()        // nothing more of it reaches the table
}

func newHubNode(t *testing.T, web *hosts, w *wire.Wire, name string) *hubNode {
	n := &hubNode{role: make(chan bool), idle: make(chan struct{}, 1)}
	n.env = &env{T: t, path: filepath.Join(t.TempDir(), "slugline.db"), web: web, hosts: web, transport: web, failed: make(chan error, 100)}
	n.tune = func(r *env) {
		n.mirror = &side.Mirror{Store: r.store, Table: w.Side, Node: name, Heard: func(map[string]bool) { r.hub.Reread() }}
		r.store.ShareLocal(n.mirror.Changed)
		r.hub.Settle, r.hub.While = n.mirror.Settle, n.while
		n.lose = sync.OnceFunc(running(t, n.mirror.Run))
	}
	n.begin()
	t.Cleanup(func() { n.lose() })
	return n
}

// while runs a service while the node has the role.
func (n *hubNode) while(ctx context.Context, run func(context.Context) error) error {
	for {
		select {
		case <-n.role:
		case <-ctx.Done():
			return nil
		}
		if err := n.mirror.CatchUp(ctx); err != nil {
			return nil
		}
		held, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- run(held) }()
		select {
		case <-n.role:
		case <-ctx.Done():
		}
		stop()
		if err := <-ended; err != nil {
			return err
		}
		n.idle <- struct{}{}
	}
}

// awaits is how long a test waits for what servers do.
const awaits = 3 * time.Minute

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !so(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", awaits, what)
		}
	}
}

// Any node takes requests, and one asks and delivers. When it is lost, another one goes on with
// what the first has not delivered.
func TestHubOfSeveralNodes(t *testing.T) {
	address := loopback.Address(t)
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	w, err := wire.Open(ctx, wire.Settings{Name: "press", Node: "n1", Peers: []string{address}, Listen: address, Dir: filepath.Join(t.TempDir(), "wire")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	web := &hosts{}
	n1, n2 := newHubNode(t, web, w, "n1"), newHubNode(t, web, w, "n2")
	rd := n1.reader("reader.example")
	n2.role <- true
	n1.subscribe("https://reader.example/in")
	confirmed := func(n *hubNode) func() bool {
		return func() bool {
			all := n.subscriptions()
			return len(all) == 1 && !all[0].Until.IsZero() && all[0].Request == nil
		}
	}
	eventually(t, "confirmed on n1, where nobody asked", confirmed(n1))
	if asked := rd.intents(); len(asked) != 1 {
		t.Errorf("the callback was asked %d times, want once", len(asked))
	}
	publish := func(headline string) {
		n1.publish(headline)
		n2.publish(headline)
	}
	publish("Port closes")
	seq := n1.store.Seq()
	eventually(t, "n1 knows of the delivery", func() bool { all := n1.subscriptions(); return len(all) == 1 && all[0].Seq == seq })
	if got := rd.pushes(); len(got) != 1 {
		t.Errorf("%d deliveries of an edition, want one", len(got))
	}
	n2.lose()
	n2.role <- false
	<-n2.idle
	publish("Port reopens")
	n1.role <- true
	var got []push
	eventually(t, "n1 delivers", func() bool { got = append(got, rd.pushes()...); return len(got) > 0 })
	n1.ask(wish("unsubscribe", topic, "https://reader.example/in"))
	eventually(t, "unsubscribed", func() bool { return len(n1.subscriptions()) == 0 })
	if got = append(got, rd.pushes()...); len(got) != 1 {
		t.Errorf("%d deliveries by the second node, want one", len(got))
	}
	n1.role <- false
}
