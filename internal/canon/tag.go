package canon

import "strings"

// A tag is what stands between < and > in HTML, or a whole comment.
type tag struct {
	start, end int    // of the text that it stands in
	name       string // in lower case; empty in comments and declarations
	closing    bool   // it is an end tag
}

// tagAt reads the tag that begins at s[at], which is a <. ok is false if that is a
// character of the text.
func tagAt(s string, at int) (t tag, ok bool) {
	rest := s[at:]
	if strings.HasPrefix(rest, "<!--") {
		n := strings.Index(rest[4:], "-->")
		return tag{start: at, end: at + 4 + n + 3}, n >= 0
	}
	if len(rest) < 3 || rest[1] != '/' && !isNameStart(rest[1]) {
		return tag{}, false
	}
	t = tag{start: at}
	if t.name, t.closing = tagName(rest); t.name == "" || len(t.name) == 1 && isComparison(rest) {
		return tag{}, false
	}
	n := tagEnd(rest)
	t.end = at + n
	return t, n > 0
}

// isComparison reports whether the tag with a name of one letter that s begins with is
// rather the middle of "a<b and c>d": it has attributes, of which none has a value.
func isComparison(s string) bool {
	for i := 2; i < len(s); i++ {
		switch s[i] {
		case '=':
			return false
		case '<':
			return true
		case '>':
			return i > len("<b /") && s[1] != '/' && strings.Trim(s[2:i], " \t\r\n/") != ""
		}
	}
	return true
}

func isNameStart(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// hasAttributes reports whether the tag has more than a name.
func (t *tag) hasAttributes(s string) bool {
	in := s[t.start+1+len(t.name) : t.end-1]
	return !t.closing && strings.Trim(in, " \t\r\n/") != ""
}

// closesItself reports whether the tag ends in a slash, as tags of XML without content
// do.
func (t *tag) closesItself(s string) bool { return s[t.end-2] == '/' }

// maxTagName is the length of the longest name that a tag may have, in bytes.
const maxTagName = 32

// tagName returns the name of the tag that s begins with, in lower case. It is empty if
// no tag has such a name, as in <a@b.example> and <https://a.example>.
func tagName(s string) (name string, closing bool) {
	from := 1
	if len(s) > 1 && s[1] == '/' {
		from, closing = 2, true
	}
	to := from
	for to < len(s) && nameByte[s[to]] {
		to++
	}
	switch {
	case to == from || to > from+maxTagName || !isNameStart(s[from]) || s[to-1] == ':':
		return "", closing
	case to < len(s) && s[to] != '>' && s[to] != ' ' && strings.IndexByte("\t\r\n/", s[to]) < 0:
		return "", closing
	}
	return strings.ToLower(s[from:to]), closing
}

// nameByte is the set of bytes that names of tags consist of.
var nameByte = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:") {
		set[c] = true
	}
	return set
}()

// maxQuotedTag is the length of the longest tag in whose quotes a > is no end, in bytes.
// It keeps the time linear.
const maxQuotedTag = 8 << 10

// tagEnd returns the length of the tag that s begins with; 0 when it does not end.
func tagEnd(s string) int {
	var quote byte
	head := s[:min(len(s), maxQuotedTag)]
	for i := 1; i < len(head); i++ {
		switch c := head[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1
		case (c == '"' || c == '\'') && head[i-1] == '=':
			quote = c
		}
	}
	// Quotes do not count if one has no partner.
	return strings.IndexByte(s, '>') + 1
}
