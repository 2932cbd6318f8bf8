// Package fetch makes one polite conditional GET.
//
// It promises that a source cannot hurt: bytes, time, redirects and headers of
// every visit are bounded, and no address is dialled that feeds.yaml does not
// allow, whichever name or redirect leads there. Validators go back byte for
// byte as they came. It keeps no cookies, tells no referrer, uses no proxy of
// the environment, and sends what belongs to a source to no other host.
//
// It knows nothing of feeds: whether a body is one, and when a source is worth
// visiting again, is for others to say. What time it is, others say.
package fetch

import (
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

	"github.com/slugline/slugline/internal/news"
)

// Config says how visits are made. The zero value of each field is usable.
type Config struct {
	Version string // of Slugline, in the User-Agent
	URL     string // where our pages are, in the User-Agent
	Contact string // of the newsroom, in the User-Agent; may be empty

	Allow        []string // private ranges ("10.1.0.0/16"), addresses, or "address:port", that may be fetched
	OwnListeners []string // "address:port" of our own listeners: never fetched, whatever Allow says

	MaxBytes       int64         // of a decoded body, and of the bytes on the wire; 0 means 8 MB
	MaxHeader      int64         // bytes of a response's header; 0 means 256 KB
	MaxRedirects   int           // redirects of one visit; 0 means 10
	ConnectTimeout time.Duration // limit for the name, the connection and TLS, each; 0 means 10s
	HeaderTimeout  time.Duration // limit until the response's header is there; 0 means 20s
	TotalTimeout   time.Duration // limit for a visit, redirects included; 0 means 60s
	RateWindow     time.Duration // each Window must bring MinBytes of a body; 0 means 10s
	MinBytes       int64         // 0 means 4 KB
	MaxRetryAfter  time.Duration // the longest Retry-After that is believed; 0 means 7 days
	MaxFreshness   time.Duration // the longest max-age that is believed; 0 means 24h

	TLS *tls.Config // nil: the machine's roots; tests bring their own
}

// Request is what a source is asked.
type Request struct {
	URL         string
	Validators  news.Validators // of the last visit that was filed; sent back as they are
	Subscribers int             // told to the source in the User-Agent
	UserAgent   string          // the source's own, instead of ours; never sent to another host
	Header      http.Header     // the source's own; never sent to another host

	// Turn, unless nil, is called before a redirect is followed, and may wait for the
	// turn at the host of to. An error of it ends the visit. What it takes does not
	// count against Total.
	BeforeRedirect func(ctx context.Context, to string) error
}

// Result is an answer that a reader of feeds can use.
type Result struct {
	Status      int
	URL         string // that answered, after all redirects
	MovedTo     string // where the source lives now: the end of the permanent redirects that come before any other; "" when it has not moved
	NotModified bool   // 304: what the validators vouch for still stands; Body is empty
	Delta       bool   // 226: Body holds only what is new (RFC 3229)
	Body        []byte // decoded; nil after Release
	WireBytes   int64  // bytes of the body before decoding
	Header      http.Header
	Validators  news.Validators // to store when Body is filed; of a 304 the new ones, else those sent
	FreshFor    time.Duration   // what max-age or Expires asks us to wait; 0 when nothing
	RetryAfter  time.Time       // not before this; zero when not said
	Hub, Self   string          // of the Link header, absolute (WebSub)

	buf *buffer
}

// Release gives the memory of Body back, for the body of another visit. Nothing
// may look into Body afterwards. Every Result is to be released: a large one
// holds a place that others wait for.
func (r *Result) Release() {
	if r.buf != nil {
		r.buf.release()
		r.buf, r.Body = nil, nil
	}
}

// Client visits. It is safe for concurrent use and shares its connections
// between visits.
type Client struct {
	conf         Config
	agent        [2]string // the User-Agent before and after the number of subscribers
	guard        *guard
	http         *http.Transport
	allowedNames sync.Map  // host:port of a name whose address is in Allow
	wire         *bodyPool // bodies as they are sent
	decoded      *bodyPool
	decoders     chan struct{} // as many as may be at work
}

// New makes a client. The error tells which entry of Allow or Own can't be read.
func New(conf Config) (*Client, error) {
	g, err := newGuard(conf.Allow, conf.OwnListeners)
	if err != nil {
		return nil, err
	}
	c := &Client{conf: withDefaults(conf), guard: g, decoders: make(chan struct{}, maxDecoders)}
	c.agent = agent(c.conf)
	c.wire, c.decoded = newBodyPool(c.conf.MaxBytes, wireSlots), newBodyPool(c.conf.MaxBytes, decodedSlots)
	c.http = &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        conf.TLS,
		TLSHandshakeTimeout:    c.conf.ConnectTimeout,
		ResponseHeaderTimeout:  c.conf.HeaderTimeout,
		MaxResponseHeaderBytes: c.conf.MaxHeader,
		DisableCompression:     true, // decoded by us, with limits
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
	}
	return c, nil
}

// Close lets the idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

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

// commentText keeps what may stand in a comment of a header (RFC 9110 section 5.6.5).
func commentText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) {
			return -1
		}
		return r
	}, s)
}

func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: c.conf.ConnectTimeout, Control: c.guard.control}
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok && c.guard.allowed(tcp.AddrPort()) {
		c.allowedNames.Store(addr, true)
	}
	return conn, nil
}

// IsAllowListed tells whether an address is one that Allow names: ours, so that no
// pause between requests is due. Of a name it is known after its first visit.
func (c *Client) IsAllowListed(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	addr := hostPort(u)
	if ap, err := parseAddrPort(addr); err == nil {
		return c.guard.allowed(ap)
	}
	_, known := c.allowedNames.Load(addr)
	return known
}

// Get visits once. The error is a *Problem when the source is at fault, and
// otherwise ctx's. now is when the visit is made; times that the server gives
// are counted from it.
func (c *Client) Get(ctx context.Context, r Request, now time.Time) (*Result, error) {
	u, err := address(r.URL)
	if err != nil {
		return nil, &Problem{Kind: BadAddress, Text: err.Error()}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v := &visit{Client: c, Request: r, now: now, cancel: cancel, user: u.User, url: u, permanent: true, onSourceHost: true}
	v.limit = time.AfterFunc(c.conf.TotalTimeout, func() { cancel(errTotal) })
	v.until = time.Now().Add(c.conf.TotalTimeout)
	defer v.limit.Stop()
	u.User = nil
	res, err := v.follow(ctx)
	if err == nil {
		return res, nil
	}
	if cause := context.Cause(ctx); cause != nil && cause != errTotal && cause != errRate {
		return nil, fmt.Errorf("get %s: %w", v.url, cause)
	}
	return nil, v.problem(ctx, err)
}

// visit is one Get under way.
type visit struct {
	*Client
	Request
	now    time.Time
	cancel context.CancelCauseFunc
	limit  *time.Timer // ends the visit, at until
	until  time.Time

	user         *url.Userinfo // of the source's address
	url          *url.URL      // of the hop under way
	moved        string
	permanent    bool // every hop so far was
	onSourceHost bool // every hop so far was to the host that owns the source's headers
	seen         []string
	delta        bool // A-IM was sent
}

func (v *visit) follow(ctx context.Context) (*Result, error) {
	for {
		res, err := v.hop(ctx)
		if err != nil {
			return nil, err
		}
		if !isRedirect(res.StatusCode) {
			return v.answer(ctx, res)
		}
		drain(res.Body)
		if err := v.redirect(res); err != nil {
			return nil, err
		}
		if err := v.waitForHost(ctx); err != nil {
			return nil, err
		}
	}
}

// waitForHost has who made the request take its turn at the next hop's host.
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

func (v *visit) hop(ctx context.Context) (*http.Response, error) {
	req := (&http.Request{
		Method: http.MethodGet,
		URL:    v.url,
		Host:   v.url.Host,
		Header: v.header(),
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	return v.http.RoundTrip(req)
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

// addSourceHeader adds what belongs to the source: it goes to its host alone.
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

func (v *visit) answer(ctx context.Context, res *http.Response) (*Result, error) {
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return v.document(ctx, res)
	case http.StatusIMUsed:
		if !v.delta || !strings.EqualFold(strings.TrimSpace(res.Header.Get("IM")), "feed") {
			return nil, v.problemFrom(res, Unsolicited, v.url.Hostname()+" answered with a difference (226) that was not asked for")
		}
		return v.document(ctx, res)
	case http.StatusNotModified:
		if !isSendable(v.Validators.ETag) && !isSendable(v.Validators.LastModified) {
			return nil, v.problemFrom(res, Unsolicited, v.url.Hostname()+" answered 304 Not Modified though nothing was asked of it that allows this answer")
		}
		r := v.result(res)
		r.NotModified = true
		r.Validators = mergeValidators(v.Validators, r.Validators)
		return r, nil
	}
	return nil, v.statusProblem(res)
}

func (v *visit) document(ctx context.Context, res *http.Response) (*Result, error) {
	r := v.result(res)
	r.Delta = res.StatusCode == http.StatusIMUsed
	buf, wire, err := v.readBody(ctx, res)
	if err != nil {
		return nil, &bodyError{err}
	}
	r.buf, r.Body, r.WireBytes = buf, *buf.b, wire
	if who := challenge(res, r.Body); who != "" {
		r.Release()
		return nil, v.problemFrom(res, Blocked, challengeText(v.url, who))
	}
	return r, nil
}

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
	if links := res.Header["Link"]; links != nil {
		r.Hub, r.Self = hubAndSelf(links, v.url)
	}
	return r
}

func (v *visit) problemFrom(res *http.Response, kind Kind, text string) *Problem {
	return &Problem{
		Kind: kind, Text: text, Status: res.StatusCode,
		RetryAfter: retryTime(res.Header, v.now, v.conf.MaxRetryAfter),
	}
}

// problem completes what went wrong: where, and where to the source moved.
func (v *visit) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if !errors.As(err, &p) {
		p = v.explain(ctx, err)
	}
	p.URL, p.MovedTo = v.url.String(), v.moved
	return p
}
