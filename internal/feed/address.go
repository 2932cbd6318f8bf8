package feed

import (
	"net/url"
	"strings"

	"github.com/slugline/slugline/internal/weburl"
)

// resolve returns the web address that ref is in a document with the address base, which
// may be empty; ref itself if it is none.
func resolve(base, ref string) string {
	ref = strings.TrimSpace(ref)
	if strings.IndexByte(ref, '&') >= 0 {
		ref = unescapeAddress(ref)
	}
	s := weburl.Resolve(base, ref)
	if s == "" || len(s) == len(ref) && strings.EqualFold(s, ref) {
		return ref // capitals in the host are left as they are
	}
	return s
}

// unescapeAddress decodes an address that was escaped once too often. No address has a
// parameter called "amp;id", or a fragment "47;id" behind an ampersand.
func unescapeAddress(s string) string {
	s = strings.ReplaceAll(s, "&amp;", "&")
	if strings.Contains(s, "&#") {
		b, _ := unescape(nil, []byte(s))
		s = string(b)
	}
	return s
}

// isAddress reports whether s is an absolute http or https address.
func isAddress(s string) bool {
	return len(s) > len("http:") && strings.EqualFold(s[:len("http")], "http") && strings.Contains(s, ":") && weburl.Absolute(s) != ""
}

// opens reports whether a browser opens the link s, which may be relative.
func opens(s string) bool { return weburl.Resolve("http://none.invalid/", s) != "" }

// firstLink returns the first link that a browser opens; the first that is not empty when
// there is none.
func firstLink(links ...string) string {
	any := ""
	for _, s := range links {
		if s != "" && opens(s) {
			return s
		}
		if any == "" {
			any = s
		}
	}
	return any
}

// isLeftover reports whether a base is an address of the machine that made the document,
// such as http://localhost:1313/ of a preview server, and leads readers nowhere. fetched
// is the address that the document came from.
func isLeftover(base, fetched string) bool {
	return weburl.IsLocal(base) && hostOf(base) != hostOf(fetched)
}

// hostOf returns the host of an address with its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// usableBase returns a web address without query and fragment against which a document
// may be read; empty when s is none. A path is one of the host that it was fetched from.
func usableBase(s, fetched string) string {
	if isPath(s) {
		s = resolve(fetched, s)
	}
	if !isAddress(s) {
		return ""
	}
	if s = resolve("", s); isLeftover(s, fetched) {
		return ""
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	return s
}

// isPath reports whether a permalink is a path and not an opaque id.
func isPath(s string) bool {
	path, _, _ := strings.Cut(s, "?")
	switch {
	case s == "" || strings.ContainsAny(s, " \t\r\n") || strings.ContainsAny(path, ":=+|"):
		return false
	case s[0] == '/' || s[0] == '?' || s[0] == '.':
		return true
	}
	return strings.Contains(path, "/") || isPage(path)
}

// isPage judges by the ending of a path.
func isPage(path string) bool {
	for _, end := range []string{".html", ".htm", ".php", ".aspx", ".asp", ".jsp"} {
		if strings.HasSuffix(strings.ToLower(path), end) {
			return true
		}
	}
	return false
}

// linkText returns the address in the text of a link, which may be the anchor of a page.
// It is empty for a word that says that there is none.
func linkText(s string) string {
	if strings.IndexByte(s, '<') < 0 || hasWebScheme(s) {
		if len(s) <= len("undefined") && noLink[strings.ToLower(s)] {
			return ""
		}
		return s
	}
	var text []byte
	for l := (lexer{src: []byte(s), simple: true}); ; {
		from := l.at
		t := l.next()
		text = append(text, s[from:t.start]...)
		switch t.kind {
		case end, unterminated:
			return strings.TrimSpace(string(text))
		case open, empty:
			if href := attributeNamed(t.attrs, "href"); href != "" {
				return href
			}
		case cdata:
			text = append(text, t.body...)
		}
	}
}

// hasWebScheme reports whether a text begins as an address does: brackets in it belong to
// the address.
func hasWebScheme(s string) bool {
	s = strings.ToLower(s[:min(len(s), len("https:"))])
	return s == "https:" || strings.HasPrefix(s, "http:")
}

// noLink are the words that programs write in place of a link that they don't have.
var noLink = map[string]bool{"n/a": true, "null": true, "nil": true, "none": true, "undefined": true, "false": true, "#": true, "-": true}
