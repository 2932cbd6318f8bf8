package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxURL is the length of the longest address that is visited, in bytes.
const maxURL = 8 << 10

// address parses the address of a source.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, errors.New("this is not a valid address")
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// checkURL says why an address can't be visited; nil when it can.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("only http and https addresses can be visited, not %q", u.Scheme)
	case u.Hostname() == "":
		return errors.New("the address has no host")
	case len(u.String()) > maxURL:
		return fmt.Errorf("the address is longer than %d KB", maxURL>>10)
	}
	return nil
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
	u, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return net.JoinHostPort(host, port(u))
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
