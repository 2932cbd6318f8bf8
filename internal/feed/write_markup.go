package feed

import (
	"strconv"
	"strings"
)

// markup builds a piece of XML, with each element on a new line. It escapes texts and
// attribute values; names and raw parts must be valid.
type markup struct{ strings.Builder }

// open writes a start tag. attrs are names and values in turn; an attribute without a
// value is left out.
func (m *markup) open(name string, attrs ...string) {
	m.start(name, attrs)
	m.WriteByte('>')
}

func (m *markup) start(name string, attrs []string) {
	m.WriteString("\n<")
	m.WriteString(name)
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		m.WriteByte(' ')
		m.WriteString(attrs[i])
		m.WriteString(`="`)
		m.escape(attrs[i+1])
		m.WriteByte('"')
	}
}

func (m *markup) close(name string) {
	m.WriteString("</")
	m.WriteString(name)
	m.WriteByte('>')
}

// empty writes an element without content.
func (m *markup) empty(name string, attrs ...string) {
	m.start(name, attrs)
	m.WriteString("/>")
}

// text writes an element with plain text, or nothing when s is empty.
func (m *markup) text(name, s string) {
	if s == "" {
		return
	}
	m.open(name)
	m.escape(s)
	m.close(name)
}

// inner writes an element whose content is XML.
func (m *markup) inner(name, raw string, attrs ...string) {
	m.open(name, attrs...)
	m.WriteString(raw)
	m.close(name)
}

// link writes an Atom link, or nothing when url is empty.
func (m *markup) link(name, rel, url, media string) {
	if url != "" {
		m.empty(name, "href", url, "rel", rel, "type", media)
	}
}

func (m *markup) escape(s string) {
	last := 0
	for i := range len(s) {
		if ref := refs[s[i]]; ref != "" {
			m.WriteString(s[last:i])
			m.WriteString(ref)
			last = i + 1
		}
	}
	m.WriteString(s[last:])
}

var refs = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;"}

// renderEach returns what write writes for each post. All share one buffer, which is
// allocated once.
func renderEach(posts []Post, write func(m *markup, p *Post)) []string {
	var m markup
	m.Grow(len(posts) << 10)
	ends := make([]int, len(posts))
	for i := range posts {
		write(&m, &posts[i])
		ends[i] = m.Len()
	}
	all, from := m.String(), 0
	out := make([]string, len(posts))
	for i, end := range ends {
		out[i], from = all[from:end], end
	}
	return out
}

// positive returns a number as the value of an attribute. A number that is not above
// zero is unknown: its attribute is left out.
func positive[T ~int | ~int64](n T) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}
