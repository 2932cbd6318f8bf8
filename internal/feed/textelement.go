package feed

import (
	"bytes"
	"cmp"
	"strings"
	"time"
)

// textElement writes an element that contains text. If the document ends inside the
// element, it writes nothing.
func (s *scanner) textElement(t token, e element, r rule) error {
	txt, ok := s.elementText(t)
	if !ok {
		return nil
	}
	if r.mode == date {
		s.writeDate(txt, r.name)
		s.names.unbind(e.bindings)
		return nil
	}
	d := &s.digest
	typed := d.format == atomFormat
	if r.name == "link" {
		if txt = s.linkOf(t, txt); typed {
			s.writeAtomLink(t, e, txt)
			return nil
		}
	}
	if typed && !s.applyType(&txt, t.attrs) {
		txt.end = txt.start
	}
	d.xml = append(d.xml, '<')
	d.xml = append(d.xml, r.name...)
	if err := s.attributes(t.attrs, &e, typed); err != nil {
		return err
	}
	d.xml = append(d.xml, '>')
	if s.inItem && e.lang != s.stack.top().lang {
		if info := &d.items[len(d.items)-1]; info.lang == "" {
			info.lang = e.lang
		}
	}
	if e.ownBase && !isBlank(s.src[txt.start:max(txt.start, txt.end)]) {
		d.setBase(e.base)
	}
	s.writeText(txt, r.mode == verbatimText || e.ownBase)
	d.xml = appendEndTag(d.xml, r.name)
	s.names.unbind(e.bindings)
	return nil
}

// linkOf returns the address of a link whose text is txt. HTML knows link as an empty
// element, so tools for HTML write the address behind it, and others add an end tag. The
// first link of a channel is its site.
func (s *scanner) linkOf(t token, txt sourceText) sourceText {
	if isBlank(s.src[txt.start:max(txt.start, txt.end)]) {
		txt = s.addressBehind(s.lexer.at)
	}
	if !s.inItem && s.site == "" && s.channels == 1 && s.stack.top().mode == channel {
		site := cmp.Or(linkText(s.digest.read(txt)), attributeNamed(t.attrs, "href"))
		s.site = usableBase(site, s.fetched)
	}
	return txt
}

// addressBehind returns the text before the next tag if it is a web address.
func (s *scanner) addressBehind(at int) sourceText {
	n := max(bytes.IndexByte(s.src[at:], '<'), 0)
	b := bytes.TrimSpace(s.src[at : at+n])
	if len(b) < len("http://") || !bytes.EqualFold(b[:4], []byte("http")) || bytes.ContainsAny(b, " \t\r\n") {
		n = 0
	}
	return sourceText{start: at, end: at + n}
}

// writeAtomLink writes a link that has its address as its text.
func (s *scanner) writeAtomLink(t token, e element, txt sourceText) {
	d := &s.digest
	s.names.unbind(e.bindings)
	address := resolve(e.base, linkText(d.read(txt)))
	if address == "" {
		return
	}
	d.xml = append(d.xml, `<link rel="`...)
	d.xml = appendAttributeValue(d.xml, []byte(attributeNamed(t.attrs, "rel")))
	d.xml = append(d.xml, `" href="`...)
	d.putComposed(address)
	d.xml = append(d.xml, `"/>`...)
}

// applyType applies the type and mode attributes of an Atom text (RFC 4287 section
// 3.1; mode is of Atom 0.3). An unknown type is no reason to lose a text. It is false
// when the content is no text, but an image or other data.
func (s *scanner) applyType(t *sourceText, attrs []byte) bool {
	kind, mode := textType(attributeNamed(attrs, "type")), strings.ToLower(attributeNamed(attrs, "mode"))
	t.plain = plainTypes[kind] && mode != "escaped"
	if mode == "base64" {
		t.form = base64Text
		return true
	}
	major, _, _ := strings.Cut(kind, "/")
	switch {
	case plainTypes[kind], strings.Contains(kind, "html"), strings.Contains(kind, "xml"):
		return true
	case major == "image", major == "audio", major == "video", major == "font":
		return false
	case major == "application":
		return kind != "application/json" && !isBase64(s.src[t.start:max(t.start, t.end)])
	}
	return true
}

// textType returns a type in lower case, without parameters.
func textType(s string) string {
	if s == "" || s == "html" || s == "text" {
		return s
	}
	s, _, _ = strings.Cut(strings.ToLower(s), ";")
	return strings.TrimSpace(s)
}

// plainTypes are the types of texts that contain no HTML, most of them unknown to Atom.
var plainTypes = map[string]bool{
	"": true, "text": true, "text/plain": true, "plain": true, "plaintext": true, "string": true, "txt": true,
	"markdown": true, "md": true, "text/markdown": true, "text/x-markdown": true,
}

// isBase64 reports whether b is data rather than text: letters and digits without a space
// between words.
func isBase64(b []byte) bool {
	b = bytes.TrimSpace(b)
	for _, c := range b {
		if c == ' ' || c != '+' && c != '/' && c != '=' && c != '\r' && c != '\n' && c != '\t' && !asciiLetter(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return len(b) > 0
}

// writeText writes a text into the digest, or a placeholder for it. A verbatim text
// always gets a placeholder.
func (s *scanner) writeText(t sourceText, verbatim bool) {
	b := bytes.TrimSpace(s.src[t.start:t.end])
	switch {
	case len(b) == 0:
	case !verbatim && t.form == escapedText && isSimpleText(b):
		s.digest.xml = append(s.digest.xml, b...)
	default:
		s.digest.putPlaceholder(t)
	}
}

// isSimpleText reports whether gofeed returns b as it is.
func isSimpleText(b []byte) bool {
	return len(b) <= maxInline && !bytes.ContainsAny(b, "&<") && !needsClean(b) &&
		!bytes.Contains(b, []byte("]]>")) && !bytes.HasPrefix(b, []byte(placeholderPrefix))
}

// writeDate writes a date as RFC 3339, which gofeed understands at its second try.
// It leaves out a text that is no date.
func (s *scanner) writeDate(t sourceText, name string) {
	b := s.src[t.start:t.end]
	var at time.Time
	var ok bool
	if t.form == mixedText {
		at, ok = parseDate(decodeMixed(b, s.names.xhtml))
	} else {
		at, ok = parseDate(decodeText(b))
	}
	if !ok {
		return
	}
	if s.survey != nil && s.inItem {
		s.survey.date(name, at)
	}
	d := &s.digest
	d.xml = append(d.xml, '<')
	d.xml = append(d.xml, name...)
	d.xml = append(d.xml, '>')
	d.xml = at.AppendFormat(d.xml, time.RFC3339Nano)
	d.xml = appendEndTag(d.xml, name)
}

// elementText finds the text inside the element that begins with t, and continues
// behind its end tag. When the end tag is missing, the text ends before the next tag
// that can't be inside it. ok is false when the document ends first.
func (s *scanner) elementText(t token) (txt sourceText, ok bool) {
	txt = sourceText{start: t.end, end: t.end}
	if t.kind == empty {
		return txt, true
	}
	x := lexer{src: s.src, at: t.end, simple: true}
	defer s.look(&x)
	sections, hasTags := 0, false
	for {
		switch n := x.nextName(); {
		case n.kind == end || n.kind == unterminated:
			s.digest.truncated, s.unfinished, s.lexer.at = true, true, len(s.src)
			return txt, false
		case n.kind == cdata:
			if sections++; sections == 1 && isBlank(s.src[t.end:n.start]) {
				txt = sourceText{start: n.start + len("<![CDATA["), end: n.end - len("]]>"), form: cdataText}
			}
		case n.kind == closing && bytes.EqualFold(n.name, t.name):
			s.lexer.at = n.end
			return s.completeText(t, txt, n, sections, hasTags), s.skipEndTag(n.end)
		case n.name != nil && (s.endsText(n) || n.kind == open && s.startsSibling(t.name, n.name)):
			s.lexer.at = n.start
			return s.completeText(t, txt, n, sections, hasTags), true
		case n.kind != loneBracket:
			hasTags = true
		}
	}
}

// skipEndTag continues behind the > of an end tag, whose name ends at at.
func (s *scanner) skipEndTag(at int) bool {
	i := bytes.IndexByte(s.src[at:], '>')
	s.digest.truncated, s.unfinished = i < 0, i < 0
	s.lexer.at = at + i + 1
	return i >= 0
}

// completeText returns the text between t and n: the content of a CDATA section if
// that is all there is, character data if there is neither section nor tag, and
// mixed text otherwise.
func (s *scanner) completeText(t token, section sourceText, n token, sections int, hasTags bool) sourceText {
	oneSection := sections == 1 && section.form == cdataText && isBlank(s.src[section.end+len("]]>"):n.start])
	switch {
	case hasTags || sections > 0 && !oneSection:
		return sourceText{start: t.end, end: n.start, form: mixedText}
	case sections == 0:
		return sourceText{start: t.end, end: n.start}
	}
	return section
}

func isBlank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }

// endsText reports whether a tag can't be inside a text: the end tag of an open
// element, or the start of the next item.
func (s *scanner) endsText(n token) bool {
	if n.kind == closing {
		return s.stack.find(n.name) >= 0
	}
	if s.inItem {
		return bytes.EqualFold(n.name, s.stack.item())
	}
	return s.names.rule(n.name).mode == item
}

// startsSibling reports whether next, a tag inside the element called name, begins
// the element after it: the end tag between them is missing.
func (s *scanner) startsSibling(name, next []byte) bool {
	if s.digest.format != rssFormat || !withoutMarkup[strings.ToLower(string(name))] {
		return false
	}
	r, ok := rssRules[strings.ToLower(string(next))]
	return ok && r.mode != ignored
}

// withoutMarkup are the elements of RSS that contain no markup.
var withoutMarkup = map[string]bool{"title": true, "link": true, "guid": true, "pubdate": true, "category": true, "comments": true}

// attributes writes the attributes without a prefix, and rdf:resource as resource, whatever the prefix. Of a
// typed text it leaves out the type, which applyType has read.
func (s *scanner) attributes(attrs []byte, e *element, typed bool) error {
	n := 0
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		if n++; n > maxAttributes {
			return &Problem{Text: "an element has more than 256 attributes"}
		}
		if bytes.HasSuffix(a.name, []byte(":resource")) {
			a.name = []byte("resource")
		}
		if isPlainName(a.name) && !(typed && (string(a.name) == "type" || string(a.name) == "mode")) {
			s.attribute(a, e)
		}
	}
	return nil
}

// isPlainName reports whether a name has no prefix and every parser accepts it.
func isPlainName(name []byte) bool {
	for _, c := range name {
		if c == ':' || c >= 0x80 {
			return false
		}
	}
	return string(name) != "xmlns"
}

// attribute writes one attribute. An address becomes a placeholder, because gofeed
// would rewrite it.
func (s *scanner) attribute(a attribute, e *element) {
	d := &s.digest
	d.xml = append(d.xml, ' ')
	if len(a.name) == len("isPermaLink") && bytes.EqualFold(a.name, []byte("isPermaLink")) {
		a.name = []byte("isPermaLink")
	} else if a.name[0] <= 'Z' {
		a.name = bytes.ToLower(a.name)
	}
	d.xml = append(d.xml, a.name...)
	d.xml = append(d.xml, '=', '"')
	switch {
	case !holdsAddress[strings.ToLower(string(a.name))]:
		d.xml = appendAttributeValue(d.xml, a.value)
	case e.ownBase:
		d.putComposed(resolve(e.base, decodeText(a.value)))
	default:
		start := s.offset(a.value)
		d.putPlaceholder(sourceText{start: start, end: start + len(a.value)})
	}
	d.xml = append(d.xml, '"')
}

// holdsAddress are the attributes whose value is an address.
var holdsAddress = map[string]bool{"href": true, "src": true, "url": true, "uri": true, "scheme": true, "resource": true}

// offset returns where part, a subslice of the input, begins. Both end at the same
// capacity.
func (s *scanner) offset(part []byte) int { return cap(s.src) - cap(part) }

// appendAttributeValue writes a value for double quotes.
func appendAttributeValue(out, value []byte) []byte {
	if !bytes.ContainsAny(value, `"&<`) && !needsClean(value) {
		return append(out, value...)
	}
	for _, c := range []byte(decodeText(value)) {
		switch c {
		case '"':
			out = append(out, "&quot;"...)
		case '&':
			out = append(out, "&amp;"...)
		case '<':
			out = append(out, "&lt;"...)
		default:
			out = append(out, c)
		}
	}
	return out
}
