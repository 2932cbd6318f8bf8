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

func BearerToken(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// EqualSecrets compares in a time that tells nothing of either, their lengths included.
func EqualSecrets(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// IsLocal tells whether a request was made by a program on this machine, for this
// machine: not by a page of another site whose name leads here (DNS rebinding),
// and not passed on by a proxy that runs here. HTTP/1.0 is what some proxies
// speak that add no header of their own.
func IsLocal(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && r.ProtoAtLeast(1, 1) &&
		isLoopback(r.Host) && !isForwarded(r.Header) && isLoopbackOrigin(r.Header.Get("Origin"))
}

// isLoopback takes the value of a Host header.
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

func isLoopbackOrigin(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Host)
}

// proxyHeaders are the headers that proxies and content networks add.
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

// ClientNetwork is what one client may choose its address from.
func ClientNetwork(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // an invalid address gives the zero Prefix
	return p
}

// ClientAddr is the address that a request came from: the peer's, or, behind proxies
// that we trust, the last one in X-Forwarded-For that is not one of theirs. It is
// invalid when the peer's address can't be read.
func ClientAddr(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(at) }) {
			break
		}
		ip, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = ip.Unmap()
	}
	return at
}
