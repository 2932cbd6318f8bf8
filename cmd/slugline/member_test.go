package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
)

// nodes are three daemons on this machine that run as one.
type nodes struct {
	*testDaemon
	all     []*testDaemon
	running []*process
}

// newNodes starts three nodes with the same sources.
func newNodes(t *testing.T, feeds int) *nodes {
	n := configureNodes(t, feeds)
	for _, td := range n.all {
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	return n
}

// configureNodes makes three nodes that are not started.
func configureNodes(t *testing.T, feeds int) *nodes {
	var peers []string
	for range 3 {
		peers = append(peers, loopback.Address(t))
	}
	return configureEach(t, feeds, func(i int) string {
		return fmt.Sprintf("listen: '%s', peers: ['%s']", peers[i], strings.Join(peers, "', '"))
	})
}

// configureEach makes three nodes that are not started. keys returns those of a node's section
// cluster.
func configureEach(t *testing.T, feeds int, keys func(i int) string) *nodes {
	n := &nodes{testDaemon: newTestDaemon(t, feeds)}
	for i := range 3 {
		td := *n.testDaemon
		td.dir, td.public, td.desk = t.TempDir(), loopback.Address(t), loopback.Address(t)
		td.configure(t, fmt.Sprintf("site: {url: 'http://press.example', id: press.example, zone: UTC}\ncluster: {node: n%d, %s}\n", i+1, keys(i)))
		n.all = append(n.all, &td)
	}
	return n
}

// agree waits until all running nodes serve the same bytes, with everything that was
// published.
func (n *nodes) agree(t *testing.T, nodes ...*testDaemon) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); ; <-tick.C {
		var bodies []string
		for _, td := range nodes {
			bodies = append(bodies, td.feed(t))
		}
		missing := 0
		for title := range n.published {
			if !strings.Contains(bodies[0], title) {
				missing++
			}
		}
		if missing == 0 && len(slices.Compact(slices.Clone(bodies))) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d items are missing; the feeds: %s", missing, len(n.published), n.keep(t, bodies))
		}
	}
}

// keep writes bodies that should be equal, and what the nodes logged, to a folder and returns
// its name. The last lines of each log are in the test's own. The nodes end, and their logs with
// a list of what their goroutines do.
func (n *nodes) keep(t *testing.T, bodies []string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nodes")
	for i := 0; err == nil && i < len(bodies); i++ {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprint("feed", i+1)), []byte(bodies[i]), 0o600)
	}
	for i, p := range n.running {
		lines := strings.SplitAfter(p.log(), "\n")
		t.Logf("the log of n%d ends with\n%s", i+1, strings.Join(lines[max(0, len(lines)-40):], ""))
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // fails if it has ended
	}
	for i := 0; err == nil && i < len(n.running); i++ {
		p := n.running[i]
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
		_ = p.end() // it was killed
		err = os.WriteFile(filepath.Join(dir, fmt.Sprint("log", i+1)), []byte(p.log()), 0o600)
	}
	if err != nil {
		t.Error(err)
	}
	return dir
}

// settled waits until each node says of all three that they are well and visit something.
func (n *nodes) settled(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); ; <-tick.C {
		out := ""
		for _, td := range n.all {
			out += td.run(t, "cluster", "status")
		}
		well := 0
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); strings.HasPrefix(line, "n") && f[len(f)-1] == "-" && !strings.Contains(line, " 0/64 ") {
				well++
			}
		}
		if well == 9 && !strings.Contains(out, "Nobody visits") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the nodes are not well:\n%s", out)
		}
	}
}

// feed returns the topic feed with its validators.
func (td *testDaemon) feed(t *testing.T) string {
	t.Helper()
	resp, err := http.Get("http://" + td.public + "/topics/all.atom")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Header.Get("ETag") + "\n" + string(b)
}

// Three daemons serve the same bytes. One that is killed is replaced by the others, and has
// everything when it comes back; its database is refused without the cluster.
func TestThreeNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	n := newNodes(t, 4)
	for range 8 {
		n.publish()
	}
	n.agree(t, n.all...)
	n.running[0].kill(t)
	for range 8 {
		n.publish()
	}
	n.agree(t, n.all[1:]...)
	n.running[0] = n.all[0].start(t)
	n.running[0].wait(t)
	for range 8 {
		n.publish()
	}
	n.agree(t, n.all...)
	seen := map[string]string{}
	n.all[2].read(t, seen)
	if len(seen) != len(n.published) {
		t.Errorf("%d items for %d that were published", len(seen), len(n.published))
	}
	n.settled(t)
	n.checkMetrics(t)
	for _, p := range n.running {
		p.terminate(t)
	}
	n.all[0].configure(t, "")
	if out := n.all[0].runFails(t, "poll"); !strings.Contains(out, "that of a node of a cluster") {
		t.Errorf("a pass without the cluster:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(n.all[0].dir, "slugline.wire")); err != nil {
		t.Error(err)
	}
}
