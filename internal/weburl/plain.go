package weburl

import (
	"net/netip"
	"strings"
)

// isPlain reports whether s is an http or https address that Resolve would not change,
// apart from a missing slash behind the host. Most addresses are, and this takes a
// fraction of the time that a parser takes.
func isPlain(s string) bool {
	_, path, ok := splitPlain(s)
	return ok && isPlainPath(path)
}

// Split splits an address in normal form into host, path and query. ok is false for all
// other addresses, which need a parser.
func Split(s string) (host, path, query string, ok bool) {
	origin, rest, ok := splitPlain(s)
	if !ok || !isPlainPath(rest) {
		return "", "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ = strings.Cut(rest, "?")
	return origin[strings.Index(origin, "//")+2:], path, query, true
}

// splitPlain splits an address whose host is in normal form behind the host.
func splitPlain(s string) (origin, path string, ok bool) {
	from := len("https://")
	switch {
	case strings.HasPrefix(s, "https://"):
	case strings.HasPrefix(s, "http://"):
		from--
	default:
		return "", "", false
	}
	n := strings.IndexAny(s[from:], "/?#")
	if n < 0 {
		n = len(s) - from
	}
	if len(s) > maxLength || !isPlainHostPort(s[from:from+n], s[:from]) {
		return "", "", false
	}
	return s[:from+n], s[from+n:], true
}

// isPlainHostPort reports whether s is a host in normal form, with or without a port that
// is not the default one of the scheme.
func isPlainHostPort(s, scheme string) bool {
	host, port, ok := strings.Cut(s, ":")
	if ok && (!startsWithPort(port) || len(port) == 5 && port > "65535" || port[0] == '0' || port == "80" && scheme == "http://" || port == "443" && scheme == "https://") {
		return false
	}
	return isPlainHost(host) || isPlainIPv4(host)
}

// isPlainIPv4 reports whether s is four decimal numbers without leading zeros.
func isPlainIPv4(s string) bool {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	ip, err := netip.ParseAddr(s)
	return err == nil && ip.Is4()
}

// joinPlain resolves a path that begins with a slash against a base in normal form. It is
// empty when this needs a parser.
func joinPlain(base, ref string) string {
	if ref[0] != '/' || len(ref) > 1 && ref[1] == '/' || !isPlainPath(ref) {
		return ""
	}
	origin, _, ok := splitPlain(base)
	if !ok {
		return ""
	}
	return origin + ref
}

// joinFolder resolves a reference that stays in the folder of a base in normal form. The
// parser reads the reference alone, however deep the folder is. It is empty when this
// needs the parser for both.
func joinFolder(base, ref string) string {
	if strings.IndexByte("/\\?#", ref[0]) >= 0 || hasWebScheme(ref) || leavesFolder(ref) || separators(ref) > maxSeparators {
		return ""
	}
	origin, path, ok := splitPlain(base)
	if !ok || !isPlainPath(path) {
		return ""
	}
	folder := "/"
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder = path[:i+1]
	}
	if isPlainPath("/" + ref) {
		return origin + folder + ref
	}
	u, err := parse(origin+"/", ref)
	if err != nil {
		return ""
	}
	rest, ok := strings.CutPrefix(rfc3986(u.String()), origin+"/")
	if !ok {
		return ""
	}
	return origin + folder + rest
}

// leavesFolder reports whether a reference may have a segment that is . or .. in it.
func leavesFolder(ref string) bool {
	return ref[0] == '.' || strings.ContainsAny(ref, "\t\r\n") ||
		strings.Contains(ref, "/.") || strings.Contains(ref, `\.`) || strings.Contains(strings.ToLower(ref), "%2e")
}

// isPlainHost reports whether s is a name in lower case, without a port, that can't be an
// IP address or an internationalized name.
func isPlainHost(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "xn--") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(last) > 1 && last[0] >= 'a' && last[0] <= 'z'
}

// isPlainPath reports whether a parser would leave a path with its query and fragment as
// they are.
func isPlainPath(s string) bool {
	fragment := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case !plainByte[c]:
			return false
		case c == '#' && fragment:
			return false
		case c == '#':
			fragment = true
		case c == '%' && !isEscape(s[i:]):
			return false
		}
	}
	return !strings.Contains(s, "/.") && !strings.Contains(s, "/%2")
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// plainByte is the set of bytes that RFC 3986 and the URL Standard both leave alone in a
// path, a query and a fragment. An apostrophe is none: in a query it is encoded.
var plainByte = func() (set [256]bool) {
	for c := byte(0x21); c < 0x7f; c++ {
		set[c] = !forbidden[c] && c != '\''
	}
	return set
}()
