// Package origin serves scripted source feeds to tests, benchmarks and `slugline demo`.
//
// An Origin answers each path as a test sets it: with a document in any format and
// correct validators, or with anything that a broken or hostile server sends. It
// records every request, so that a test can check how polite the client is. A Scenario
// serves the demo's invented outlets.
//
// The package makes no requests, and only the demo runs it outside tests.
//
// origin.go has the server, document.go the formats, answer.go and attack.go the
// scripted answers. scenario.go serves the demo with the pictures and sounds of media.go.
// outlets.go lists its outlets. happening.go reads what they write from phrases/,
// planner.go gives each headline an outlet and a time, script.go publishes the plan and
// what has no end, and names.go builds the names of towns.
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

// Origin is an http.Handler that serves feeds by path and answers 404 for all others.
// It is safe for concurrent use.
type Origin struct {
	now func() time.Time

	mu          sync.Mutex // guards the fields below and those of all feeds
	feeds       map[string]*Feed
	requests    []Request
	inFlight    map[string]int
	maxInFlight map[string]int
}

// New returns an origin without feeds. now dates the recorded requests.
func New(now func() time.Time) *Origin {
	return &Origin{now: now, feeds: map[string]*Feed{}, inFlight: map[string]int{}, maxInFlight: map[string]int{}}
}

// Request is a request that the origin received.
type Request struct {
	At     time.Time
	Host   string
	Path   string // with its query
	Header http.Header
	Status int // of the response; 0 while there is none
}

// IsConditional reports whether the request has a validator.
func (v Request) IsConditional() bool {
	return v.Header.Get("If-None-Match") != "" || v.Header.Get("If-Modified-Since") != ""
}

// Feed is the scripted content of one path.
type Feed struct {
	origin *Origin
	path   string

	doc         Doc
	body        []byte // doc, rendered; nil after a change
	tag         string
	nextAnswers []http.Handler
	always      http.Handler
}

// Feed returns the feed at a path. The first call for a path creates it. A path may
// include a query; requests with other queries get the feed of the path alone.
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

// Publish adds items at the top of the document, the last argument first.
func (f *Feed) Publish(items ...Item) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	for _, it := range items {
		f.doc.Items = append([]Item{it}, f.doc.Items...)
	}
	f.body = nil
}

// Edit lets change modify the document.
func (f *Feed) Edit(change func(*Doc)) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	change(&f.doc)
	f.body = nil
}

// AnswerNext sets the answers to the next requests, one each. After them the feed
// answers as before.
func (f *Feed) AnswerNext(answers ...http.Handler) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.nextAnswers = append(f.nextAnswers, answers...)
}

// AnswerAlways sets the answer to all requests; nil restores the document.
func (f *Feed) AnswerAlways(answer http.Handler) {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.always = answer
}

// ETag returns the entity tag of the current document.
func (f *Feed) ETag() string {
	f.origin.mu.Lock()
	defer f.origin.mu.Unlock()
	f.render()
	return f.tag
}

// Requests returns the requests for this feed in the order of their arrival.
func (f *Feed) Requests() []Request {
	var own []Request
	for _, v := range f.origin.Requests() {
		if v.Path == f.path {
			own = append(own, v)
		}
	}
	return own
}

// Requests returns all recorded requests in the order of their arrival.
func (o *Origin) Requests() []Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Request(nil), o.requests...)
}

// ClearRequests deletes the recorded requests and resets MaxInFlight.
func (o *Origin) ClearRequests() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = nil
	clear(o.maxInFlight)
}

// MaxInFlight returns the largest number of requests to host that were in progress at
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

// begin records the request and returns its index and its answer.
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

// end records the status of request n, unless the requests were cleared meanwhile.
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

// Unwrap gives http.ResponseController access to the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Serve serves h on l until ctx ends, and closes l. The end of ctx is not an error.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}
