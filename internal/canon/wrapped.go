package canon

import (
	"html"
	"regexp"
	"strings"
	"sync"
)

// openMarkup returns the HTML of a body that was escaped once too often as a whole, or is
// inside a CDATA section that was. A body that only shows code keeps it.
func openMarkup(s string) string {
	if !maybeEscaped(s) {
		return s
	}
	before, in, after := insideWrappers(s)
	if opened, ok := openSection(in); ok {
		s = before + opened + after
		_, in, _ = insideWrappers(s)
	}
	if isEscapedMarkup(in) {
		return html.UnescapeString(in)
	}
	return s
}

// maybeEscaped is a fast test that is true for each body that openMarkup changes.
func maybeEscaped(s string) bool {
	if strings.Contains(s[max(0, len(s)-32):], "]]") {
		return true
	}
	for range maxWrappers {
		s = strings.TrimLeft(s, " \t\r\n")
		t, ok := wrapperAt(s)
		if !ok {
			break
		}
		s = s[t.end:]
	}
	switch {
	case len(s) < 2:
		return false
	case s[0] == '<':
		return s[1] == '!' && !strings.HasPrefix(s, "<!--") || s[1] == ' '
	}
	return s[0] == '&'
}

// maxWrappers is how many blocks may be around an escaped body.
const maxWrappers = 3

// insideWrappers splits a body behind the blocks that begin it, and before those that end
// it.
func insideWrappers(s string) (before, in, after string) {
	in = strings.TrimSpace(s)
	for range maxWrappers {
		t, ok := wrapperAt(in)
		if !ok {
			break
		}
		end := "</" + t.name + ">"
		if !hasSuffixFold(in, end) || strings.Contains(in[t.end:len(in)-len(end)], end) {
			break
		}
		before, after = before+in[:t.end], in[len(in)-len(end):]+after
		in = strings.TrimSpace(in[t.end : len(in)-len(end)])
	}
	return before, in, after
}

func wrapperAt(s string) (t tag, ok bool) {
	if s == "" || s[0] != '<' {
		return tag{}, false
	}
	t, ok = tagAt(s, 0)
	return t, ok && !t.closing && wrappers[t.name]
}

var wrappers = set("p div span section article")

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// bodySection matches the mark that begins a CDATA section, bodySectionEnd the one that
// ends it, escaped or not.
var (
	bodySection    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:<|&lt;|&#60;)\s*!\s*\[\s*CDATA\s*\[`) })
	bodySectionEnd = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\]\s*\]\s*(?:>|&gt;|&#62;)$`) })
)

// openSection removes the marks of a CDATA section around a body.
func openSection(s string) (string, bool) {
	from, to := bodySection().FindStringIndex(s[:min(len(s), 64)]), bodySectionEnd().FindStringIndex(s[max(0, len(s)-64):])
	if from == nil && to == nil {
		return s, false
	}
	if to != nil {
		s = s[:max(0, len(s)-64)+to[0]]
	}
	if from != nil {
		s = s[from[1]:]
	}
	return s, true
}

// isEscapedMarkup reports whether a text is HTML that was escaped: it contains no tags but
// line breaks, and begins and ends with escaped ones. A picture from the web may begin it
// as well.
func isEscapedMarkup(s string) bool {
	if !strings.Contains(s, "&") || strings.Contains(lineBreaks.Replace(s), "<") {
		return false
	}
	s = strings.TrimSpace(html.UnescapeString(s))
	if s == "" || s[0] != '<' {
		return false
	}
	switch t, ok := tagAt(s, 0); {
	case !ok || t.closing:
		return false
	case t.name == "img":
		return strings.HasPrefix(attribute(s[:t.end], "src"), "http")
	case elements[t.name] == breaking, elements[t.name] == inline && (strings.Contains(s, "<br") || strings.Contains(s, "<p>")):
		return endsInTag(s) && strings.Contains(s[t.end:], "</"+t.name)
	}
	return false
}

var lineBreaks = strings.NewReplacer("<br>", "", "<br/>", "", "<br />", "")

// endsInTag reports whether the last thing in s is an end tag, a line break or a picture.
func endsInTag(s string) bool {
	i := strings.LastIndexByte(s, '<')
	if i < 0 || !strings.HasSuffix(s, ">") {
		return false
	}
	t, ok := tagAt(s, i)
	return ok && t.end == len(s) && (t.closing || t.name == "br" || t.name == "img")
}
