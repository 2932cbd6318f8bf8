package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/web"
)

// grace is how long requests under way may take when the daemon stops.
const grace = 2 * time.Second

// daemon is the whole of Slugline at work: it visits, folds and publishes until its
// context ends.
type daemon struct {
	path   string // of feeds.yaml
	env    func(string) (string, bool)
	stdout io.Writer
	log    *slog.Logger

	cfg      atomic.Pointer[config.Config] // in force
	store    *store.Store
	live     live.Live
	desk     *desk.Desk
	visits   *visitor
	registry *prometheus.Registry
	good     prometheus.Gauge // 1 while feeds.yaml as it stands is in force
}

// run starts everything and returns when all of it has stopped.
func (d *daemon) run(ctx context.Context) error {
	cfg, err := config.Read(d.path, d.env)
	if err != nil {
		return err
	}
	d.cfg.Store(cfg)
	public, err := listen("listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer closed(public)
	newsroom, err := listen("desk", cfg.Desk)
	if err != nil {
		return err
	}
	defer closed(newsroom)
	if d.store, err = store.Open(cfg.Database, store.Options{}); err != nil {
		return err
	}
	err = d.open(ctx, public, newsroom)
	return errors.Join(err, d.store.Close())
}

func closed(l net.Listener) { _ = l.Close() } // a served listener is closed already

func listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %s is in use by another program, perhaps a slugline that runs already; stop it, or set another `%s:` in feeds.yaml", key, address, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return l, nil
}

// open builds what works on the store and runs it. The desk outlives everyone who
// files with it.
func (d *daemon) open(ctx context.Context, public, newsroom net.Listener) error {
	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.meters()
	var err error
	if d.desk, err = desk.Open(d.store, &d.live, d.log, desk.NewMeters(d.registry)); err != nil {
		return err
	}
	d.visits = newVisitor(d.desk, d.store, d.log, poll.NewMeters(d.registry), public.Addr().String(), newsroom.Addr().String())
	ctx, cancel := context.WithCancelCause(ctx)
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan error, 1)
	go func() {
		err := d.desk.Run(deskCtx)
		cancel(err)
		stopped <- err
	}()
	err = d.work(ctx, public, newsroom)
	stopDesk()
	err = errors.Join(err, <-stopped)
	cancel(nil)
	return err
}

func (d *daemon) meters() {
	d.good = prometheus.NewGauge(prometheus.GaugeOpts{Name: "slugline_config_ok", Help: "1 while feeds.yaml as it stands is in force, 0 while it is refused."})
	d.good.Set(1)
	d.registry.MustRegister(d.good,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_store_bytes", Help: "Size of the database file."}, func() float64 { return float64(d.store.Size()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_live_clients", Help: "Open live streams."}, func() float64 { return float64(d.live.Count()) }),
	)
}

// work puts feeds.yaml in force, then visits and serves until ctx ends.
func (d *daemon) work(ctx context.Context, public, newsroom net.Listener) error {
	cfg := d.cfg.Load()
	if err := d.enforce(ctx, cfg); err != nil {
		return err
	}
	token, err := web.Token(cfg.Database + ".token")
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	d.serve(ctx, g, public, d.site())
	d.serve(ctx, g, newsroom, d.newsroom(token))
	g.Go(func() error { return d.visits.Run(ctx) })
	g.Go(func() error { return d.sweep(ctx) })
	g.Go(func() error { return d.keepCopies(ctx) })
	g.Go(func() error { return d.watch(ctx) })
	d.greet(public, newsroom)
	err = g.Wait()
	if cause := context.Cause(ctx); errors.Is(err, context.Canceled) && errors.Is(cause, context.Canceled) {
		return nil
	}
	return err
}

// site is the public side.
func (d *daemon) site() http.Handler {
	return &web.Site{Store: d.store, Dir: filepath.Dir(d.path), Log: d.log, Keys: d.key}
}

// key is what a topic asks for. Keys never leave feeds.yaml.
func (d *daemon) key(topic string) string {
	for _, t := range d.cfg.Load().Topics {
		if t.Name == topic {
			return t.Key
		}
	}
	return ""
}

func (d *daemon) newsroom(token string) http.Handler {
	cfg := d.cfg.Load()
	return &web.Desk{
		Store: d.store, Live: &d.live, Metrics: d.registry, Token: token, Log: d.log,
		Always: cfg.DeskAuth, Proxies: cfg.Proxies, Ready: d.desk.Ready,
		Visit: func(ctx context.Context, all bool, report func(any)) error {
			return d.visits.Pass(ctx, all, func(v poll.Visited) { report(v) })
		},
	}
}

// serve answers on l until ctx ends, and then gives requests under way a moment.
func (d *daemon) serve(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	s := web.Server(ctx, h)
	s.ErrorLog = slog.NewLogLogger(d.log.Handler(), slog.LevelDebug)
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if err := s.Shutdown(last); err != nil {
			return s.Close()
		}
		return nil
	})
}

// greet says where to look, and tells systemd that we are up.
func (d *daemon) greet(public, newsroom net.Listener) {
	cfg := d.cfg.Load()
	fmt.Fprintf(d.stdout, "Slugline reads %d sources for %d topics.\n", len(cfg.Sources), len(cfg.Topics))
	fmt.Fprintf(d.stdout, "  pages and feeds   http://%s/\n", public.Addr())
	for _, t := range cfg.Topics {
		fmt.Fprintf(d.stdout, "    %-15s http://%s/topics/%s.atom\n", t.Name, public.Addr(), t.Name)
	}
	fmt.Fprintf(d.stdout, "  newsroom's API    http://%s/api/status\n", newsroom.Addr())
	fmt.Fprintf(d.stdout, "  the wire, live    slugline watch\n")
	_, _ = sd.SdNotify(false, sd.SdNotifyReady) // no systemd is no error
}

// sweep moves the horizon each hour.
func (d *daemon) sweep(ctx context.Context) error {
	for {
		rec := news.Record{At: news.Instant(time.Now()), Sweep: &news.Sweep{}}
		rec.Seal()
		if err := d.desk.File(ctx, rec); err != nil && ctx.Err() == nil {
			d.log.Error("sweep put off", "err", err)
		}
		select {
		case <-time.After(time.Hour):
		case <-ctx.Done():
			return nil
		}
	}
}

// watch puts feeds.yaml in force again when it changes and on SIGHUP.
func (d *daemon) watch(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	changed := make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return config.Watch(ctx, d.path, func() { nudge(changed) })
	})
	g.Go(func() error {
		for {
			select {
			case <-hup:
			case <-changed:
			case <-ctx.Done():
				return nil
			}
			d.reload(ctx)
		}
	})
	return g.Wait()
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// reload is all or nothing: a file with an error changes nothing, the last good one
// stays in force.
func (d *daemon) reload(ctx context.Context) {
	cfg, err := config.Read(d.path, d.env)
	if err == nil {
		err = d.enforce(ctx, cfg)
	}
	if err != nil {
		d.good.Set(0)
		d.log.Error("feeds.yaml refused, the last good one stays in force", "err", err)
		return
	}
	d.good.Set(1)
	old := d.cfg.Swap(cfg)
	for _, key := range fixed(old, cfg) {
		d.log.Warn("setting takes effect at the next start", "key", key)
	}
	d.log.Info("feeds.yaml read", "sources", len(cfg.Sources), "topics", len(cfg.Topics))
}

// fixed names the settings that differ and can't change while the daemon runs.
func fixed(old, cfg *config.Config) []string {
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
	return keys
}

// enforce hands a file's rules to the desk and its visits to the poller, and logs
// what the topics gained and lost.
func (d *daemon) enforce(ctx context.Context, cfg *config.Config) error {
	rules := cfg.Rules()
	said, err := d.desk.Enforce(ctx, &rules, time.Now())
	if err != nil {
		return err
	}
	for _, line := range said {
		d.log.Info("rules changed", "what", line)
	}
	return d.visits.follow(cfg)
}
