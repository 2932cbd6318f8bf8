// Package origin is a scripted server of source feeds, for tests, benchmarks and
// `slugline demo`.
//
// A test says what each address answers: a document in any format with right
// validators, or anything that a bad server does. Every request is kept, so that
// a test can see how polite a visitor was. Morning is a script that never ends.
//
// It is no part of what a newsroom runs, and asks nobody anything.
package origin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Origin serves feeds by path; a path that nobody scripted answers 404. It is an
// http.Handler and safe for concurrent use.
type Origin struct {
	now func() time.Time

	mu       sync.Mutex // guards the fields below and those of all feeds
	feeds    map[string]*Feed
	visits   []Visit
	inFlight map[string]int
	busiest  map[string]int
}

// New makes an origin with no feeds. now is the clock of the kept requests.
func New(now func() time.Time) *Origin {
	return &Origin{now: now, feeds: map[string]*Feed{}, inFlight: map[string]int{}, busiest: map[string]int{}}
}

// Visit is a request as it came.
type Visit struct {
	At     time.Time
	Host   string
	Path   string // with the query
	Header http.Header
	Status int // answered; 0 when the answer was none
}

// Conditional tells whether the request carried a validator.
func (v Visit) Conditional() bool {
	return v.Header.Get("If-None-Match") != "" || v.Header.Get("If-Modified-Since") != ""
}

// Feed is what one path answers.
type Feed struct {
	o    *Origin
	path string

	doc     Doc
	body    []byte // rendered; nil when doc changed
	tag     string
	next    []http.Handler
	instead http.Handler
}

// Feed gives the feed at a path, which is made when it is asked for first.
func (o *Origin) Feed(path string) *Feed {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.feeds[path]
	if f == nil {
		f = &Feed{o: o, path: path}
		o.feeds[path] = f
	}
	return f
}

// Set replaces the document.
func (f *Feed) Set(d Doc) {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	f.doc, f.body = d, nil
}

// Publish puts items on top of the document, the last one first.
func (f *Feed) Publish(items ...Item) {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	for _, it := range items {
		f.doc.Items = append([]Item{it}, f.doc.Items...)
	}
	f.body = nil
}

// Edit changes the document in place.
func (f *Feed) Edit(change func(*Doc)) {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	change(&f.doc)
	f.body = nil
}

// Next scripts the answers to the next requests, one each; afterwards the feed
// answers as before.
func (f *Feed) Next(answers ...http.Handler) {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	f.next = append(f.next, answers...)
}

// Instead scripts the answer to all requests; nil brings the document back.
func (f *Feed) Instead(answer http.Handler) {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	f.instead = answer
}

// ETag is the validator of the document as it stands.
func (f *Feed) ETag() string {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	f.render()
	return f.tag
}

// Visits gives the requests for this feed, in the order in which they came.
func (f *Feed) Visits() []Visit {
	var mine []Visit
	for _, v := range f.o.Visits() {
		if v.Path == f.path {
			mine = append(mine, v)
		}
	}
	return mine
}

// Visits gives all requests, in the order in which they came.
func (o *Origin) Visits() []Visit {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Visit(nil), o.visits...)
}

// Forget drops the kept requests.
func (o *Origin) Forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.visits = nil
	clear(o.busiest)
}

// Busiest is the largest number of requests to one host that were under way at
// the same time.
func (o *Origin) Busiest(host string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.busiest[host]
}

func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, answer := o.enter(r)
	sw := &statusWriter{ResponseWriter: w}
	defer func() { o.leave(r, n, sw.status) }()
	answer.ServeHTTP(sw, r)
}

// enter keeps the request and finds its answer.
func (o *Origin) enter(r *http.Request) (n int, answer http.Handler) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight[r.Host]++
	o.busiest[r.Host] = max(o.busiest[r.Host], o.inFlight[r.Host])
	o.visits = append(o.visits, Visit{At: o.now(), Host: r.Host, Path: r.URL.RequestURI(), Header: r.Header.Clone()})
	n = len(o.visits) - 1
	f := o.feeds[r.URL.RequestURI()]
	if f == nil {
		f = o.feeds[r.URL.Path]
	}
	if f == nil {
		return n, http.NotFoundHandler()
	}
	return n, f.answer()
}

func (o *Origin) leave(r *http.Request, n, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight[r.Host]--
	if n < len(o.visits) {
		o.visits[n].Status = status
	}
}

func (f *Feed) answer() http.Handler {
	if len(f.next) > 0 {
		h := f.next[0]
		f.next = f.next[1:]
		return h
	}
	if f.instead != nil {
		return f.instead
	}
	f.render()
	return &page{doc: f.doc, body: f.body, tag: f.tag}
}

func (f *Feed) render() {
	if f.body == nil {
		f.body = f.doc.Bytes()
		f.tag = tagOf(f.body)
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Serve answers on l until ctx ends. It closes l.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}
