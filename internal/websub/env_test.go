package websub_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/websub"
)

const (
	site  = "https://press.example"
	topic = site + "/topics/world.atom"
)

// hosts is the network of a test: handlers by host, without sockets, so that synctest
// can let days pass.
type hosts struct{ sync.Map }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	at, ok := h.Load(r.URL.Host)
	if !ok {
		return nil, errors.New("no such host")
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI = r.URL.Host, r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	at.(http.Handler).ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

// reader is a subscriber that confirms every request.
type reader struct {
	mu     sync.Mutex // guards the fields below
	status int        // of the answer to a push; 0 means 204
	header http.Header
	before func() // called with each push
	asked  []url.Values
	got    []push
}

type push struct {
	at     time.Time
	header http.Header
	body   string
}

func (r *reader) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == http.MethodGet {
		q := req.URL.Query()
		r.asked = append(r.asked, q)
		_, _ = io.WriteString(w, q.Get("hub.challenge"))
		return
	}
	body, _ := io.ReadAll(req.Body)
	if r.before != nil {
		r.before()
	}
	r.got = append(r.got, push{time.Now(), req.Header, string(body)})
	for name, v := range r.header {
		w.Header()[name] = v
	}
	w.WriteHeader(max(r.status, http.StatusNoContent)) // 204 unless status is larger
}

func (r *reader) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// pushes returns the content since the last call.
func (r *reader) pushes() []push {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func (r *reader) intents() []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.asked
	r.asked = nil
	return asked
}

// env is a hub over a real store.
type env struct {
	*testing.T
	path  string
	store *store.Store
	live  *live.Live
	press *edition.Press
	hub   *websub.Hub
	web   http.RoundTripper
	hosts *hosts

	transport http.RoundTripper // as openWith got it
	addrs     sync.Map          // []netip.Addr or error by host; a host that is missing has an address of its own, far from others
	stop      func()
	log       logBuffer
	n         int // stories published

	openFile func(name string, flag int, perm os.FileMode) (*os.File, error) // of the store; nil: os.OpenFile
	client   string                                                          // address and port from which requests come; empty: that of httptest

	failed chan error // of requests over sockets

	tune func(*env) // called before the hub runs; nil: nothing
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// watched reports how each request ended.
type watched struct {
	http.RoundTripper
	ended chan<- error
}

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.RoundTripper.RoundTrip(r)
	w.ended <- err
	return res, err
}

// open starts an env with one topic, world, and a running hub.
func open(t *testing.T) *env {
	web := &hosts{}
	r := openWith(t, web)
	r.hosts = web
	return r
}

// openWith starts an env whose hub sends over web.
func openWith(t *testing.T, web http.RoundTripper) *env {
	r := &env{T: t, path: filepath.Join(t.TempDir(), "slugline.db"), web: web, transport: web, failed: make(chan error, 100)}
	if _, inMemory := web.(*hosts); !inMemory {
		r.web = watched{web, r.failed}
	}
	r.begin()
	return r
}

// begin starts the hub with its topic, until the test ends.
func (r *env) begin() {
	r.start()
	r.record(func(tx *store.Tx) error {
		return errors.Join(
			tx.PutRules(&news.Rules{Site: news.Site{Title: "Arab Press", URL: site, ID: "press.example", Language: "en"}}),
			tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 50}, Seq: 1, Changed: time.Now()}),
			tx.Sources.Put(&news.SourceState{Source: news.Source{ID: "wire", Name: "wire", Title: "Wire", Address: "https://wire.example/rss", Show: news.ShowSummary}}))
	})
	r.Cleanup(func() { r.stop() })
}

// start opens the store and runs a hub on it.
func (r *env) start() {
	r.Helper()
	var err error
	if r.store, err = store.Open(r.path, store.Options{OpenFile: r.openFile}); err != nil {
		r.Fatal(err)
	}
	r.live, r.press = &live.Live{}, &edition.Press{Store: r.store}
	r.hub = &websub.Hub{Store: r.store, Press: r.press, Live: r.live, Transport: r.web, Now: time.Now, Chance: func() float64 { return .5 }, Resolve: r.resolve, Log: slog.New(slog.NewTextHandler(&r.log, nil))}
	if guarded, ok := r.transport.(*fetch.Transport); ok {
		r.hub.Refuses = guarded.Refuses
	}
	if r.tune != nil {
		r.tune(r)
	}
	end := running(r.T, r.hub.Run)
	r.stop = func() {
		end()
		if err := r.store.Close(); err != nil {
			r.Error(err)
		}
	}
}

// resolve looks up a host without a network.
func (r *env) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	switch at, _ := r.addrs.Load(host); at := at.(type) {
	case error:
		return nil, at
	case []netip.Addr:
		return at, nil
	case func(context.Context) ([]netip.Addr, error):
		return at(ctx)
	}
	if r.hosts == nil {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	h := fnv.New32()
	_, _ = io.WriteString(h, host)
	sum := h.Sum(nil)
	return []netip.Addr{netip.AddrFrom4([4]byte{9, sum[0], sum[1], sum[2]})}, nil
}

// running runs a function until end is called, which waits for it.
func running(t *testing.T, run func(context.Context) error) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func (r *env) restart() {
	r.stop()
	r.start()
}

// record changes the store as a record does.
func (r *env) record(fn func(*store.Tx) error) {
	r.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		seq := tx.Seq() + 1
		return errors.Join(tx.Records.Add(&news.Record{ID: fmt.Sprint("record ", seq), Seq: seq, At: news.Instant(time.Now())}), fn(tx))
	})
	if err != nil {
		r.Fatal(err)
	}
}

// publish adds a story to the topic and announces it.
func (r *env) publish(headline string) {
	r.Helper()
	r.n++
	at := news.Instant(time.Now())
	r.record(func(tx *store.Tx) error {
		seq := tx.Seq()
		id := fmt.Sprintf("%013d", r.n)
		take := news.Take{Entry: fmt.Sprintf("e%012d", r.n), Source: "wire", Headline: headline, Link: "https://wire.example/" + id, At: at, Seq: seq}
		s := &news.Story{
			ID: id, Seq: seq, URI: "tag:press.example,2026:" + id, First: at, Last: at, Lead: take.Entry, Source: "wire", Headline: headline,
			Link: take.Link, Takes: []news.Take{take}, Places: map[string]news.Place{"world": {At: at, Seq: seq, Updated: tx.Topics.ClaimUpdated("world", at, id, time.Time{})}},
		}
		return errors.Join(tx.Stories.Put(s), touch(tx, func(*news.TopicState) {}), tx.Changes.Put(news.Change{Seq: seq, At: at, Topics: []string{"world"}}))
	})
	r.live.Announce(live.Event{Topics: []string{"world"}})
}

// touch changes the topic.
func touch(tx *store.Tx, fn func(*news.TopicState)) error {
	t, err := tx.Topics.Get("world")
	if err != nil {
		return err
	}
	t.Seq, t.Changed = tx.Seq(), tx.At()
	fn(t)
	return tx.Topics.Put(t)
}

// reader starts a subscriber at a host.
func (r *env) reader(host string) *reader {
	rd := &reader{}
	r.hosts.Store(host, rd)
	return rd
}

// wish makes the form of a request to a hub; more are pairs of name and value.
func wish(mode, topic, callback string, more ...string) url.Values {
	q := url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.callback": {callback}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

// ask posts a form to the hub.
func (r *env) ask(q url.Values) *http.Response {
	return r.post(q.Encode(), "application/x-www-form-urlencoded")
}

func (r *env) post(body, kind string) *http.Response {
	req := httptest.NewRequest(http.MethodPost, site+websub.Path, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	req.RemoteAddr = cmp.Or(r.client, req.RemoteAddr)
	w := httptest.NewRecorder()
	r.hub.ServeHTTP(w, req)
	return w.Result()
}

func (r *env) subscribe(callback string, more ...string) {
	r.Helper()
	if res := r.ask(wish("subscribe", topic, callback, more...)); res.StatusCode != http.StatusAccepted {
		r.Fatalf("subscribe %s: %s, want 202", callback, res.Status)
	}
}

// subscriptions returns the stored subscriptions.
func (r *env) subscriptions() (all []*news.Subscription) {
	r.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Subscriptions.All()
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return all
}
