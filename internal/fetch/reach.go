package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/slugline/slugline/internal/weburl"
)

// Reach says which addresses a Transport dials besides public ones.
type Reach struct {
	Key          string   // of feeds.yaml that has Allow, for messages
	Allow        []string // as in Config
	Written      []string // web addresses that feeds.yaml names: their hosts may be private, at the same port
	OwnListeners []string // as in Config: never dialled
}

// Transport makes requests of any method, to addresses that visits have nothing to do
// with: those of callbacks, hubs and targets of alerts. It checks the IP address that it
// dials, as visits do. Callers must limit redirects, the size of bodies, and time.
type Transport struct {
	http    *http.Transport
	guard   *guard
	written map[string]netip.Addr // by host:port as dialled; the zero Addr for a name
}

const (
	reachTimeout   = 10 * time.Second // for the connection and for TLS, each
	maxReachHeader = 64 << 10         // bytes of an answer's header
)

// NewTransport returns a transport. The error says which entry of Allow or OwnListeners is
// wrong.
func NewTransport(r Reach) (*Transport, error) {
	g, err := newGuard(r.Key, r.Allow, r.OwnListeners)
	if err != nil {
		return nil, err
	}
	t := &Transport{guard: g, written: map[string]netip.Addr{}}
	for _, s := range r.Written {
		t.addWritten(s)
	}
	t.http = &http.Transport{
		DialContext:            t.dial,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        tlsConfig(nil),
		TLSHandshakeTimeout:    reachTimeout,
		MaxResponseHeaderBytes: maxReachHeader,
		DisableCompression:     true,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
	}
	return t, nil
}

// addWritten adds the host and port of a web address. An address that can't be parsed is
// never dialled either.
func (t *Transport) addWritten(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	host := u.Hostname()
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii // as net/http does
	}
	ip, _ := netip.ParseAddr(host) // a name has the zero Addr
	t.written[strings.ToLower(net.JoinHostPort(host, port(u)))] = ip.Unmap()
}

// RoundTrip makes one request.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.http.RoundTrip(r) }

// Close closes idle connections.
func (t *Transport) Close() { t.http.CloseIdleConnections() }

// Lists reports whether Allow lists the IP address of a web address. A name may have one
// of them when Allow lists any and the name is of no public kind.
func (t *Transport) Lists(address string) bool {
	u, err := weburl.Parse(address)
	if err != nil {
		return false
	}
	if ap, err := parseAddrPort(hostPort(u)); err == nil {
		return t.guard.allowed(ap)
	}
	return t.guard.listsAny() && IsLocalName(u.Hostname())
}

// Refuses reports whether it is known, without a look-up, that a web address may not be
// dialled.
func (t *Transport) Refuses(address string) bool {
	at, known := literal(address)
	return known && t.guard.check(at) != nil
}

func (g *guard) listsAny() bool { return len(g.exact)+len(g.hosts)+len(g.ranges) > 0 }

// IsLocalName reports whether a host name is of a kind that only local name servers know.
func IsLocalName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, local := range []string{".localhost", ".local", ".internal", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, local) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

type pinnedKey struct{}

// Pin makes requests with the context dial these IP addresses, in turn, in place of those
// that a look-up of their host would find.
func Pin(ctx context.Context, addrs []netip.Addr) context.Context {
	return context.WithValue(ctx, pinnedKey{}, addrs)
}

func (t *Transport) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: reachTimeout, Control: t.guard.control}
	if ip, ok := t.written[strings.ToLower(addr)]; ok {
		d.Control = t.guard.writtenControl(ip)
	}
	pinned, _ := ctx.Value(pinnedKey{}).([]netip.Addr)
	if len(pinned) == 0 {
		return d.DialContext(ctx, network, addr)
	}
	return dialPinned(ctx, &d, network, addr, pinned)
}

// dialPinned dials each of the addresses until one connects. All together have the time
// of one.
func dialPinned(ctx context.Context, d *net.Dialer, network, addr string, pinned []netip.Addr) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d.Deadline = time.Now().Add(d.Timeout)
	d.Timeout = max(d.Timeout/time.Duration(len(pinned)), 2*time.Second)
	var all []error
	for _, ip := range pinned {
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return conn, nil
		}
		all = append(all, err)
	}
	return nil, errors.Join(all...)
}

// IsForbidden reports whether a request failed because its address may not be dialled.
func IsForbidden(err error) bool {
	var f *forbiddenError
	return errors.As(err, &f)
}
