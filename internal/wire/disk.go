package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// keepEvery is the time between looks at the own server.
const keepEvery = time.Second

// restartWait is the time between attempts to start a server again.
const restartWait = 5 * time.Second

// probeSize is how many bytes must fit on the disk before the server is started again.
const probeSize = 1 << 20

// Keep starts this voter's server again when it has ceased to keep the log, until ctx ends. A
// server does that when it can't write, because its disk is full, and does not begin again by
// itself. It also carries out what Refill and Restart ask for. Servers elsewhere must show again
// and again that they are fit, and a lost connection to them is made again. Connect must have
// returned. An error means that this node can't connect any more.
func (w *Wire) Keep(ctx context.Context) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	proofs := time.NewTicker(proveEvery)
	defer proofs.Stop()
	for {
		var err error
		select {
		case <-w.lostConnection():
			w.log.Warn("the connection to the NATS servers that keep the log of the cluster was lost")
			err = w.reconnect(ctx, false)
		case <-proofs.C:
			if w.settings.isOutside() {
				err = w.proveAgain(ctx)
			}
		case r := <-w.renewals:
			err = w.reconnect(ctx, r.wipe)
			r.done <- err
		case <-tick.C:
			if srv := w.server.Load(); srv == nil || srv.JetStreamEnabled() || !srv.Running() {
				continue
			}
			w.restart(ctx)
		case <-ctx.Done():
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// restart starts the server again once its folder can be written.
func (w *Wire) restart(ctx context.Context) {
	said := ""
	for ctx.Err() == nil {
		err := w.probe()
		if err == nil {
			err = w.reconnect(ctx, false)
		}
		if err == nil {
			w.stopped.Store(nil)
			w.log.Info("the log of the cluster is kept here again")
			return
		}
		err = fmt.Errorf("the log of the cluster can't be kept on this node: %w", err)
		if w.stopped.Store(&err); err.Error() != said {
			said = err.Error()
			w.log.Error(said)
		}
		_ = sleep(ctx, restartWait)
	}
}

// Stopped returns why this voter, or the servers elsewhere, do not keep the log at the moment,
// nil if they do.
func (w *Wire) Stopped() error {
	if err := w.stopped.Load(); err != nil {
		return *err
	}
	return nil
}

// probe writes and removes a file in the folder of the log.
func (w *Wire) probe() (err error) {
	path := filepath.Join(w.settings.Dir, ".probe")
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(path))) }()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeSize))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
