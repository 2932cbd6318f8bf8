package feed

import (
	"bytes"
	"encoding/base64"
	"html"
	"strconv"
	"strings"
)

// placeholderPrefix begins each placeholder in a digest. The number of a text
// follows.
const placeholderPrefix = "text:"

// maxInline is the longest text, in bytes, that a digest contains itself.
const maxInline = 48

// textForm says how a text is written in the input.
type textForm uint8

const (
	escapedText  textForm = iota // character data with entities
	cdataText                    // the content of one CDATA section
	mixedText                    // several of these, or elements
	base64Text                   // mode="base64" of Atom 0.3
	composedText                 // not in the input: made by the scanner
)

// sourceText is a text that has a placeholder: the input from start to end, or the
// composed text with the number start.
type sourceText struct {
	start, end int
	form       textForm
	plain      bool // its element says that it is not HTML
}

// placeholders are the texts of a document that gofeed does not see, by number.
type placeholders struct {
	src      []byte
	texts    []sourceText
	composed []string
	bases    map[int]string // of texts whose element has an xml:base of its own
	xhtml    []string       // prefixes of XHTML elements in mixed texts
}

// putPlaceholder stores a text and writes its placeholder.
func (d *digest) putPlaceholder(t sourceText) {
	d.xml = append(d.xml, placeholderPrefix...)
	d.xml = strconv.AppendInt(d.xml, int64(len(d.texts)), 10)
	d.texts = append(d.texts, t)
}

// putComposed is putPlaceholder for a text that is not in the input.
func (d *digest) putComposed(s string) {
	d.composed = append(d.composed, s)
	d.putPlaceholder(sourceText{start: len(d.composed) - 1, form: composedText})
}

// setBase sets the base of the next text.
func (p *placeholders) setBase(base string) {
	if p.bases == nil {
		p.bases = map[int]string{}
	}
	p.bases[len(p.texts)] = base
}

// truncateTexts removes all texts but the first n.
func (p *placeholders) truncateTexts(n int) {
	for i := range p.bases {
		if i >= n {
			delete(p.bases, i)
		}
	}
	p.texts = p.texts[:n]
}

// find returns the text whose placeholder gofeed returned. ok is false if s is no
// placeholder.
func (p *placeholders) find(s string) (t sourceText, ok bool) {
	if !strings.HasPrefix(s, placeholderPrefix) {
		return sourceText{}, false
	}
	n, err := strconv.Atoi(s[len(placeholderPrefix):])
	if err != nil || n < 0 || n >= len(p.texts) {
		return sourceText{}, false
	}
	return p.texts[n], true
}

// text returns what the author meant with a string that gofeed returned: the text
// for a placeholder, with entities decoded once, CDATA sections opened, and elements
// left as markup.
func (p *placeholders) text(s string) string {
	t, ok := p.find(s)
	if !ok {
		return s
	}
	return p.read(t)
}

// read returns the text that t stands for.
func (p *placeholders) read(t sourceText) string {
	src := p.src[t.start:max(t.start, t.end)]
	switch t.form {
	case composedText:
		return p.composed[t.start]
	case cdataText:
		return cleanText(src)
	case mixedText:
		return decodeMixed(src, p.xhtml)
	case base64Text:
		b, _ := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(src)))
		return strings.ToValidUTF8(string(clean(b)), "")
	}
	return decodeText(src)
}

// html is text for fields that contain HTML. A text that says it is plain is escaped,
// unless it contains elements all the same.
func (p *placeholders) html(s string) string {
	t, ok := p.find(s)
	s = p.text(s)
	if ok && t.plain && t.form != mixedText && !looksLikeHTML([]byte(s)) {
		return html.EscapeString(s)
	}
	return s
}

// isPlain reports whether a string that gofeed returned is a text whose element says that
// it is not HTML. Elements in it are markup all the same.
func (p *placeholders) isPlain(s string) bool {
	t, ok := p.find(s)
	return ok && t.plain && !(t.form == mixedText && hasElements(p.src[t.start:t.end]))
}

// baseOf returns the xml:base of the element that a text was in, empty when it had
// none of its own.
func (p *placeholders) baseOf(s string) string {
	if n, err := strconv.Atoi(strings.TrimPrefix(s, placeholderPrefix)); err == nil && p.bases != nil {
		return p.bases[n]
	}
	return ""
}
