package canon

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// cdataMark begins a CDATA section in XML.
const cdataMark = "<![CDATA["

// cdataStart and cdataEnd match the marks around a CDATA section, as they look when they
// were escaped, or lost characters on the way.
var (
	cdataStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:<\s*)?!?\s*\[\s*CDATA\s*\[`) })
	cdataEnd   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\]\s*\](?:\s*>)?`) })
)

// withoutCDATA returns a text without the marks of CDATA sections that were escaped by
// mistake. A text that speaks of the marks keeps them.
func withoutCDATA(s string) string {
	if hasCDATA(s) {
		return openCDATA(strings.TrimSpace(s))
	}
	if rest, ok := strings.CutSuffix(s, "]]>"); ok && !strings.Contains(rest, "[") && !strings.HasSuffix(rest, " ") {
		return rest // its start mark is lost
	}
	return s
}

// hasCDATA is a fast test for withoutCDATA.
func hasCDATA(s string) bool {
	i := strings.IndexByte(s, '[')
	return i >= 0 && (strings.Contains(s[i:], "CDATA") || strings.Contains(s[i:], "cdata"))
}

// openCDATA is withoutCDATA for a text in which there is a start mark.
func openCDATA(s string) string {
	from := cdataStart().FindStringIndex(s)
	if from == nil {
		before, rest, ok := strings.Cut(s, cdataMark)
		if in, closed := strings.CutSuffix(rest, "]]>"); ok && closed && strings.Contains(strings.TrimSpace(in), " ") {
			return before + in
		}
		return s
	}
	mark, in := s[:from[1]], s[from[1]:]
	to := cdataEnd().FindStringIndex(in)
	switch {
	case to != nil && (mark[0] == '<' || to[1] == len(in)) && strings.ContainsFunc(in[:to[0]], isLetter):
		return in[:to[0]] + withoutCDATA(in[to[1]:])
	case to == nil && mark[0] == '<' && in != "" && in[0] != ' ':
		return in // cut off
	}
	return s
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
