package wire_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/wire"
)

// A server that was started again is not believed by what it showed before, and is no other
// server than the monitored one as long as its monitoring does not answer.
func TestConnectedServer(t *testing.T) {
	client, monitor := loopback.Address(t), loopback.Address(t)
	o := &server.Options{
		ServerName: "nats1", Host: "127.0.0.1", Port: portOf(t, client), HTTPHost: "127.0.0.1", HTTPPort: portOf(t, monitor),
		NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: 8 << 20,
	}
	start := func() (id string, stop func()) {
		srv, err := server.NewServer(o.Clone())
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		stop = func() { srv.Shutdown(); srv.WaitForShutdown() }
		t.Cleanup(stop)
		if !srv.ReadyForConnections(awaits) {
			t.Fatal("the server does not start")
		}
		return srv.ID(), stop
	}
	id, stop := start()
	p := wire.NewProver("http://" + monitor)
	await(t, "the monitoring answers", func() bool { return p.Look(t.Context()) == nil })
	if err := p.CheckConnected("nats1", id, ""); err != nil {
		t.Error(err)
	}
	if err := p.CheckConnected("nats1", "another", ""); !wire.IsUnfit(err) || !strings.Contains(err.Error(), "show different NATS servers with the name nats1") {
		t.Errorf("another server of that name: %v", err)
	}
	if err := p.CheckConnected("nats9", "another", "radio"); !wire.IsUnfit(err) || !strings.Contains(err.Error(), `of the NATS cluster "radio"`) {
		t.Errorf("a server of another cluster: %v", err)
	}
	stop()
	o.HTTPPort = 0
	id, _ = start()
	if err := p.Look(t.Context()); err == nil || wire.IsUnfit(err) {
		t.Errorf("without monitoring: %v", err)
	}
	if err := p.CheckConnected("nats1", id, ""); err == nil || wire.IsUnfit(err) || !strings.Contains(err.Error(), "nats1 was started again") {
		t.Errorf("the same server, started again: %v", err)
	}
}

// A wire that stops does not try the other servers first.
func TestStopWhileServersAreSilent(t *testing.T) {
	settings := wire.Settings{Name: "press", Node: "n1", Monitor: []string{"http://" + loopback.Address(t)}}
	var taken atomic.Int32
	first := make(chan struct{}, 1)
	for range 8 {
		l, err := net.Listen("tcp", loopback.Address(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		settings.Servers = append(settings.Servers, fmt.Sprintf("nats://%s", l.Addr()))
		go func() { // ends with the listener
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer func() { _ = c.Close() }() // it stays open and silent
				taken.Add(1)
				select {
				case first <- struct{}{}:
				default:
				}
			}
		}()
	}
	w, err := wire.New(settings, testLog())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	<-first
	cancel()
	before := taken.Load()
	select {
	case <-ended:
	case <-time.After(awaits):
		t.Fatal("the wire does not stop")
	}
	w.Close()
	if n := taken.Load() - before; n > 3 { // of seven; some may have been under way
		t.Errorf("%d servers were tried after the end", n)
	}
}
