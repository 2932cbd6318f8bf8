package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Settings say how a node takes part. Either Peers or Servers is set.
type Settings struct {
	Name string        // of the cluster
	Node string        // of this node, for ever
	Keep time.Duration // for how long the log keeps its messages; 0 means 7 days

	Peers  []string // host:port of the routes of all voters: one or three
	Listen string   // host:port of this voter's routes, one of Peers
	Dir    string   // where this voter keeps its part of the log
	Reader bool     // no server: a client of the voters
	TLS    TLS      // may be empty only where all addresses are loopback ones

	Servers     []string // URLs of NATS servers that run elsewhere
	Monitor     []string // URLs of their monitoring, of all that keep a part of the log
	Credentials string   // file with the credentials for them; empty: none
}

// TLS are PEM files with what all nodes show each other: all or none are set. For servers
// elsewhere, the authority may be missing, which means those of this machine, or the
// certificate with its key.
type TLS struct{ Cert, Key, CA string }

// voters is how many servers keep the log, except in tests.
const voters = 3

// maxPayload is the size of a message that servers take, in bytes.
const maxPayload = 8 << 20

// startTimeout is how long a server may take until it accepts its own client.
const startTimeout = 20 * time.Second

// startLook is the time between looks whether it does.
const startLook = 100 * time.Millisecond

// startServer starts the server of a voter. The caller stops it with stopServer.
func startServer(ctx context.Context, s *Settings, o *server.Options, log *slog.Logger) (*server.Server, error) {
	srv, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("start the wire's server: %w", err)
	}
	srv.SetLoggerV2(serverLog{log}, false, false, false)
	srv.Start()
	ready := false
	for begun := time.Now(); !ready && time.Since(begun) < startTimeout && ctx.Err() == nil; {
		ready = srv.ReadyForConnections(startLook)
	}
	if !ready {
		stopServer(srv)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("the wire's server did not start within %v; is %s in use, or is %s damaged?", startTimeout, s.Listen, s.Dir)
	}
	return srv, nil
}

// stopServer stops a server and waits for it.
func stopServer(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}

// serverOptions returns the options of a voter's server. It syncs each write to the disk
// before it acknowledges it. A cluster's server does not start its routes unless it listens
// for clients too: with TLS these are readers, without it only who has the password, which is
// this process.
func (s *Settings) serverOptions() (*server.Options, error) {
	host, port, err := splitAddress(s.Listen)
	if err != nil {
		return nil, err
	}
	tls, err := s.TLS.config()
	if err != nil {
		return nil, err
	}
	o := &server.Options{
		ServerName: s.Node, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: s.Dir, SyncAlways: true, MaxPayload: maxPayload, MaxPending: 8 * maxPayload,
	}
	switch {
	case tls != nil:
		o.Host, o.Port = host, clientPort(port)
		o.TLSConfig, o.TLSVerify, o.TLSTimeout = tls, true, tlsTimeout.Seconds()
	case len(s.Peers) == 1:
		o.DontListen = true
	default:
		o.Host, o.Port, o.Username, o.Password = "127.0.0.1", server.RANDOM_PORT, s.Node, rand.Text()
	}
	if len(s.Peers) > 1 {
		o.Cluster = server.ClusterOpts{Name: s.Name, Host: host, Port: port, NoAdvertise: true, TLSConfig: tls, TLSTimeout: tlsTimeout.Seconds()}
		o.Routes = s.routes()
	}
	return o, nil
}

// tlsTimeout is how long a handshake may take.
const tlsTimeout = 5 * time.Second

// routes are the addresses of the other voters.
func (s *Settings) routes() (all []*url.URL) {
	for _, p := range s.Peers {
		if p != s.Listen {
			all = append(all, &url.URL{Scheme: "nats", Host: p})
		}
	}
	return all
}

// clientPort is where a voter takes readers: one above its port for routes.
func clientPort(routes int) int { return routes + 1 }

func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("the wire's address %q: %w", address, err)
	}
	return host, port, nil
}

// check refuses settings under which the log could lose records or be open to others.
func (s *Settings) check() error {
	switch {
	case s.Name == "" || s.Node == "":
		return errors.New("a cluster and each of its nodes need a name")
	case s.isOutside():
		return s.checkOutside()
	case len(s.Peers) != 1 && len(s.Peers) != voters:
		return fmt.Errorf("a cluster has one or three voters, not %d: with two, the loss of either stops both", len(s.Peers))
	case !s.Reader && !slices.Contains(s.Peers, s.Listen):
		return fmt.Errorf("%s is not among the voters %v", s.Listen, s.Peers)
	case s.TLS == TLS{} && (s.Reader || !slices.ContainsFunc(s.Peers, isLoopback) || slices.ContainsFunc(s.Peers, isElsewhere)):
		return errors.New("nodes on several machines, and readers, need TLS: `slugline cluster init` makes the certificates")
	}
	return nil
}

func isElsewhere(address string) bool { return !isLoopback(address) }

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

func isLoopbackHost(host string) bool {
	return host == "localhost" || isLoopback(net.JoinHostPort(host, "1"))
}

// replicaState returns what a server's own replica of a stream holds.
func replicaState(srv *server.Server, stream string) (*LogState, error) {
	about, err := srv.JszAccount(&server.JSzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Streams: true})
	if err != nil {
		return nil, fmt.Errorf("state of the own replica: %w", err)
	}
	for i := range about.Streams {
		if d := &about.Streams[i]; d.Name == stream {
			return &LogState{First: d.State.FirstSeq, Last: d.State.LastSeq, Missing: d.State.NumDeleted, Replica: srv.Name()}, nil
		}
	}
	return &LogState{Replica: srv.Name()}, nil // it has none yet
}

// serverLog writes what the server says to the log of the daemon. Its warnings are mostly of
// what is usual here, such as peers that are not up yet; what matters to people, a node says
// itself.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(f string, v ...any) { l.write(slog.LevelDebug, f, v) }
func (l serverLog) Warnf(f string, v ...any)   { l.write(slog.LevelDebug, f, v) }
func (l serverLog) Errorf(f string, v ...any)  { l.write(slog.LevelWarn, f, v) }
func (l serverLog) Fatalf(f string, v ...any)  { l.write(slog.LevelError, f, v) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}

func (l serverLog) write(level slog.Level, f string, v []any) {
	l.log.Log(context.Background(), level, "nats server", "says", fmt.Sprintf(f, v...))
}
