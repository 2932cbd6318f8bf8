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
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// outside visits an origin by HTTP while days pass in a bubble of synctest: the
// requests are made by goroutines outside of it, and no time passes meanwhile.
type outside struct {
	o     *origin.Origin
	at    string // the origin's address
	conns atomic.Int64
	clock atomic.Pointer[time.Time]
	idle  chan *errand
}

// errand is one who makes requests.
type errand struct {
	ask    chan fetch.Request
	now    time.Time
	res    *fetch.Result
	err    error
	answer chan struct{}
	turn   chan string // where a redirect leads
	turned chan error
}

func newOutside(t *testing.T, conf fetch.Config) *outside {
	out := &outside{idle: make(chan *errand, 8)}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	out.clock.Store(&start)
	out.o = origin.New(func() time.Time { return *out.clock.Load() })
	server := httptest.NewUnstartedServer(out.o)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			out.conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	out.at = server.URL
	conf.Allow = append(conf.Allow, "127.0.0.1")
	client, err := fetch.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for range cap(out.idle) {
		e := &errand{ask: make(chan fetch.Request), answer: make(chan struct{}), turn: make(chan string), turned: make(chan error)}
		go e.run(client)
		t.Cleanup(func() { close(e.ask) })
		out.idle <- e
	}
	return out
}

func (e *errand) run(client *fetch.Client) {
	for r := range e.ask {
		if r.Turn != nil {
			r.Turn = func(_ context.Context, to string) error {
				e.turn <- to
				return <-e.turned
			}
		}
		e.res, e.err = client.Get(context.Background(), r, e.now)
		e.answer <- struct{}{}
	}
}

// get is the poller's: it is called in the bubble.
func (out *outside) get(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
	e := <-out.idle
	e.now = now
	out.set(time.Now())
	e.ask <- r
	for {
		select {
		case to := <-e.turn:
			err := r.Turn(ctx, to)
			out.set(time.Now())
			e.turned <- err
		case <-e.answer:
			res, err := e.res, e.err
			out.idle <- e
			return res, err
		}
	}
}

func (out *outside) set(now time.Time) { out.clock.Store(&now) }

// leading is the address of a server that leads to the origin.
func (out *outside) leading(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, out.at+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// wire is a room whose poller visits the origin outside.
type wire struct {
	*room
	*outside
	restarts bool
}

// again closes the store and opens it again, with another poller.
func (w *wire) again() {
	w.t.Helper()
	w.room.restart()
	w.poller.Get = w.outside.get
}

// lasts lets the poller work for a time, in pieces if there are restarts.
func (w *wire) lasts(d time.Duration) {
	w.t.Helper()
	if !w.restarts {
		w.run(d)
		return
	}
	for range 4 {
		w.run(d / 4)
		w.again()
	}
}

// visit visits all sources once.
func (w *wire) visit() []Visited {
	w.t.Helper()
	if w.restarts {
		w.again()
	}
	return w.pass(true)
}

func (w *wire) of(path string) *origin.Feed { return w.o.Feed(path) }

// waits are the times between the requests for a path.
func (w *wire) waits(path string) (waits []time.Duration) {
	all := w.of(path).Requests()
	for i := 1; i < len(all); i++ {
		waits = append(waits, all[i].At.Sub(all[i-1].At))
	}
	return waits
}

// paths are what was asked for, in order.
func (w *wire) paths() (paths []string) {
	for _, v := range w.o.Requests() {
		paths = append(paths, v.Path)
	}
	return paths
}

// between checks that there were at least n waits, none shorter or longer.
func (w *wire) between(path string, n int, least, most time.Duration) {
	w.t.Helper()
	if got := w.waits(path); len(got) < n || slices.Min(got) < least || slices.Max(got) > most {
		w.t.Errorf("waits between visits: %v, want %d or more, each from %v to %v", got, n, least, most)
	}
}

// TestManners plays each rule of etiquette against the origin over HTTP, with
// nothing in between and with the store closed and opened again and again.
func TestManners(t *testing.T) {
	for _, m := range manners {
		for _, restarts := range []bool{false, true} {
			name := m.rule + "/" + m.name
			if restarts {
				name += "/restarts"
			}
			t.Run(name, func(t *testing.T) {
				if testing.Short() && !restarts {
					t.Skip("played with restarts")
				}
				out := newOutside(t, m.conf)
				var sources []Source
				for _, n := range strings.Fields("a " + m.more) {
					s := src(n)
					s.Address, s.Every = out.at+"/"+n, m.every
					if m.abroad {
						s.Address = out.leading(t) + "/" + n
					}
					sources = append(sources, s)
				}
				synctest.Test(t, func(t *testing.T) {
					w := &wire{room: open(t, sources...), outside: out, restarts: restarts}
					w.poller.Get = w.outside.get
					m.play(w)
				})
			})
		}
	}
}

// one is a document of some items.
func one(titles ...string) origin.Doc {
	d := origin.Doc{Title: "Halden Wire", Site: "http://halden.example/"}
	for _, s := range titles {
		d.Items = append(d.Items, origin.Item{ID: s, Title: s})
	}
	return d
}

// with is a document with headers, given as names and values in turn. An empty
// value takes a header away.
func with(d origin.Doc, header ...string) origin.Doc {
	d.Header = http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		d.Header[http.CanonicalHeaderKey(header[i])] = slices.DeleteFunc([]string{header[i+1]}, func(s string) bool { return s == "" })
	}
	return d
}

func written(titles ...string) []byte {
	d := one(titles...)
	return d.Bytes()
}
