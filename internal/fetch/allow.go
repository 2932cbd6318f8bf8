package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/slugline/slugline/internal/weburl"
)

// guard decides which addresses may be dialled. It checks the IP address that is dialled,
// after the name was looked up.
type guard struct {
	own    []netip.AddrPort // our listeners
	exact  []netip.AddrPort // allowed with their port
	ranges []netip.Prefix   // allowed with any port
	public *ssrf.Guardian
}

func newGuard(allow, own []string) (*guard, error) {
	g := &guard{public: ssrf.New(ssrf.WithAnyPort())}
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
		a = a.Unmap()
		g.ranges = append(g.ranges, netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	ap, err := parseAddrPort(s)
	if err != nil {
		return fmt.Errorf("allow %q: neither a range, an address, nor address:port", s)
	}
	g.exact = append(g.exact, ap)
	return nil
}

// CheckAllow says why s can't be an entry of fetch.allow; nil when it can.
func CheckAllow(s string) error { return new(guard).allow(s) }

// Refused returns the IP address and port of a web address if it is known, without a
// look-up, not to be public and allow does not name it. Otherwise it is empty.
func Refused(address string, allow []string) string {
	u, err := weburl.Parse(address)
	if err != nil {
		return ""
	}
	host, port := u.Hostname(), u.Port()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	g, err := newGuard(allow, nil)
	at := net.JoinHostPort(ip.Unmap().String(), port)
	if err != nil || g.control("tcp", at, nil) == nil {
		return ""
	}
	return at
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
	for _, e := range g.exact {
		if e == ap {
			return true
		}
	}
	for _, p := range g.ranges {
		if p.Contains(ap.Addr()) {
			return true
		}
	}
	return false
}

// control is the hook that net.Dialer calls before it connects.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &forbiddenError{why: "it has no address that can be checked"}
	}
	ap = unmapped(ap)
	switch {
	case g.isOwn(ap):
		return &forbiddenError{why: fmt.Sprintf("%s is Slugline itself", ap)}
	case g.allowed(ap):
		return nil
	case ap.Port() == 0 || g.public.SafeAddr(ap.Addr()) != nil:
		return &forbiddenError{why: fmt.Sprintf("%s is not a public address; to allow it, add it to fetch.allow", ap)}
	}
	return nil
}

// isOwn reports whether the address is one of our listeners.
func (g *guard) isOwn(ap netip.AddrPort) bool {
	for _, o := range g.own {
		if o.Port() != ap.Port() {
			continue
		}
		a := ap.Addr().WithZone("")
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
