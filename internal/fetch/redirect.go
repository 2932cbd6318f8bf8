package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/weburl"
)

// isRedirect reports whether an answer is a redirect that is followed. 300 is one if it has
// an address (RFC 9110 section 15.4.1).
func isRedirect(res *http.Response) bool {
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return res.StatusCode == http.StatusMultipleChoices && res.Header.Get("Location") != ""
}

// hop is a request of a visit: an address and the cookies that went there. The same hop a
// second time is a circle; the same address with other cookies is none.
type hop struct{ url, cookie string }

// redirect makes the Location of an answer the address of the next hop.
func (v *visit) redirect(res *http.Response) error {
	next, err := v.target(res)
	if err != nil {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: err.Error()}
	}
	v.seen = append(v.seen, hop{v.url.String(), v.cookie})
	v.cookies.keep(v.url, res.Header)
	v.cookie = v.cookies.header(next)
	if slices.Contains(v.seen, hop{next.String(), v.cookie}) {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: v.url.Hostname() + " redirects in a circle"}
	}
	if len(v.seen) > v.conf.MaxRedirects {
		return &Problem{Kind: BadRedirect, Status: res.StatusCode, Text: fmt.Sprintf("%s redirects more than %d times", v.url.Hostname(), v.conf.MaxRedirects)}
	}
	v.permanent = v.permanent && (res.StatusCode == http.StatusMovedPermanently || res.StatusCode == http.StatusPermanentRedirect)
	if v.permanent {
		v.moved = next.String()
	}
	if next.String() == v.first { // back where it began, with a cookie
		v.moved, v.permanent = "", false
	}
	v.onSourceHost = v.onSourceHost && sameHostURL(v.url, next)
	v.url = next
	return nil
}

// target returns the address that an answer redirects to. Its error is for people.
func (v *visit) target(res *http.Response) (*url.URL, error) {
	location := res.Header.Get("Location")
	if location == "" {
		return nil, errors.New(statusText(v.url, res.StatusCode) + " without an address to go to")
	}
	to := weburl.Resolve(v.url.String(), headerText(location))
	if to == "" {
		return nil, fmt.Errorf("%s redirects to an address that can't be visited: %.200q", v.url.Hostname(), location)
	}
	next, err := address(to)
	if err != nil {
		return nil, fmt.Errorf("%s redirects to an address that can't be visited: %w", v.url.Hostname(), err)
	}
	next.User = nil
	return next, nil
}

// headerText returns the value of a header field that is an address or a text as UTF-8.
// Other bytes are taken for ISO 8859-1 (RFC 9110 section 5.5).
func headerText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return fromLatin1(s)
}

// SameHost reports whether the headers and credentials of the source at one address may
// be sent to another, as after a redirect. It is true for the same scheme, host and port,
// and for the same host on the default ports of http and then https.
func SameHost(source, to string) bool {
	if source == to {
		return true
	}
	a, err := weburl.Parse(source)
	b, err2 := weburl.Parse(to)
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
