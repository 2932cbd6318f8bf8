package poll

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

// httpOrigin is an origin behind a real HTTP server. Its clients are goroutines outside of
// the synctest bubble, so that days can pass in the bubble while no time passes during a
// request.
type httpOrigin struct {
	origin *origin.Origin
	url    string // of the server
	conns  atomic.Int64
	clock  atomic.Pointer[time.Time]
	idle   chan *requester
}

// requester makes requests outside of the bubble.
type requester struct {
	requests  chan fetch.Request
	now       time.Time
	res       *fetch.Result
	err       error
	done      chan struct{}
	redirects chan string // the target of a redirect
	turns     chan error
}

func newHTTPOrigin(t *testing.T, conf fetch.Config) *httpOrigin {
	out := &httpOrigin{idle: make(chan *requester, 8)}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	out.clock.Store(&start)
	out.origin = origin.New(func() time.Time { return *out.clock.Load() })
	server := httptest.NewUnstartedServer(out.origin)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			out.conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	out.url = server.URL
	conf.Allow = append(conf.Allow, "127.0.0.1")
	client, err := fetch.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for range cap(out.idle) {
		e := &requester{requests: make(chan fetch.Request), done: make(chan struct{}), redirects: make(chan string), turns: make(chan error)}
		go e.run(client)
		t.Cleanup(func() { close(e.requests) })
		out.idle <- e
	}
	return out
}

func (e *requester) run(client *fetch.Client) {
	for r := range e.requests {
		if r.BeforeRedirect != nil {
			r.BeforeRedirect = func(_ context.Context, to string) error {
				e.redirects <- to
				return <-e.turns
			}
		}
		e.res, e.err = client.Get(context.Background(), r, e.now)
		e.done <- struct{}{}
	}
}

// get is the Get of the Poller. It is called in the bubble.
func (out *httpOrigin) get(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
	e := <-out.idle
	e.now = now
	out.setClock(time.Now())
	e.requests <- r
	for {
		select {
		case to := <-e.redirects:
			err := r.BeforeRedirect(ctx, to)
			out.setClock(time.Now())
			e.turns <- err
		case <-e.done:
			res, err := e.res, e.err
			out.idle <- e
			return res, err
		}
	}
}

func (out *httpOrigin) setClock(now time.Time) { out.clock.Store(&now) }

// redirector starts a server that redirects to the origin and returns its address.
func (out *httpOrigin) redirector(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, out.url+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// httpEnv is a testEnv whose Poller visits an httpOrigin.
type httpEnv struct {
	*testEnv
	*httpOrigin
	restarts bool
}

// restartStore closes the store and opens it again with a new Poller.
func (w *httpEnv) restartStore() {
	w.t.Helper()
	w.testEnv.restart()
	w.poller.Get = w.httpOrigin.get
}

// runFor runs the Poller for a time, with restarts in between if the case asks for them.
func (w *httpEnv) runFor(d time.Duration) {
	w.t.Helper()
	if !w.restarts {
		w.run(d)
		return
	}
	for range 4 {
		w.run(d / 4)
		w.restartStore()
	}
}

// visit visits all sources once.
func (w *httpEnv) visit() []Visited {
	w.t.Helper()
	if w.restarts {
		w.restartStore()
	}
	return w.pass(true)
}

func (w *httpEnv) feed(path string) *origin.Feed { return w.origin.Feed(path) }

// waits returns the times between the requests for a path.
func (w *httpEnv) waits(path string) (waits []time.Duration) {
	all := w.feed(path).Requests()
	for i := 1; i < len(all); i++ {
		waits = append(waits, all[i].At.Sub(all[i-1].At))
	}
	return waits
}

// paths returns the paths of all requests in order.
func (w *httpEnv) paths() (paths []string) {
	for _, v := range w.origin.Requests() {
		paths = append(paths, v.Path)
	}
	return paths
}

// checkWaits checks that there were at least n waits, none shorter or longer.
func (w *httpEnv) checkWaits(path string, n int, least, most time.Duration) {
	w.t.Helper()
	if got := w.waits(path); len(got) < n || slices.Min(got) < least || slices.Max(got) > most {
		w.t.Errorf("waits between visits: %v, want %d or more, each from %v to %v", got, n, least, most)
	}
}

// TestPoliteness checks each rule against an origin over HTTP, without restarts and with the
// store closed and opened again several times.
func TestPoliteness(t *testing.T) {
	for _, m := range politenessRules {
		for _, restarts := range []bool{false, true} {
			name := m.rule + "/" + m.name
			if restarts {
				name += "/restarts"
			}
			t.Run(name, func(t *testing.T) {
				if testing.Short() && !restarts {
					t.Skip("runs with restarts only")
				}
				out := newHTTPOrigin(t, m.conf)
				var sources []news.SourceConfig
				for _, n := range strings.Fields("a " + m.more) {
					s := sourceNamed(n)
					s.Address, s.Every = out.url+"/"+n, m.every
					if m.redirected {
						s.Address = out.redirector(t) + "/" + n
					}
					sources = append(sources, s)
				}
				bubble.Test(t, func(t *testing.T) {
					w := &httpEnv{testEnv: newEnv(t, sources...), httpOrigin: out, restarts: restarts}
					w.poller.Get = w.httpOrigin.get
					m.play(w)
				})
			})
		}
	}
}

// feedOf is a document with some items.
func feedOf(titles ...string) origin.Doc {
	d := origin.Doc{Title: "Halden Wire", Site: "http://halden.example/"}
	for _, s := range titles {
		d.Items = append(d.Items, origin.Item{ID: s, Title: s})
	}
	return d
}

// withHeader adds headers to a document, given as names and values in turn. An empty value
// removes a header.
func withHeader(d origin.Doc, header ...string) origin.Doc {
	d.Header = http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		d.Header[http.CanonicalHeaderKey(header[i])] = slices.DeleteFunc([]string{header[i+1]}, func(s string) bool { return s == "" })
	}
	return d
}

func feedBytes(titles ...string) []byte {
	d := feedOf(titles...)
	return d.Bytes()
}

// A failed visit is not repeated before the floor, whatever the jitter.
func TestFailuresKeepTheFloor(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		often := sourceNamed("a")
		often.Every = 5 * time.Minute
		r := newEnv(t, often)
		r.poller.Random = func() float64 { return 0 }
		r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			return nil, &fetch.Problem{Kind: fetch.BadStatus, Status: 500, Text: "status 500", URL: q.URL}
		})
		r.run(time.Hour)
		all := r.requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].start.Sub(all[i-1].end); d < 5*time.Minute-time.Second {
				t.Errorf("visited again %v after a failure, want 5m at least", d)
			}
		}
	})
}
