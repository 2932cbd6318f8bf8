// Package fetch makes one polite conditional GET.
//
// It limits the bytes, time, redirects and headers of every visit. It dials no private
// address that feeds.yaml does not allow, whichever name or redirect leads there. It
// sends validators back byte for byte. It forgets cookies when the visit ends, sends no
// referrer, uses no proxy from the environment, and sends the headers and credentials of a
// source to no other host. Where a browser can read an answer, it can too: it ignores what
// a server says wrongly about the coding of a body, gives the beginning of one that is too
// large or damaged, and falls back from HTTP/2 to HTTP/1.1. It does not know what a feed
// is, when a source should be visited again, or what time it is: callers do.
//
//	fetch.go          Client.Get and the request
//	redirect.go       redirects, and which host may get the source's headers
//	cookie.go         cookies of one visit
//	transport.go      connections: HTTP/1.1 and 2, TLS, authorities
//	conn.go           requests that are given up
//	allow.go          which addresses may be dialled; metadata.go those of clouds
//	reach.go          a transport for callbacks, hubs and targets of alerts
//	body.go           reading a body with limits; buffer.go holds it in limited memory
//	coding.go         which content codings a body has; decode.go takes them off
//	chunk.go          chunks that an upload left in a body
//	header.go         validators, Retry-After, freshness
//	link.go           Link header fields
//	problem.go        what went wrong, in plain words
//	challenge.go      pages that ask for a browser
//	address.go        addresses and their domains
package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/news"
)

// MaxLimit is the largest Request.MaxBytes.
const MaxLimit = 64 << 20

// Config says how visits are made. The zero value of each field is usable.
type Config struct {
	Version string // of Slugline, for the User-Agent
	URL     string // address of our pages, for the User-Agent
	Contact string // of the newsroom, for the User-Agent; may be empty

	Allow        []string // private ranges ("10.1.0.0/16"), addresses, or "address:port", that may be visited
	OwnListeners []string // "address:port" of our own listeners: never visited, whatever Allow says

	MaxBytes       int64         // of a body, both as received and as decoded; 0 means 8 MB; see Request.MaxBytes
	MaxHeader      int64         // bytes of an answer's header; 0 means 256 KB
	MaxRedirects   int           // redirects of one visit; 0 means 10
	ConnectTimeout time.Duration // for looking up the name, the connection and TLS, each; 0 means 10s
	HeaderTimeout  time.Duration // from a request until the answer's header has arrived; 0 means 20s; see Request.Timeout
	TotalTimeout   time.Duration // for a visit with its redirects; 0 means 60s
	RateWindow     time.Duration // in each RateWindow, MinBytes of a body must arrive; 0 means 10s
	MinBytes       int64         // 0 means 4 KB
	MaxRetryAfter  time.Duration // a longer Retry-After is cut to this; 0 means 7 days
	MaxFreshness   time.Duration // a longer max-age or Expires is cut to this; 0 means 24h

	TLS *tls.Config // nil means the authorities of the machine
}

// Request is a visit to a source.
type Request struct {
	URL         string
	Validators  news.Validators // of the last visit that was stored; sent back unchanged
	Subscribers int             // number in the User-Agent
	UserAgent   string          // in place of ours if not empty; never sent to another host
	Header      http.Header     // further headers; never sent to another host
	MaxBytes    int64           // in place of Config.MaxBytes; at most 64 MB; 0 means Config.MaxBytes
	Timeout     time.Duration   // in place of HeaderTimeout, and three times as long in place of TotalTimeout; 0 means these
	Authority   string          // PEM of one more authority that the visit trusts; empty means none

	// BeforeRedirect, unless nil, is called before a redirect to the address to is
	// followed, and may wait until a visit to that host is due. Its error ends the visit.
	// Its time does not count towards TotalTimeout.
	BeforeRedirect func(ctx context.Context, to string) error

	// Told, unless nil, is called with what each answer, also one that is a problem or a
	// redirect, says of the present time: it is between from and until. Both are zero if
	// the answer says nothing. They differ for a server whose certificate is not valid now:
	// they are its bounds.
	Told func(url string, from, until time.Time)
}

// Result is a successful answer.
type Result struct {
	Status      int
	URL         string // the address that answered, after all redirects
	MovedTo     string // the source's new address: the last one of the permanent redirects before any temporary one; empty when there is none
	NotModified bool   // 304: the feed has not changed since the visit of the validators; Body is empty
	Delta       bool   // 226: Body contains only new items (RFC 3229)
	Body        []byte // decoded; nil after Release
	WireBytes   int64  // size of the body before decoding
	Header      http.Header
	Validators  news.Validators // to store together with Body; after a 304 the new ones, or those sent for which there is no new one
	FreshFor    time.Duration   // how long max-age or Expires asks us to wait; 0 when they don't
	RetryAfter  time.Time       // not before this; zero when not said
	Hub, Self   string          // from the Link header, absolute (WebSub)

	ContentLocation string // absolute; empty when not said
	OldTLS          bool   // the server's TLS has no forward secrecy, see rsaSuites

	// Cut says that Body is only the beginning, because it is longer than the limit or can't
	// be decoded to its end. Validators are empty then: they would vouch for the rest. CutText
	// says in plain words why, or what helps; it may be empty. MaxBytes is the limit.
	Cut      bool
	CutText  string
	MaxBytes int64
	// Broken, unless nil, says that the connection broke off, also with Cut set. The visit has
	// failed with it unless the document in Body turns out to be whole.
	Broken *Problem

	buf *buffer
}

// Release lets another visit use the memory of Body, which must not be read afterwards.
// Callers must release every Result: a large body occupies one of few slots.
func (r *Result) Release() {
	if r.buf != nil {
		r.buf.release()
		r.buf, r.Body = nil, nil
	}
}

// WhyCut adds CutText to what a parser said about a document that breaks off.
func (r *Result) WhyCut(said string) string {
	if r.CutText == "" {
		return said
	}
	return said + "; " + r.CutText
}

// Client visits sources. It is safe for concurrent use, and reuses connections.
type Client struct {
	conf         Config
	agent        [2]string // the User-Agent, before and after the number of subscribers
	guard        *guard
	tls          *tls.Config
	public       *transports // with the authorities of tls
	own          authorities // with those of single sources too
	http1Hosts   http1Hosts
	allowedNames sync.Map  // host:port of names that were found to have an address in Allow
	received     *bodyPool // bodies as received
	decoded      *bodyPool
	huge         chan struct{}       // has an element while a visit has a body beyond MaxBytes
	decoders     *semaphore.Weighted // counts the br and zstd decoders at work
}

// New returns a client. The error says which entry of Allow or OwnListeners is wrong.
func New(conf Config) (*Client, error) {
	g, err := newGuard(fetchKey, conf.Allow, conf.OwnListeners)
	if err != nil {
		return nil, err
	}
	c := &Client{
		conf: withDefaults(conf), guard: g, tls: tlsConfig(conf.TLS),
		decoders: semaphore.NewWeighted(maxDecoders), huge: make(chan struct{}, 1),
		own: authorities{m: map[string]*transports{}},
	}
	c.agent = agent(c.conf)
	c.received, c.decoded = newBodyPool(c.conf.MaxBytes, receivedSlots), newBodyPool(c.conf.MaxBytes, decodedSlots)
	c.public = c.newTransports(c.tls)
	return c, nil
}

// Close closes idle connections.
func (c *Client) Close() {
	c.public.close()
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	c.own.clear()
}

func withDefaults(c Config) Config {
	or := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	or(&c.ConnectTimeout, 10*time.Second)
	or(&c.HeaderTimeout, 20*time.Second)
	or(&c.TotalTimeout, time.Minute)
	or(&c.RateWindow, 10*time.Second)
	or(&c.MaxRetryAfter, 7*24*time.Hour)
	or(&c.MaxFreshness, 24*time.Hour)
	if c.MaxBytes == 0 {
		c.MaxBytes = 8 << 20
	}
	if c.MaxHeader == 0 {
		c.MaxHeader = 256 << 10
	}
	if c.MinBytes == 0 {
		c.MinBytes = 4 << 10
	}
	if c.MaxRedirects == 0 {
		c.MaxRedirects = 10
	}
	return c
}

// agent returns the User-Agent, before and after the number of subscribers.
func agent(c Config) [2]string {
	version, contact := commentText(c.Version), commentText(c.Contact)
	if version == "" {
		version = "0"
	}
	before := "Slugline/" + strings.ReplaceAll(version, " ", "-") + " ("
	if page := commentText(c.URL); page != "" {
		before += "+" + page + "; "
	}
	after := " subscribers)"
	if contact != "" {
		after += " (" + contact + ")"
	}
	return [2]string{before, after}
}

// commentText removes what a comment in a header must not contain (RFC 9110 section
// 5.6.5).
func commentText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) {
			return -1
		}
		return r
	}, s)
}

// IsAllowListed reports whether Allow lists an address: it is one of our own servers, and
// needs no pause between requests. For a name, this is known only after its first visit.
func (c *Client) IsAllowListed(rawURL string) bool {
	host, port, ok := splitHost(rawURL)
	if !ok {
		return false
	}
	addr := net.JoinHostPort(host, port)
	if ap, err := parseAddrPort(addr); err == nil {
		return c.guard.allowed(ap)
	}
	_, known := c.allowedNames.Load(addr)
	return known
}

// Get makes one visit. Its error is a *Problem if the source is at fault, and ctx's error
// otherwise. now is the time of the visit; times that the server gives are relative to
// it.
func (c *Client) Get(ctx context.Context, r Request, now time.Time) (*Result, error) {
	v, err := c.newVisit(r, now)
	if err != nil {
		return nil, &Problem{Kind: BadAddress, Text: err.Error()}
	}
	ctx, v.cancel = context.WithCancelCause(ctx)
	defer v.cancel(nil)
	v.limit = time.AfterFunc(v.total, func() { v.cancel(errTotal) })
	v.until = time.Now().Add(v.total)
	defer v.limit.Stop()
	res, err := v.follow(ctx)
	if err == nil {
		return res, nil
	}
	if cause := context.Cause(ctx); cause != nil && !isLimit(cause) {
		return nil, fmt.Errorf("get %s: %w", v.url, cause)
	}
	return nil, v.problem(ctx, err)
}

// newVisit returns a visit whose limits are those of the request. The error says what is
// wrong with its address.
func (c *Client) newVisit(r Request, now time.Time) (*visit, error) {
	u, err := address(r.URL)
	if err != nil {
		return nil, err
	}
	v := &visit{
		Client: c, Request: r, now: now, user: u.User, url: u, permanent: true, onSourceHost: true,
		maxBytes: min(cmp.Or(r.MaxBytes, c.conf.MaxBytes), max(c.conf.MaxBytes, MaxLimit)),
		timeout:  cmp.Or(r.Timeout, c.conf.HeaderTimeout), total: cmp.Or(3*r.Timeout, c.conf.TotalTimeout),
	}
	u.User = nil
	v.first = u.String()
	v.transports, err = c.transportsFor(r.Authority)
	return v, err
}

// visit is the state of one Get.
type visit struct {
	*Client
	Request
	now    time.Time
	cancel context.CancelCauseFunc
	limit  *time.Timer // ends the visit at until
	until  time.Time

	maxBytes       int64 // of the body
	timeout, total time.Duration
	transports     *transports
	http1          bool // HTTP/2 has failed

	user         *url.Userinfo // of the source's address
	first        string        // the source's address
	url          *url.URL      // of the current hop
	moved        string        // see Result.MovedTo
	permanent    bool          // every redirect so far was permanent
	onSourceHost bool          // every hop so far was to the host that may get the source's headers
	cookies      cookies
	cookie       string // the Cookie header of the current hop
	seen         []hop  // the hops so far
	delta        bool   // A-IM was sent
}

// follow requests the address and those that it redirects to.
func (v *visit) follow(ctx context.Context) (*Result, error) {
	res, err := v.hop(ctx)
	for err == nil {
		if !isRedirect(res) {
			return v.answer(ctx, res)
		}
		drain(res.Body)
		if err = v.redirect(res); err != nil {
			break
		}
		if err = v.waitForHost(ctx); err != nil {
			break
		}
		res, err = v.hop(ctx)
	}
	return nil, err
}

// waitForHost calls BeforeRedirect, with TotalTimeout suspended.
func (v *visit) waitForHost(ctx context.Context) error {
	if v.BeforeRedirect == nil || !v.limit.Stop() {
		return nil
	}
	left := time.Until(v.until)
	err := v.BeforeRedirect(ctx, v.url.String())
	v.until = time.Now().Add(left)
	v.limit.Reset(left)
	return err
}

const (
	acceptTypes     = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.3, */*;q=0.1"
	acceptEncodings = "gzip, br, zstd"
)

func (v *visit) header() http.Header {
	h := make(http.Header, 8+len(v.Header))
	h["Accept"] = []string{acceptTypes}
	h["User-Agent"] = []string{v.agent[0] + strconv.Itoa(v.Subscribers) + v.agent[1]}
	if v.onSourceHost {
		v.addSourceHeader(h)
	}
	h["Accept-Encoding"] = []string{acceptEncodings}
	if v.cookie != "" {
		h["Cookie"] = []string{joinCookies(h.Get("Cookie"), v.cookie)}
	}
	v.delta = false
	if tag := v.Validators.ETag; isSendable(tag) {
		h["If-None-Match"] = []string{tag}
		h["A-Im"] = []string{"feed"}
		v.delta = true
	}
	if date := v.Validators.LastModified; isSendable(date) {
		h["If-Modified-Since"] = []string{date}
	}
	return h
}

// addSourceHeader adds the source's own headers and credentials, which only its host may
// get.
func (v *visit) addSourceHeader(h http.Header) {
	if isSendable(v.UserAgent) {
		h["User-Agent"] = []string{v.UserAgent}
	}
	for name, values := range v.Header {
		if len(values) > 0 && isSendable(values[0]) {
			h[http.CanonicalHeaderKey(name)] = values[:1]
		}
	}
	if v.user != nil && h["Authorization"] == nil {
		pw, _ := v.user.Password()
		r := http.Request{Header: h}
		r.SetBasicAuth(v.user.Username(), pw)
	}
}

// answer returns the result of an answer that is no redirect.
func (v *visit) answer(ctx context.Context, res *http.Response) (*Result, error) {
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return v.document(ctx, res)
	case http.StatusIMUsed:
		if !v.delta || !strings.EqualFold(strings.TrimSpace(res.Header.Get("IM")), "feed") {
			return nil, v.problemFrom(res, Unsolicited, v.url.Hostname()+" answered 226 IM Used, which was not asked for")
		}
		return v.document(ctx, res)
	case http.StatusNotModified:
		if !isSendable(v.Validators.ETag) && !isSendable(v.Validators.LastModified) {
			return nil, v.problemFrom(res, Unsolicited, v.url.Hostname()+" answered 304 Not Modified, though the request asked for the whole feed")
		}
		r := v.result(res)
		r.NotModified = true
		r.Validators = mergeValidators(v.Validators, r.Validators)
		return r, nil
	}
	return nil, v.statusProblem(res)
}

// document reads an answer that has a body. If that breaks off over HTTP/2, it requests it
// again over HTTP/1.1.
func (v *visit) document(ctx context.Context, res *http.Response) (*Result, error) {
	r := v.result(res)
	r.Delta = res.StatusCode == http.StatusIMUsed
	c, err := v.readBody(ctx, res)
	switch {
	case err == errHTTP2:
		return v.again(ctx)
	case err != nil:
		return nil, &bodyError{err}
	}
	r.buf, r.Body, r.WireBytes = c.buf, c.buf.bytes(), c.received
	if who := challenge(res, r.Body); who != "" {
		r.Release()
		return nil, v.problemFrom(res, Blocked, challengeText(v.url, who))
	}
	if c.cut != nil {
		v.cutResult(ctx, r, c)
	}
	return r, nil
}

// again requests the current address over HTTP/1.1.
func (v *visit) again(ctx context.Context) (*Result, error) {
	res, err := v.hopHTTP1(ctx)
	switch {
	case err != nil:
		return nil, err
	case isRedirect(res):
		drain(res.Body)
		return nil, v.problemFrom(res, BadRedirect, v.url.Hostname()+" redirects over HTTP/1.1, but not over HTTP/2")
	}
	return v.answer(ctx, res)
}

// cutResult says why a body has only its beginning.
func (v *visit) cutResult(ctx context.Context, r *Result, c *content) {
	r.Cut, r.Validators = true, news.Validators{}
	switch {
	case c.broken:
		r.Broken = v.problem(ctx, &bodyError{c.cut})
		r.CutText = r.Broken.Text
	case errors.Is(c.cut, errLarge):
		r.CutText = v.higherLimit("")
	default:
		r.CutText = "its compressed form is damaged or breaks off"
	}
}

// higherLimit says, behind a separator, that a larger body can be allowed; empty when it
// can't.
func (v *visit) higherLimit(separator string) string {
	if v.maxBytes >= MaxLimit {
		return ""
	}
	return fmt.Sprintf("%s`limit` of the source in feeds.yaml can be up to %d MB", separator, MaxLimit>>20)
}

// result returns what the header of an answer says.
func (v *visit) result(res *http.Response) *Result {
	r := &Result{
		Status:     res.StatusCode,
		URL:        v.url.String(),
		MovedTo:    v.moved,
		Header:     res.Header,
		Validators: validators(res.Header),
		FreshFor:   min(Freshness(res.Header, v.now), v.conf.MaxFreshness),
		RetryAfter: retryTime(res.Header, v.now, v.conf.MaxRetryAfter),
	}
	r.OldTLS, r.MaxBytes = isOldTLS(res.TLS), v.maxBytes
	if links := res.Header["Link"]; links != nil {
		r.Hub, r.Self = hubAndSelf(links, r.URL)
	}
	if to := res.Header.Get("Content-Location"); to != "" {
		r.ContentLocation = resolve(r.URL, to)
	}
	return r
}

// problemFrom returns the problem that an answer is.
func (v *visit) problemFrom(res *http.Response, kind Kind, text string) *Problem {
	return &Problem{
		Kind: kind, Text: text, Status: res.StatusCode,
		RetryAfter: retryTime(res.Header, v.now, v.conf.MaxRetryAfter),
	}
}

// problem returns the problem that err is, with the address where it happened.
func (v *visit) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if !errors.As(err, &p) {
		p = v.explain(ctx, err)
	}
	p.URL, p.MovedTo = v.url.String(), v.moved
	return p
}
