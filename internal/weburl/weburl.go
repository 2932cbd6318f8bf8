// Package weburl reads web addresses as browsers do.
//
// Sources, redirects, feeds, web pages and lists of feeds hold addresses with spaces,
// backslashes, letters of every script and percent signs that encode nothing. Browsers
// open them, by the rules of the URL Standard (https://url.spec.whatwg.org), and so do
// we: every address that a stranger wrote passes once through this package. What comes
// out is absolute, http or https, in ASCII and percent-encoded, fit for a request line and
// for a feed; or it is empty, because no browser opens it as a web page. An address that
// already has that form comes back as it was.
//
// Two rules differ from browsers. A percent sign that encodes nothing is encoded itself
// (%25), because the rest of the program and the readers of our feeds follow RFC 3986. And
// what looks like a host is no path, because in feeds it never is: www.press.example/news,
// which has no scheme, and https//press.example, whose colon is missing.
package weburl

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// maxLength is the length of the longest address, in bytes, as it was written and with
// everything escaped. Longer ones are no addresses.
const maxLength = 8 << 10

const (
	// maxBase is the length of the longest base, in bytes. A document may resolve many
	// thousand addresses against it.
	maxBase = 1 << 10
	// maxSeparators limits what takes the parser time in proportion to its square.
	maxSeparators = 60
)

// separators counts the parts of an address that the parser handles one by one.
func separators(s string) int {
	return strings.Count(s, "/") + strings.Count(s, "\\") + strings.Count(s, "@")
}

// Resolve returns the http or https address that ref is when it stands in a document with
// the address base, which may be empty. It is empty when ref is no such address.
func Resolve(base, ref string) string {
	if ref == "" || isPlain(ref) {
		return ref
	}
	if len(ref) > maxLength {
		return ""
	}
	if s := resolve(base, ref); len(s) <= maxLength {
		return s
	}
	return ""
}

// resolve is Resolve for an address that is not known to be plain.
func resolve(base, ref string) string {
	if len(base) > maxBase {
		base = ""
	}
	ref = withColon(escapeInvalid(trim(WithoutFeedScheme(ref))))
	if ref == "" || hasOtherScheme(ref) {
		return ""
	}
	if host := bareHost(base, ref); host != "" {
		ref = host
	}
	if s := joinPlain(base, ref); s != "" {
		return s
	}
	if s := joinFolder(base, ref); s != "" {
		return s
	}
	if separators(base)+separators(ref) > maxSeparators {
		return ""
	}
	u, err := parse(base, ref)
	if err != nil || u.Scheme() != "http" && u.Scheme() != "https" || u.Host() == "" {
		return ""
	}
	s := rfc3986(u.String())
	if _, err := url.Parse(s); err != nil {
		return "" // a host with characters that no name has
	}
	return s
}

// Absolute returns s as an http or https address; empty when it is none.
func Absolute(s string) string { return Resolve("", s) }

// Parse is Absolute for requests. Its error says what is wrong with s.
func Parse(s string) (*url.URL, error) {
	a := Absolute(s)
	if a == "" {
		return nil, wrong(s)
	}
	u, err := url.Parse(a)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("this is not a valid address")
	}
	return u, nil
}

// wrong says why s is not an address that can be visited.
func wrong(s string) error {
	s = trim(s)
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case len(s) > maxLength:
		return fmt.Errorf("the address is longer than %d KB", maxLength>>10)
	case hasOtherScheme(s):
		return fmt.Errorf("only http and https addresses can be visited, not %q", strings.ToLower(scheme))
	case ok && strings.Trim(rest, `/\`) == "":
		return errors.New("the address has no host")
	}
	return errors.New("this is not a valid address")
}

// parse reads ref, relative to base if that is an address.
func parse(base, ref string) (*whatwg.Url, error) {
	if base != "" {
		if u, err := whatwg.ParseRef(base, ref); err == nil {
			return u, nil
		}
	}
	return whatwg.Parse(ref)
}

// IsLocal reports whether the host of an address is the machine that reads it: localhost,
// a loopback address or an unspecified one.
func IsLocal(address string) bool {
	u, err := Parse(address)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// trim removes white space and control characters at both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0xa0 || r == 0xfeff || r == 0x200b })
}

// feedSchemes stand for http. Feed readers and podcast programs registered them so that
// a click on such an address opens them.
var feedSchemes = []string{"feed", "itpc", "pcast", "podcast"}

// WithoutFeedScheme returns s as an address of the web if it is one for feed readers:
// feed://host is http://host, and feed:https://host is https://host. It returns any other s
// as it is.
func WithoutFeedScheme(s string) string {
	t := trim(s)
	for _, f := range feedSchemes {
		if len(t) <= len(f) || t[len(f)] != ':' || !strings.EqualFold(t[:len(f)], f) {
			continue
		}
		rest := t[len(f)+1:]
		if after := strings.TrimLeft(rest, "/"); hasWebScheme(after) {
			return after
		}
		return "http:" + rest
	}
	return s
}

// withColon adds the colon of an address such as https//press.example.
func withColon(s string) string {
	for _, scheme := range []string{"https", "http"} {
		if n := len(scheme); len(s) > n+2 && s[n:n+2] == "//" && strings.EqualFold(s[:n], scheme) {
			return scheme + ":" + s[n:]
		}
	}
	return s
}

func hasWebScheme(s string) bool {
	s = strings.ToLower(s[:min(len(s), 6)])
	return strings.HasPrefix(s, "http:") || s == "https:"
}

// hasOtherScheme reports whether s begins with a scheme that is not http or https. What
// may be a host with a port has none.
func hasOtherScheme(s string) bool {
	i := strings.IndexAny(s, ":/?#\\")
	if i <= 0 || s[i] != ':' || hasWebScheme(s) {
		return false
	}
	for k := range i {
		if !isSchemeByte(s[k], k) {
			return false
		}
	}
	return !strings.Contains(s[:i], ".") || !startsWithPort(s[i+1:])
}

func isSchemeByte(c byte, at int) bool {
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	return letter || at > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')
}

// startsWithPort reports whether s begins with a number that ends the host of an address.
func startsWithPort(s string) bool {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n > 0 && n <= 5 && (n == len(s) || strings.IndexByte("/?#", s[n]) >= 0)
}

// escapeInvalid percent-encodes the bytes of s that are not UTF-8, so that a server gets
// back the bytes that it sent.
func escapeInvalid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&out, "%%%02X", s[i])
		} else {
			out.WriteString(s[i : i+n])
		}
		i += n
	}
	return out.String()
}

// rfc3986 percent-encodes what the URL Standard leaves alone and RFC 3986 does not allow:
// percent signs that encode nothing and, behind the host, some ASCII characters.
func rfc3986(s string) string {
	from := strings.Index(s, "://") + len("://")
	if i := strings.IndexAny(s[from:], "/?#"); i >= 0 {
		from += i
	}
	if !strings.ContainsAny(s[from:], "\"<>[]\\^`{|}#") && !strings.Contains(s, "%") {
		return s
	}
	var out strings.Builder
	fragment := false
	for i := range len(s) {
		c := s[i]
		bad := c == '%' && !isEscape(s[i:]) || i >= from && (c == '#' && fragment || forbidden[c])
		fragment = fragment || c == '#'
		if bad {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// isEscape reports whether s begins with a percent sign and two hexadecimal digits.
func isEscape(s string) bool { return len(s) > 2 && isHex(s[1]) && isHex(s[2]) }

// forbidden is the set of printable ASCII characters that a path, a query and a fragment
// must not contain (RFC 3986 appendix A).
var forbidden = func() (set [256]bool) {
	for _, c := range "\"<>[]\\^`{|}" {
		set[c] = true
	}
	return set
}()
