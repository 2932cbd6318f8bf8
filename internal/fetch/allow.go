package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard says which addresses may be dialled. It is asked with the address that
// is dialled, after the name was looked up.
type guard struct {
	own    []netip.AddrPort
	exact  []netip.AddrPort
	ranges []netip.Prefix
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

// CheckAllow tells whether s can stand in fetch.allow.
func CheckAllow(s string) error { return new(guard).allow(s) }

// parseAddrPort also takes ":8080", as listeners have it.
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

// unmapped writes an IPv4 address in one way only.
func unmapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// allowed tells whether feeds.yaml allows the address by name.
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

// control is net.Dialer's hook before each connect.
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
		return &forbiddenError{why: fmt.Sprintf("%s is no public address; if it is meant, put it under fetch.allow", ap)}
	}
	return nil
}

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

// isLocal tells whether an address is one of this machine. When the machine
// won't say, it is.
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

// forbiddenError is control's answer to an address that may not be dialled.
type forbiddenError struct{ why string }

func (e *forbiddenError) Error() string { return "forbidden address: " + e.why }

func (e *forbiddenError) text(host string) string {
	return fmt.Sprintf("%s may not be visited: %s", host, e.why)
}
