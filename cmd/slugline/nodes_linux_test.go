package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/store"
)

// TestNodesInTrouble kills, freezes and cuts off nodes of three while their sources publish.
// Nodes that are reached go on serving pages and say when they take nothing in. Afterwards
// all have the same state, each item is there once, with one id on all nodes, and no host had
// requests of two nodes at once. SLUGLINE_NODE_KILLS says how many nodes are killed; the
// default is 4. SLUGLINE_OTHER_BUILD names another build, which the nodes run first, until
// they are upgraded one after the other.
func TestNodesInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_NODE_KILLS")); err == nil {
		kills = n
	}
	n := newTroubledNodes(t)
	n.upgrade(t)
	n.look(t)
	for i := range kills {
		n.killAndStart(t, n.random.IntN(3))
		if i%5 == 4 {
			n.look(t)
		}
	}
	n.killAndStart(t, 0, 1)
	n.look(t)
	n.killAndStart(t, 0, 1, 2)
	n.look(t)
	n.freeze(t, n.random.IntN(3))
	n.look(t)
	n.cutOff(t, n.random.IntN(3))
	n.look(t)
	n.fillDisk(t)
	n.look(t)
	n.settled(t)
	n.end(t)
	t.Logf("%d items, %d requests", len(n.published), n.requests.Load())
}

// troubledNodes are three nodes whose connections with each other can be cut, and the hosts
// that they visit, one address each.
type troubledNodes struct {
	*nodes
	cables   [3][3]*cable // from a node to another
	random   *rand.Rand
	seen     map[string]string // ids and titles of items that a node has shown
	requests atomic.Int64
	overlaps atomic.Int64 // requests to a host that had another one under way
	oneDisk  bool         // no node has a small disk of its own
}

// visitTakes is for how long a host is asked, so that two nodes would meet there.
const visitTakes = 20 * time.Millisecond

// nodeDisk is the size of a node's disk in MB.
const nodeDisk = 64

func newTroubledNodes(t *testing.T) *troubledNodes {
	n := &troubledNodes{nodes: &nodes{testDaemon: newTestDaemon(t, 12)}, random: rand.New(rand.NewPCG(7, 8)), seen: map[string]string{}}
	hosts := n.serveHosts(t)
	var routes []string
	for i := range 3 {
		_, port, err := net.SplitHostPort(loopback.Address(t))
		if err != nil {
			t.Fatal(err)
		}
		// Servers tell each other of a third one: the address from which its cable reaches
		// them, and its port. Nobody may listen there, or a node would be reached around its
		// cables.
		routes = append(routes, fmt.Sprintf("127.0.1.%d:%s", i+1, port))
	}
	for i := range routes {
		td := *n.testDaemon
		td.dir, td.public, td.desk = t.TempDir(), loopback.Address(t), loopback.Address(t)
		n.all = append(n.all, &td)
		n.configureNode(t, i, routes, hosts)
	}
	build := cmp.Or(os.Getenv("SLUGLINE_OTHER_BUILD"), "slugline")
	for _, td := range n.all {
		n.running = append(n.running, td.startProcess(t, exec.Command(build, "--config", filepath.Join(td.dir, "feeds.yaml"))))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	return n
}

// serveHosts serves each source at an address of its own.
func (n *troubledNodes) serveHosts(t *testing.T) (hosts []string) {
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	t.Cleanup(func() { stop(); serving.Wait() })
	for i := range n.feeds {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i+2))
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, l.Addr().String())
		var under atomic.Int64 // requests under way
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.requests.Add(1)
			if under.Add(1) > 1 {
				n.overlaps.Add(1)
			}
			defer under.Add(-1)
			select {
			case <-time.After(visitTakes):
				n.origin.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
		serving.Go(func() {
			if err := origin.Serve(ctx, l, h); err != nil {
				t.Error(err)
			}
		})
	}
	return hosts
}

// configureNode writes feeds.yaml of a node, which reaches the others by cables.
func (n *troubledNodes) configureNode(t *testing.T, node int, routes, hosts []string) {
	peers := make([]string, len(routes))
	for to, at := range routes {
		peers[to] = at
		if to != node {
			n.cables[node][to] = newCable(t, at)
			peers[to] = n.cables[node][to].address
		}
	}
	td := n.all[node]
	disk := filepath.Join(td.dir, "disk")
	if err := mountDisk(t, disk, nodeDisk); err != nil {
		t.Log("no disk is filled, because mounting a small one needs root:", err)
		n.oneDisk = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "listen: %s\ndesk: %s\nsite: {url: 'http://press.example', id: press.example, zone: UTC}\n", td.public, td.desk)
	fmt.Fprintf(&b, "cluster: {node: n%d, listen: '%s', peers: ['%s'], dir: '%s'}\ndatabase: '%s'\n", node+1, routes[node],
		strings.Join(peers, "', '"), filepath.Join(disk, "wire"), filepath.Join(td.dir, "disk", "slugline.db"))
	fmt.Fprintf(&b, "fetch: {floor: 1s, allow: ['%s']}\ntopics: [{name: all, stories: 5000}]\nsources:\n", strings.Join(hosts, "', '"))
	for i, host := range hosts {
		fmt.Fprintf(&b, "  - {feed: 'http://%s/%d.xml', name: s%d, every: 1s}\n", host, i, i)
	}
	if err := os.WriteFile(filepath.Join(td.dir, "feeds.yaml"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// publishFor publishes an item each 200 ms.
func (n *troubledNodes) publishFor(d time.Duration) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(d); ; {
		select {
		case <-tick.C:
			n.publish()
		case <-end:
			return
		}
	}
}

// killAndStart kills nodes at the same time and starts them again.
func (n *troubledNodes) killAndStart(t *testing.T, which ...int) {
	t.Helper()
	n.publishFor(time.Duration(n.random.IntN(1000)) * time.Millisecond)
	for _, i := range which {
		if err := n.running[i].cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range which {
		_ = n.running[i].end() // it was killed
	}
	n.publishFor(time.Duration(n.random.IntN(2000)) * time.Millisecond)
	for _, i := range which {
		n.running[i] = n.all[i].start(t)
	}
	for _, i := range which {
		n.running[i].wait(t)
	}
}

// freeze stops a node for longer than its session lasts, and has it go on.
func (n *troubledNodes) freeze(t *testing.T, i int) {
	t.Helper()
	p := n.running[i].cmd.Process
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	n.publishFor(15 * time.Second)
	if err := p.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// cutOff cuts all connections of a node with the others until the others have its sources. It
// shows its pages and says that it takes nothing in.
func (n *troubledNodes) cutOff(t *testing.T, i int) {
	t.Helper()
	for j := range n.all {
		if j != i {
			n.cables[i][j].cut()
			n.cables[j][i].cut()
		}
	}
	td := n.all[i]
	n.until(t, td, "the node says that it is cut off", func() bool {
		n.publish()
		return td.deskStatus(t, "/readyz") == http.StatusServiceUnavailable
	})
	td.feed(t)
	var others []*testDaemon
	for j, other := range n.all {
		if j != i {
			others = append(others, other)
		}
	}
	n.agree(t, others...)
	for j := range n.all {
		if j != i {
			n.cables[i][j].mend()
			n.cables[j][i].mend()
		}
	}
}

// fillDisk fills the disk of a node until it says so; the others go on. When there is space
// again, so does it.
func (n *troubledNodes) fillDisk(t *testing.T) {
	t.Helper()
	if n.oneDisk {
		return
	}
	td := n.all[2]
	ballast := filepath.Join(td.dir, "disk", "ballast")
	fillDisk(t, ballast, nodeDisk<<20)
	n.until(t, td, "the node says that its disk is full", func() bool {
		n.publish()
		return td.deskStatus(t, "/readyz") == http.StatusServiceUnavailable
	})
	td.feed(t)
	n.agree(t, n.all[:2]...)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	n.until(t, td, "the node is ready again", func() bool { return td.deskStatus(t, "/readyz") == http.StatusOK })
}

// upgrade stops the nodes one after the other and starts the build that is tested.
func (n *troubledNodes) upgrade(t *testing.T) {
	t.Helper()
	for i, td := range n.all {
		n.publishFor(time.Second)
		n.running[i].terminate(t)
		n.publishFor(time.Second)
		n.running[i] = td.start(t)
		n.running[i].wait(t)
		n.until(t, td, "the node is ready", func() bool { return td.deskStatus(t, "/readyz") == http.StatusOK })
	}
}

// until waits until met returns true. If it does not, what the nodes say is kept.
func (n *troubledNodes) until(t *testing.T, td *testDaemon, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !met(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s; it says %s; the logs: %s", what, td.deskBody(t, "/readyz"), n.keep(t, nil))
		}
	}
}

// look waits until all nodes agree, and looks at what they show.
func (n *troubledNodes) look(t *testing.T) {
	t.Helper()
	n.agree(t, n.all...)
	for _, td := range n.all {
		td.read(t, n.seen)
	}
	if len(n.seen) != len(n.published) {
		t.Fatalf("%d items for %d that were published", len(n.seen), len(n.published))
	}
	if k := n.overlaps.Load(); k > 0 {
		t.Fatalf("%d of %d requests met another one at their host", k, n.requests.Load())
	}
}

// end stops the nodes when they have applied the same records, and compares their states.
func (n *troubledNodes) end(t *testing.T) {
	t.Helper()
	for _, p := range n.running {
		p.terminate(t)
	}
	digests := map[string]string{} // by position in the log
	for _, td := range n.all {
		s, err := store.Open(filepath.Join(td.dir, "disk", "slugline.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		digest, err := s.Digest()
		if err != nil {
			t.Fatal(err)
		}
		at := ""
		err = s.View(func(tx *store.Tx) error {
			p, err := tx.Wire()
			at = fmt.Sprint(p.Seq)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if other := digests[at]; other != "" && other != digest {
			t.Errorf("two states after record %s of the log", at)
		}
		digests[at] = digest
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(digests) == 3 {
		t.Errorf("no two nodes stopped at the same record: %v", digests)
	}
}

// cable forwards connections to an address. While it is cut nothing comes through, and the
// two ends are not told.
type cable struct {
	address string
	mu      sync.Mutex
	whole   chan struct{} // closed while it is whole
}

func newCable(t *testing.T, to string) *cable {
	l, err := net.Listen("tcp", loopback.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{address: l.Addr().String(), whole: make(chan struct{})}
	close(c.whole)
	ctx, stop := context.WithCancel(context.Background())
	var forwarding sync.WaitGroup
	t.Cleanup(func() { stop(); _ = l.Close(); forwarding.Wait() })
	forwarding.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return // it was closed
			}
			forwarding.Go(func() { c.forward(ctx, from, to) })
		}
	})
	return c
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = make(chan struct{})
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.whole)
}

// wait returns when the cable is whole.
func (c *cable) wait(ctx context.Context) error {
	c.mu.Lock()
	whole := c.whole
	c.mu.Unlock()
	select {
	case <-whole:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forward copies in both directions until one ends.
func (c *cable) forward(ctx context.Context, from net.Conn, address string) {
	defer from.Close()
	if c.wait(ctx) != nil {
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		return // nobody listens there
	}
	defer to.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(ctx, func() { _ = from.Close(); _ = to.Close() })
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			defer stop()
			c.copy(ctx, way[1], way[0])
		})
	}
	both.Wait()
}

func (c *cable) copy(ctx context.Context, to io.Writer, from io.Reader) {
	for b := make([]byte, 64<<10); ; {
		k, err := from.Read(b)
		if err != nil || c.wait(ctx) != nil {
			return
		}
		if _, err := to.Write(b[:k]); err != nil {
			return
		}
	}
}
