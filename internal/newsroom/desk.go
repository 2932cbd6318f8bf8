// Package newsroom serves the desk, the newsroom's side of the daemon.
//
// The desk has pages, a JSON API, a live stream and tokens. Requests from this machine
// may read without a token; they may change things too, unless another web site sent
// them. All other requests need a token. The desk does not carry out orders: it files
// each one as a record.
//
//	desk.go        the routes; access.go, login.go and limits.go decide who may use them,
//	               sessions.go ends what a revoked token has open
//	token_file.go  the file with the master token, locked by token_lock_unix.go
//	api.go         the JSON API, documented in assets/openapi.json; visit.go has manual visits
//	scan.go        reads that examine thousands of stories, one at a time; matches.go
//	               keeps which stories satisfy the filters of columns
//	wire_page.go   the wire and a story's pane; other pages are in the files named after them
//	stars.go       starred stories; starfeed.go their feeds
//	stream.go      the live stream (server-sent events); frames.go what it sends, rendered once
//	settings.go    changes of feeds.yaml, settings_api.go those of the API; add_source.go tries and adds a source,
//	               source_page.go shows and changes one, topics.go the queries of topics
//	help.go        the keys of feeds.yaml
//	cluster_page.go the nodes of the cluster
//	texts.go       the language of the pages: T and N in templates, t and tn in scripts
//	debug.go       profiles of the running daemon
//	pages, assets  templates; style sheets and the scripts of the wire
//	scripts_test   unit tests of the scripts, run with node
package newsroom

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// Desk is the http.Handler of the newsroom's side. Store, Live and Visit must be set. Its
// fields must not change after the first request.
type Desk struct {
	Store      *store.Store
	Live       *live.Live
	Metrics    prometheus.Gatherer // nil: no /metrics
	Token      string              // the master token; empty: there is none
	AlwaysAuth bool                // requests from this machine need a token too
	Proxies    []netip.Prefix      // whose X-Forwarded-For is believed
	Note       func() string       // what is amiss although intake goes on, empty: nothing; nil: nothing ever is
	Ready      func() error        // why intake has stopped; nil, or a nil error: it has not
	Search     *search.Index       // nil: there is no search
	Log        *slog.Logger        // nil: silent

	// Visit visits the sources that are due, or all of them. It reports each visit as a
	// value that is encoded as JSON.
	Visit func(ctx context.Context, all bool, report func(any)) error

	// VisitOne visits the source with an id. It returns the result, which is encoded as
	// JSON, or the reason why the source is not visited now, in words for readers.
	// nil: sources can't be visited one by one.
	VisitOne func(ctx context.Context, id string) (result any, reason string, err error)

	// Order carries out an editor's order and returns the number of the decision. The
	// error is journal.ErrRefused if the order can't be carried out. nil: there are no orders.
	Order func(ctx context.Context, o news.Order, at time.Time) (uint64, error)

	// Resend sends a notice again that was given up; Discard drops it. The error is
	// notify.ErrNotGivenUp if the notice was not given up. nil: this desk sends no notices.
	Resend, Discard func(notice string) error

	// ConfigErrors describes the errors of feeds.yaml; it returns "" when there are none.
	// nil: there are never any.
	ConfigErrors func() string

	// Cluster returns the state of the cluster. nil: this node is alone.
	Cluster func() cluster.ClusterState

	// ClusterTask does what an operator asks of this node as one of a cluster, such as "verify",
	// and returns the answer. nil: this node is alone.
	ClusterTask func(ctx context.Context, task string) (any, error)

	// Now is the time of what editors do, such as the end of a pin. nil: time.Now.
	Now func() time.Time

	// Locale is the language of the pages. nil: site.language of the rules in force.
	Locale *locale.Locale

	// Settings is feeds.yaml. nil: this desk neither changes it nor tries addresses.
	Settings *Settings

	Heartbeat    time.Duration // between comments on an idle stream; 0 means 15 s
	WriteTimeout time.Duration // how long one write to a stream may take; 0 means 10 s
	QueryTime    time.Duration // processor time that the answer to one query may take; 0 means 250 ms

	once      sync.Once
	frames    *frames
	scans     *semaphore.Weighted // the turn of requests that examine thousands of stories
	longLists *semaphore.Weighted // the turn of requests for many stories, see takeTurn
	filters   *semaphore.Weighted // the turn of requests with a query that examine hundreds
	access    *access
	limits    *limits
	tries     reply.Limits[string] // of addresses, by caller
	trying    sync.Map             // callers whose address is being tried
	sessions  sessions
	stars     starSets
	matches   matchCache
	feedKeys  feedKeys
	languages view.Languages
	language  atomic.Pointer[locale.Locale] // the last one that locale read; nil: none
	mux       *http.ServeMux
}

// route is a pattern of http.ServeMux and the function that answers its requests.
type route struct {
	pattern string
	answer  func(http.ResponseWriter, *http.Request) error
}

// publicRoutes are the routes that need no token: /login and what its page loads, and the
// feed of starred stories, which has keys of its own.
func (d *Desk) publicRoutes() []route {
	p := pages{d}
	files := withVersions([]route{
		{"GET /desk.css", p.style()},
		{"GET /monitor.css", p.asset("monitor.css", "text/css; charset=utf-8")},
		{"GET /icon.svg", p.icon()},
	})
	return append(files, []route{
		{"GET /login", p.login},
		{"POST /login", p.login},
		{"GET /starred.atom", d.starredFeed},
	}...)
}

// routes are the routes for callers who may read.
func (d *Desk) routes() []route {
	p := pages{d}
	all := []route{
		{"GET /{$}", p.wire},
		{"GET /stories/{id}", p.story},
		{"GET /search", p.search},
		{"GET /decisions", p.decisions},
		{"GET /handover", p.handover},
		{"GET /sources", p.sources},
		{"GET /sources/{name}", p.source},
		{"POST /sources/{name}", p.changeSource},
		{"GET /topics", p.topics},
		{"GET /topics/{name}", p.topic},
		{"POST /topics/{name}", p.changeTopic},
		{"GET /add-source", p.addSource},
		{"POST /add-source", p.changeSources},
		{"GET /alerts", p.alerts},
		{"GET /starred", p.starred},
		{"GET /starred/feed", p.starFeed},
		{"GET /help", p.help},
		{"GET /cluster", p.cluster},
		{"POST /logout", p.logout},
		{"GET /live", d.stream},
		{"GET /readyz", d.readyz},
	}
	var files []route
	for _, name := range scripts() {
		files = append(files, route{"GET /" + name, p.asset(name, javaScript)})
	}
	all = append(all, withVersions(files)...)
	if d.Metrics != nil {
		all = append(all, route{"GET /metrics", d.metrics(promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{}))})
	}
	all = append(all, d.debugRoutes()...)
	return append(all, api{d}.routes()...)
}

const javaScript = "text/javascript; charset=utf-8"

// wireModules are the modules that monitor.js and bell.js import, in assets/wire.
var wireModules = []string{"api.js", "column.js", "dom.js", "keyboard.js", "lines.js", "list.js", "marks.js", "model.js", "narrow.js", "page.js", "pane.js", "stream.js", "text.js", "time.js", "unread.js"}

// scripts lists all scripts of pages.
func scripts() []string {
	all := []string{"monitor.js", "bell.js", "topic.js", "source.js", "cluster.js"}
	for _, name := range wireModules {
		all = append(all, "wire/"+name)
	}
	return all
}

// pages answers with HTML, and with the files that pages load.
type pages struct{ *Desk }

func (d *Desk) build() {
	d.access = &access{store: d.Store, token: d.Token, always: d.AlwaysAuth, proxies: d.Proxies, wrongTokens: newWrongTokens(), cross: http.NewCrossOriginProtection()}
	d.limits = newLimits()
	d.tries = reply.Limits[string]{Every: tryEvery, Burst: tryBurst}
	d.frames, d.scans, d.longLists, d.filters = newFrames(d.Store), semaphore.NewWeighted(1), semaphore.NewWeighted(1), semaphore.NewWeighted(1)
	d.locale() // so that it is known when the database can't be read later
	d.mux = http.NewServeMux()
	for _, r := range d.publicRoutes() {
		d.mux.HandleFunc(r.pattern, d.handle(r.answer))
	}
	for _, r := range d.routes() {
		d.mux.HandleFunc(r.pattern, d.handle(d.authorized(r.answer)))
	}
	d.mux.HandleFunc("/", d.handle(d.authorized(d.noRoute)))
}

// handle writes an error page, or an error in JSON, when answer returns an error.
func (d *Desk) handle(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			d.fail(w, r, err)
		}
	}
}

// ServeHTTP answers a request. A caller without access learns nothing about which
// addresses exist.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.once.Do(d.build)
	h := w.Header()
	reply.SetSecurityHeaders(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if err := reply.LimitBody(w, r, maxBody(r.URL.Path)); err != nil {
		d.fail(w, r, err)
		return
	}
	w, send := reply.Compressed(w, r)
	defer send()
	d.mux.ServeHTTP(w, r)
}

// maxBody returns the most bytes that the body of a request may have, by path.
func maxBody(path string) int64 {
	switch path {
	case "/api/seat":
		return 256 << 10 // the ids of thousands of stories
	case "/api/orders", "/api/claims", "/add-source":
		return 64 << 10
	}
	for _, settings := range []string{"/topics/", "/sources/", "/api/topics/", "/api/sources"} {
		if strings.HasPrefix(path, settings) {
			return 64 << 10 // long queries, and tags in any script
		}
	}
	return 4 << 10
}

func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, h := reply.FaultOf(d.Log, r, err), w.Header()
	f.SetRetry(h)
	switch {
	case f.Code == reply.Internal, f.Code == reply.Unreadable:
		f.Text = err.Error() // editors may see the details
	case f.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="newsroom"`)
	}
	d.writeFault(w, r, f, errors.Is(err, store.ErrDamaged))
}

// writeFault writes a fault: as a page if a browser asked for a page, else as JSON. isDamage
// says that the database is damaged.
func (d *Desk) writeFault(w http.ResponseWriter, r *http.Request, f *reply.Fault, isDamage bool) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") && (isForm(r) || !strings.HasPrefix(r.URL.Path, "/api/")) {
		loc := d.locale()
		title, text := f.In(loc)
		p := &faultPage{wirePage: pages{d}.newPage(), Title: title, Text: text, IsDetail: f.Code == reply.Internal || f.Code == reply.Unreadable, IsDamage: isDamage}
		if f.Status != http.StatusUnauthorized { // callers without access do not see the site's title
			_ = d.Store.ViewContext(r.Context(), p.readSite) // the page has no title if it can't be read
		}
		if err := (pages{d}).renderAs(w, f.Status, "fault.html", p); err == nil {
			return
		}
	}
	_, text := f.In(d.asked(r))
	answer := map[string]string{"error": text}
	if f.Code != "" {
		answer["code"] = string(f.Code)
	}
	_ = reply.JSON(w, f.Status, answer)
}

// faultPage is the data of fault.html.
type faultPage struct {
	wirePage
	Title, Text string
	IsDetail    bool // Text is what the program says, in English
	IsDamage    bool // of the database
}

// authorized calls answer for callers who have access and are within their limit. The
// request's context ends when its token is revoked.
func (d *Desk) authorized(answer func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		revocations := d.sessions.count()
		who, err := d.access.check(w, r)
		wrong := errors.Is(err, errToken) || errors.Is(err, errTooManyWrong)
		if wrong && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/login?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
			return nil
		}
		if err != nil {
			return err
		}
		if err := d.limits.allow(w, r, who, d.access.client(r)); err != nil {
			return err
		}
		ctx := context.WithValue(context.WithValue(r.Context(), callerKey{}, who), localeKey{}, d.asked(r))
		if who.name == "" {
			return answer(w, r.WithContext(ctx))
		}
		ctx, done, current := d.sessions.begin(ctx, who.name, revocations)
		defer done()
		if !current { // the token may have been revoked since it was checked
			if _, err := d.access.check(w, r); err != nil {
				return err
			}
		}
		err = answer(w, r.WithContext(ctx))
		if err != nil && ctx.Err() != nil && r.Context().Err() == nil {
			return errToken // it was revoked meanwhile
		}
		return err
	}
}

// noRoute answers requests that match no other pattern: for an unknown address, or with
// a method that the address does not support.
func (d *Desk) noRoute(w http.ResponseWriter, r *http.Request) error {
	var allow []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodHead} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := d.mux.Handler(other); pattern != "/" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		return errNoAddress
	}
	methods := strings.Join(allow, ", ")
	w.Header().Set("Allow", methods)
	return reply.Faultf(http.StatusMethodNotAllowed, "This address supports %s, not %s.", methods, r.Method)
}

var errNoAddress = reply.Faultf(http.StatusNotFound, "There is nothing at this address. GET /api/openapi.json lists the addresses of the API.")

// callerKey is the key of the caller in a request's context.
type callerKey struct{}

func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who
}

func (d *Desk) metrics(h http.Handler) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func (d *Desk) ready() error {
	if d.Ready == nil {
		return nil
	}
	return d.Ready()
}

func (d *Desk) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := d.ready(); err != nil {
		return reply.Faultf(http.StatusServiceUnavailable, "%s", err.Error())
	}
	ready := readiness{Status: "ready"}
	if d.Note != nil {
		ready.Note = d.Note()
	}
	if left, of := d.Store.OldRows(); left > 0 {
		ready.OldRows = &oldRows{left, of}
	}
	err := d.Store.View(func(tx *store.Tx) error {
		r, err := tx.Reviewed()
		if r != nil && !r.Done {
			ready.Review = &review{r.Topics, r.Count}
		}
		return err
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, ready)
}

// readiness is the answer of /readyz.
type readiness struct {
	Status  string   `json:"status"`
	Note    string   `json:"note,omitempty"` // what is amiss although all is taken in
	OldRows *oldRows `json:"oldRows,omitempty"`
	Review  *review  `json:"review,omitempty"`
}

// review says that earlier stories are not all in their topics by rules that changed yet.
type review struct {
	Topics  []string `json:"topics"`  // those whose rules changed
	Stories int      `json:"stories"` // how many are done
}

// oldRows says how far rows of an earlier release are rewritten, see store.Store.Rewrite.
type oldRows struct {
	Left int64 `json:"left"`
	Of   int64 `json:"of"`
}
