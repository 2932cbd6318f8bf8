package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/slugline/slugline/internal/loopback"
)

// natsServers are three NATS servers as somebody runs them without Slugline.
type natsServers struct {
	t       *testing.T
	options []*server.Options
	running []*server.Server
}

func startNATS(t *testing.T) *natsServers {
	const n = 3
	s := &natsServers{t: t, running: make([]*server.Server, n)}
	var ports []int // for clients, for the monitoring and for routes
	for range 3 * n {
		ports = append(ports, portOf(t, loopback.Address(t)))
	}
	for i := range s.running {
		o := &server.Options{
			ServerName: fmt.Sprintf("nats%d", i+1), Host: "127.0.0.1", Port: ports[i], HTTPHost: "127.0.0.1", HTTPPort: ports[n+i],
			NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: 8 << 20,
			Cluster: server.ClusterOpts{Name: "news", Host: "127.0.0.1", Port: ports[2*n+i]},
		}
		for _, port := range ports[2*n:] {
			if port != ports[2*n+i] {
				o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
			}
		}
		s.options = append(s.options, o)
	}
	for i := range s.running {
		s.start(i)
	}
	t.Cleanup(func() {
		for i := range s.running {
			s.stop(i)
		}
	})
	return s
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (s *natsServers) start(i int) {
	s.t.Helper()
	srv, err := server.NewServer(s.options[i].Clone())
	if err != nil {
		s.t.Fatal(err)
	}
	srv.Start()
	if s.running[i] = srv; !srv.ReadyForConnections(awaits) {
		s.t.Fatalf("%s does not start", s.options[i].ServerName)
	}
}

func (s *natsServers) stop(i int) {
	if s.running[i] == nil {
		return
	}
	s.running[i].Shutdown()
	s.running[i].WaitForShutdown()
}

// keys is the section nats of a node.
func (s *natsServers) keys(int) string {
	var servers, monitors []string
	for _, o := range s.options {
		servers = append(servers, fmt.Sprintf("'nats://127.0.0.1:%d'", o.Port))
		monitors = append(monitors, fmt.Sprintf("'http://127.0.0.1:%d'", o.HTTPPort))
	}
	return fmt.Sprintf("nats: {servers: [%s], monitor: [%s]}", strings.Join(servers, ", "), strings.Join(monitors, ", "))
}

// deleteLog deletes the stream of records.
func (s *natsServers) deleteLog() {
	s.t.Helper()
	c, err := nats.Connect(s.running[0].ClientURL())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	js, err := jetstream.New(c)
	if err == nil {
		err = js.DeleteStream(s.t.Context(), "WIRE")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// startOverNATS starts three nodes over three NATS servers.
func startOverNATS(t *testing.T, feeds int) (*natsServers, *nodes) {
	t.Helper()
	servers := startNATS(t)
	n := configureEach(t, feeds, servers.keys)
	for _, td := range n.all {
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	return servers, n
}

// silence deletes what tells the nodes of each other's sessions, again and again until it is
// stopped.
func (s *natsServers) silence() (stop func()) {
	s.t.Helper()
	c, err := nats.Connect(s.running[0].ClientURL())
	if err != nil {
		s.t.Fatal(err)
	}
	js, err := jetstream.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			stream, err := js.Stream(ctx, "KV_SESSIONS")
			if err != nil {
				continue
			}
			for name := range stream.ConsumerNames(ctx).Name() {
				_ = stream.DeleteConsumer(ctx, name) // it may be gone
			}
			<-tick.C
		}
	}()
	return func() {
		cancel()
		<-done
		c.Close()
	}
}

// A node whose renewals are acknowledged and that sees no changes reconnects, and all is well
// when changes arrive again.
func TestNodesReconnect(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	servers, n := startOverNATS(t, 1)
	n.publish()
	n.agree(t, n.all...)
	n.settled(t)
	stop := servers.silence()
	soon(t, "a node reconnects", func() bool {
		return slices.ContainsFunc(n.running, func(p *process) bool { return strings.Contains(p.log(), "it reconnects to the log of the cluster") })
	})
	stop()
	n.publish()
	n.agree(t, n.all...)
	n.settled(t)
	for _, p := range n.running {
		p.terminate(t)
	}
}

// awaitProblem waits until a node is not ready and says why.
func (td *testDaemon) awaitProblem(t *testing.T, says string) {
	t.Helper()
	td.awaitOn(t, "/readyz", says)
}

// awaitOn waits until a page of the desk says something.
func (td *testDaemon) awaitOn(t *testing.T, path, says string) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !strings.Contains(td.deskBody(t, path), says); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not say %q: %s", path, says, td.deskBody(t, path))
		}
	}
}

// Nodes over NATS servers that run without Slugline serve the same bytes. The others take over
// what a killed one visited; a server that could lose records is not used.
func TestNodesOverNATS(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	servers, n := startOverNATS(t, 4)
	publish := func() {
		for range 8 {
			n.publish()
		}
	}
	publish()
	n.agree(t, n.all...)
	waitReady(t, n.all...)
	n.settled(t)

	n.running[0].kill(t)
	publish()
	n.agree(t, n.all[1:]...)
	from := "http://" + n.all[1].desk
	n.all[0].say(t, "NATS servers keep the log of this cluster, and this node has nothing of it to repair", "cluster", "repair", "n1")
	if out := n.all[0].run(t, "cluster", "repair", "n1", "--database", "--from", from); !strings.Contains(out, "is kept as") || strings.Contains(out, "is deleted") {
		t.Errorf("repair says %q", out)
	}
	n.running[0] = n.all[0].start(t)
	n.running[0].wait(t)
	publish()
	n.agree(t, n.all...)
	waitReady(t, n.all...)
	n.settled(t)
	n.all[2].verifySame(t, 3)
	n.all[0].say(t, "there is nothing to adopt", "cluster", "adopt", "--yes")
	n.all[0].say(t, "this node has nothing of it to repair", "cluster", "repair", "n1")
	n.all[0].awaitOn(t, "/cluster", "All nodes are well")
	if _, err := os.Stat(filepath.Join(n.all[0].dir, "slugline.wire")); !os.IsNotExist(err) {
		t.Errorf("the node keeps something of the log: %v", err)
	}

	servers.stop(2)
	servers.options[2].SyncAlways = false
	servers.start(2)
	for _, td := range n.all {
		td.awaitProblem(t, "the NATS server nats3 acknowledges records before they are on its disk")
	}
	n.agree(t, n.all...) // pages and feeds go on
	servers.stop(2)
	servers.options[2].SyncAlways = true
	servers.start(2)
	waitReady(t, n.all...)
	publish()
	n.agree(t, n.all...)

	servers.deleteLog()
	for _, td := range n.all {
		td.awaitProblem(t, "this is another log")
	}
	for _, td := range n.all {
		td.run(t, "cluster", "adopt", "--yes")
	}
	waitReady(t, n.all...)
	publish()
	n.agree(t, n.all...)
	n.all[2].verifySame(t, 3)
	for _, p := range n.running {
		p.terminate(t)
	}
}
