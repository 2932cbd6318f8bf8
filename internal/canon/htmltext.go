package canon

import (
	"html"
	"strings"
)

// Limits of an entry.
const (
	maxHeadline = 500 // characters
	maxSummary  = 600
	maxAuthor   = 200
	maxBody     = 256 << 10 // bytes
	maxMedia    = 10
	maxTags     = 30
)

// htmlText returns the text of HTML, about limit bytes of it: without tags, with entities
// decoded once, and with a space where a line would end. A tag that HTML does not have
// is text.
func htmlText(s string, limit int) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var out strings.Builder
	out.Grow(min(len(s), limit+64))
	for s != "" && out.Len() < limit {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		text := s[:min(i, limit+64)]
		out.WriteString(html.UnescapeString(text))
		s = s[i:]
		if s != "" {
			s = skipTag(s, &out)
		}
	}
	return out.String()
}

// skipTag returns s without the tag that it begins with, and without the content of an
// element that is not for reading. If it is no tag, it writes the < to out.
func skipTag(s string, out *strings.Builder) string {
	if strings.HasPrefix(s, "<!--") {
		_, rest, ok := strings.Cut(s[4:], "-->")
		if !ok {
			return ""
		}
		return rest
	}
	name, closing := tagName(s)
	what, known := elements[name]
	n := tagEnd(s)
	switch {
	case s[1:] != "" && (s[1] == '!' || s[1] == '?') && n > 0:
		return s[n:]
	case !known || n == 0:
		out.WriteByte('<')
		return s[1:]
	case what == breaking:
		out.WriteByte(' ')
	case what == hidden && !closing:
		return afterEndTag(s[n:], name)
	}
	return s[n:]
}

// tagName returns the name of the tag that s begins with, in lower case; empty when it is
// too long or no name.
func tagName(s string) (name string, closing bool) {
	i := 1
	if i < len(s) && s[i] == '/' {
		i, closing = 2, true
	}
	from := i
	for i < len(s) && i < from+12 && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i < len(s) && !strings.ContainsRune(" \t\r\n/>", rune(s[i])) {
		return "", closing
	}
	return strings.ToLower(s[from:i]), closing
}

// tagEnd returns the length of the tag that s begins with; 0 when it does not end.
func tagEnd(s string) int {
	var quote byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		}
	}
	// A quote without its partner does not count.
	return strings.IndexByte(s, '>') + 1
}

// afterEndTag returns the rest of s behind the next end tag of that name.
func afterEndTag(s, name string) string {
	for {
		i := strings.Index(s, "</")
		if i < 0 {
			return ""
		}
		if n, _ := tagName(s[i:]); n == name {
			return s[i+tagEnd(s[i:]):]
		}
		s = s[i+2:]
	}
}

// element says how the text of an HTML element is read.
type element uint8

const (
	inline   element = iota + 1
	breaking         // begins a new line
	hidden           // its content is not for reading
)

// elements are those of HTML.
var elements = func() map[string]element {
	all := map[string]element{}
	for what, names := range map[element]string{
		inline:   "a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd label mark nobr q ruby rb rp rt s samp small span strike strong sub sup time tt u var wbr center input path g use tbody thead tfoot source track param embed col colgroup",
		breaking: "address article aside audio blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html img legend li main nav ol option p picture pre section summary table td th tr ul video",
		hidden:   "script style template iframe noscript noembed noframes object select svg math textarea title button canvas map",
	} {
		for n := range strings.FieldsSeq(names) {
			all[n] = what
		}
	}
	return all
}()
