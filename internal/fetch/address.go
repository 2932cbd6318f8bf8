package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/slugline/slugline/internal/weburl"
)

// maxURL is the length of the longest address that is visited, in bytes.
const maxURL = 8 << 10

// address parses the address of a source or of a redirect. The result has the normal form
// of addresses, so two addresses are the same if they are the same text.
func address(s string) (*url.URL, error) {
	u, err := weburl.Parse(s)
	if err != nil {
		return nil, err
	}
	if len(u.String()) > maxURL {
		return nil, fmt.Errorf("the address is longer than %d KB", maxURL>>10)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// resolve returns ref, from a header of the answer from base, as an absolute address without
// credentials and fragment; empty when it can't be visited.
func resolve(base, ref string) string {
	if ref == "" {
		ref = base
	}
	u, err := address(weburl.Resolve(base, headerText(ref)))
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// port returns the port of an address, also when it is the default one.
func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func hostPort(u *url.URL) string { return net.JoinHostPort(u.Hostname(), port(u)) }

// Domain returns the registrable domain of an address in ASCII. Requests are counted by
// it, and it is the default owner of a source. For an IP address or a name without dots
// it returns host and port. It is empty when rawURL is no address.
func Domain(rawURL string) string {
	name, port, ok := splitHost(rawURL)
	if !ok {
		return ""
	}
	host := strings.TrimSuffix(name, ".")
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return net.JoinHostPort(host, port)
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// splitHost returns the host of an address and its port, also when it is the default one. ok
// is false when rawURL is no address.
func splitHost(rawURL string) (host, at string, ok bool) {
	if host, _, _, ok := weburl.Split(rawURL); ok { // without credentials and not IPv6
		if name, at, ok := strings.Cut(host, ":"); ok {
			return name, at, true
		}
		if strings.HasPrefix(rawURL, "https:") {
			return host, "443", true
		}
		return host, "80", true
	}
	u, err := weburl.Parse(rawURL)
	if err != nil {
		return "", "", false
	}
	return u.Hostname(), port(u), true
}
