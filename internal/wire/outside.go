package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// proveEvery is the time between looks at servers that run elsewhere. Each connection begins
// with one.
const proveEvery = 10 * time.Second

// outsideRetry is the wait between attempts to connect to such servers.
const outsideRetry = time.Second

// ownerKey is the metadata of streams with the name of the cluster that they are of.
const ownerKey = "slugline.cluster"

// isOutside reports whether servers that run elsewhere keep the log.
func (s *Settings) isOutside() bool { return len(s.Servers) > 0 }

// checkOutside refuses settings for servers elsewhere that would leave the log open to others.
func (s *Settings) checkOutside() error {
	switch {
	case len(s.Peers) > 0 || s.Listen != "" || s.Dir != "" || s.Reader:
		return errors.New("with NATS servers elsewhere, a node is neither a voter nor a reader")
	case len(s.Monitor) == 0:
		return errors.New("NATS servers elsewhere need the addresses of their monitoring, without which nobody knows whether they write to the disk before they answer")
	case (s.TLS.Cert == "") != (s.TLS.Key == ""):
		return errors.New("a certificate needs its key")
	}
	for _, server := range s.Servers {
		u, err := url.Parse(server)
		switch {
		case err != nil:
			return errors.New("the address of a NATS server can't be read")
		case isLoopbackHost(u.Hostname()):
		case u.Scheme != "tls":
			return fmt.Errorf("the NATS server %s is on another machine and needs tls://", withoutUser(u))
		case s.Credentials == "" && s.TLS.Cert == "" && u.User == nil:
			return fmt.Errorf("the NATS server %s is on another machine and needs credentials or a certificate", withoutUser(u))
		}
	}
	return nil
}

// withoutUser is an address without its user, which may be a token, and its password.
func withoutUser(u *url.URL) string {
	if u.User == nil {
		return u.String()
	}
	hidden := *u
	hidden.User = url.User("xxxxx")
	return hidden.String()
}

// connectOutside connects to servers that run elsewhere, once they are reached and fit. The
// caller holds changing.
func (w *Wire) connectOutside(ctx context.Context) error {
	for {
		err := w.tryOutside(ctx)
		if err == nil {
			if w.stopped.Swap(nil) != nil {
				w.log.Info("the NATS servers keep the log of the cluster again")
			}
			return nil
		}
		w.disconnect()
		if ctx.Err() != nil {
			return fmt.Errorf("open the wire: %w (%w)", ctx.Err(), err)
		}
		w.sayStopped(err)
		_ = sleep(ctx, outsideRetry)
	}
}

// sayStopped notes why the log is not kept, and logs it if that is new.
func (w *Wire) sayStopped(err error) {
	level := slog.LevelError
	if !isUnfit(err) {
		level, err = slog.LevelWarn, fmt.Errorf("the NATS servers that keep the log of the cluster can't be used at the moment: %w", err)
	}
	if old := w.stopped.Swap(&err); old == nil || (*old).Error() != err.Error() {
		w.log.Log(context.Background(), level, "the log of the cluster can't be used", "err", err)
	}
}

func (w *Wire) tryOutside(ctx context.Context) error {
	if err := w.dialOutside(ctx); err != nil {
		return err
	}
	if err := w.prover.look(ctx); err != nil {
		return err
	}
	name, id, cluster := w.conn.ConnectedServerName(), w.conn.ConnectedServerId(), w.conn.ConnectedClusterName()
	if !w.conn.IsConnected() { // they are empty then
		return nats.ErrConnectionClosed
	}
	if err := w.prover.checkConnected(name, id, cluster); err != nil {
		return err
	}
	t, err := w.prepare(ctx)
	if err != nil {
		return explainJetStream(err)
	}
	if err := w.proveTables(ctx, t); err != nil {
		return err
	}
	w.door.open(t)
	return nil
}

// dialer makes connections until ctx ends, within pingEvery with the look-up of the name.
type dialer struct{ ctx context.Context }

// Dial connects to a server.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	n := net.Dialer{Timeout: pingEvery}
	return n.DialContext(d.ctx, network, address)
}

// dialOutside connects once. A connection that ends is not made again by the client, so that
// nothing is sent before the servers have shown again that they are fit.
func (w *Wire) dialOutside(ctx context.Context) error {
	s, lost := &w.settings, make(chan struct{})
	o := append(w.clientOptions(), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(lost) }), nats.SetCustomDialer(dialer{ctx}), nats.SkipHostLookup())
	if s.Credentials != "" {
		o = append(o, nats.UserCredentials(s.Credentials))
	}
	if slices.ContainsFunc(s.Servers, isTLS) || s.TLS != (TLS{}) {
		o = append(o, nats.Secure(w.clientTLS))
	}
	o = append(o, func(all *nats.Options) error { all.Servers = s.Servers; return nil }) // Connect would cut a password at a comma
	conn, err := nats.Connect("", o...)
	if err != nil {
		return err
	}
	w.conn, w.lost = conn, lost
	return nil
}

func isTLS(address string) bool { return strings.HasPrefix(address, "tls://") }

// lostConnection returns what is closed when the connection to servers elsewhere has ended;
// nil where the node has a server of its own.
func (w *Wire) lostConnection() <-chan struct{} {
	w.changing.Lock()
	defer w.changing.Unlock()
	return w.lost
}

// proveTables checks that the streams are of this cluster, lose nothing, and are kept by
// servers that have shown that they are fit.
func (w *Wire) proveTables(ctx context.Context, t *tables) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := t.stream.Info(ctx)
	if err != nil {
		return err
	}
	all := []*jetstream.StreamInfo{info}
	for name, kv := range t.buckets {
		info, err := bucketInfo(ctx, name, kv)
		if err != nil {
			return err
		}
		all = append(all, info)
	}
	for _, info := range all {
		if err := w.checkConfig(&info.Config); err != nil {
			return err
		}
		if err := w.prover.checkReplicas(info); err != nil {
			return err
		}
	}
	return nil
}

// checkConfig refuses a stream of somebody else, and one that could lose messages.
func (w *Wire) checkConfig(c *jetstream.StreamConfig) error {
	wrong := ""
	switch owner, ok := c.Metadata[ownerKey]; {
	case !ok:
		return unfitf("the NATS account has a stream %s that Slugline did not make: give the cluster an account of its own", c.Name)
	case owner != w.settings.Name:
		return unfitf("the NATS account has the log of the cluster %s, and `name` of cluster is %s here: give each cluster an account of its own", owner, w.settings.Name)
	case c.Storage != jetstream.FileStorage:
		wrong = "it is not kept on the disk"
	case c.PersistMode != jetstream.DefaultPersistMode:
		wrong = "it is written to the disk after it is acknowledged (persist_mode: async)"
	case c.Replicas != voters:
		wrong = fmt.Sprintf("it has %d replicas, and three are needed", c.Replicas)
	case c.Name != streamName:
	case !c.DenyDelete || !c.DenyPurge:
		wrong = "its messages can be deleted"
	case c.Retention != jetstream.LimitsPolicy || c.MaxMsgs > 0 || c.MaxBytes > 0 || c.MaxMsgsPerSubject > 0:
		wrong = "it deletes messages for other reasons than their age"
	case c.MaxMsgSize >= 0 && c.MaxMsgSize < maxPayload:
		wrong = fmt.Sprintf("it takes messages of up to %d bytes, and records may have 8 MB", c.MaxMsgSize)
	case c.Mirror != nil || len(c.Sources) > 0:
		wrong = "it takes messages from other streams"
	}
	if wrong != "" {
		return unfitf("the stream %s was changed, and does not keep the log as it must: %s. Set that back with `nats stream edit %s`", c.Name, wrong, c.Name)
	}
	return nil
}

// explainJetStream says what to do where servers do not make a stream.
func explainJetStream(err error) error {
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), hasCode(err, jetstream.JSErrCodeJetStreamNotEnabledForAccount), hasCode(err, jetstream.JSErrCodeJetStreamNotEnabled):
		return unfitf("the NATS account of this node has no JetStream: write `jetstream: enabled` in the account in nats-server.conf")
	case hasCode(err, replicasNotSupported), hasCode(err, noPeers):
		return unfitf("the log is kept by three NATS servers, and there are not as many: they must be one cluster with JetStream (%v)", err)
	}
	return err
}

// Codes of answers of JetStream that the client has no names for.
const (
	noPeers              jetstream.ErrorCode = 10005
	replicasNotSupported jetstream.ErrorCode = 10074
)

// proveAgain looks at the servers again, and leaves them if they are not fit any more. A stream
// that was deleted is made again; the journal takes it for another log.
func (w *Wire) proveAgain(ctx context.Context) error {
	t, _ := w.door.look()
	if t == nil {
		return nil
	}
	err := w.prover.look(ctx)
	if !isUnfit(err) {
		err = w.proveTables(ctx, t)
	}
	switch {
	case isUnfit(err):
		w.door.open(nil)
		w.sayStopped(err)
		return w.reconnect(ctx, false)
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return w.reconnect(ctx, false)
	case err != nil: // an election may be under way
		w.log.Debug("the NATS servers were not looked at", "err", err)
	}
	return nil
}
