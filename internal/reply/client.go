package reply

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// BearerToken returns the token of an Authorization header of the scheme Bearer (RFC 6750
// section 2.1), and whether there is one.
func BearerToken(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// EqualSecrets compares two secrets in a time that reveals nothing about them, including
// their lengths.
func EqualSecrets(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// IsLocal tells whether a program on this machine made the request, to a loopback host.
// Requests of pages whose host name resolves to this machine (DNS rebinding) and requests
// forwarded by a proxy on this machine are not local. HTTP/1.0 counts as forwarded because
// some proxies use it and add no header.
func IsLocal(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && r.ProtoAtLeast(1, 1) &&
		isLoopback(r.Host) && !isForwarded(r.Header) && isLoopbackOrigin(r.Header.Get("Origin"))
}

// isLoopback tells whether a Host header names this machine.
func isLoopback(host string) bool {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host {
		return false
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback()
}

// isLoopbackOrigin tells whether an Origin header, which may be missing, names this
// machine.
func isLoopbackOrigin(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Host)
}

// proxyHeaders are headers that proxies and content delivery networks add.
var proxyHeaders = []string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Proxyuser-Ip", "True-Client-Ip",
	"X-Original-Forwarded-For", "X-Originating-Ip", "X-Original-Host", "X-Envoy-External-Address", "Fastly-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray",
	"Cdn-Loop", "X-Azure-Clientip", "X-Appengine-User-Ip", "X-Amzn-Trace-Id",
}

func isForwarded(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(proxyHeaders, name) {
			return true
		}
	}
	return false
}

// ClientNetwork returns the network that limits count as one client: the address itself
// for IPv4, its /64 for IPv6, within which a client can choose its address.
func ClientNetwork(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // an invalid address gives the zero Prefix
	return p
}

// ClientAddr returns the address of the client: the peer or, behind trusted proxies, the
// last address in X-Forwarded-For that is not a trusted proxy. It is invalid when the
// peer's address can't be parsed.
func ClientAddr(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
		ip, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = ip.Unmap()
	}
	return addr
}
