package canon

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decode returns s with the character references of HTML decoded. A named one without a
// semicolon counts only if the word ends with it: AT&T, Law&ethics and ?a=1&copy=2 stay
// as they are.
func decode(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	writeDecoded(&out, s)
	return out.String()
}

// writeDecoded writes decode(s) to out.
func writeDecoded(out *strings.Builder, s string) {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			out.WriteString(s)
			return
		}
		out.WriteString(s[:i])
		s = s[i:]
		text, n := reference(s)
		if n == 0 {
			text, n = "&", 1
		}
		out.WriteString(text)
		s = s[n:]
	}
}

// decodeAgain decodes a text that was escaped twice. A reference is kept where the text
// speaks of it: an invisible character that is a word of its own, as in "what does &nbsp;
// do".
func decodeAgain(s string) string {
	if strings.IndexByte(s, '&') < 0 || strings.IndexByte(s, ';') < 0 {
		return s
	}
	var out strings.Builder
	rest := s
	for {
		i := strings.IndexByte(rest, '&')
		if i < 0 {
			out.WriteString(rest)
			return out.String()
		}
		out.WriteString(rest[:i])
		from := len(s) - len(rest) + i
		rest = rest[i:]
		text, n := reference(rest)
		if n == 0 || rest[n-1] != ';' || cleanLine(text) == "" && standsAlone(s, from, from+n) {
			text, n = "&", 1
		}
		out.WriteString(text)
		rest = rest[n:]
	}
}

// standsAlone reports whether s[from:to] is a word of its own.
func standsAlone(s string, from, to int) bool {
	return (from == 0 || s[from-1] == ' ') && (to == len(s) || strings.IndexByte(" ,.?!:", s[to]) >= 0)
}

// reference returns the text of the character reference that s begins with, and its
// length; 0 when it is none.
func reference(s string) (text string, n int) {
	if len(s) > 1 && s[1] == '#' {
		return numericReference(s)
	}
	for n = 1; n < len(s) && n < 33 && (isNameStart(s[n]) || s[n] >= '0' && s[n] <= '9'); n++ {
	}
	name := s[1:n]
	if n < len(s) && s[n] == ';' {
		return namedReference(name, n+1)
	}
	if n == len(s) || s[n] != '=' {
		if t := html.UnescapeString(s[:n]); t != s[:n] && utf8.RuneCountInString(t) == 1 {
			return t, n
		}
	}
	return "", 0
}

// namedReference returns the text of a reference with a semicolon. n is its length.
func namedReference(name string, n int) (string, int) {
	switch name {
	case "amp":
		return "&", n
	case "lt":
		return "<", n
	case "gt":
		return ">", n
	case "quot":
		return `"`, n
	case "nbsp":
		return "\u00a0", n
	}
	ref := "&" + name + ";"
	if t := html.UnescapeString(ref); t != ref && (t == ";" || !strings.HasSuffix(t, ";")) {
		return t, n
	}
	return "", 0
}

// numericReference is reference for &#39; and &#x27;, whose semicolon may be missing.
func numericReference(s string) (string, int) {
	from, base := 2, 10
	if len(s) > 2 && s[2]|0x20 == 'x' {
		from, base = 3, 16
	}
	n := from
	for n < len(s) && n < from+10 && (s[n] >= '0' && s[n] <= '9' || base == 16 && s[n]|0x20 >= 'a' && s[n]|0x20 <= 'f') {
		n++
	}
	code, err := strconv.ParseUint(s[from:n], base, 32)
	closed := n < len(s) && s[n] == ';'
	if err != nil || !closed && code < ' ' {
		return "", 0 // "song &#1"
	}
	if closed {
		n++
	}
	if code < ' ' || code >= 0x7f && code < 0xa0 || code > utf8.MaxRune {
		return html.UnescapeString("&#" + strconv.FormatUint(code, 10) + ";"), n
	}
	return string(rune(code)), n
}
