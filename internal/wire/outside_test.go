package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/wire"
)

// natsSystem is NATS as somebody runs it without Slugline.
type natsSystem struct {
	t       *testing.T
	options []*server.Options
	running []*server.Server
}

// newNATS returns three servers that are fit and not started.
func newNATS(t *testing.T) *natsSystem {
	t.Helper()
	const n = 3
	s := &natsSystem{t: t, running: make([]*server.Server, n)}
	var ports []string
	for range 3 * n {
		ports = append(ports, loopback.Address(t))
	}
	clients, routes, monitors := ports[:n], ports[n:2*n], ports[2*n:]
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprintf("nats%d", i+1), Host: "127.0.0.1", Port: portOf(t, clients[i]), HTTPHost: "127.0.0.1", HTTPPort: portOf(t, monitors[i]),
			NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: 8 << 20,
			Cluster: server.ClusterOpts{Name: "news", Host: "127.0.0.1", Port: portOf(t, routes[i])},
		}
		for j := range n {
			if j != i {
				o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: routes[j]})
			}
		}
		s.options = append(s.options, o)
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

func (s *natsSystem) start(i int) {
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

func (s *natsSystem) startAll() {
	s.t.Helper()
	for i := range s.running {
		s.start(i)
	}
}

func (s *natsSystem) stop(i int) {
	if srv := s.running[i]; srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		s.running[i] = nil
	}
}

// settings are those of a node.
func (s *natsSystem) settings(node string) wire.Settings {
	w := wire.Settings{Name: "press", Node: node}
	for _, o := range s.options {
		w.Servers = append(w.Servers, fmt.Sprintf("nats://127.0.0.1:%d", o.Port))
		w.Monitor = append(w.Monitor, fmt.Sprintf("http://127.0.0.1:%d", o.HTTPPort))
	}
	return w
}

// nodes returns nodes that are not started.
func (s *natsSystem) nodes(n int) (all []*node) {
	for i := range n {
		all = append(all, &node{t: s.t, path: filepath.Join(s.t.TempDir(), "slugline.db"), settings: s.settings(fmt.Sprintf("n%d", i+1))})
	}
	return all
}

// client returns a connection of the operator.
func (s *natsSystem) client() jetstream.JetStream {
	s.t.Helper()
	c, err := nats.Connect(strings.Join(s.settings("").Servers, ","))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return js
}

// await waits until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !is(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// stoppedWith reports whether a node says why it can't use the servers.
func stoppedWith(w *wire.Wire, text string) func() bool {
	return func() bool { err := w.Stopped(); return err != nil && strings.Contains(err.Error(), text) }
}

// run runs a wire until the test ends.
func run(t *testing.T, settings wire.Settings) *wire.Wire {
	t.Helper()
	w, err := wire.New(settings, testLog())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return unlessEnded(ctx, w.Run(ctx)) })
	t.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		w.Close()
	})
	return w
}

func ferry(k int) news.Record {
	return news.Record{At: noon.Add(time.Duration(k) * time.Second), Visit: visit(fmt.Sprintf("s%d", k%9), fmt.Sprintf("Ferry %d resumes service", k))}
}

// Nodes over servers of somebody else apply the same. They go on when one of these is lost, and
// when all were; the streams have the settings of those on voters.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel() // they mostly wait for elections
	system := newNATS(t)
	system.startAll()
	nodes := system.nodes(2)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	for k := range 6 {
		nodes[k%2].file(ferry(k))
	}
	if last := same(t, nodes); last != 7 {
		t.Errorf("the log has %d messages, want 7", last)
	}
	stream, err := system.client().Stream(t.Context(), "WIRE")
	if err != nil {
		t.Fatal(err)
	}
	if c := stream.CachedInfo().Config; c.Replicas != 3 || c.Storage != jetstream.FileStorage || !c.DenyDelete || !c.DenyPurge || c.PersistMode != jetstream.DefaultPersistMode || c.MaxMsgSize != 8<<20 || c.MaxAge != 7*24*time.Hour {
		t.Errorf("the stream has other settings than a voter's: %+v", c)
	}
	for i := range system.running {
		system.stop(i)
		nodes[i%2].file(ferry(10 + i))
		same(t, nodes)
		system.start(i)
		await(t, "all replicas are current", func() bool { return system.current(stream) })
	}
	for i := range system.running {
		system.stop(i)
	}
	await(t, "the node says that the servers can't be reached", stoppedWith(nodes[0].wire, "can't be used"))
	system.startAll()
	for _, n := range nodes {
		await(t, "the node is back", func() bool { return n.wire.Stopped() == nil && n.shared.Ready() == nil })
	}
	nodes[0].file(ferry(20))
	if last := same(t, nodes); last != 11 {
		t.Errorf("the log has %d messages, want 11", last)
	}
}

// current reports whether all servers have all of the stream.
func (s *natsSystem) current(stream jetstream.Stream) bool {
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Second)
	defer cancel()
	info, err := stream.Info(ctx)
	if err != nil || info.Cluster == nil || info.Cluster.Leader == "" || len(info.Cluster.Replicas) != 2 {
		return false
	}
	for _, r := range info.Cluster.Replicas {
		if r.Offline || !r.Current {
			return false
		}
	}
	return true
}

// With certificates, servers are used by who has one alone.
func TestOutsideTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel()
	certificates := makeCertificates(t)
	system := newNATS(t)
	for _, o := range system.options {
		config, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: certificates.Cert, KeyFile: certificates.Key, CaFile: certificates.CA, Verify: true})
		if err != nil {
			t.Fatal(err)
		}
		o.TLSConfig, o.TLSVerify, o.TLSTimeout = config, true, 5
	}
	system.startAll()
	nodes := system.nodes(2)
	for _, n := range nodes {
		n.settings.TLS = certificates
		for i, s := range n.settings.Servers {
			n.settings.Servers[i] = strings.Replace(s, "nats://", "tls://", 1)
		}
	}
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	nodes[1].file(ferry(1))
	same(t, nodes)
	without := nodes[0].settings
	without.Node, without.TLS = "n3", wire.TLS{CA: certificates.CA}
	await(t, "a node without a certificate is refused", stoppedWith(run(t, without), "certificate required"))
}

// A user of the servers needs the password, in the address. Nothing shows it.
func TestOutsidePassword(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel()
	system := newNATS(t)
	for _, o := range system.options {
		o.Username, o.Password = "slugline", "sword,fish"
	}
	system.startAll()
	settings := system.settings("n1")
	await(t, "a node without a password is refused", stoppedWith(run(t, settings), "Authorization Violation"))
	wrong := system.settings("n1") // the node above has those of before
	for i, s := range wrong.Servers {
		wrong.Servers[i] = strings.Replace(s, "nats://", "nats://slugline:tuna,fish@", 1)
	}
	w := run(t, wrong)
	await(t, "a node with another password is refused", stoppedWith(w, "Authorization Violation"))
	if err := w.Stopped(); strings.Contains(err.Error(), "tuna") {
		t.Errorf("the password is shown: %v", err)
	}
	settings = system.settings("n1")
	for i, s := range settings.Servers {
		settings.Servers[i] = strings.Replace(s, "nats://", "nats://slugline:sword,fish@", 1)
	}
	w = run(t, settings)
	await(t, "the log is made", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := w.Log.State(ctx)
		return err == nil
	})
}

// A server's address is shown without a user, which may be a token.
func TestOutsideAddressIsShownWithoutUser(t *testing.T) {
	for _, s := range []wire.Settings{
		{Servers: []string{"nats://swordfish@10.1.0.1:4222"}},
		{Servers: []string{"nats://press:swordfish@10.1.0.1:4222"}},
	} {
		s.Name, s.Node, s.Monitor = "press", "n1", []string{"http://10.1.0.1:8222"}
		if _, err := wire.New(s, testLog()); err == nil || !strings.Contains(err.Error(), "nats://xxxxx@10.1.0.1:4222 ") {
			t.Errorf("got %v", err)
		}
	}
}

// Servers that could lose records, or whose way of writing is not known, are refused with what
// to do, and used as soon as that is done.
func TestOutsideRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers a case")
	}
	t.Parallel()
	for name, c := range map[string]struct {
		wrong func(s *natsSystem, w *wire.Settings)
		says  string
	}{
		"no sync": {func(s *natsSystem, _ *wire.Settings) { s.options[2].SyncAlways = false },
			"the NATS server nats3 acknowledges records before they are on its disk, so that a power cut can lose them: write `sync_interval: always`"},
		"small messages": {func(s *natsSystem, _ *wire.Settings) { s.options[1].MaxPayload = 1 << 20 },
			"the NATS server nats2 takes messages of up to 1048576 bytes, and records may have 8 MB: write `max_payload: 8MB`"},
		"no JetStream": {func(s *natsSystem, _ *wire.Settings) { s.options[0].JetStream = false },
			"the NATS server nats1 has no JetStream"},
		"not all monitored": {func(_ *natsSystem, w *wire.Settings) { w.Monitor = w.Monitor[:2] },
			"the NATS server nats3 keeps a part of the log and does not show how it writes it"},
		"no monitoring": {func(_ *natsSystem, w *wire.Settings) { w.Monitor = []string{"http://" + loopback.Address(t)} },
			"the monitoring of no NATS server answers"},
		"no monitoring at that address": {func(_ *natsSystem, w *wire.Settings) { w.Monitor = []string{w.Monitor[0] + "/nats"} },
			"404 Not Found"},
		"no monitoring for that password": {func(_ *natsSystem, w *wire.Settings) {
			w.Monitor = []string{strings.Replace(w.Monitor[0], "http://", "http://press:swordfish@", 1) + "/nats"}
		}, "get http://xxxxx@127.0.0.1:"},
		"no monitoring, with a password": {func(_ *natsSystem, w *wire.Settings) {
			w.Monitor = []string{"http://press:swordfish@" + loopback.Address(t)}
		}, "get http://xxxxx@127.0.0.1:"},
	} {
		t.Run(name, func(t *testing.T) {
			system := newNATS(t)
			settings := system.settings("n1")
			c.wrong(system, &settings)
			system.startAll()
			w := run(t, settings)
			await(t, "the servers are refused", stoppedWith(w, c.says))
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if _, err := w.Log.State(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the log is used all the same: %v", err)
			}
		})
	}
}

// A server that comes back with other settings is found, and nothing is filed until it is set
// right again.
func TestOutsideChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the next look at the servers")
	}
	t.Parallel()
	system := newNATS(t)
	system.startAll()
	nodes := system.nodes(1)
	n := nodes[0]
	startAll(t, nodes)
	n.file(news.Record{At: noon, Rules: rules()})
	system.stop(1)
	system.options[1].SyncAlways = false
	system.start(1)
	await(t, "the server is refused", stoppedWith(n.wire, "nats2 acknowledges records before they are on its disk"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := n.journal.File(ctx, ferry(1)); err == nil || errors.Is(err, journal.ErrRefused) {
		t.Errorf("a record is filed: %v", err)
	}
	system.stop(1)
	system.options[1].SyncAlways = true
	system.start(1)
	await(t, "the server is used", func() bool { return n.wire.Stopped() == nil && n.shared.Ready() == nil })
	n.file(ferry(2))

	js := system.client()
	stream, err := js.Stream(t.Context(), "WIRE")
	if err != nil {
		t.Fatal(err)
	}
	c := stream.CachedInfo().Config
	c.MaxMsgsPerSubject = 1
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	await(t, "the stream is refused", stoppedWith(n.wire, "the stream WIRE was changed, and does not keep the log as it must: it deletes messages for other reasons than their age"))
}

// A server whose folder was deleted is filled by the others, as the text of a damaged replica
// says.
func TestOutsideReplicaIsFilledAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel()
	system := newNATS(t)
	system.startAll()
	nodes := system.nodes(1)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	for k := range 5 {
		nodes[0].file(ferry(k))
	}
	stream, err := system.client().Stream(t.Context(), "WIRE")
	if err != nil {
		t.Fatal(err)
	}
	await(t, "all replicas are current", func() bool { return system.current(stream) })
	system.stop(2)
	if err := os.RemoveAll(system.options[2].StoreDir); err != nil {
		t.Fatal(err)
	}
	system.start(2)
	await(t, "the replica is filled", func() bool {
		about, err := system.running[2].JszAccount(&server.JSzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Streams: true})
		if err != nil {
			return false
		}
		for _, d := range about.Streams {
			if d.Name == "WIRE" {
				return d.State.LastSeq == 6 && d.State.NumDeleted == 0
			}
		}
		return false
	})
	nodes[0].file(ferry(9))
	same(t, nodes)
}

// Another `keep` changes for how long the stream keeps messages, and nothing that the operator of
// the servers set.
func TestOutsideKeepChangesNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel()
	system := newNATS(t)
	for _, o := range system.options {
		o.Tags = []string{"ssd"}
	}
	system.startAll()
	nodes := system.nodes(1)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	nodes[0].stop()
	js := system.client()
	config := func() jetstream.StreamConfig {
		t.Helper()
		stream, err := js.Stream(t.Context(), "WIRE")
		if err != nil {
			t.Fatal(err)
		}
		return stream.CachedInfo().Config
	}
	want := config()
	want.Description, want.Placement, want.Duplicates = "the log of Slugline", &jetstream.Placement{Cluster: "news", Tags: []string{"ssd"}}, 30*time.Minute
	want.Compression, want.RePublish = jetstream.S2Compression, &jetstream.RePublish{Source: ">", Destination: "copies.>"}
	want.Metadata["pager"] = "newsroom"
	if _, err := js.UpdateStream(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	want = config()
	for _, step := range []struct{ keep, duplicates time.Duration }{
		{24 * time.Hour, 30 * time.Minute},
		{5 * time.Minute, 5 * time.Minute}, // duplicates are not known for longer than messages are kept
		{48 * time.Hour, 10 * time.Minute}, // what the log needs
	} {
		nodes[0].settings.Keep = step.keep
		startAll(t, nodes)
		nodes[0].file(ferry(int(step.keep / time.Minute)))
		nodes[0].stop()
		want.MaxAge, want.Duplicates = step.keep, step.duplicates
		if diff := cmp.Diff(want, config()); diff != "" {
			t.Errorf("keep is %v (-want +got):\n%s", step.keep, diff)
		}
	}
}

// A stream of another cluster, or of somebody else, is left alone.
func TestOutsideLeavesOthersAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	t.Parallel()
	system := newNATS(t)
	system.startAll()
	js := system.client()
	mine := jetstream.StreamConfig{Name: "WIRE", Subjects: []string{"news.>"}, Replicas: 3, MaxAge: time.Hour}
	await(t, "a stream can be made", func() bool { _, err := js.CreateStream(t.Context(), mine); return err == nil })
	w := run(t, system.settings("n1"))
	await(t, "the stream is refused", stoppedWith(w, "a stream WIRE that Slugline did not make: give the cluster an account of its own"))
	if s, err := js.Stream(t.Context(), "WIRE"); err != nil || s.CachedInfo().Config.MaxAge != time.Hour {
		t.Errorf("the stream was changed: %v", err)
	}
	if err := js.DeleteStream(t.Context(), "WIRE"); err != nil {
		t.Fatal(err)
	}
	await(t, "the log is made", func() bool { return w.Stopped() == nil })
	other := system.settings("n1")
	other.Name = "radio"
	await(t, "the log of the other cluster is refused", stoppedWith(run(t, other), "the log of the cluster press, and `name` of cluster is radio here"))
}
