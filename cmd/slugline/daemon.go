package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/site"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/websub"
)

type runCommand struct{}

func (runCommand) Run(s *shell) error {
	h := daemon{path: s.path, env: os.LookupEnv, stdout: s.out, log: s.log, wall: s.wall}
	if _, err := s.config(); err != nil {
		return err
	}
	return s.untilStopped(h.run)
}

// shutdownTimeout is how long requests in progress may take when the daemon stops.
const shutdownTimeout = 2 * time.Second

// daemon is the running program: it visits sources, merges entries and publishes topics
// until its context ends.
type daemon struct {
	path   string // of feeds.yaml
	env    func(string) (string, bool)
	stdout io.Writer
	log    *slog.Logger

	cfg           atomic.Pointer[config.Config] // in force
	started       *config.Config                // the configuration at the start
	read          config.Content                // of feeds.yaml, before the configuration was read
	configErrors  atomic.Pointer[string]        // the errors of feeds.yaml; nil when the file is in force
	store         *store.Store
	wall          func() time.Time // what the machine's clock says; nil: time.Now
	clock         *clock.Clock
	live          live.Live
	desk          *desk.Desk
	journal       *journal.Journal
	member        *member // nil: this node is alone
	editions      *edition.Press
	visits        *visitor
	hub           *websub.Hub        // for our feeds
	sourceHubs    *websub.Subscriber // to the hubs of sources
	notices       *notify.Notifier
	cachedSending atomic.Pointer[cachedSettings] // see notifySettings
	feedReaders   *site.Subscribers
	search        *search.Index
	registry      *prometheus.Registry
	configOK      prometheus.Gauge // 1 while the current feeds.yaml is in force
	outage        outage           // see outageHandler

	writing sync.Mutex      // held while the desk replaces feeds.yaml
	reloads chan chan error // asks for a reload now, and gets its result
}

// run starts everything and returns when everything has stopped.
func (d *daemon) run(ctx context.Context) error {
	d.log = slog.New(outageHandler{d.log.Handler(), &d.outage})
	d.read = config.ContentOf(d.path)
	cfg, err := config.Read(d.path, d.env)
	if err != nil {
		return err
	}
	d.started = cfg
	d.cfg.Store(cfg)
	public, err := listen("listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer closeListener(public)
	private, err := listen("desk", cfg.Desk)
	if err != nil {
		return err
	}
	defer closeListener(private)
	if d.store, err = store.Open(cfg.Database, store.Options{Created: time.Now()}); err != nil {
		return err
	}
	d.removeLeft(cfg)
	err = d.runOnStore(ctx, public, private)
	return errors.Join(err, d.store.Close())
}

func closeListener(l net.Listener) { _ = l.Close() } // after serving, it is already closed

func listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %s is in use by another program, perhaps another slugline; stop it, or set another `%s:` in feeds.yaml", key, address, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return l, nil
}

// runOnStore starts the desk, runs the services on the open store, and stops the desk after
// them, so that what they filed is committed.
func (d *daemon) runOnStore(ctx context.Context, public, private net.Listener) error {
	d.reloads = make(chan chan error)
	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.registerMetrics()
	var err error
	if d.desk, err = desk.Open(d.store, &d.live, d.log, desk.NewMeters(d.registry)); err != nil {
		return err
	}
	if d.clock, err = openClock(d.store, d.wall, d.log); err != nil {
		return err
	}
	d.journal = &journal.Journal{Commit: d.desk.File, Store: d.store, Clock: d.clock}
	if c := d.cfg.Load().Cluster; c != nil {
		if d.member, err = newMember(c, d.store, d.desk, d.wall, d.log); err != nil {
			return err
		}
		defer d.member.wire.Close()
		d.journal.Commit = d.member.log.Commit
		d.member.registerMetrics(d.registry)
	} else if err = checkAlone(d.store); err != nil {
		return fmt.Errorf("feeds.yaml has no `cluster:`: %w", err)
	}
	d.visits = newVisitor(laneSink{d.journal}, d.store, d.log, poll.NewMeters(d.registry), public.Addr().String(), private.Addr().String())
	d.visits.Clock = d.clock
	d.editions = &edition.Press{Store: d.store}
	d.hub = &websub.Hub{Store: d.store, Press: d.editions, Live: &d.live, Transport: &d.visits.hubs, Refuses: d.visits.hubs.refuses, Proxies: d.cfg.Load().Proxies, Now: d.clock.Now, Log: d.log}
	d.sourceHubs = &websub.Subscriber{
		Store: d.store, Transport: &d.visits.hubs, Now: d.clock.Now, Log: d.log,
		Deliver: d.visits.Deliver, Allowed: d.visits.hubs.lists, RelianceChanged: d.visits.PushChanged, Visit: d.visits.VisitPushed,
	}
	d.visits.Pushed = d.sourceHubs.Relied
	if d.member != nil {
		d.member.sourceHubs, d.sourceHubs.Peers = d.sourceHubs, d.member.pushPeers()
		d.member.file = &rulesFile{node: d.member.node.Name, store: d.store, journal: d.journal, log: d.log}
		d.journal.HoldFold = d.member.holdFold
		d.member.visits, d.visits.Owns, d.visits.Share = d.visits, d.member.node.Owns, d.member.spots.save
		d.member.url = deskURL(private.Addr(), d.cfg.Load().Cluster.Listen)
		d.visits.AskTurn, d.visits.Visitors = d.member.askTurn, d.member.node.Visitors
	}
	d.notices = d.newNotifier()
	if d.member != nil {
		d.exchangeRows()
	}
	d.feedReaders = &site.Subscribers{Store: d.store, Now: d.clock.Now, Log: d.log}
	d.search = &search.Index{Store: d.store, Dir: d.cfg.Load().Database + ".search", Log: d.log}
	ctx, cancel := context.WithCancelCause(ctx)
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan error, 1)
	go func() {
		err := d.desk.Run(deskCtx)
		cancel(err)
		stopped <- err
	}()
	stopLog := d.followLog(deskCtx, cancel)
	err = d.runServices(ctx, public, private)
	err = errors.Join(err, stopLog())
	stopDesk()
	err = errors.Join(err, <-stopped)
	cancel(nil)
	return err
}

// followLog reaches the log of the cluster and applies it, if this node is not alone, until stop
// is called. Its error ends the daemon by cancel.
func (d *daemon) followLog(ctx context.Context, cancel context.CancelCauseFunc) (stop func() error) {
	if d.member == nil {
		return func() error { return nil }
	}
	ctx, end := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() {
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return d.member.wire.Run(ctx) })
		g.Go(func() error { return d.member.log.Run(ctx) })
		err := g.Wait()
		cancel(err)
		stopped <- err
	}()
	return func() error {
		end()
		return unlessStopped(ctx, <-stopped)
	}
}

func (d *daemon) registerMetrics() {
	d.configOK = prometheus.NewGauge(prometheus.GaugeOpts{Name: "slugline_config_ok", Help: "1 while the current feeds.yaml is in force, 0 while it has errors."})
	d.configOK.Set(1)
	d.registry.MustRegister(d.configOK,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_store_bytes", Help: "Size of the database file."}, func() float64 { return float64(d.store.Size()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_store_old_rows", Help: "Rows of the database that are still to get the form of this release."}, d.oldRows),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_search_behind", Help: "Records that the search index does not contain yet."}, d.searchBehind),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_live_clients", Help: "Open live streams."}, func() float64 { return float64(d.live.Pages()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_clock_ok", Help: "1 while this machine's clock is believed, 0 while nothing is taken in because it is not."}, d.clockOK),
	)
}

// searchBehind returns how many records the search index does not contain yet.
func (d *daemon) searchBehind() float64 {
	last := d.store.Seq()
	return float64(last - min(d.search.Status().Seq, last))
}

// runServices applies feeds.yaml, then runs all services until ctx ends.
func (d *daemon) runServices(ctx context.Context, public, private net.Listener) error {
	cfg := d.cfg.Load()
	if d.member != nil {
		if err := d.visits.reach(cfg); err != nil {
			return err
		}
	} else if err := d.applyConfig(ctx, cfg); err != nil {
		return unlessStopped(ctx, err)
	}
	token, err := newsroom.LoadTokenFile(cfg.Database+".token", d.log)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	proxies := &reply.ProxyNotice{Trusted: cfg.Proxies, Log: d.log}
	d.serve(ctx, g, public, proxies.Watch(d.site()))
	desk := d.newsroom(token)
	d.serve(ctx, g, private, proxies.Watch(desk))
	g.Go(func() error { return desk.KeepStars(ctx) })
	g.Go(func() error { return d.feedReaders.Run(ctx) })
	g.Go(func() error { return d.search.Run(ctx) })
	if d.member != nil {
		g.Go(func() error { return d.takePart(ctx) })
	} else {
		g.Go(func() error { return d.visits.Run(ctx) })
		g.Go(func() error { return d.hub.Run(ctx) })
		g.Go(func() error { return d.sourceHubs.Run(ctx) })
		g.Go(func() error { return d.notices.Run(ctx) })
		g.Go(func() error { return d.sweep(ctx) })
		g.Go(func() error { return d.review(ctx) })
		g.Go(func() error { return d.watch(ctx) })
	}
	g.Go(func() error { return d.followClock(ctx) })
	g.Go(func() error { return limitMemory(ctx) })
	g.Go(func() error { return d.runBackups(ctx) })
	g.Go(func() error { return d.checkDatabase(ctx) })
	g.Go(func() error { return d.rewriteOldRows(ctx) })
	g.Go(func() error { return d.watchDatabase(ctx) })
	d.printAddresses(public, private)
	return unlessStopped(ctx, g.Wait())
}

// unlessStopped returns an error of work with ctx, or nil if the error is that ctx was
// cancelled, for no other reason than that the program stops.
func unlessStopped(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), context.Canceled) {
		return nil
	}
	return err
}

// site returns the handler of the public address: the pages, our hub and the callbacks for
// the hubs of sources, all below the path of site.url.
func (d *daemon) site() http.Handler {
	pages := &site.Site{Store: d.store, Editions: d.editions, Subscribers: d.feedReaders, Dir: filepath.Dir(d.path), Now: d.clock.Now, Log: d.log, Keys: d.topicKey,
		FrameAncestors: func() []string { return d.cfg.Load().Embeds.Sites }, Newsletters: d.notices, Search: d.search, Proxies: d.cfg.Load().Proxies}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if u, err := url.Parse(d.cfg.Load().Site.URL); err == nil {
			p = strings.TrimPrefix(p, strings.TrimRight(u.Path, "/"))
		}
		switch {
		case p == websub.Path:
			d.hub.ServeHTTP(w, r)
		case strings.HasPrefix(p, websub.Inbox):
			d.sourceHubs.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// topicKey returns the key that readers of a topic need. Keys are not stored.
func (d *daemon) topicKey(topic string) string {
	for _, t := range d.cfg.Load().Topics {
		if t.Name == topic {
			return t.Key
		}
	}
	return ""
}

func (d *daemon) newsroom(token string) *newsroom.Desk {
	cfg := d.cfg.Load()
	var nodes func() cluster.ClusterState
	var note func() string
	var task func(context.Context, string) (any, error)
	if d.member != nil {
		nodes, note, task = d.member.status, d.member.file.note, d.member.task
	}
	return &newsroom.Desk{
		Cluster: nodes, ClusterTask: task, Note: note,
		Store: d.store, Live: &d.live, Search: d.search, Metrics: d.registry, Token: token, Log: d.log,
		AlwaysAuth: cfg.DeskAuth, Proxies: cfg.Proxies, Ready: d.ready, Now: d.clock.Now, Order: d.order, ConfigErrors: d.configErrorText,
		Settings: d.settings(), VisitOne: d.visitOne, Resend: d.notices.Resend, Discard: d.notices.Discard,
		Visit: func(ctx context.Context, all bool, report func(any)) error {
			err := d.visits.Pass(ctx, all, func(v poll.Visited) { report(v) })
			if d.visits.Offline() {
				report(map[string]bool{"offline": true})
			}
			return err
		},
	}
}

// ready returns why nothing new is taken in at present, or what damage was met, or nil.
func (d *daemon) ready() error {
	var log error
	if d.member != nil {
		log = d.member.ready()
	}
	return cmp.Or(d.desk.Ready(), log, d.clock.Problem(), d.store.Damage())
}

// visitOne visits a source now if that is polite; otherwise why says why not.
func (d *daemon) visitOne(ctx context.Context, id string) (came any, why string, err error) {
	err = d.visits.Visit(ctx, id, func(v poll.Visited) { came = v })
	if errors.Is(err, poll.ErrNotNow) {
		return nil, strings.TrimPrefix(err.Error(), poll.ErrNotNow.Error()+": "), nil
	}
	return came, "", err
}

// order files an editor's order, and tells the poller if it may pause or resume a source.
func (d *daemon) order(ctx context.Context, o news.Order, at time.Time) (uint64, error) {
	n, err := d.journal.Order(ctx, o, at)
	if err != nil && d.member != nil {
		err = d.member.explain(err)
	}
	if err != nil || !slices.Contains([]string{"pause", "resume", "undo"}, o.Verb) {
		return n, err
	}
	return n, d.visits.UpdatePauses()
}

// configErrorText returns the errors of feeds.yaml, empty when it is in force.
func (d *daemon) configErrorText() string {
	if text := d.configErrors.Load(); text != nil {
		return *text
	}
	return ""
}

// serve answers requests on l until ctx ends, and then waits for requests in progress, but
// no longer than shutdownTimeout.
func (d *daemon) serve(ctx context.Context, g *errgroup.Group, l net.Listener, handler http.Handler) {
	s := reply.NewServer(ctx, handler)
	s.ErrorLog = slog.NewLogLogger(d.log.Handler(), slog.LevelDebug)
	g.Go(func() error {
		if err := s.Serve(&steadyListener{Listener: l, log: d.log}); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err := s.Shutdown(last); err != nil {
			return s.Close()
		}
		return nil
	})
}

// printAddresses prints the addresses and notifies systemd that the daemon is ready.
func (d *daemon) printAddresses(public, private net.Listener) {
	cfg := d.cfg.Load()
	fmt.Fprintf(d.stdout, "Slugline reads %s for %s.\n", plural(len(cfg.Sources), "source"), plural(len(cfg.Topics), "topic"))
	fmt.Fprintf(d.stdout, "  pages and feeds   http://%s/\n", public.Addr())
	for _, t := range cfg.Topics {
		fmt.Fprintf(d.stdout, "    %-15s http://%s/topics/%s.atom\n", t.Name, public.Addr(), t.Name)
	}
	fmt.Fprintf(d.stdout, "  the wire, live    http://%s/\n", private.Addr())
	fmt.Fprintf(d.stdout, "  in a terminal     %s\n", d.command("watch"))
	_, _ = sd.SdNotify(false, sd.SdNotifyReady) // it is no error if systemd does not wait for it
}

// command returns the command line for a command that uses this daemon. It works from any
// folder unless the daemon was started with the feeds.yaml of the current one.
func (d *daemon) command(name string) string {
	path, err := filepath.Abs(d.path)
	if err != nil || filepath.Clean(d.path) == "feeds.yaml" {
		path = "feeds.yaml"
	}
	return commandLine(path, name)
}

// sweepEvery is the time between sweeps.
const sweepEvery = time.Hour

// sweep files a sweep each hour, and earlier when a pin expires or a hold ends. It looks at
// once when the clock begins to be believed: it may have jumped since.
func (d *daemon) sweep(ctx context.Context) error {
	for {
		changed := d.clock.Changed()
		if err := sweepDue(ctx, d.journal, d.store); err != nil && ctx.Err() == nil {
			d.log.Error("sweep failed, will retry", "err", err)
		}
		select {
		case <-changed:
		case <-time.After(untilSweep(d.store, d.clock.Now())):
		case <-ctx.Done():
			return nil
		}
	}
}

// untilSweep returns when to look again whether a sweep is due: in a minute, or when the
// next hold ends.
func untilSweep(st *store.Store, now time.Time) time.Duration {
	wait := time.Minute
	_ = st.View(func(tx *store.Tx) error { // sweepDue reports the error
		held, err := tx.Stories.Held()
		for _, h := range held {
			if d := h.Until.Sub(now); d > 0 && d < wait {
				wait = d
			}
		}
		return err
	})
	return wait
}

// sweepDue files a sweep if the last one is an hour old, a pin has expired or a hold has
// ended. It files none while the clock is not believed.
func sweepDue(ctx context.Context, j *journal.Journal, st *store.Store) error {
	if !j.Clock.Believed() {
		return nil
	}
	due, now := false, j.Clock.Now()
	err := st.View(func(tx *store.Tx) error {
		topics, err := tx.Topics.All()
		if err != nil {
			return err
		}
		held, err := tx.Stories.Held()
		due = now.Sub(tx.Horizon()) >= sweepEvery || slices.ContainsFunc(held, func(h *news.HeldStory) bool { return !h.Until.IsZero() && !h.Until.After(now) }) || slices.ContainsFunc(topics, func(t *news.TopicState) bool { return hasExpiredPin(t, now) })
		return err
	})
	if err != nil || !due {
		return err
	}
	return j.File(ctx, news.Record{At: now, Sweep: &news.Sweep{}})
}

func hasExpiredPin(t *news.TopicState, now time.Time) bool {
	return !t.Removed && slices.ContainsFunc(t.Pins, func(p news.Pin) bool { return !p.Until.IsZero() && !p.Until.After(now) })
}

// reloadRetry is the wait before feeds.yaml is read again that could not be read, or whose
// rules could not be stored.
const reloadRetry = 10 * time.Second

// watch reloads feeds.yaml when it changes and on SIGHUP.
func (d *daemon) watch(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	changed := make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		config.Watch(ctx, d.path, d.read, func() { trySend(changed) }, func(err error) {
			d.log.Warn("changes of feeds.yaml are noticed after some seconds only", "err", err)
		})
		return nil
	})
	g.Go(func() error {
		var retry <-chan time.Time
		inForce := d.read
		for {
			var done chan error
			select {
			case <-hup:
			case <-changed:
				if config.ContentOf(d.path) == inForce {
					continue // the desk has changed the file and asked for a reload
				}
			case done = <-d.reloads:
			case <-retry:
			case <-ctx.Done():
				return nil
			}
			retry = nil
			read := config.ContentOf(d.path)
			err := d.reload(ctx)
			if inForce = read; err != nil {
				inForce = config.Content{}
			}
			if err != nil && !errors.As(err, new(*config.Errors)) {
				retry = time.After(reloadRetry)
			}
			if done != nil {
				done <- err
			}
		}
	})
	return g.Wait()
}

func trySend(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// reload applies feeds.yaml. If it returns an error, nothing has changed: the previous
// version stays in force.
func (d *daemon) reload(ctx context.Context) error {
	cfg, err := config.Read(d.path, d.env)
	if err == nil {
		err = d.applyConfig(ctx, cfg)
	}
	before := d.configErrorText()
	if err != nil {
		text := err.Error()
		d.configErrors.Store(&text)
		d.configOK.Set(0)
		d.logNotInForce(err, text != before)
		return err
	}
	d.configErrors.Store(nil)
	d.configOK.Set(1)
	d.logReload(d.cfg.Swap(cfg), cfg)
	if before != "" {
		d.log.Info("feeds.yaml has no errors any more")
	}
	d.log.Info("feeds.yaml read", "sources", len(cfg.Sources), "topics", len(cfg.Topics))
	return nil
}

// logNotInForce says why feeds.yaml is not in force. A file that could not be read, or whose
// rules could not be stored, is no news when it is tried again.
func (d *daemon) logNotInForce(err error, news bool) {
	switch {
	case errors.As(err, new(*config.Errors)):
		d.log.Error("feeds.yaml has errors; the previous version is still in force", "err", err)
	case news:
		d.log.Error("feeds.yaml can't be applied, will retry; the previous version is still in force", "err", err)
	}
}

// logReload says which changed settings take effect at the next start.
func (d *daemon) logReload(old, cfg *config.Config) {
	waits := restartKeys(d.started, cfg)
	for _, key := range restartKeys(old, cfg) {
		if slices.Contains(waits, key) {
			d.log.Warn("setting takes effect at the next start", "key", key)
		}
	}
}

// restartKeys returns the keys that differ and take effect only at the next start.
func restartKeys(old, cfg *config.Config) []string {
	var keys []string
	for _, s := range []struct{ key, old, now string }{
		{"listen", old.Listen, cfg.Listen},
		{"desk", old.Desk, cfg.Desk},
		{"desk_auth", fmt.Sprint(old.DeskAuth), fmt.Sprint(cfg.DeskAuth)},
		{"trusted_proxies", fmt.Sprint(old.Proxies), fmt.Sprint(cfg.Proxies)},
		{"database", old.Database, cfg.Database},
	} {
		if s.old != s.now {
			keys = append(keys, s.key)
		}
	}
	if !reflect.DeepEqual(old.Cluster, cfg.Cluster) {
		keys = append(keys, "cluster")
	}
	return keys
}

// applyConfig files the rules of cfg and configures the poller.
func (d *daemon) applyConfig(ctx context.Context, cfg *config.Config) error {
	if d.member != nil {
		return d.applyFile(ctx, cfg)
	}
	rules := cfg.Rules()
	filed, err := d.journal.FileRules(ctx, &rules, d.clock.Now())
	if err == nil && filed {
		err = d.rulesFiled()
	}
	if err != nil {
		return err
	}
	return cmp.Or(rememberRules(d.store, &rules), d.visits.configure(cfg))
}
