package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// same compares in a time that tells nothing of either, their lengths included.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// local tells whether a request was made by a program on this machine, for this
// machine: not by a page of another site whose name leads here (DNS rebinding),
// and not passed on by a proxy that runs here. HTTP/1.0 is what some proxies
// speak that add no header of their own.
func local(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && r.ProtoAtLeast(1, 1) &&
		loopback(r.Host) && !forwarded(r.Header) && homely(r.Header.Get("Origin"))
}

// loopback takes the value of a Host header.
func loopback(host string) bool {
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

func homely(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && loopback(u.Host)
}

// forwarders are the headers that proxies and content networks add.
var forwarders = []string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Proxyuser-Ip", "True-Client-Ip",
	"X-Original-Forwarded-For", "X-Originating-Ip", "X-Original-Host", "X-Envoy-External-Address", "Fastly-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray",
	"Cdn-Loop", "X-Azure-Clientip", "X-Appengine-User-Ip", "X-Amzn-Trace-Id",
}

func forwarded(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(forwarders, name) {
			return true
		}
	}
	return false
}

// network is what one client may choose its address from.
func network(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // an invalid address gives the zero Prefix
	return p
}
