package main

import (
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
	"slices"
	"strings"
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
	h := house{path: s.path, env: os.LookupEnv, stdout: s.out, log: s.log}
	if _, err := s.config(); err != nil {
		return err
	}
	return h.run(s.ctx)
}

// grace is how long requests under way may take when the daemon stops.
const grace = 2 * time.Second

// house is the whole of Slugline at work: it visits, folds and publishes until its
// context ends.
type house struct {
	path   string // of feeds.yaml
	env    func(string) (string, bool)
	stdout io.Writer
	log    *slog.Logger

	cfg      atomic.Pointer[config.Config] // in force
	begun    *config.Config                // what the daemon was started with
	refused  atomic.Pointer[string]        // what is wrong with feeds.yaml as it stands; nil when it is in force
	store    *store.Store
	live     live.Live
	desk     *desk.Desk
	journal  *journal.Journal
	press    *edition.Press
	visits   *visitor
	hub      *websub.Hub        // for our feeds
	inbox    *websub.Subscriber // of what other hubs send
	notices  *notify.Notifier
	sends    atomic.Pointer[sendingOf] // see sending
	readers  *site.Subscribers
	search   *search.Index
	registry *prometheus.Registry
	good     prometheus.Gauge // 1 while feeds.yaml as it stands is in force
}

// run starts everything and returns when all of it has stopped.
func (h *house) run(ctx context.Context) error {
	cfg, err := config.Read(h.path, h.env)
	if err != nil {
		return err
	}
	h.begun = cfg
	h.cfg.Store(cfg)
	public, err := listen("listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer closed(public)
	private, err := listen("desk", cfg.Desk)
	if err != nil {
		return err
	}
	defer closed(private)
	if h.store, err = store.Open(cfg.Database, store.Options{Created: time.Now()}); err != nil {
		return err
	}
	err = h.open(ctx, public, private)
	return errors.Join(err, h.store.Close())
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
func (h *house) open(ctx context.Context, public, private net.Listener) error {
	h.registry = prometheus.NewRegistry()
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h.meters()
	var err error
	if h.desk, err = desk.Open(h.store, &h.live, h.log, desk.NewMeters(h.registry)); err != nil {
		return err
	}
	h.journal = &journal.Journal{Commit: h.desk.File, Store: h.store}
	h.visits = newVisitor(h.journal, h.store, h.log, poll.NewMeters(h.registry), public.Addr().String(), private.Addr().String())
	h.press = &edition.Press{Store: h.store}
	h.hub = &websub.Hub{Store: h.store, Press: h.press, Live: &h.live, Transport: h.visits, Now: time.Now, Log: h.log}
	h.inbox = &websub.Subscriber{
		Store: h.store, Transport: h.visits, Now: time.Now, Log: h.log,
		Deliver: h.visits.Deliver, Allowed: h.visits.Allowed, RelianceChanged: h.visits.PushChanged,
	}
	h.visits.Pushed = h.inbox.Relied
	h.notices = h.newNotifier()
	h.readers = &site.Subscribers{Store: h.store}
	h.search = &search.Index{Store: h.store, Dir: h.cfg.Load().Database + ".search", Log: h.log}
	ctx, cancel := context.WithCancelCause(ctx)
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan error, 1)
	go func() {
		err := h.desk.Run(deskCtx)
		cancel(err)
		stopped <- err
	}()
	err = h.work(ctx, public, private)
	stopDesk()
	err = errors.Join(err, <-stopped)
	cancel(nil)
	return err
}

func (h *house) meters() {
	h.good = prometheus.NewGauge(prometheus.GaugeOpts{Name: "slugline_config_ok", Help: "1 while feeds.yaml as it stands is in force, 0 while it is refused."})
	h.good.Set(1)
	h.registry.MustRegister(h.good,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_store_bytes", Help: "Size of the database file."}, func() float64 { return float64(h.store.Size()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_search_behind", Help: "Records that the search index has not taken in yet."}, h.searchBehind),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_live_clients", Help: "Open live streams."}, func() float64 { return float64(h.live.Count()) }),
	)
}

// searchBehind is how many records the search index has yet to take in.
func (h *house) searchBehind() float64 {
	return float64(h.store.Seq() - min(h.search.Status().Seq, h.store.Seq()))
}

// work puts feeds.yaml in force, then visits and serves until ctx ends.
func (h *house) work(ctx context.Context, public, private net.Listener) error {
	cfg := h.cfg.Load()
	if err := h.enforce(ctx, cfg); err != nil {
		return err
	}
	token, err := newsroom.LoadTokenFile(cfg.Database + ".token")
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	h.serve(ctx, g, public, h.site())
	h.serve(ctx, g, private, h.newsroom(token))
	g.Go(func() error { return h.visits.Run(ctx) })
	g.Go(func() error { return h.hub.Run(ctx) })
	g.Go(func() error { return h.inbox.Run(ctx) })
	g.Go(func() error { return h.readers.Run(ctx) })
	g.Go(func() error { return h.search.Run(ctx) })
	g.Go(func() error { return h.notices.Run(ctx) })
	g.Go(func() error { return h.sweep(ctx) })
	g.Go(func() error { return keepCalm(ctx) })
	g.Go(func() error { return h.keepCopies(ctx) })
	g.Go(func() error { return h.watch(ctx) })
	h.greet(public, private)
	err = g.Wait()
	if cause := context.Cause(ctx); errors.Is(err, context.Canceled) && errors.Is(cause, context.Canceled) {
		return nil
	}
	return err
}

// site is the public side, with the hub below site.url's path as the pages are.
func (h *house) site() http.Handler {
	pages := &site.Site{Store: h.store, Editions: h.press, Subscribers: h.readers, Dir: filepath.Dir(h.path), Log: h.log, Keys: h.key,
		FrameAncestors: func() []string { return h.cfg.Load().Embeds.Sites }, Newsletters: h.notices, Proxies: h.cfg.Load().Proxies}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if u, err := url.Parse(h.cfg.Load().Site.URL); err == nil {
			p = strings.TrimPrefix(p, strings.TrimRight(u.Path, "/"))
		}
		switch {
		case p == websub.Path:
			h.hub.ServeHTTP(w, r)
		case strings.HasPrefix(p, websub.Inbox):
			h.inbox.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// key is what a topic asks for. Keys never leave feeds.yaml.
func (h *house) key(topic string) string {
	for _, t := range h.cfg.Load().Topics {
		if t.Name == topic {
			return t.Key
		}
	}
	return ""
}

func (h *house) newsroom(token string) http.Handler {
	cfg := h.cfg.Load()
	return &newsroom.Desk{
		Store: h.store, Live: &h.live, Search: h.search, Metrics: h.registry, Token: token, Log: h.log,
		AlwaysAuth: cfg.DeskAuth, Proxies: cfg.Proxies, Ready: h.desk.Ready, Order: h.order, ConfigErrors: h.wrong,
		VisitOne: h.visitOne, Resend: h.notices.Resend, Discard: h.notices.Discard,
		Visit: func(ctx context.Context, all bool, report func(any)) error {
			return h.visits.Pass(ctx, all, func(v poll.Visited) { report(v) })
		},
	}
}

// visitOne visits a source by hand, as soon as that is polite.
func (h *house) visitOne(ctx context.Context, id string) (came any, why string, err error) {
	err = h.visits.Visit(ctx, id, func(v poll.Visited) { came = v })
	if errors.Is(err, poll.ErrNotNow) {
		return nil, strings.TrimPrefix(err.Error(), poll.ErrNotNow.Error()+": "), nil
	}
	return came, "", err
}

// order carries out an editor's order; the visits heed what it says of sources.
func (h *house) order(ctx context.Context, o news.Order, at time.Time) (uint64, error) {
	n, err := h.journal.Order(ctx, o, at)
	if err != nil || !slices.Contains([]string{"pause", "resume", "undo"}, o.Verb) {
		return n, err
	}
	return n, h.visits.UpdatePauses()
}

// wrong is what is wrong with feeds.yaml as it stands.
func (h *house) wrong() string {
	if text := h.refused.Load(); text != nil {
		return *text
	}
	return ""
}

// serve answers on l until ctx ends, and then gives requests under way a moment.
func (h *house) serve(ctx context.Context, g *errgroup.Group, l net.Listener, handler http.Handler) {
	s := reply.NewServer(ctx, handler)
	s.ErrorLog = slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)
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
func (h *house) greet(public, private net.Listener) {
	cfg := h.cfg.Load()
	fmt.Fprintf(h.stdout, "Slugline reads %s for %s.\n", many(len(cfg.Sources), "source"), many(len(cfg.Topics), "topic"))
	fmt.Fprintf(h.stdout, "  pages and feeds   http://%s/\n", public.Addr())
	for _, t := range cfg.Topics {
		fmt.Fprintf(h.stdout, "    %-15s http://%s/topics/%s.atom\n", t.Name, public.Addr(), t.Name)
	}
	fmt.Fprintf(h.stdout, "  the wire, live    http://%s/\n", private.Addr())
	fmt.Fprintf(h.stdout, "  the same as lines %s\n", h.command("watch"))
	_, _ = sd.SdNotify(false, sd.SdNotifyReady) // no systemd is no error
}

// command is what to type for a command beside this daemon, from anywhere if
// feeds.yaml is not in the folder that the daemon was started in.
func (h *house) command(name string) string {
	path, err := filepath.Abs(h.path)
	if err != nil || filepath.Clean(h.path) == "feeds.yaml" {
		return "slugline " + name
	}
	if strings.ContainsAny(path, " \t'\"\\$&;()<>|*?[]#~`!") {
		path = "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return "slugline --config " + path + " " + name
}

// sweepEvery is how often the horizon moves.
const sweepEvery = time.Hour

// sweep moves the horizon each hour, and sooner where a pin's time is over.
func (h *house) sweep(ctx context.Context) error {
	for {
		if err := sweepDue(ctx, h.journal, h.store, time.Now()); err != nil && ctx.Err() == nil {
			h.log.Error("sweep put off", "err", err)
		}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// sweepDue files a sweep when the horizon is an hour old or a pin's time is over.
func sweepDue(ctx context.Context, j *journal.Journal, st *store.Store, now time.Time) error {
	due := false
	err := st.View(func(tx *store.Tx) error {
		topics, err := tx.Topics.All()
		due = now.Sub(tx.Horizon()) >= sweepEvery || slices.ContainsFunc(topics, func(t *news.TopicState) bool { return unpins(t, now) })
		return err
	})
	if err != nil || !due {
		return err
	}
	return j.File(ctx, news.Record{At: now, Sweep: &news.Sweep{}})
}

func unpins(t *news.TopicState, now time.Time) bool {
	return !t.Removed && slices.ContainsFunc(t.Pins, func(p news.Pin) bool { return !p.Until.IsZero() && !p.Until.After(now) })
}

// watch puts feeds.yaml in force again when it changes and on SIGHUP.
func (h *house) watch(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	changed := make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return config.Watch(ctx, h.path, func() { nudge(changed) })
	})
	g.Go(func() error {
		for {
			select {
			case <-hup:
			case <-changed:
			case <-ctx.Done():
				return nil
			}
			h.reload(ctx)
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
func (h *house) reload(ctx context.Context) {
	cfg, err := config.Read(h.path, h.env)
	if err == nil {
		err = h.enforce(ctx, cfg)
	}
	again := h.refused.Load() != nil && err == nil
	h.refused.Store(nil)
	if err != nil {
		text := err.Error()
		h.refused.Store(&text)
		h.good.Set(0)
		h.log.Error("feeds.yaml refused, the last good one stays in force", "err", err)
		return
	}
	h.good.Set(1)
	old := h.cfg.Swap(cfg)
	waits := fixed(h.begun, cfg)
	for _, key := range fixed(old, cfg) {
		if slices.Contains(waits, key) {
			h.log.Warn("setting takes effect at the next start", "key", key)
		}
	}
	if again {
		h.log.Info("feeds.yaml is good again")
	}
	h.log.Info("feeds.yaml read", "sources", len(cfg.Sources), "topics", len(cfg.Topics))
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
func (h *house) enforce(ctx context.Context, cfg *config.Config) error {
	rules := cfg.Rules()
	said, err := h.journal.Rules(ctx, &rules, time.Now())
	if err != nil {
		return err
	}
	for _, line := range said {
		h.log.Info("rules changed", "what", line)
	}
	return h.visits.follow(cfg)
}
