package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/slugline/slugline/internal/story"
)

// Wire is this node's connection to what nodes share. What it shares waits for Connect, and
// again while Refill works.
type Wire struct {
	Log      Log
	Sessions *Bucket // who lives; its keys expire after SessionTTL
	Claims   *Bucket // who does what
	Spots    *Bucket // what visits need
	Side     *Bucket // recipients, dispatches and other state that must be deletable

	settings Settings
	options  *server.Options // of the voter's server; nil for readers and with servers elsewhere
	log      *slog.Logger
	door     door

	prover    *prover     // of servers elsewhere; nil: there are none
	clientTLS *tls.Config // for these; nil: none

	renewals chan renewal // what Keep is asked for

	changing sync.Mutex            // held while the connection is made or ended
	conn     *nats.Conn            // guarded by changing
	lost     chan struct{}         // closed when conn, to servers elsewhere, has ended; guarded by changing
	closed   bool                  // guarded by changing
	server   atomicServer          // nil for readers and with servers elsewhere
	stopped  atomic.Pointer[error] // why the log is not kept; nil: it is
}

type atomicServer = atomic.Pointer[server.Server]

// SessionTTL is for how long a key of Sessions lives after its last update. The other nodes end
// the session of a lost node after a third of it; it expires if none of them can.
const SessionTTL = 30 * time.Second

// defaultKeep is the zero value of Settings.Keep.
const defaultKeep = 7 * 24 * time.Hour

// openRetry is the wait between attempts to reach the log.
const openRetry = 250 * time.Millisecond

// New checks settings. Nothing is started before Connect. log may be nil.
func New(s Settings, log *slog.Logger) (*Wire, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &Wire{settings: s, log: log, door: door{changed: make(chan struct{})}, renewals: make(chan renewal)}
	var err error
	switch {
	case s.isOutside():
		if w.clientTLS, err = s.TLS.clientConfig(); err != nil {
			return nil, err
		}
		w.prover = newProver(s.Monitor, w.clientTLS)
	case !s.Reader:
		if w.options, err = s.serverOptions(); err != nil {
			return nil, err
		}
	}
	w.Log = &jetLog{door: &w.door, replica: w.replica, header: nats.Header{headerNode: {s.Node}, headerFold: {strconv.Itoa(story.Version)}}}
	w.Sessions, w.Claims, w.Spots, w.Side = w.bucket("SESSIONS"), w.bucket("CLAIMS"), w.bucket("SPOTS"), w.bucket("SIDE")
	return w, nil
}

func (w *Wire) bucket(name string) *Bucket { return &Bucket{name, &w.door} }

// Open is New and Connect.
func Open(ctx context.Context, s Settings, log *slog.Logger) (*Wire, error) {
	w, err := New(s, log)
	if err != nil {
		return nil, err
	}
	if err := w.Connect(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Connect starts this node's server, if it is a voter, connects, and makes what is missing: the
// log and the buckets. It tries until ctx ends: the first start needs all voters, later ones
// two of three. Stopped says what it waits for where servers elsewhere are not fit. The caller
// calls Close.
func (w *Wire) Connect(ctx context.Context) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	return w.connect(ctx)
}

// connect is Connect for who holds changing.
func (w *Wire) connect(ctx context.Context) error {
	if w.closed {
		return errors.New("the wire is closed")
	}
	if w.settings.isOutside() {
		return w.connectOutside(ctx)
	}
	if err := w.dial(ctx); err != nil {
		return err
	}
	for {
		all, err := w.prepare(ctx)
		if err == nil {
			w.door.open(all)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("open the wire: %w (%w)", ctx.Err(), err)
		}
		w.log.Debug("the wire is not there yet", "err", err)
		_ = sleep(ctx, openRetry)
	}
}

// renewal asks Keep to connect anew.
type renewal struct {
	wipe bool       // delete what this voter keeps of the log before
	done chan error // gets the result
}

// Run is Connect and then Keep.
func (w *Wire) Run(ctx context.Context) error {
	if err := w.Connect(ctx); err != nil {
		return err
	}
	return w.Keep(ctx)
}

// Refill deletes what this voter keeps of the log and has it filled from the other voters. It
// returns when the server is connected again, which is before everything is there. The caller
// makes sure that both other voters have all of it. Keep must be running.
func (w *Wire) Refill(ctx context.Context) error {
	if w.options == nil {
		return errors.New("this node keeps nothing of the log")
	}
	return w.ask(ctx, true)
}

// Restart stops this voter's server, if it is one, and connects anew. Keep must be running.
func (w *Wire) Restart(ctx context.Context) error { return w.ask(ctx, false) }

// ask has Keep connect anew.
func (w *Wire) ask(ctx context.Context, wipe bool) error {
	r := renewal{wipe, make(chan error, 1)}
	select {
	case w.renewals <- r:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reconnect stops this voter's server, if it is one, and connects anew.
func (w *Wire) reconnect(ctx context.Context, wipe bool) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	w.disconnect()
	if wipe {
		if err := os.RemoveAll(w.settings.Dir); err != nil {
			return err
		}
	}
	return w.connect(ctx)
}

// Close closes the connection and stops the server. What was not acknowledged by then may or
// may not be in the log.
func (w *Wire) Close() {
	w.changing.Lock()
	defer w.changing.Unlock()
	w.closed = true
	w.disconnect()
}

func (w *Wire) disconnect() {
	w.door.open(nil)
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
	if srv := w.server.Swap(nil); srv != nil {
		stopServer(srv)
	}
}

// Others returns how many other voters this one is connected to, and how many there are. Of a
// reader, and with servers elsewhere, nothing is known: both are 0.
func (w *Wire) Others() (connected, all int) {
	if w.options == nil {
		return 0, 0
	}
	srv := w.server.Load()
	if srv == nil {
		return 0, len(w.settings.Peers) - 1
	}
	names := map[string]bool{}
	if about, err := srv.Routez(nil); err == nil {
		for _, r := range about.Routes {
			names[r.RemoteName] = true
		}
	}
	return len(names), len(w.settings.Peers) - 1
}

// A reader whose server does not answer a ping for some seconds connects to another one.
const (
	pingEvery = 2 * time.Second
	maxPings  = 2 // without an answer
)

// clientOptions are those of all connections.
func (w *Wire) clientOptions() []nats.Option {
	return []nats.Option{
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(maxPings), nats.Timeout(pingEvery), nats.Name("slugline " + w.settings.Node),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { w.log.Debug("nats client", "err", err) }),
	}
}

func (w *Wire) dial(ctx context.Context) (err error) {
	target, more, err := w.target(ctx)
	if err != nil {
		return err
	}
	o := append(w.clientOptions(), nats.MaxReconnects(-1), nats.ReconnectWait(openRetry), nats.RetryOnFailedConnect(true))
	w.conn, err = nats.Connect(target, append(o, more...)...)
	if err != nil {
		return fmt.Errorf("connect to the wire: %w", err)
	}
	return nil
}

// target returns where to connect to, and how. For a voter it starts the server.
func (w *Wire) target(ctx context.Context) (urls string, o []nats.Option, err error) {
	s := &w.settings
	if s.Reader {
		return s.readerTarget()
	}
	srv, err := startServer(ctx, s, w.options.Clone(), w.log)
	if err != nil {
		return "", nil, err
	}
	w.server.Store(srv)
	return "", []nats.Option{nats.InProcessServer(srv), nats.UserInfo(w.options.Username, w.options.Password)}, nil
}

func (s *Settings) readerTarget() (urls string, o []nats.Option, err error) {
	tls, err := s.TLS.config()
	if err != nil {
		return "", nil, err
	}
	var all []string
	for _, p := range s.Peers {
		host, port, err := splitAddress(p)
		if err != nil {
			return "", nil, err
		}
		all = append(all, "tls://"+net.JoinHostPort(host, strconv.Itoa(clientPort(port))))
	}
	return strings.Join(all, ","), []nats.Option{nats.Secure(tls)}, nil
}

// prepare gets the stream and the buckets, and makes those that are missing.
func (w *Wire) prepare(ctx context.Context) (*tables, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	js, err := jetstream.New(w.conn)
	if err != nil {
		return nil, err
	}
	replicas := voters
	if len(w.settings.Peers) == 1 {
		replicas = 1
	}
	leaders, err := w.conn.JetStream()
	if err != nil {
		return nil, err
	}
	t := &tables{js: js, leaders: leaders, buckets: map[string]jetstream.KeyValue{}}
	if t.stream, err = w.openStream(ctx, js, w.settings.streamConfig(replicas)); err != nil {
		return nil, err
	}
	for _, cfg := range []jetstream.KeyValueConfig{
		{Bucket: w.Sessions.name, TTL: SessionTTL, LimitMarkerTTL: markerTTL},
		{Bucket: w.Claims.name},
		{Bucket: w.Spots.name},
		{Bucket: w.Side.name, LimitMarkerTTL: markerTTL},
	} {
		cfg.Replicas, cfg.Storage, cfg.History, cfg.Metadata = replicas, jetstream.FileStorage, 1, w.settings.metadata()
		if t.buckets[cfg.Bucket], err = openBucket(ctx, js, cfg); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// replica returns what this voter's own server keeps of the log, nil where there is none.
func (w *Wire) replica() (*LogState, error) {
	srv := w.server.Load()
	if srv == nil {
		return nil, nil
	}
	return replicaState(srv, streamName)
}

func (s *Settings) streamConfig(replicas int) jetstream.StreamConfig {
	keep := s.Keep
	if keep == 0 {
		keep = defaultKeep
	}
	return jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subjects + ">"}, Replicas: replicas, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, MaxAge: keep, MaxMsgSize: maxPayload, Duplicates: min(duplicates, keep),
		DenyDelete: true, DenyPurge: true, Metadata: s.metadata(),
	}
}

// metadata is that of streams on servers that may also keep those of others.
func (s *Settings) metadata() map[string]string {
	if !s.isOutside() {
		return nil
	}
	return map[string]string{ownerKey: s.Name}
}

// openStream returns the stream, and changes for how long it keeps messages if that is set
// differently now. What else somebody changed, such as where the servers place it, stays.
func (w *Wire) openStream(ctx context.Context, js jetstream.JetStream, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, cfg.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		s, err = js.CreateStream(ctx, cfg)
	case err == nil && w.settings.isOutside():
		err = w.checkConfig(&s.CachedInfo().Config)
	}
	if err == nil && s.CachedInfo().Config.MaxAge != cfg.MaxAge {
		now := s.CachedInfo().Config
		now.MaxAge = cfg.MaxAge
		now.Duplicates = min(max(now.Duplicates, cfg.Duplicates), now.MaxAge) // servers refuse more
		s, err = js.UpdateStream(ctx, now)
	}
	if err != nil && !isUnfit(err) {
		err = fmt.Errorf("stream %s: %w", cfg.Name, err)
	}
	return s, err
}

func openBucket(ctx context.Context, js jetstream.JetStream, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	kv, err := js.KeyValue(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", cfg.Bucket, err)
	}
	return kv, nil
}
