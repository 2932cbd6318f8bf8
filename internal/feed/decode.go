package feed

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// decodeText reads character data: entities of XML and HTML become characters.
func decodeText(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return cleanText(b)
	}
	out, unclean := unescape(make([]byte, 0, len(b)), b)
	if unclean || needsClean(b) {
		out = clean(out)
	}
	return string(bytes.TrimSpace(out))
}

// cleanText returns b without characters that no text may contain.
func cleanText(b []byte) string {
	b = bytes.TrimSpace(b)
	if needsClean(b) {
		b = clean(b)
	}
	return string(b)
}

// decodeMixed reads character data with CDATA sections or elements in it. If there
// are elements, it is markup, and its character data stays escaped. prefixes are
// those of XHTML in the document.
func decodeMixed(b []byte, prefixes []string) string {
	markup := hasElements(b)
	if markup {
		b = unprefixed(b, prefixes)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		before, section, found := bytes.Cut(b, []byte("<![CDATA["))
		if markup {
			out = append(out, before...)
		} else {
			out, _ = unescape(out, before)
		}
		if !found {
			break
		}
		section, b, _ = bytes.Cut(section, []byte("]]>"))
		out = append(out, section...)
	}
	return string(bytes.TrimSpace(clean(out)))
}

// unprefixed removes the prefixes of XHTML elements, so that they are HTML elements.
func unprefixed(b []byte, prefixes []string) []byte {
	if len(prefixes) == 0 && !bytes.Contains(b, []byte("xmlns:")) {
		return b
	}
	known := slices.Clone(prefixes)
	out, copied := make([]byte, 0, len(b)), 0
	for l := (lexer{src: b, simple: true}); ; {
		t := l.next()
		if t.kind == end || t.kind == unterminated {
			return append(out, b[copied:]...)
		}
		if t.name == nil {
			continue
		}
		if len(known) < maxPrefixes {
			known = append(known, xhtmlPrefixes(t.attrs)...)
		}
		if p := prefix(t.name); p != nil && slices.Contains(known, string(p)) {
			from := t.start + bytes.Index(b[t.start:t.end], t.name)
			out = append(out, b[copied:from]...)
			copied = from + len(p) + len(":")
		}
	}
}

// xhtmlPrefixes returns the prefixes that a tag binds to XHTML.
func xhtmlPrefixes(attrs []byte) (all []string) {
	if !bytes.Contains(attrs, []byte("xmlns:")) {
		return nil
	}
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		p, bound := strings.CutPrefix(string(a.name), "xmlns:")
		if s, _ := spaceName(string(a.value)); bound && s == "xhtml" && len(all) < maxPrefixes {
			all = append(all, p)
		}
	}
	return all
}

// looksLikeHTML reports whether a text that is said to be plain is HTML all the same, as
// in many feeds: it begins with a tag, or it has an end tag, a line break or a picture. A
// text that only names tags has none of these.
func looksLikeHTML(b []byte) bool {
	b = bytes.TrimSpace(b)
	for l := (lexer{src: b, simple: true}); ; {
		switch t := l.next(); t.kind {
		case closing:
			return true
		case open, empty:
			name := strings.ToLower(string(t.name))
			if t.start == 0 || name == "br" || name == "img" && len(t.attrs) > 0 {
				return true
			}
		case end:
			return false
		}
	}
}

func hasElements(b []byte) bool {
	for l := (lexer{src: b, simple: true}); ; {
		switch l.next().kind {
		case open, empty:
			return true
		case end:
			return false
		}
	}
}

// maxEntity is longer than the longest named entity of HTML, in bytes.
const maxEntity = 34

// unescape appends b with its entities decoded. An entity must end with a semicolon:
// "?a=1&copy=2" stays as it is. unclean reports that one of them stood for a
// character that no text may contain.
func unescape(out, b []byte) (_ []byte, unclean bool) {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...), unclean
		}
		out, b = append(out, b[:i]...), b[i:]
		n := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
		if n < 0 {
			out, b = append(out, '&'), b[1:]
			continue
		}
		s, ok := entity(b[1:n])
		if !ok {
			out, b = append(out, '&'), b[1:]
			continue
		}
		unclean = unclean || b[1] == '#' && needsClean([]byte(s))
		out, b = append(out, s...), b[n+1:]
	}
}

// entity returns the text of an entity, whose name may be a number (#39).
func entity(name []byte) (string, bool) {
	switch string(name) {
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "amp":
		return "&", true
	case "quot":
		return `"`, true
	case "apos", "#39":
		return "'", true
	}
	if bytes.ContainsAny(name, " &<\t\r\n") {
		return "", false
	}
	ref := "&" + string(name) + ";"
	s := html.UnescapeString(ref)
	if s == ref || len(s) > 1 && s == html.UnescapeString(ref[:len(ref)-1])+";" {
		return "", false
	}
	return s, true
}
