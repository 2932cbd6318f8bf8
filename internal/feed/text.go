package feed

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A text that is long or odd does not go through the parser: a mark stands in
// its place, and the text itself stays here until the mark comes back.
const placeholderPrefix = "lifted:"

// maxInline is the longest text that the parser is given itself.
const maxInline = 48

type textForm uint8

const (
	escaped  textForm = iota // character data with entities
	verbatim                 // the inside of a CDATA section
	mixed                    // both, or elements
	base64ed                 // Atom 0.3
	made                     // not part of the input
)

// placeholder is a text kept aside: input from start to end, or an index into made.
type placeholder struct {
	start, end int
	shape      textForm
	plain      bool // says that it is no markup
}

func (d *digest) keep(l placeholder) {
	d.out = append(d.out, placeholderPrefix...)
	d.out = strconv.AppendInt(d.out, int64(len(d.placeholders)), 10)
	d.placeholders = append(d.placeholders, l)
}

func (d *digest) keepMade(s string) {
	d.made = append(d.made, s)
	d.keep(placeholder{start: len(d.made) - 1, shape: made})
}

// placeholder gives the lift that a mark stands for.
func (d *digest) placeholder(s string) (placeholder, bool) {
	if !strings.HasPrefix(s, placeholderPrefix) {
		return placeholder{}, false
	}
	n, err := strconv.Atoi(s[len(placeholderPrefix):])
	if err != nil || n < 0 || n >= len(d.placeholders) {
		return placeholder{}, false
	}
	return d.placeholders[n], true
}

// text gives what the parser returned as a document's author meant it: entities
// decoded once, CDATA opened, elements inside it left as markup.
func (d *digest) text(s string) string {
	l, ok := d.placeholder(s)
	if !ok {
		return s
	}
	src := d.src[l.start:max(l.start, l.end)]
	switch l.shape {
	case made:
		return d.made[l.start]
	case verbatim:
		return d.plain(src)
	case mixed:
		return d.open(src)
	case base64ed:
		b, _ := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(src)))
		return strings.ToValidUTF8(string(clean(b)), "")
	}
	return d.decode(src)
}

// markup is text for a place where we keep HTML. Text that says it is no HTML is
// believed when it does not look like it.
func (d *digest) markup(s string) string {
	l, ok := d.placeholder(s)
	s = d.text(s)
	if ok && l.plain && l.shape != mixed && !hasElements([]byte(s)) {
		return html.EscapeString(s)
	}
	return s
}

// baseOf is the xml:base of the element that a text was in, if it had its own.
func (d *digest) baseOf(s string) string {
	if n, err := strconv.Atoi(strings.TrimPrefix(s, placeholderPrefix)); err == nil && d.bases != nil {
		return d.bases[n]
	}
	return ""
}

// decode reads character data: entities of XML and of HTML become characters.
func (d *digest) decode(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return d.plain(b)
	}
	out, odd := unescape(make([]byte, 0, len(b)), b)
	if odd || needsClean(b) {
		out = clean(out)
	}
	return string(bytes.TrimSpace(out))
}

// plain is b without what no text may hold.
func (d *digest) plain(b []byte) string {
	b = bytes.TrimSpace(b)
	if needsClean(b) {
		b = clean(b)
	}
	return string(b)
}

// open reads an inside of several pieces. When there are elements among them it
// is markup, and its character data stays escaped.
func (d *digest) open(b []byte) string {
	markup := hasElements(b)
	if markup {
		b = d.unprefixed(b)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.Index(b, []byte("<![CDATA["))
		piece := b
		if i >= 0 {
			piece = b[:i]
		}
		if markup {
			out = append(out, piece...)
		} else {
			out, _ = unescape(out, piece)
		}
		if i < 0 {
			break
		}
		b = b[i+9:]
		n := bytes.Index(b, []byte("]]>"))
		if n < 0 {
			out = append(out, b...)
			break
		}
		out, b = append(out, b[:n]...), b[n+3:]
	}
	return string(bytes.TrimSpace(clean(out)))
}

// maxPrefixes is how many names a document may have for XHTML.
const maxPrefixes = 8

// unprefixed writes the elements of XHTML as HTML does: without a prefix.
func (d *digest) unprefixed(b []byte) []byte {
	if len(d.html) == 0 && !bytes.Contains(b, []byte("xmlns:")) {
		return b
	}
	known := slices.Clone(d.html)
	out, at := make([]byte, 0, len(b)), 0
	for l := (lexer{src: b}); ; {
		t := l.next()
		if t.kind == end || t.kind == unterminated {
			return append(out, b[at:]...)
		}
		if t.name == nil {
			continue
		}
		if len(known) < maxPrefixes {
			known = append(known, htmlPrefixes(t.attrs)...)
		}
		if p := prefix(t.name); p != nil && slices.Contains(known, string(p)) {
			from := t.start + bytes.Index(b[t.start:t.end], t.name)
			out = append(out, b[at:from]...)
			at = from + len(p) + 1
		}
	}
}

// htmlPrefixes are those that a tag binds to XHTML.
func htmlPrefixes(attrs []byte) (all []string) {
	if !bytes.Contains(attrs, []byte("xmlns:")) {
		return nil
	}
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		p, bound := strings.CutPrefix(string(a.name), "xmlns:")
		if s, _ := spaceName(string(a.value)); bound && s == "xhtml" && len(all) < maxPrefixes {
			all = append(all, p)
		}
	}
	return all
}

func hasElements(b []byte) bool {
	for l := (lexer{src: b}); ; {
		switch l.next().kind {
		case open, empty:
			return true
		case end:
			return false
		}
	}
}

// maxEntity is longer than the longest named entity of HTML.
const maxEntity = 34

// unescape appends b with its entities decoded. Only what ends with a semicolon
// is one: "?a=1&copy=2" stays as it is. odd says that one of them made a
// character that no text may hold.
func unescape(out, b []byte) (_ []byte, odd bool) {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...), odd
		}
		out, b = append(out, b[:i]...), b[i:]
		n := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
		if n < 0 {
			out, b = append(out, '&'), b[1:]
			continue
		}
		s, ok := entity(b[1:n])
		if !ok {
			out, b = append(out, '&'), b[1:]
			continue
		}
		odd = odd || b[1] == '#' && needsClean([]byte(s))
		out, b = append(out, s...), b[n+1:]
	}
}

func entity(name []byte) (string, bool) {
	switch string(name) {
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "amp":
		return "&", true
	case "quot":
		return `"`, true
	case "apos", "#39":
		return "'", true
	}
	if bytes.ContainsAny(name, " &<\t\r\n") {
		return "", false
	}
	ref := "&" + string(name) + ";"
	s := html.UnescapeString(ref)
	if s == ref || len(s) > 1 && s == html.UnescapeString(ref[:len(ref)-1])+";" {
		return "", false
	}
	return s, true
}

// clean is b without control characters and what Unicode says is no character;
// C1 controls become the letters that windows-1252 has in their place.
func clean(b []byte) []byte {
	out := make([]byte, 0, len(b)+8)
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if !control[c] {
				out = append(out, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r >= 0x80 && r < 0xa0:
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(byte(r)))
		case !stray(r) && (r != utf8.RuneError || n > 1):
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	return out
}

// control says which ASCII characters XML refuses, and the one that it allows
// for no good reason.
var control = func() (set [256]bool) {
	for c := range 0x20 {
		set[c] = c != '\t' && c != '\n' && c != '\r'
	}
	set[0x7f] = true
	return set
}()

func stray(r rune) bool { return r == 0xfffe || r == 0xffff || r >= 0xfdd0 && r <= 0xfdef }

// needsClean says whether clean would change b. UTF-8 is taken for granted.
func needsClean(b []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if ((x-0x20*ones)&^x|x|(x+ones))&tops != 0 && needsCleanIn(b, i, i+8) { // a byte below 0x20 or above 0x7e
			return true
		}
	}
	return needsCleanIn(b, i, len(b))
}

// needsCleanIn says whether something odd begins between from and to.
func needsCleanIn(b []byte, from, to int) bool {
	for i := from; i < to; i++ {
		c := b[i]
		if !maybeUnclean[c] {
			continue
		}
		if r, _ := utf8.DecodeRune(b[i:]); control[c] || r >= 0x80 && r < 0xa0 || stray(r) {
			return true
		}
	}
	return false
}

// maybeUnclean says with which bytes something odd may begin.
var maybeUnclean = func() [256]bool {
	set := control
	set[0xc2], set[0xef] = true, true
	return set
}()
