package feed

import (
	"strconv"
	"strings"
)

// markup is a piece of XML under construction, an element a line. Names and raw
// parts are trusted, everything else is escaped.
type markup struct{ strings.Builder }

// open starts an element. attrs are names and values; those without a value are
// left out.
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

// empty writes an element that has attributes only.
func (m *markup) empty(name string, attrs ...string) {
	m.start(name, attrs)
	m.WriteString("/>")
}

// text writes an element of plain text, none when there is no text.
func (m *markup) text(name, s string) {
	if s == "" {
		return
	}
	m.open(name)
	m.escape(s)
	m.close(name)
}

// inner writes an element whose inside is XML already.
func (m *markup) inner(name, raw string, attrs ...string) {
	m.open(name, attrs...)
	m.WriteString(raw)
	m.close(name)
}

// link writes an Atom link, none when it leads nowhere.
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

// renderEach are what is written of many posts into one markup, which needs no more room
// for each.
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

// positive is an attribute's number; what is not above zero is not known.
func positive[T ~int | ~int64](n T) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}
