package fetch

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirect follows a redirect: the next hop goes to its Location.
func (v *visit) redirect(res *http.Response) error {
	location := res.Header.Get("Location")
	if location == "" {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: statusText(v.url, res.StatusCode) + " without saying where to"}
	}
	ref, err := url.Parse(location)
	if err != nil {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects to something that is no address"}
	}
	next := v.url.ResolveReference(ref)
	next.User, next.Fragment, next.RawFragment = nil, "", ""
	if err := checkURL(next); err != nil {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects to a place we don't visit: " + err.Error()}
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

// SameHost tells whether what belongs to the source at one address may be sent to
// another, as on a redirect.
func SameHost(source, to string) bool {
	a, err := url.Parse(source)
	b, err2 := url.Parse(to)
	return err == nil && err2 == nil && sameHostURL(a, b)
}

// sameHostURL tells whether what was meant for a may go to b: the same scheme, host
// and port, or the same host by TLS.
func sameHostURL(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	return a.Scheme == b.Scheme && port(a) == port(b) ||
		a.Scheme == "http" && port(a) == "80" && b.Scheme == "https" && port(b) == "443"
}
