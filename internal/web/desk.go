package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
)

// Desk is the newsroom's side: the live stream, metrics and the API. It is ready
// when Store, Live and Visit are set; its fields are not changed once it serves.
type Desk struct {
	Store   *store.Store
	Live    *live.Live
	Metrics prometheus.Gatherer // nil: no /metrics
	Token   string              // empty: nobody but this machine
	Always  bool                // ask for the token on loopback too
	Proxies []netip.Prefix      // whose X-Forwarded-For counts
	Ready   func() error        // why the desk can't take news at the moment; nil: it can
	Search  *search.Index       // nil: nothing is found
	Log     *slog.Logger        // nil: silent

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
	Again, Discard func(notice string) error

	// Refused says what is wrong with feeds.yaml as it stands, "" when it is in force;
	// nil: nothing ever is.
	Refused func() string

	Beat  time.Duration // between two signs of life on an idle stream; 0 means 15 s
	Stall time.Duration // how long a reader may leave a stream unread; 0 means 10 s

	once   sync.Once
	frames frames
	access *access
	limits limits
	routes map[string]verbs
}

type responder func(http.ResponseWriter, *http.Request) error

// verbs is what an address answers, by method. GET answers HEAD too.
type verbs map[string]responder

func (d *Desk) open() {
	d.access = &access{store: d.Store, token: d.Token, always: d.Always, proxies: d.Proxies, cross: http.NewCrossOriginProtection()}
	get := func(f responder) verbs { return verbs{http.MethodGet: f} }
	post := func(f responder) verbs { return verbs{http.MethodPost: f} }
	d.routes = map[string]verbs{ // one that ends with a slash takes an id behind it
		"/live":         get(d.stream),
		"/readyz":       get(d.readyz),
		"/api/status":   get(d.status),
		"/api/sources":  get(d.sources),
		"/api/topics":   get(d.topics),
		"/api/stories":  get(d.stories),
		"/api/stories/": get(d.oneStory),
		"/api/events":   get(d.wire),
		"/api/events/":  get(d.event),
		"/api/wire":     get(d.wire),
		"/api/why":      get(d.why),
		"/api/preview":  get(d.preview),
		"/api/search":   get(d.searched),
		"/api/backup":   get(d.backup),
		"/api/visit":    post(d.visit),

		"/api/orders":       post(d.order),
		"/api/decisions":    get(d.decisions),
		"/api/audit":        get(d.audit),
		"/api/claims":       {http.MethodGet: d.claims, http.MethodPost: d.claim},
		"/api/claims/":      {http.MethodDelete: d.release},
		"/api/openapi.json": get(d.asset("openapi.json", "application/json")),
		"/api/alerts":       {http.MethodGet: d.rung, http.MethodPost: d.resend},
		"/api/seat":         {http.MethodGet: d.seat, http.MethodPost: d.sit},
		"/api/tokens":       {http.MethodGet: d.keys, http.MethodPost: d.makeKey},

		"/api/recipients": {http.MethodGet: d.recipients, http.MethodPost: d.forget},

		"/":            get(d.watch),
		"/stories/":    get(d.pick),
		"/search":      get(d.searchPage),
		"/decisions":   get(d.judge),
		"/handover":    get(d.handOver),
		"/sources":     get(d.visits),
		"/alerts":      get(d.alerts),
		"/logout":      post(d.logout),
		"/desk.css":    get(d.style),
		"/monitor.js":  get(d.asset("monitor.js", "text/javascript; charset=utf-8")),
		"/icon.svg":    get(d.asset("icon.svg", "image/svg+xml")),
		"/bell.js":     get(d.asset("bell.js", "text/javascript; charset=utf-8")),
		"/monitor.css": get(d.asset("monitor.css", "text/css; charset=utf-8")),
	}
	if d.Metrics != nil {
		d.routes["/metrics"] = get(d.metrics(promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{})))
	}
}

// ServeHTTP answers who may ask, and tells everyone else nothing of what is here.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.once.Do(d.open)
	h := w.Header()
	secure(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if err := d.answer(w, r); err != nil {
		f := FaultOf(d.Log, r, err)
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
		d.say(w, r, f)
	}
}

// say tells a program in JSON what is wrong, and who has a page before them in another.
func (d *Desk) say(w http.ResponseWriter, r *http.Request, f *Fault) {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if strings.Contains(r.Header.Get("Accept"), "text/html") && (form || !strings.HasPrefix(r.URL.Path, "/api/")) {
		p := wrong{Title: http.StatusText(f.Status), Text: f.Text}
		if f.Status != http.StatusUnauthorized { // who may read nothing is told no name
			_ = d.Store.View(func(tx *store.Tx) error { // without the title where it can't be read
				rules, err := tx.Rules()
				if rules != nil {
					p.Site = rules.Site.Title
				}
				return err
			})
		}
		if d.renderAs(w, f.Status, monitorPages(), "wrong.html", scripted, p) == nil {
			return
		}
	}
	_ = reply(w, f.Status, map[string]string{"error": f.Text})
}

// wrong is what wrong.html shows.
type wrong struct{ Site, Title, Text string }

func (d *Desk) answer(w http.ResponseWriter, r *http.Request) error {
	switch p := r.URL.Path; {
	case p == "/login" && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		return d.login(w, r)
	case strings.HasSuffix(p, ".css"), p == "/icon.svg": // that page's too
		if answer := d.routes[p][r.Method]; answer != nil {
			return answer(w, r)
		}
	}
	who, err := d.access.check(r)
	if errors.Is(err, errToken) && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/login?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	r = r.WithContext(context.WithValue(r.Context(), callerKey{}, who))
	if err := d.limits.spend(w, r, who, d.access.client(r)); err != nil {
		return err
	}
	answer, err := d.find(w, r)
	if err != nil {
		return err
	}
	return answer(w, r)
}

// find is what answers a request.
func (d *Desk) find(w http.ResponseWriter, r *http.Request) (responder, error) {
	does, ok := d.routes[r.URL.Path]
	if i := strings.LastIndexByte(r.URL.Path, '/') + 1; !ok && i > 1 && i < len(r.URL.Path) {
		does, ok = d.routes[r.URL.Path[:i]]
	} else if ok && i > 1 && i == len(r.URL.Path) {
		ok = false // the id is missing
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	switch answer := does[method]; {
	case !ok:
		return nil, errNoAddress
	case answer != nil:
		return answer, nil
	}
	takes := slices.Sorted(maps.Keys(does))
	if does[http.MethodGet] != nil {
		takes = append(takes, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(takes, ", "))
	return nil, Refuse(http.StatusMethodNotAllowed, "This address takes %s, not %s.", strings.Join(takes, ", "), r.Method)
}

var errNoAddress = Refuse(http.StatusNotFound, "The desk has nothing at this address. GET /api/openapi.json lists what it answers.")

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
		return Refuse(http.StatusServiceUnavailable, "%s", err.Error())
	}
	return reply(w, http.StatusOK, map[string]string{"status": "ready"})
}
