package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/wire"
)

// takePart works with the other nodes until ctx ends: as soon as this node has applied what the
// log has, its feeds.yaml is put in force, and it visits, sends and sweeps what is its part.
// Until then this node serves what it has, and takes nothing in.
func (d *daemon) takePart(ctx context.Context) error {
	hup := make(chan os.Signal, 1) // which would end the process
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.member.runNode(ctx) })
	g.Go(func() error { return d.work(ctx) })
	return g.Wait()
}

// work does this node's part of the work once it has caught up.
func (d *daemon) work(ctx context.Context) error {
	m := d.member
	if err := m.catchUp(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	if err := d.applyAtStart(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	m.joined.Store(true)
	defer m.runMirror(ctx)()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.visits.Run(ctx) })
	g.Go(func() error { return d.hub.Run(ctx) })
	g.Go(func() error { return d.sourceHubs.Run(ctx) })
	g.Go(func() error { return m.whileHolds(ctx, cluster.Post, m.caughtUp(d.notices.Run)) })
	g.Go(func() error { return d.notices.FollowSources(ctx) })
	g.Go(func() error { return m.whileHolds(ctx, cluster.Clerk, d.clerk) })
	g.Go(func() error { return d.watch(ctx) })
	g.Go(func() error { return d.followRules(ctx) })
	return g.Wait()
}

// applyAtStart applies the feeds.yaml that this node was started with, and tries again while
// its rules can't be filed.
func (d *daemon) applyAtStart(ctx context.Context) error {
	for {
		err := d.applyConfig(ctx, d.cfg.Load())
		if err == nil || ctx.Err() != nil {
			d.configErrors.Store(nil)
			return err
		}
		text, before := err.Error(), d.configErrorText()
		d.configErrors.Store(&text)
		d.logNotInForce(err, text != before)
		pauseFor(ctx, reloadRetry)
	}
}

// catchUpEvery is the time between looks whether this node has caught up with the log.
const catchUpEvery = 100 * time.Millisecond

// catchUp waits until this node has applied what the log had when it was reached.
func (m *member) catchUp(ctx context.Context) error {
	tick := time.NewTicker(catchUpEvery)
	defer tick.Stop()
	var target uint64
	said := ""
	for {
		err := m.notReady()
		if err == nil {
			target = cmp.Or(target, m.log.State().Last)
		}
		if err == nil && m.log.Position().Seq >= target {
			return nil
		}
		if err != nil && said == "" {
			said = err.Error()
			m.logger.Info("waiting for the log of the cluster", "why", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// explain turns an error of the log into an answer for whoever wanted to store something.
func (m *member) explain(err error) error {
	var f *wire.Fault
	switch {
	case errors.As(err, &f):
		return reply.Faultf(http.StatusServiceUnavailable, "%s", view.Sentence("Nothing is stored at the moment: "+f.Text))
	case errors.Is(err, wire.ErrUnreachable):
		return reply.Faultf(http.StatusServiceUnavailable, "%s", view.Sentence("This may not be stored; look before you do it again: "+cmp.Or(m.notReady(), err).Error()))
	}
	return err
}

// errServersUnreached is wire.ErrUnreachable where NATS servers keep the log.
var errServersUnreached = errors.New("the log of the cluster can't be reached: are most of the NATS servers running?")

// notReady returns why this node can't commit records, or nil.
func (m *member) notReady() error {
	if err := m.wire.Stopped(); err != nil {
		return err
	}
	err := m.log.Ready()
	if !errors.Is(err, wire.ErrUnreachable) {
		return err
	}
	if m.outside {
		return errServersUnreached
	}
	connected, others := m.wire.Others()
	if others == 0 || connected == others {
		return err
	}
	return fmt.Errorf("this node can't reach the log of the cluster: it is connected to %d of the %d other voters. Two of three must run and reach each other, at the very first start all three; pages and feeds stay meanwhile", connected, others)
}
