package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// transports keeps the connections that are made with one set of authorities.
type transports struct {
	usual *http.Transport // HTTP/2 where the server offers it
	http1 *http.Transport // for servers whose HTTP/2 fails
}

func (t *transports) close() {
	t.usual.CloseIdleConnections()
	t.http1.CloseIdleConnections()
}

func (c *Client) newTransports(conf *tls.Config) *transports {
	t := &transports{usual: c.newTransport(conf), http1: c.newTransport(conf)}
	t.usual.ForceAttemptHTTP2 = true
	t.http1.Protocols = new(http.Protocols)
	t.http1.Protocols.SetHTTP1(true)
	return t
}

func (c *Client) newTransport(conf *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        conf.Clone(),
		TLSHandshakeTimeout:    c.conf.ConnectTimeout,
		MaxResponseHeaderBytes: c.conf.MaxHeader,
		DisableCompression:     true, // decoded by us, with limits
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
	}
}

func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: c.conf.ConnectTimeout, Control: c.guard.control}
	dialled, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := dialled.RemoteAddr().(*net.TCPAddr); ok && c.guard.allowed(tcp.AddrPort()) {
		c.allowedNames.Store(addr, true)
	}
	if tcp, ok := dialled.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, nil
	}
	return dialled, nil
}

// rsaSuites are cipher suites without forward secrecy, which some old servers have alone.
// Like browsers, we offer them after all others.
var rsaSuites = []uint16{
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// tlsConfig returns conf, which may be nil, with our cipher suites.
func tlsConfig(conf *tls.Config) *tls.Config {
	if conf == nil {
		conf = &tls.Config{}
	}
	conf = conf.Clone()
	conf.MinVersion = max(conf.MinVersion, tls.VersionTLS12)
	if conf.CipherSuites == nil {
		for _, s := range tls.CipherSuites() {
			conf.CipherSuites = append(conf.CipherSuites, s.ID)
		}
		conf.CipherSuites = append(conf.CipherSuites, rsaSuites...)
	}
	return conf
}

// isOldTLS reports whether a connection has a cipher suite without forward secrecy. s may
// be nil.
func isOldTLS(s *tls.ConnectionState) bool {
	if s == nil {
		return false
	}
	for _, id := range rsaSuites {
		if s.CipherSuite == id {
			return true
		}
	}
	return false
}

// maxAuthorities is how many sets of authorities keep connections.
const maxAuthorities = 16

// authorities holds the transports of sources with an authority of their own, by the
// content of its file.
type authorities struct {
	mu sync.Mutex // guards m
	m  map[string]*transports
}

// errAuthority says that a text has no certificate in it.
var errAuthority = errors.New("there is no certificate in it")

// CheckAuthority says why pem can't be Request.Authority; nil when it can.
func CheckAuthority(pem []byte) error {
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return errAuthority
	}
	return nil
}

// transportsFor returns the transports that trust one more authority, in PEM.
func (c *Client) transportsFor(pem string) (*transports, error) {
	if pem == "" {
		return c.public, nil
	}
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	if t := c.own.m[pem]; t != nil {
		return t, nil
	}
	conf, err := withAuthority(c.tls, pem)
	if err != nil {
		return nil, err
	}
	if len(c.own.m) >= maxAuthorities {
		c.own.clear()
	}
	t := c.newTransports(conf)
	c.own.m[pem] = t
	return t, nil
}

// clear drops all transports. Visits under way go on with theirs. mu must be locked.
func (a *authorities) clear() {
	for _, t := range a.m {
		t.close()
	}
	a.m = map[string]*transports{}
}

// withAuthority returns conf with one more authority.
func withAuthority(conf *tls.Config, pem string) (*tls.Config, error) {
	roots := conf.RootCAs
	if roots == nil {
		var err error
		if roots, err = x509.SystemCertPool(); err != nil {
			return nil, err
		}
	}
	roots = roots.Clone()
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		return nil, errAuthority
	}
	conf = conf.Clone()
	conf.RootCAs = roots
	return conf, nil
}

// maxHTTP1Hosts is how many hosts are remembered.
const maxHTTP1Hosts = 1000

// http1Hosts remembers the hosts whose HTTP/2 failed and whose HTTP/1.1 did not, so that
// their next visits begin with HTTP/1.1.
type http1Hosts struct {
	mu sync.Mutex // guards m
	m  map[string]struct{}
}

func (h *http1Hosts) has(host string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.m[host]
	return ok
}

func (h *http1Hosts) add(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil || len(h.m) >= maxHTTP1Hosts {
		h.m = map[string]struct{}{}
	}
	h.m[host] = struct{}{}
}

// hop makes the request for the current address. If that fails over HTTP/2, it makes it
// again over HTTP/1.1 (RFC 9113 section 7, HTTP_1_1_REQUIRED, and all other errors of
// streams, frames and connections).
func (v *visit) hop(ctx context.Context) (*http.Response, error) {
	if v.url.Scheme != "https" {
		return v.roundTrip(ctx, v.transports.usual)
	}
	if v.http1 || v.http1Hosts.has(v.url.Host) {
		return v.roundTrip(ctx, v.transports.http1)
	}
	w := &http2Watch{}
	traced, cancel := context.WithCancel(ctx)
	w.cancel = cancel
	res, err := v.roundTrip(httptrace.WithClientTrace(traced, &httptrace.ClientTrace{GotConn: w.gotConn}), v.transports.usual)
	if err == nil {
		return res, nil // ctx ends traced when the body has been read
	}
	cancel()
	if !w.http2 && !isNoProtocol(err) || ctx.Err() != nil || isTimeout(err) {
		return nil, err
	}
	return v.hopHTTP1(ctx)
}

// http2Watch notes whether a request went over HTTP/2. net/http makes requests that a server
// resets again and again, with growing pauses; after one on a new connection, HTTP/1.1 is
// more likely to work.
type http2Watch struct {
	http2  bool
	failed bool // a connection that this request opened
	cancel context.CancelFunc
}

func (w *http2Watch) gotConn(info httptrace.GotConnInfo) {
	c, ok := info.Conn.(*tls.Conn)
	w.http2 = ok && c.ConnectionState().NegotiatedProtocol == "h2"
	if w.http2 && w.failed {
		w.cancel()
	}
	w.failed = !info.Reused
}

// hopHTTP1 makes the request for the current address over HTTP/1.1, and so all later ones
// of the visit.
func (v *visit) hopHTTP1(ctx context.Context) (*http.Response, error) {
	v.http1 = true
	res, err := v.roundTrip(ctx, v.transports.http1)
	if err == nil {
		v.http1Hosts.add(v.url.Host)
	}
	return res, err
}

// isNoProtocol reports whether a server refused a connection because it knows none of the
// protocols that it was offered (RFC 7301 section 3.2).
func isNoProtocol(err error) bool {
	const noApplicationProtocol = tls.AlertError(120)
	var alert tls.AlertError
	return errors.As(err, &alert) && alert == noApplicationProtocol || strings.Contains(err.Error(), "tls: no application protocol")
}

// mayRetry reports whether a body that broke off is to be requested again over HTTP/1.1.
func (v *visit) mayRetry(res *http.Response) bool { return res.ProtoMajor == 2 && !v.http1 }

// roundTrip makes one request. The answer's header must arrive within the visit's timeout.
func (v *visit) roundTrip(ctx context.Context, t *http.Transport) (*http.Response, error) {
	req := (&http.Request{
		Method: http.MethodGet,
		URL:    v.url,
		Host:   v.url.Host,
		Header: v.header(),
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	limit := time.AfterFunc(v.timeout, func() { v.cancel(errHeader) })
	defer limit.Stop()
	res, err := t.RoundTrip(req)
	v.tell(res, err)
	return res, err
}
