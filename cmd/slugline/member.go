package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/side"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/websub"
	"github.com/slugline/slugline/internal/wire"
)

// member is this process as one of several nodes: it commits records through the log that
// they share, visits the sources of its partitions and has some of the roles.
type member struct {
	wire *wire.Wire
	log  *wire.Journal
	node *cluster.Node
	side *side.Mirror

	services   services
	visits     *visitor           // set before runNode
	sourceHubs *websub.Subscriber // as visits
	spots      *spots
	file       *rulesFile                // set before takePart
	began      atomic.Pointer[time.Time] // when runNode began
	store      *store.Store
	logger     *slog.Logger
	owners     chan struct{} // has room for one sign that owners have changed
	url        string        // of the desk

	outside   bool        // NATS servers that no node runs keep the log
	joined    atomic.Bool // it has caught up with the log, and feeds.yaml is in force
	refilling atomic.Bool // its replica of the log is being filled again
}

// newMember prepares a node. The caller calls wire.Close.
func newMember(c *config.Cluster, st *store.Store, d *desk.Desk, wall func() time.Time, log *slog.Logger) (*member, error) {
	w, err := wire.New(wireSettings(c), log)
	if err != nil {
		return nil, err
	}
	m := &member{wire: w, store: st, logger: log, outside: c.NATS != nil, owners: make(chan struct{}, 1), spots: &spots{bucket: w.Spots, store: st, log: log}}
	m.node = &cluster.Node{
		Name: c.Node, Visits: c.Visits, Roles: !c.Reader, Sessions: w.Sessions, Claims: w.Claims,
		Announce: m.announce, Take: m.take, Leave: m.leave, Changed: m.changed, Wall: wall, Log: log,
	}
	m.shareLocal()
	m.log = &wire.Journal{
		Messages: w.Log, Store: st, Submit: d.Submit, Node: c.Node, Log: log, Partition: m.partition, Digests: w.Side, Outside: m.outside,
		Lost: func(partition int) { m.node.Lost(cluster.Claim(partition)) },
	}
	return m, nil
}

func wireSettings(c *config.Cluster) wire.Settings {
	s := wire.Settings{Name: c.Name, Node: c.Node, Keep: c.Keep, Peers: c.Peers, Listen: c.Listen, Dir: c.Dir, Reader: c.Reader}
	if c.TLS != nil {
		s.TLS = wire.TLS{Cert: c.TLS.Cert, Key: c.TLS.Key, CA: c.TLS.CA}
	}
	if n := c.NATS; n != nil {
		s.Servers, s.Monitor, s.Credentials, s.TLS = n.Servers, n.Monitor, n.Creds, wire.TLS(n.TLS)
	}
	return s
}

// ready returns why this node can't take anything in, or nil. Without a session it does not
// reach most of those that keep the log.
func (m *member) ready() error {
	if err := m.notReady(); err != nil {
		return err
	}
	if !m.node.Status().Session {
		if m.outside {
			return errors.New("this node has no session in the NATS servers of the cluster: pages stay, and nothing new is taken in")
		}
		return errors.New("this node does not reach most of the voters of the cluster: pages stay, and nothing new is taken in")
	}
	return nil
}

// status is the state of the cluster as this node sees it.
func (m *member) status() cluster.ClusterState {
	s := m.node.Status()
	s.Outside = m.outside
	if err := m.wire.Stopped(); m.outside && err != nil && s.Problem == "" {
		s.Problem = err.Error()
	}
	return s
}

// runNode shares the work with the other nodes until ctx ends.
func (m *member) runNode(ctx context.Context) error {
	now := time.Now()
	m.began.Store(&now)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.node.Run(ctx) })
	g.Go(func() error { return m.compareChains(ctx) })
	g.Go(func() error { return m.giveTurns(ctx) })
	g.Go(func() error { return m.spots.follow(ctx, m.visits.Adopt) })
	g.Go(func() error { return m.followOwners(ctx) })
	g.Go(func() error { return m.keepHearing(ctx) })
	return g.Wait()
}

// A node that has not seen its own renewals for maxUnheard reconnects, at most once in
// reconnectEvery. New watches were tried before; they do not help where this node's server
// reaches the others over some of its connections only.
const (
	maxUnheard     = 30 * time.Second
	reconnectEvery = 2 * time.Minute
	hearingLook    = 5 * time.Second
)

// keepHearing reconnects when this node does not learn what the others do.
func (m *member) keepHearing(ctx context.Context) error {
	for pauseFor(ctx, hearingLook); ctx.Err() == nil; pauseFor(ctx, hearingLook) {
		unheard := m.node.Unheard()
		if unheard < maxUnheard || m.refilling.Load() {
			continue
		}
		m.logger.Warn("this node does not learn what the other nodes do; it reconnects to the log of the cluster", "for", unheard.Round(time.Second))
		if err := m.wire.Restart(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		pauseFor(ctx, reconnectEvery)
	}
	return nil
}

// followOwners does what is to do when this node has taken partitions or given some back.
func (m *member) followOwners(ctx context.Context) error {
	hubs := hubAnswers{member: m}
	defer hubs.end()
	for {
		select {
		case <-m.owners:
			m.visits.Resume() // where a record could not be filed: the log takes some again
			m.visits.OwnersChanged()
			m.sourceHubs.OwnersChanged()
			hubs.follow(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// compareEvery is the time between comparisons of chains.
const compareEvery = 2 * time.Second

// compareChains compares what the other nodes say they have applied with this node's chain.
func (m *member) compareChains(ctx context.Context) error {
	for ctx.Err() == nil {
		own := m.log.Position()
		for _, n := range m.node.Status().Nodes {
			if n.Name != m.node.Name && n.Seq > 0 && !n.Gone {
				m.log.Agree(n.Name, news.WirePosition{Stream: own.Stream, Seq: n.Seq, Chain: n.Chain})
			}
		}
		pauseFor(ctx, compareEvery)
	}
	return nil
}

func (m *member) changed() {
	select {
	case m.owners <- struct{}{}:
	default:
	}
}

// partition returns the partition of a source by its id.
func (m *member) partition(source string) int {
	var address string
	err := m.store.View(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(source)
		if err == nil && st != nil {
			address = st.Address
		}
		return err
	})
	if err != nil {
		m.logger.Error("the partition of a source is not known", "source", source, "err", err)
	}
	return int(cluster.PartitionOf(address))
}

// take puts the fence of a partition into the log, and reads what its former owner knew of
// the sources.
func (m *member) take(ctx context.Context, c cluster.Claim) error {
	if c.IsRole() {
		return nil
	}
	if err := m.log.Take(ctx, int(c)); err != nil {
		return err
	}
	m.visits.Adopt(m.spots.load(ctx, int(c)))
	return nil
}

// leave waits for the visits of a partition, has the next node find what this one asked hubs of
// its sources, and gives its lane back.
func (m *member) leave(ctx context.Context, c cluster.Claim) {
	if c.IsRole() {
		m.leaveRole(ctx, c)
		return
	}
	matches := func(address string) bool { return cluster.PartitionOf(address) == c }
	m.sourceHubs.Leave(ctx, matches)
	m.visits.Land(ctx, matches)
	m.log.Give(ctx, int(c))
	if ctx.Err() == nil {
		m.settle(ctx)
	}
}

// announce says how far this node is.
func (m *member) announce() cluster.Announcement {
	p, log := m.log.Position(), m.log.State()
	a := cluster.Announcement{
		Version: version(), Schema: store.Schema(), Folds: story.Folds(), Seq: p.Seq, Chain: p.Chain, Deleted: log.Missing, Behind: m.log.Behind().Milliseconds(),
	}
	a.Mark, a.File, a.Differs = m.file.marks()
	a.Lag, a.URL = log.Lag, m.url
	if m.outside { // it has no replica
		a.Deleted = 0
	}
	if d, ok := m.log.LastDigests()[m.node.Name]; ok {
		a.Digest = fmt.Sprintf("%d-%.12s", d.Seq, d.Digest)
	}
	switch err := m.problem(); {
	case err != nil:
		a.Problem = err.Error()
	case m.refilling.Load():
		a.Problem = "its replica of the log is being filled"
	case !m.joined.Load():
		a.Problem = "it is starting"
	}
	return a
}

// problem returns what a node announces of the log.
func (m *member) problem() error {
	if m.outside {
		return m.notReady()
	}
	return m.log.Ready()
}

// whileHolds runs a service whenever this node has a role.
func (m *member) whileHolds(ctx context.Context, role cluster.Claim, run func(context.Context) error) error {
	for ctx.Err() == nil {
		if !m.node.Holds(role) {
			pauseFor(ctx, roleLook)
			continue
		}
		held, stop := context.WithCancel(ctx)
		go func() {
			defer stop()
			for held.Err() == nil && m.node.Holds(role) {
				pauseFor(held, roleLook)
			}
		}()
		ended := m.services.begin(role)
		err := run(held)
		ended()
		stop()
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return nil
}

// roleLook is the time between looks whether this node has a role.
const roleLook = time.Second

func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// checkAlone refuses to file records in a node's database that the other nodes would not have.
func checkAlone(st *store.Store) error {
	return st.View(func(tx *store.Tx) error {
		p, err := tx.Wire()
		if err == nil && p.Stream != "" {
			err = errors.New("this database is that of a node of a cluster, and only its daemon files records for all nodes: start it with `cluster:` in feeds.yaml, and try again")
		}
		return err
	})
}

// laneSink files visits. One of a source that another node has is no failure.
type laneSink struct{ poll.Sink }

// File files a record.
func (s laneSink) File(ctx context.Context, r news.Record) error {
	err := s.Sink.File(ctx, r)
	if errors.Is(err, wire.ErrNotOwner) {
		return fmt.Errorf("%w: %w", poll.ErrElsewhere, err)
	}
	return err
}
