package fetch

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// isRedirect reports whether a status is a redirect that is followed.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirect makes the Location of an answer the address of the next hop.
func (v *visit) redirect(res *http.Response) error {
	location := res.Header.Get("Location")
	if location == "" {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: statusText(v.url, res.StatusCode) + " without an address to go to"}
	}
	ref, err := url.Parse(location)
	if err != nil {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects to an invalid address"}
	}
	next := v.url.ResolveReference(ref)
	next.User, next.Fragment, next.RawFragment = nil, "", ""
	if err := checkURL(next); err != nil {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects to an address that can't be visited: " + err.Error()}
	}
	v.seen = append(v.seen, v.url.String())
	for _, s := range v.seen {
		if s == next.String() {
			return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects in a circle"}
		}
	}
	if len(v.seen) > v.conf.MaxRedirects {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: fmt.Sprintf("%s redirects more than %d times", v.url.Hostname(), v.conf.MaxRedirects)}
	}
	v.permanent = v.permanent && (res.StatusCode == http.StatusMovedPermanently || res.StatusCode == http.StatusPermanentRedirect)
	if v.permanent {
		v.moved = next.String()
	}
	v.onSourceHost = v.onSourceHost && sameHostURL(v.url, next)
	v.url = next
	return nil
}

// SameHost reports whether the headers and credentials of the source at one address may
// be sent to another, as after a redirect. It is true for the same scheme, host and port,
// and for the same host on the default ports of http and then https.
func SameHost(source, to string) bool {
	a, err := url.Parse(source)
	b, err2 := url.Parse(to)
	return err == nil && err2 == nil && sameHostURL(a, b)
}

// sameHostURL is SameHost for parsed addresses.
func sameHostURL(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	return a.Scheme == b.Scheme && port(a) == port(b) ||
		a.Scheme == "http" && port(a) == "80" && b.Scheme == "https" && port(b) == "443"
}
