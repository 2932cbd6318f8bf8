package feed

import (
	"bytes"
	"strings"
	"time"
)

// leaf hands on an element that holds text.
func (d *digest) leaf(t token, f frame, r rule, own bool) error {
	f.out = r.name
	l, ok := d.inside(t)
	if !ok {
		return nil
	}
	if r.mode == date {
		d.date(l, r.name)
		d.bindings = d.bindings[:f.bindings]
		return nil
	}
	d.out = append(d.out, '<')
	d.out = append(d.out, r.name...)
	typed := d.format == atomFormat
	if typed && !d.construct(t.attrs, &l) {
		l.end = l.start
	}
	if err := d.attributes(t.attrs, own, typed, f.base); err != nil {
		return err
	}
	d.out = append(d.out, '>')
	if own {
		d.rebase(f.base)
	}
	if d.inItem && f.lang != d.top().lang && d.heads[len(d.heads)-1].lang == "" {
		d.heads[len(d.heads)-1].lang = f.lang
	}
	d.content(l, r.mode == verbatimText || own)
	d.out = append(d.out, '<', '/')
	d.out = append(d.out, r.name...)
	d.out = append(d.out, '>')
	d.bindings = d.bindings[:f.bindings]
	return nil
}

// construct takes in what an Atom text says of its type. It is false for what is
// no text at all.
func (d *digest) construct(attrs []byte, l *placeholder) bool {
	kind, mode := strings.ToLower(d.value(attrs, "type")), strings.ToLower(d.value(attrs, "mode"))
	l.plain = (kind == "" || kind == "text" || kind == "text/plain") && mode != "escaped"
	switch {
	case mode == "base64":
		l.shape = base64ed
	case kind == "" || strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.HasPrefix(kind, "text"):
	default:
		return false
	}
	return true
}

func (d *digest) rebase(base string) {
	if d.bases == nil {
		d.bases = map[int]string{}
	}
	d.bases[len(d.placeholders)] = base
}

// content hands on a text, or a mark in its place.
func (d *digest) content(l placeholder, aside bool) {
	b := bytes.TrimSpace(d.src[l.start:l.end])
	if len(b) == 0 {
		return
	}
	if !aside && l.shape == escaped && len(b) <= maxInline && !bytes.ContainsAny(b, "&<") && !needsClean(b) &&
		!bytes.Contains(b, []byte("]]>")) && !bytes.HasPrefix(b, []byte(placeholderPrefix)) {
		d.out = append(d.out, b...)
		return
	}
	d.keep(l)
}

// date hands on a time in the form that the parser tries second. What says no
// time is left out.
func (d *digest) date(l placeholder, name string) {
	b := d.src[l.start:l.end]
	var at time.Time
	var ok bool
	if l.shape == mixed {
		at, ok = parseDate(d.open(b))
	} else {
		at, ok = parseDate(d.decode(b))
	}
	if !ok {
		return
	}
	d.out = append(d.out, '<')
	d.out = append(d.out, name...)
	d.out = append(d.out, '>')
	d.out = at.AppendFormat(d.out, time.RFC3339Nano)
	d.out = append(d.out, '<', '/')
	d.out = append(d.out, name...)
	d.out = append(d.out, '>')
}

// inside finds the inside of a leaf and moves behind its end tag. Where that is
// missing, the inside ends before the next tag of an element that is open, or of
// the next item. ok is false when the document ends first.
func (d *digest) inside(t token) (l placeholder, ok bool) {
	l = placeholder{start: t.end, end: t.end}
	if t.kind == empty {
		return l, true
	}
	x := lexer{src: d.src, at: t.end}
	pieces, marked := 0, false
	for {
		switch n := x.edge(); {
		case n.kind == end || n.kind == unterminated:
			d.cut, d.lexer.at = true, len(d.src)
			return l, false
		case n.kind == cdata:
			if pieces++; pieces == 1 && d.blank(t.end, n.start) {
				l = placeholder{start: n.start + len("<![CDATA["), end: n.end - len("]]>"), shape: verbatim}
			}
		case n.kind == closing && bytes.EqualFold(n.name, t.name):
			d.lexer.at = n.end
			return d.whole(t, l, n, pieces, marked), d.bracketed(n.end)
		case n.name != nil && (d.stops(n) || n.kind == open && d.begins(t.name, n.name)):
			d.lexer.at = n.start
			return d.whole(t, l, n, pieces, marked), true
		case n.kind != loneBracket:
			marked = true
		}
	}
}

// bracketed moves behind the > of an end tag.
func (d *digest) bracketed(at int) bool {
	i := bytes.IndexByte(d.src[at:], '>')
	d.cut = i < 0
	d.lexer.at = at + i + 1
	return i >= 0
}

// whole is the inside of t up to n: one piece where it is one.
func (d *digest) whole(t token, l placeholder, n token, pieces int, marked bool) placeholder {
	one := pieces == 0 || pieces == 1 && l.shape == verbatim && d.blank(l.end+len("]]>"), n.start)
	switch {
	case marked || !one:
		return placeholder{start: t.end, end: n.start, shape: mixed}
	case pieces == 0:
		return placeholder{start: t.end, end: n.start}
	}
	return l
}

func (d *digest) blank(from, to int) bool { return len(bytes.TrimSpace(d.src[from:to])) == 0 }

// stops says that a tag can't be inside a text.
func (d *digest) stops(n token) bool {
	if n.kind == closing {
		return d.isOpen(n.name) >= 0
	}
	return d.inItem && bytes.EqualFold(n.name, d.itemName())
}

// begins says that next, a tag inside a title or the like, is the element after
// it: the end tag between them is missing.
func (d *digest) begins(name, next []byte) bool {
	if d.format != rssFormat || !brief[strings.ToLower(string(name))] {
		return false
	}
	r, ok := rssRules[strings.ToLower(string(next))]
	return ok && r.mode != ignored
}

// brief are the elements of RSS that hold no markup.
var brief = map[string]bool{"title": true, "link": true, "guid": true, "pubdate": true, "category": true, "comments": true}

func (d *digest) itemName() []byte {
	for i := len(d.stack) - 1; i >= 0; i-- {
		if d.stack[i].mode == item {
			return d.stack[i].name
		}
	}
	return nil
}

// attributes hands on the unprefixed attributes of a tag; of a typed text's not
// the type, which we have seen to. Addresses are kept aside: the parser would
// rewrite them.
func (d *digest) attributes(attrs []byte, own, typed bool, base string) error {
	count := 0
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		if count++; count > maxAttributes {
			return &Problem{Text: "an element has more than 256 attributes"}
		}
		if plainName(a.name) && !(typed && (string(a.name) == "type" || string(a.name) == "mode")) {
			d.attribute(a, own, base)
		}
	}
	return nil
}

// plainName is true for names without a prefix that every parser takes.
func plainName(name []byte) bool {
	for _, c := range name {
		if c == ':' || c >= 0x80 {
			return false
		}
	}
	return string(name) != "xmlns"
}

func (d *digest) attribute(a attribute, own bool, base string) {
	name := strings.ToLower(string(a.name))
	d.out = append(d.out, ' ')
	d.out = append(d.out, a.name...)
	d.out = append(d.out, '=', '"')
	switch {
	case !addressed[name]:
		d.out = d.appendAttribute(d.out, a.value)
	case own:
		d.keepMade(resolve(base, d.decode(a.value)))
	default:
		from := d.offset(a.value)
		d.keep(placeholder{start: from, end: from + len(a.value)})
	}
	d.out = append(d.out, '"')
}

// addressed are the attributes that hold an address.
var addressed = map[string]bool{"href": true, "src": true, "url": true, "uri": true, "scheme": true}

// offset is where a part of the input begins.
func (d *digest) offset(part []byte) int { return cap(d.src) - cap(part) }

// appendAttribute writes a value into double quotes.
func (d *digest) appendAttribute(out, value []byte) []byte {
	if !bytes.ContainsAny(value, `"&<`) && !needsClean(value) {
		return append(out, value...)
	}
	for _, c := range []byte(d.decode(value)) {
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
