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
// last address that they forward which is not a trusted proxy itself. It is invalid when
// the peer's address can't be parsed.
func ClientAddr(r *http.Request, proxies []netip.Prefix) netip.Addr {
	addr := peerAddr(r)
	if !contains(proxies, addr) {
		return addr
	}
	for _, hop := range slices.Backward(forwardedFor(r.Header)) {
		ip, ok := parseHop(hop)
		if !ok {
			break
		}
		if addr = ip; !contains(proxies, addr) {
			break
		}
	}
	return addr
}

// CameByHTTPS tells whether the client used HTTPS, to us or to a trusted proxy.
func CameByHTTPS(r *http.Request, proxies []netip.Prefix) bool {
	if r.TLS != nil || !contains(proxies, peerAddr(r)) {
		return r.TLS != nil
	}
	outermost, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	protos := forwardedParams(r.Header, "proto")
	return strings.EqualFold(strings.TrimSpace(outermost), "https") || len(protos) > 0 && strings.EqualFold(protos[0], "https")
}

func peerAddr(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // an error gives the zero Addr
	return peer.Addr().Unmap().WithZone("")
}

func contains(networks []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// forwardedFor returns the addresses that proxies forward, the client's first: those of
// X-Forwarded-For, else of Forwarded (RFC 7239), else that of X-Real-IP.
func forwardedFor(h http.Header) []string {
	if all := h.Values("X-Forwarded-For"); len(all) > 0 {
		return strings.Split(strings.Join(all, ","), ",")
	}
	if len(h.Values("Forwarded")) > 0 {
		return forwardedParams(h, "for")
	}
	return h.Values("X-Real-Ip")
}

// parseHop parses an address that a proxy forwards, with or without a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	if err != nil {
		var with netip.AddrPort
		with, err = netip.ParseAddrPort(hop)
		ip = with.Addr()
	}
	return ip.Unmap().WithZone(""), err == nil
}

// forwardedParams returns a parameter of each element of the Forwarded header (RFC 7239
// section 4), empty for an element without it.
func forwardedParams(h http.Header, name string) (values []string) {
	for _, element := range splitUnquoted(strings.Join(h.Values("Forwarded"), ","), ',') {
		value := ""
		for _, pair := range splitUnquoted(element, ';') {
			if k, v, ok := strings.Cut(pair, "="); ok && strings.EqualFold(strings.TrimSpace(k), name) {
				value = unquote(strings.TrimSpace(v))
			}
		}
		values = append(values, value)
	}
	return values
}

// splitUnquoted splits s at a separator that is not inside double quotes.
func splitUnquoted(s string, separator byte) (parts []string) {
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unquote returns the text of a quoted string (RFC 9110 section 5.6.4), or s itself.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}
