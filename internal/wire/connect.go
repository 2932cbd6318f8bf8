package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/slugline/slugline/internal/story"
)

// Wire is this node's connection to what nodes share.
type Wire struct {
	Log      Log
	Sessions *Bucket // who lives; its keys expire after SessionTTL
	Claims   *Bucket // who does what
	Spots    *Bucket // what visits need
	Side     *Bucket // recipients, dispatches and other state that must be deletable

	server *server.Server // nil for readers and with servers elsewhere
	conn   *nats.Conn
}

// SessionTTL is for how long a key of Sessions lives after its last update.
const SessionTTL = 10 * time.Second

// defaultKeep is the zero value of Settings.Keep.
const defaultKeep = 7 * 24 * time.Hour

// openRetry is the wait between attempts to reach the log.
const openRetry = 250 * time.Millisecond

// Open starts this node's server, if it is a voter, connects, and makes what is missing: the
// log and the buckets. It tries until ctx ends: the first start needs all voters, later ones
// two of three. The caller calls Close. log may be nil.
func Open(ctx context.Context, s Settings, log *slog.Logger) (*Wire, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := new(Wire)
	if err := w.connect(&s, log); err != nil {
		w.Close()
		return nil, err
	}
	for {
		err := w.prepare(ctx, &s)
		if err == nil {
			return w, nil
		}
		if ctx.Err() != nil {
			w.Close()
			return nil, fmt.Errorf("open the wire: %w", err)
		}
		log.Debug("the wire is not there yet", "err", err)
		_ = sleep(ctx, openRetry)
	}
}

// Close closes the connection and stops the server. What was not acknowledged by then may or
// may not be in the log.
func (w *Wire) Close() {
	if w.conn != nil {
		w.conn.Close()
	}
	if w.server != nil {
		stopServer(w.server)
	}
}

func (w *Wire) connect(s *Settings, log *slog.Logger) (err error) {
	o := []nats.Option{
		nats.Name("slugline " + s.Node), nats.MaxReconnects(-1), nats.ReconnectWait(openRetry), nats.RetryOnFailedConnect(true),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Debug("nats client", "err", err) }),
	}
	target, more, err := w.target(s, log)
	if err != nil {
		return err
	}
	w.conn, err = nats.Connect(target, append(o, more...)...)
	if err != nil {
		return fmt.Errorf("connect to the wire: %w", err)
	}
	return nil
}

// target returns where to connect to, and how. For a voter it starts the server.
func (w *Wire) target(s *Settings, log *slog.Logger) (urls string, o []nats.Option, err error) {
	switch {
	case len(s.Servers) > 0:
		if s.Credentials != "" {
			o = append(o, nats.UserCredentials(s.Credentials))
		}
		return strings.Join(s.Servers, ","), o, nil
	case s.Reader:
		return s.readerTarget()
	}
	so, err := s.serverOptions()
	if err != nil {
		return "", nil, err
	}
	w.server, err = startServer(s, so, log)
	return "", []nats.Option{nats.InProcessServer(w.server), nats.UserInfo(so.Username, so.Password)}, err
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
func (w *Wire) prepare(ctx context.Context, s *Settings) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	js, err := jetstream.New(w.conn)
	if err != nil {
		return err
	}
	replicas := 3
	if len(s.Peers) == 1 {
		replicas = 1
	}
	stream, err := openStream(ctx, js, s.streamConfig(replicas))
	if err != nil {
		return err
	}
	l := &jetLog{js: js, stream: stream, replica: w.replica, header: nats.Header{headerNode: {s.Node}, headerFold: {strconv.Itoa(story.Version)}}}
	w.Log = l
	for _, b := range []struct {
		to  **Bucket
		cfg jetstream.KeyValueConfig
	}{
		{&w.Sessions, jetstream.KeyValueConfig{Bucket: "SESSIONS", TTL: SessionTTL, LimitMarkerTTL: markerTTL}},
		{&w.Claims, jetstream.KeyValueConfig{Bucket: "CLAIMS"}},
		{&w.Spots, jetstream.KeyValueConfig{Bucket: "SPOTS"}},
		{&w.Side, jetstream.KeyValueConfig{Bucket: "SIDE", LimitMarkerTTL: markerTTL}},
	} {
		b.cfg.Replicas, b.cfg.Storage, b.cfg.History = replicas, jetstream.FileStorage, 1
		if *b.to, err = openBucket(ctx, js, b.cfg); err != nil {
			return err
		}
	}
	return nil
}

func (w *Wire) replica() (*LogState, error) {
	if w.server == nil {
		return nil, nil
	}
	return replicaState(w.server, streamName)
}

func (s *Settings) streamConfig(replicas int) jetstream.StreamConfig {
	keep := s.Keep
	if keep == 0 {
		keep = defaultKeep
	}
	return jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subjects + ">"}, Replicas: replicas, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, MaxAge: keep, MaxMsgSize: maxPayload, Duplicates: min(duplicates, keep),
		DenyDelete: true, DenyPurge: true,
	}
}

// openStream returns the stream, and changes for how long it keeps messages if that is set
// differently now.
func openStream(ctx context.Context, js jetstream.JetStream, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, cfg.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		s, err = js.CreateStream(ctx, cfg)
	case err == nil && s.CachedInfo().Config.MaxAge != cfg.MaxAge:
		s, err = js.UpdateStream(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", cfg.Name, err)
	}
	return s, nil
}

func openBucket(ctx context.Context, js jetstream.JetStream, cfg jetstream.KeyValueConfig) (*Bucket, error) {
	kv, err := js.KeyValue(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", cfg.Bucket, err)
	}
	return &Bucket{kv, js}, nil
}
