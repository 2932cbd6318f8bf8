package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxLinks is how many links of one answer's header are read.
const maxLinks = 100

// Link is a link of an answer's header (RFC 8288).
type Link struct {
	URL   string // absolute, without credentials
	Rel   string // relation types in lower case, separated by single spaces
	Type  string // media type in lower case, with its parameters; empty when not said
	Title string // empty when not said
}

// HasRel reports whether rel is one of the link's relation types.
func (l *Link) HasRel(rel string) bool {
	for r := range strings.FieldsSeq(l.Rel) {
		if r == rel {
			return true
		}
	}
	return false
}

// Links returns the links of an answer's header in their order, resolved against the
// address that answered. It leaves out those that can't be visited and those that say
// something about another page (anchor).
func Links(header http.Header, base string) []Link {
	values := header["Link"]
	if len(values) == 0 {
		return nil
	}
	var links []Link
	for _, l := range parseLinks(values) {
		if to := l.address(base); to != "" {
			links = append(links, Link{URL: to, Rel: l.rel, Type: l.mediaType, Title: l.title})
		}
	}
	return links
}

// hubAndSelf returns the first link of each relation (WebSub), resolved against the address
// that answered.
func hubAndSelf(values []string, base string) (hub, self string) {
	for _, l := range parseLinks(values) {
		for rel := range strings.FieldsSeq(l.rel) {
			switch {
			case rel == "hub" && hub == "":
				hub = l.address(base)
			case rel == "self" && self == "":
				self = l.address(base)
			}
		}
	}
	return hub, self
}

// rawLink is a link as the header has it.
type rawLink struct{ target, anchor, rel, mediaType, title string }

// address returns the absolute address of a link; empty when it can't be visited, or when
// the link is about another page than base.
func (l *rawLink) address(base string) string {
	if l.anchor != "" && resolve(base, l.anchor) != resolve(base, "") {
		return ""
	}
	return resolve(base, l.target)
}

// parseLinks parses the values of Link fields, each of which may have several links. What
// is no link is passed over.
func parseLinks(values []string) (links []rawLink) {
	for _, value := range values {
		s := linkScanner{headerText(value)}
		for s.nextLink() {
			if len(links) == maxLinks {
				return links
			}
			if l := s.link(); l.rel != "" {
				links = append(links, l)
			}
		}
	}
	return links
}

// linkScanner reads one Link field; rest is what is not yet read.
type linkScanner struct{ rest string }

// nextLink goes to behind the "<" of the next link that is closed.
func (s *linkScanner) nextLink() bool {
	for s.skipSpace(); s.rest != ""; s.skipSpace() {
		if s.rest[0] == '<' && strings.Contains(s.rest, ">") {
			s.rest = s.rest[1:]
			return true
		}
		_, s.rest = cutOutside(s.rest, ',')
	}
	return false
}

// link reads a link from behind its "<" (RFC 8288 appendix B.2). Of several parameters of
// one name the first counts.
func (s *linkScanner) link() (l rawLink) {
	target, rest, _ := strings.Cut(s.rest, ">")
	l.target, s.rest = strings.TrimSpace(target), rest
	international := ""
	for {
		name, value, ok := s.param()
		if !ok {
			break
		}
		switch name {
		case "rel":
			setFirst(&l.rel, strings.Join(strings.Fields(strings.ToLower(value)), " "))
		case "type":
			setFirst(&l.mediaType, strings.ToLower(strings.TrimSpace(value)))
		case "anchor":
			setFirst(&l.anchor, value)
		case "title":
			setFirst(&l.title, value)
		case "title*":
			setFirst(&international, decodeExtended(value))
		}
	}
	if international != "" {
		l.title = international
	}
	return l
}

func setFirst(dst *string, value string) {
	if *dst == "" {
		*dst = value
	}
}

// param reads the next parameter of a link. ok is false at the end of the link.
func (s *linkScanner) param() (name, value string, ok bool) {
	s.skipSpace()
	if s.rest == "" || s.rest[0] == ',' {
		return "", "", false
	}
	s.rest = strings.TrimLeft(s.rest, "; \t")
	end := strings.IndexAny(s.rest, "=;,")
	if end < 0 {
		end = len(s.rest)
	}
	name, s.rest = strings.ToLower(strings.TrimSpace(s.rest[:end])), s.rest[end:]
	if strings.HasPrefix(s.rest, "=") {
		s.rest = s.rest[1:]
		value = s.value()
	}
	return name, value, true
}

// value reads the value of a parameter, in quotes or without.
func (s *linkScanner) value() string {
	s.skipSpace()
	if strings.HasPrefix(s.rest, `"`) {
		return s.quoted()
	}
	end := strings.IndexAny(s.rest, ";,")
	if end < 0 {
		end = len(s.rest)
	}
	value := strings.TrimSpace(s.rest[:end])
	s.rest = s.rest[end:]
	if n := len(value); n > 1 && value[0] == '\'' && value[n-1] == '\'' {
		value = value[1 : n-1]
	}
	return value
}

// quoted reads a quoted string (RFC 9110 section 5.6.4).
func (s *linkScanner) quoted() string {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	s.rest = ""
	return b.String()
}

func (s *linkScanner) skipSpace() { s.rest = strings.TrimLeft(s.rest, " \t") }

// decodeExtended decodes a value with a charset (RFC 8187): UTF-8'en'%e2%82%ac. It is empty
// if that fails.
func decodeExtended(s string) string {
	charset, rest, _ := strings.Cut(s, "'")
	_, encoded, ok := strings.Cut(rest, "'")
	text, err := url.PathUnescape(encoded)
	switch {
	case !ok || err != nil:
		return ""
	case strings.EqualFold(charset, "iso-8859-1"):
		return fromLatin1(text)
	case !utf8.ValidString(text):
		return ""
	}
	return text
}

// fromLatin1 returns a text in ISO 8859-1 as UTF-8.
func fromLatin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
