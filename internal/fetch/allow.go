package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/slugline/slugline/internal/weburl"
)

// guard decides which addresses may be dialled. It checks the IP address that is dialled,
// after the name was looked up.
type guard struct {
	key    string           // of feeds.yaml that lists what is allowed, for messages; empty: none
	own    []netip.AddrPort // our listeners
	exact  []netip.AddrPort // allowed with their port
	hosts  []netip.Addr     // allowed with any port
	ranges []netip.Prefix   // allowed with any port, without the addresses of metadata
	public *ssrf.Guardian
}

// fetchKey is the key of feeds.yaml that lists which private addresses may be visited.
const fetchKey = "fetch.allow"

func newGuard(key string, allow, own []string) (*guard, error) {
	g := &guard{key: key, public: ssrf.New(ssrf.WithAnyPort())}
	for _, s := range allow {
		if err := g.allow(s); err != nil {
			return nil, err
		}
	}
	for _, s := range own {
		ap, err := parseAddrPort(s)
		if err != nil {
			return nil, fmt.Errorf("own listener %q: %w", s, err)
		}
		g.own = append(g.own, ap)
	}
	return g, nil
}

// allow adds a range, an address, or an address with a port.
func (g *guard) allow(s string) error {
	if p, err := netip.ParsePrefix(s); err == nil {
		g.ranges = append(g.ranges, p.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		g.hosts = append(g.hosts, a.Unmap())
		return nil
	}
	ap, err := parseAddrPort(s)
	if err != nil {
		return fmt.Errorf("allow %q: neither a range, an address, nor address:port", s)
	}
	g.exact = append(g.exact, ap)
	return nil
}

// CheckAllow says why s can't be an entry of a list of allowed addresses; nil when it can.
func CheckAllow(s string) error { return new(guard).allow(s) }

// Refused returns the IP address and port of a web address if it is known, without a
// look-up, not to be public and allow does not name it. Otherwise it is empty.
func Refused(address string, allow []string) string {
	at, known := literal(address)
	g, err := newGuard(fetchKey, allow, nil)
	if !known || err != nil || g.check(at) == nil {
		return ""
	}
	return at.String()
}

// literal returns the IP address and port of a web address if they are known without a
// look-up.
func literal(address string) (at netip.AddrPort, known bool) {
	u, err := weburl.Parse(address)
	if err != nil {
		return at, false
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1"
	}
	at, err = netip.ParseAddrPort(net.JoinHostPort(host, port(u)))
	return unmapped(at), err == nil
}

// parseAddrPort parses address:port. Without an address, as in ":8080", it means all.
func parseAddrPort(s string) (netip.AddrPort, error) {
	if strings.HasPrefix(s, ":") {
		s = "[::]" + s
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return ap, err
	}
	return unmapped(ap), nil
}

// unmapped returns an IPv4 address that is mapped to IPv6 as IPv4, so that it has only
// one form.
func unmapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// allowed reports whether feeds.yaml lists the address.
func (g *guard) allowed(ap netip.AddrPort) bool {
	ap = unmapped(ap)
	if slices.Contains(g.exact, ap) || slices.Contains(g.hosts, ap.Addr()) {
		return true
	}
	return !isMetadata(ap.Addr()) && slices.ContainsFunc(g.ranges, func(p netip.Prefix) bool { return p.Contains(ap.Addr()) })
}

// control is the hook that net.Dialer calls before it connects.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &forbiddenError{why: "it has no address that can be checked"}
	}
	return g.check(unmapped(ap))
}

// check says why an address may not be dialled; nil when it may.
func (g *guard) check(ap netip.AddrPort) error {
	switch {
	case g.isOwn(ap):
		return &forbiddenError{why: fmt.Sprintf("%s is Slugline itself", ap)}
	case g.allowed(ap):
		return nil
	case isMetadata(ap.Addr()):
		return &forbiddenError{why: fmt.Sprintf("%s has the metadata of a cloud, with its credentials", ap) + g.hint("; a range never allows it, only the address itself in ")}
	case ap.Port() == 0 || g.public.SafeAddr(ap.Addr()) != nil:
		return &forbiddenError{why: fmt.Sprintf("%s is not a public address", ap) + g.hint("; to allow it, add it to ")}
	}
	return nil
}

// writtenControl is the hook for a host that feeds.yaml names: it may be private, but it is
// not Slugline, and not where a cloud has its metadata unless the file has that very
// address, ip.
func (g *guard) writtenControl(ip netip.Addr) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, c syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || g.isOwn(unmapped(ap)) || isMetadata(ap.Addr()) && ap.Addr().Unmap() != ip {
			return g.control(network, address, c)
		}
		return nil
	}
}

// hint is a text and the key that it is about; empty when there is no key.
func (g *guard) hint(text string) string {
	if g.key == "" {
		return ""
	}
	return text + g.key
}

// isOwn reports whether the address is one of our listeners.
func (g *guard) isOwn(ap netip.AddrPort) bool {
	for _, o := range g.own {
		if o.Port() != ap.Port() {
			continue
		}
		a := ap.Addr().WithZone("")
		if inner, ok := embedded(a); ok && !a.IsUnspecified() && !a.IsLoopback() {
			a = inner
		}
		if a == o.Addr() || a.IsUnspecified() || o.Addr().IsUnspecified() && isLocal(a) {
			return true
		}
	}
	return false
}

// isLocal reports whether an address is one of this machine's. If the machine's addresses
// can't be read, it is true.
func isLocal(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, i := range addrs {
		if n, ok := i.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == a {
				return true
			}
		}
	}
	return false
}

// forbiddenError says why an address may not be dialled.
type forbiddenError struct{ why string }

func (e *forbiddenError) Error() string { return "forbidden address: " + e.why }

func (e *forbiddenError) text(host string) string {
	return fmt.Sprintf("%s may not be visited: %s", host, e.why)
}
