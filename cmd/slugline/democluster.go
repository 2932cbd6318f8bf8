package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/origin"
)

// demoNodeNames are the nodes of the demo's cluster.
var demoNodeNames = []string{"n1", "n2", "n3"}

// demoHosts is on how many hosts the outlets of the demo's cluster are. Sources of one host
// are visited by one node.
const demoHosts = 16

// demoNode is one node of the demo's cluster, in a process of its own.
type demoNode struct {
	name, path         string // path is that of its feeds.yaml
	listen, desk, peer string // addresses
	process            atomic.Int64
}

// demoCluster runs the nodes of the demo.
type demoCluster struct {
	*shell
	nodes   []*demoNode
	restart time.Duration // when a node that has ended is started again

	mu sync.Mutex // one line at a time is written
}

// runCluster runs three nodes as child processes, until the shell's context ends or one of
// them can't start.
func (c demoCommand) runCluster(s *shell, dir string, bases []string) error {
	d := &demoCluster{shell: s, restart: c.Restart}
	if err := d.chooseAddresses(c.Listen, c.Desk); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, n := range d.nodes {
		if err := d.writeConfig(n, filepath.Join(dir, n.name), bases); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	d.say("Three nodes start as one; this takes some seconds.")
	g, ctx := errgroup.WithContext(s.ctx)
	for _, n := range d.nodes {
		g.Go(func() error { return d.keepRunning(ctx, n) })
	}
	g.Go(func() error { d.announce(ctx); return nil })
	return g.Wait()
}

// chooseAddresses gives the nodes their addresses, all of which must be free.
func (d *demoCluster) chooseAddresses(listen, desk string) error {
	var taken []net.Listener // until all are known, so that none is given twice
	defer func() {
		for _, l := range taken {
			_ = l.Close() // nothing was accepted
		}
	}()
	take := func(flag, address string, above int) (string, error) {
		host, port, err := net.SplitHostPort(address)
		number, bad := strconv.Atoi(port)
		if err != nil || bad != nil {
			return "", usageError{fmt.Errorf("%s is %q, which is no address such as 127.0.0.1:8080", flag, address)}
		}
		if number != 0 {
			number += above
		}
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(number)))
		if err != nil {
			return "", fmt.Errorf("an address of the nodes is not free (%w): choose others with --listen and --desk", err)
		}
		taken = append(taken, l)
		return l.Addr().String(), nil
	}
	for i, name := range demoNodeNames {
		n := &demoNode{name: name}
		var err error
		if n.listen, err = take("--listen", listen, 2*i); err != nil {
			return err
		}
		if n.desk, err = take("--desk", desk, 2*i); err != nil {
			return err
		}
		if n.peer, err = take("peers", "127.0.0.1:0", 0); err != nil {
			return err
		}
		d.nodes = append(d.nodes, n)
	}
	return nil
}

// writeConfig writes the node's feeds.yaml into a folder of its own.
func (d *demoCluster) writeConfig(n *demoNode, dir string, bases []string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	n.path = filepath.Join(dir, "feeds.yaml")
	var peers []string
	for _, other := range d.nodes {
		peers = append(peers, "'"+other.peer+"'")
	}
	site := fmt.Sprintf("site:\n  url: http://%s\n  id: demo.example\n", d.nodes[0].listen)
	text := fmt.Sprintf("listen: '%s'\ndesk: '%s'\n", n.listen, n.desk) +
		fmt.Sprintf("cluster: {node: %s, listen: '%s', peers: [%s]}\n", n.name, n.peer, strings.Join(peers, ", ")) +
		strings.Replace(origin.Config(dir, bases...), "site:\n", site, 1)
	return os.WriteFile(n.path, []byte(text), 0o600)
}

// keepRunning runs a node until ctx ends. One that ends is started again, unless it was never
// ready.
func (d *demoCluster) keepRunning(ctx context.Context, n *demoNode) error {
	for first := true; ; first = false {
		ready, err := d.runNode(ctx, n, first)
		if ctx.Err() != nil {
			return nil
		}
		if first && !ready {
			return fmt.Errorf("demo: %s could not start: %w", n.name, err)
		}
		d.say("%s has ended (%v). The others take over its sources within 20 seconds. It is started again in %v.", n.name, err, d.restart)
		pauseFor(ctx, d.restart)
	}
}

// runNode runs the process of a node until it ends. ready reports whether it ever was.
func (d *demoCluster) runNode(ctx context.Context, n *demoNode, first bool) (ready bool, err error) {
	exe, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"slugline", "--config", n.path, "--log-level", d.logs[0], "--log-format", d.logs[1], "demo-node"}
	lines := &lineWriter{to: d.err, mu: &d.mu}
	if d.logs[1] == "text" {
		lines.before = n.name + ": "
	}
	cmd.Stderr = lines
	hold, err := cmd.StdinPipe()
	if err != nil {
		return false, err
	}
	cmd.Cancel, cmd.WaitDelay = hold.Close, nodeStopTimeout // see demoNodeCommand
	if err := cmd.Start(); err != nil {
		return false, err
	}
	watched, stop := context.WithCancel(ctx)
	isReady := make(chan bool, 1)
	go func() { isReady <- n.awaitReady(watched) }()
	n.process.Store(int64(cmd.Process.Pid))
	if !first {
		d.say("%s runs again. To end it again: kill -9 %d", n.name, cmd.Process.Pid)
	}
	err = cmd.Wait()
	stop()
	return <-isReady, err
}

// nodeStopTimeout is how long a node may take to stop.
const nodeStopTimeout = stopTimeout + 200*time.Millisecond

// readyEvery is the time between looks whether a node is ready.
const readyEvery = 200 * time.Millisecond

// awaitReady waits until the node takes part, and reports false if ctx ends before.
func (n *demoNode) awaitReady(ctx context.Context) bool {
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.desk+"/readyz", nil)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable { // a desk that is not on loopback asks for a token
				return true
			}
		}
		pauseFor(ctx, readyEvery)
	}
	return false
}

// announce says where the nodes are, as soon as all are ready.
func (d *demoCluster) announce(ctx context.Context) {
	for _, n := range d.nodes {
		if !n.awaitReady(ctx) {
			return
		}
	}
	var b strings.Builder
	b.WriteString("All three nodes run. Each has every page and feed, with the same bytes:\n")
	for _, n := range d.nodes {
		fmt.Fprintf(&b, "  %s   pages and feeds   http://%s/\n       the wire, live    http://%s/\n       the cluster       http://%s/cluster\n       to end it         kill -9 %d\n",
			n.name, n.listen, n.desk, n.desk, n.process.Load())
	}
	fmt.Fprintf(&b, "Try it: open /cluster of one node, and end another one.\n  in a terminal          %s", commandLine(d.nodes[0].path, "cluster", "status"))
	d.say("%s", b.String())
}

// say prints a line.
func (d *demoCluster) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.out, format+"\n", args...)
}

// lineWriter writes whole lines of one of several writers, with a text before each.
type lineWriter struct {
	to     io.Writer
	before string
	mu     *sync.Mutex // held while a line is written
	rest   []byte      // a line that has not ended
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, ended := bytes.Cut(w.rest, []byte("\n"))
		if !ended {
			return len(b), nil
		}
		w.mu.Lock()
		_, err := fmt.Fprintf(w.to, "%s%s\n", w.before, line)
		w.mu.Unlock()
		if err != nil {
			return 0, err
		}
		w.rest = bytes.Clone(rest)
	}
}

// demoNodeCommand is the daemon of one node of `slugline demo --nodes 3`. It stops when its
// standard input ends, which the demo holds open: also when the demo was killed.
type demoNodeCommand struct{}

func (demoNodeCommand) Run(s *shell) error {
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	go func() { // ends with the process, if not before
		_, _ = io.Copy(io.Discard, s.in)
		stop()
	}()
	node := *s
	node.ctx, node.out = ctx, &output{Writer: io.Discard}
	return runCommand{}.Run(&node)
}
