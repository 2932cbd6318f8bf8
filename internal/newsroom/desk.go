// Package newsroom serves the desk: its pages, the API, the live stream and tokens.
//
// Reading is open to this machine alone, changing to this machine and no other site,
// everything else to who holds a token. It carries out no order itself: what changes
// the news is filed as a record.
//
//	desk.go       addresses and who may use them; access.go, login.go, limits.go
//	api.go        the JSON API, documented by assets/openapi.json
//	wire_page.go  the wire and a story's pane; the other pages stand in files of their name
//	stream.go     the live stream (server-sent events)
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
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
)

// Desk is the newsroom's side: the live stream, metrics and the API. It is ready
// when Store, Live and Visit are set; its fields are not changed once it serves.
type Desk struct {
	Store      *store.Store
	Live       *live.Live
	Metrics    prometheus.Gatherer // nil: no /metrics
	Token      string              // empty: nobody but this machine
	AlwaysAuth bool                // ask for the token on loopback too
	Proxies    []netip.Prefix      // whose X-Forwarded-For counts
	Ready      func() error        // why the desk can't take news at the moment; nil: it can
	Search     *search.Index       // nil: nothing is found
	Log        *slog.Logger        // nil: silent

	// Visit makes one pass over the sources that are due, or all, and reports
	// each one visited, as something that JSON can say.
	Visit func(ctx context.Context, all bool, report func(any)) error

	// VisitOne visits one source by its id and returns what came of it, or why it is not
	// visited now, in plain words. nil: nobody visits by hand.
	VisitOne func(ctx context.Context, id string) (came any, why string, err error)

	// Order carries out an editor's order and returns the decision's number; its error
	// is desk.ErrRefused when it can't be carried out. nil: nobody decides here.
	Order func(ctx context.Context, o news.Order, at time.Time) (uint64, error)

	// Again sends a notice once more that was given up, Discard forgets it. Their error is
	// notify.ErrNotDead when it was not given up. nil: nothing is sent here.
	Resend, Discard func(notice string) error

	// Refused says what is wrong with feeds.yaml as it stands, "" when it is in force;
	// nil: nothing ever is.
	ConfigErrors func() string

	Heartbeat    time.Duration // between two signs of life on an idle stream; 0 means 15 s
	WriteTimeout time.Duration // how long a reader may leave a stream unread; 0 means 10 s

	once   sync.Once
	frames frameCache
	access *access
	limits limits
	mux    *http.ServeMux
}

// route is one address of the desk: a pattern of http.ServeMux and what answers it.
type route struct {
	pattern string
	answer  func(http.ResponseWriter, *http.Request) error
}

// public are the addresses that /login needs: they ask for no key.
func (d *Desk) public() []route {
	p := pages{d}
	return []route{
		{"GET /login", p.login},
		{"POST /login", p.login},
		{"GET /desk.css", p.style},
		{"GET /monitor.css", p.asset("monitor.css", "text/css; charset=utf-8")},
		{"GET /icon.svg", p.icon},
	}
}

// routes are the addresses for who may read.
func (d *Desk) routes() []route {
	p := pages{d}
	all := []route{
		{"GET /{$}", p.wire},
		{"GET /stories/{id}", p.story},
		{"GET /search", p.search},
		{"GET /decisions", p.decisions},
		{"GET /handover", p.handover},
		{"GET /sources", p.sources},
		{"GET /alerts", p.alerts},
		{"POST /logout", p.logout},
		{"GET /monitor.js", p.asset("monitor.js", "text/javascript; charset=utf-8")},
		{"GET /bell.js", p.asset("bell.js", "text/javascript; charset=utf-8")},
		{"GET /live", d.stream},
		{"GET /readyz", d.readyz},
	}
	if d.Metrics != nil {
		all = append(all, route{"GET /metrics", d.metrics(promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{}))})
	}
	return append(all, api{d}.routes()...)
}

// pages answers with HTML, and with what pages load.
type pages struct{ *Desk }

func (d *Desk) open() {
	d.access = &access{store: d.Store, token: d.Token, always: d.AlwaysAuth, proxies: d.Proxies, cross: http.NewCrossOriginProtection()}
	d.mux = http.NewServeMux()
	for _, r := range d.public() {
		d.mux.HandleFunc(r.pattern, d.answering(r.answer))
	}
	for _, r := range d.routes() {
		d.mux.HandleFunc(r.pattern, d.answering(d.admitted(r.answer)))
	}
	d.mux.HandleFunc("/", d.answering(d.admitted(d.unmatched)))
}

// answering writes the fault of what can't be answered.
func (d *Desk) answering(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			d.fail(w, r, err)
		}
	}
}

// ServeHTTP answers who may ask, and tells everyone else nothing of what is here.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.once.Do(d.open)
	h := w.Header()
	reply.SetSecurityHeaders(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	d.mux.ServeHTTP(w, r)
}

func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, h := reply.FaultOf(d.Log, r, err), w.Header()
	switch f.Status {
	case http.StatusInternalServerError:
		f.Text = err.Error() // the newsroom may know
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="newsroom"`)
	case http.StatusTooManyRequests:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "60")
		}
	}
	d.writeFault(w, r, f)
}

// writeFault tells a program in JSON what is wrong, and who has a page before them in another.
func (d *Desk) writeFault(w http.ResponseWriter, r *http.Request, f *reply.Fault) {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if strings.Contains(r.Header.Get("Accept"), "text/html") && (form || !strings.HasPrefix(r.URL.Path, "/api/")) {
		p := faultPage{Title: http.StatusText(f.Status), Text: f.Text}
		if f.Status != http.StatusUnauthorized { // who may read nothing is told no name
			_ = d.Store.View(func(tx *store.Tx) error { // without the title where it can't be read
				rules, err := tx.Rules()
				if rules != nil {
					p.Site = rules.Site.Title
				}
				return err
			})
		}
		if err := (pages{d}).renderAs(w, f.Status, monitorPages(), "fault.html", scriptPolicy, p); err == nil {
			return
		}
	}
	_ = reply.JSON(w, f.Status, map[string]string{"error": f.Text})
}

// faultPage is what fault.html shows.
type faultPage struct{ Site, Title, Text string }

// admitted answers only callers who may ask, and no more often than they may.
func (d *Desk) admitted(answer func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := d.access.check(r)
		if errors.Is(err, errToken) && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/login?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
			return nil
		}
		if err != nil {
			return err
		}
		if err := d.limits.allow(w, r, who, d.access.client(r)); err != nil {
			return err
		}
		return answer(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	}
}

// unmatched answers what no other pattern does: an unknown address, or a method that
// the address does not take.
func (d *Desk) unmatched(w http.ResponseWriter, r *http.Request) error {
	var allow []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPost, http.MethodHead} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := d.mux.Handler(other); pattern != "/" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		return errNoAddress
	}
	takes := strings.Join(allow, ", ")
	w.Header().Set("Allow", takes)
	return reply.Faultf(http.StatusMethodNotAllowed, "This address takes %s, not %s.", takes, r.Method)
}

var errNoAddress = reply.Faultf(http.StatusNotFound, "The desk has nothing at this address. GET /api/openapi.json lists what it answers.")

// callerKey is under which a request's context has its caller.
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
	return reply.JSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
