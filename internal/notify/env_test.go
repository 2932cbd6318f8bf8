package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
)

// hosts is the network of a test: handlers by host, without sockets, so that synctest
// can let days pass.
type hosts struct{ sync.Map }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	at, ok := h.Load(r.URL.Host)
	if !ok {
		return nil, errors.New("no such host")
	}
	w := httptest.NewRecorder()
	at.(http.Handler).ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

// hook is a target's server. It records the calls.
type hook struct {
	mu     sync.Mutex // guards the fields below
	status int        // of the answer; 0 means 200
	header http.Header
	before func(*http.Request)
	got    []call
}

type call struct {
	at     time.Time
	path   string
	header http.Header
	body   string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.before != nil {
		h.before(r)
	}
	body, _ := io.ReadAll(r.Body)
	h.got = append(h.got, call{time.Now(), r.URL.Path, r.Header.Clone(), string(body)})
	for name, v := range h.header {
		w.Header()[name] = v
	}
	w.WriteHeader(max(h.status, http.StatusOK))
}

func (h *hook) answers(status int, header ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.header = status, http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.header.Set(header[i], header[i+1])
	}
}

// calls returns the calls since the last time.
func (h *hook) calls() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got
	h.got = nil
	return got
}

// env is a notifier over a real store and desk.
type env struct {
	*testing.T
	path    string
	hosts   hosts
	outside http.RoundTripper // instead of hosts; nil: hosts
	dial    func(context.Context, string, string) (net.Conn, error)

	mu       sync.Mutex // guards settings and items while the notifier runs
	settings notify.Settings
	items    []news.Item // of the next issue
	more     int         // further stories that do not fit in it
	since    []time.Time // from when on each issue had stories
	offline  bool        // without a network; set before start

	store    *store.Store
	live     live.Live
	notifier *notify.Notifier
	stop     func()
	openFile func(string, int, os.FileMode) (*os.File, error) // of the store; nil: os.OpenFile
}

// open starts an env with a webhook target at each of these hosts.
func open(t *testing.T, targets ...string) *env {
	r := &env{T: t, path: filepath.Join(t.TempDir(), "slugline.db")}
	r.settings = notify.Settings{
		Site:    news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "en", Zone: "UTC"},
		Targets: map[string]notify.Target{},
	}
	for _, name := range targets {
		r.target(name, "webhook", "https://"+name+"/hook")
	}
	r.start()
	return r
}

func (r *env) target(id, kind, address string) {
	r.settings.Targets[id] = notify.Target{Target: news.Target{ID: id, Kind: kind, Label: id}, Address: address}
}

// currentSettings returns a copy of the settings, which later changes do not affect.
func (r *env) currentSettings() *notify.Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.settings
	s.Newsletters, s.Alerts = slices.Clone(s.Newsletters), slices.Clone(s.Alerts)
	return &s
}

// change changes what the running notifier reads.
func (r *env) change(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn()
}

func (r *env) start() {
	r.Helper()
	var err error
	if r.store, err = store.Open(r.path, store.Options{OpenFile: r.openFile}); err != nil {
		r.Fatal(err)
	}
	d, err := desk.Open(r.store, &r.live, nil, nil)
	if err != nil {
		r.Fatal(err)
	}
	offline := r.offline
	r.notifier = &notify.Notifier{
		Store: r.store, Live: &r.live, File: (&journal.Journal{Commit: d.File, Store: r.store}).File, Transport: &r.hosts, Now: time.Now,
		Settings: r.currentSettings, Chance: func() float64 { return 0.5 }, Dial: r.dial, Offline: func() bool { return offline },
		Items: func(_ *store.Tx, _ string, _ uint64, since time.Time) (string, []news.Item, int, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.since = append(r.since, since)
			return "Cyber security", r.items, r.more, nil
		},
	}
	if r.outside != nil {
		r.notifier.Transport = r.outside
	}
	deskCtx, stopDesk := context.WithCancel(context.Background())
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	var failed [2]error
	work.Go(func() { failed[0] = d.Run(deskCtx) })
	ended := make(chan struct{})
	work.Go(func() { failed[1] = r.notifier.Run(ctx); close(ended) })
	r.stop = func() {
		stop()
		<-ended
		stopDesk()
		work.Wait()
		if err := errors.Join(failed[0], failed[1], r.store.Close()); err != nil {
			r.Error(err)
		}
	}
}

func (r *env) restart() {
	r.stop()
	r.start()
}

// host starts a target's server.
func (r *env) host(name string) *hook {
	h := new(hook)
	r.hosts.Store(name, h)
	return h
}

// ring stores a notice as a record does.
func (r *env) ring(n news.Notice) {
	r.Helper()
	r.ringAs([]string{"boats"}, n)
}

// ringAs stores a notice of several alerts.
func (r *env) ringAs(alerts []string, n news.Notice) {
	r.Helper()
	n.When, n.Alerts = news.WhenStory, alerts
	if n.Headline == "" {
		n.Headline = "Ferry service resumes"
	}
	err := r.store.Update(func(tx *store.Tx) error {
		n.Seq, n.At = tx.Seq()+1, news.Instant(time.Now()) // not before what the desk applied meanwhile
		if n.ID == "" {
			n.ID = news.NoticeID(n.When, fmt.Sprint(n.Seq), n.Target)
		}
		return errors.Join(tx.Records.Add(&news.Record{ID: "r" + n.ID, Seq: n.Seq, At: n.At}), tx.Notices.Put(&n))
	})
	if err != nil {
		r.Fatal(err)
	}
	r.live.Announce(live.Event{Seq: n.Seq})
}

func (r *env) view(fn func(*store.Tx) error) {
	r.Helper()
	if err := r.store.View(fn); err != nil {
		r.Fatal(err)
	}
}

// notices returns the notices of records, and the outcome of each by id.
func (r *env) notices() (all []*news.Notice, outcomes map[string]*news.Dispatch) {
	r.Helper()
	outcomes = map[string]*news.Dispatch{}
	r.view(func(tx *store.Tx) (err error) {
		if all, err = tx.Notices.After(0); err != nil {
			return err
		}
		for _, n := range all {
			if outcomes[n.ID], err = tx.Dispatches.Get(n.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, outcomes
}

// waitIdle waits until every goroutine waits.
func waitIdle() { synctest.Wait() }
