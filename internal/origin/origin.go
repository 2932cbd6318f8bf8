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

	mu          sync.Mutex // guards the fields below and those of all feeds
	feeds       map[string]*Feed
	requests    []Request
	inFlight    map[string]int
	maxInFlight map[string]int
}

// New makes an origin with no feeds. now is the clock of the kept requests.
func New(now func() time.Time) *Origin {
	return &Origin{now: now, feeds: map[string]*Feed{}, inFlight: map[string]int{}, maxInFlight: map[string]int{}}
}

// Request is a request as it came.
type Request struct {
	At     time.Time
	Host   string
	Path   string // with the query
	Header http.Header
	Status int // answered; 0 when the answer was none
}

// IsConditional tells whether the request carried a validator.
func (v Request) IsConditional() bool {
	return v.Header.Get("If-None-Match") != "" || v.Header.Get("If-Modified-Since") != ""
}

// Feed is what one path answers.
type Feed struct {
	origin *Origin
	path   string

	doc         Doc
	body        []byte // rendered; nil when doc changed
	tag         string
	nextAnswers []http.Handler
	always      http.Handler
}

// Feed gives the feed at a path, which is made when it is asked for first.
func (o *Origin) Feed(path string) *Feed {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.feeds[path]
	if f == nil {
		f = &Feed{origin: o, path: path}
		o.feeds[path] = f
	}
	return f
}

// Set replaces the document.
func (f *Feed) Set(d Doc) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.doc, f.body = d, nil
}

// Publish puts items on top of the document, the last one first.
func (f *Feed) Publish(items ...Item) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	for _, it := range items {
		f.doc.Items = append([]Item{it}, f.doc.Items...)
	}
	f.body = nil
}

// Edit changes the document in place.
func (f *Feed) Edit(change func(*Doc)) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	change(&f.doc)
	f.body = nil
}

// AnswerNext scripts the answers to the next requests, one each; afterwards the feed
// answers as before.
func (f *Feed) AnswerNext(answers ...http.Handler) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.nextAnswers = append(f.nextAnswers, answers...)
}

// AnswerAlways scripts the answer to all requests; nil brings the document back.
func (f *Feed) AnswerAlways(answer http.Handler) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.always = answer
}

// ETag is the validator of the document as it stands.
func (f *Feed) ETag() string {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.render()
	return f.tag
}

// Requests gives the requests for this feed, in the order in which they came.
func (f *Feed) Requests() []Request {
	var mine []Request
	for _, v := range f.origin.Requests() {
		if v.Path == f.path {
			mine = append(mine, v)
		}
	}
	return mine
}

// Requests gives all requests, in the order in which they came.
func (o *Origin) Requests() []Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Request(nil), o.requests...)
}

// ClearRequests drops the kept requests.
func (o *Origin) ClearRequests() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = nil
	clear(o.maxInFlight)
}

// MaxInFlight is the largest number of requests to one host that were under way at
// the same time.
func (o *Origin) MaxInFlight(host string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.maxInFlight[host]
}

func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, answer := o.begin(r)
	sw := &statusWriter{ResponseWriter: w}
	defer func() { o.end(r, n, sw.status) }()
	answer.ServeHTTP(sw, r)
}

// begin keeps the request and finds its answer.
func (o *Origin) begin(r *http.Request) (n int, answer http.Handler) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight[r.Host]++
	o.maxInFlight[r.Host] = max(o.maxInFlight[r.Host], o.inFlight[r.Host])
	o.requests = append(o.requests, Request{At: o.now(), Host: r.Host, Path: r.URL.RequestURI(), Header: r.Header.Clone()})
	n = len(o.requests) - 1
	f := o.feeds[r.URL.RequestURI()]
	if f == nil {
		f = o.feeds[r.URL.Path]
	}
	if f == nil {
		return n, http.NotFoundHandler()
	}
	return n, f.answer()
}

func (o *Origin) end(r *http.Request, n, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight[r.Host]--
	if n < len(o.requests) {
		o.requests[n].Status = status
	}
}

func (f *Feed) answer() http.Handler {
	if len(f.nextAnswers) > 0 {
		h := f.nextAnswers[0]
		f.nextAnswers = f.nextAnswers[1:]
		return h
	}
	if f.always != nil {
		return f.always
	}
	f.render()
	return &page{doc: f.doc, body: f.body, tag: f.tag}
}

func (f *Feed) render() {
	if f.body == nil {
		f.body = f.doc.Bytes()
		f.tag = etagOf(f.body)
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
