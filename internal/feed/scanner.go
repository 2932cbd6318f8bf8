package feed

import (
	"bytes"
	"net/url"
	"strings"
)

// Limits of what is read. A document beyond them is refused, or read as far as
// the limit: none of them is met by a feed that means well.
const (
	maxBytes      = 8 << 20
	maxDepth      = 128
	maxItems      = 2000
	maxChildren   = 1000
	maxAttributes = 256
	maxUnclosed   = 64 // unknown elements whose end is looked for in vain
)

// xmlFormat is a kind of XML document that holds items.
type xmlFormat struct {
	space      string // short name of its native namespace
	rules      map[string]rule
	head, tail string // what the parser is given around the rest
}

var (
	rssFormat  = &xmlFormat{"rss", rssRules, "<rss><channel>", "</channel></rss>"}
	atomFormat = &xmlFormat{"atom", atomRules, "<feed>", "</feed>"}
)

// digest makes of a document what the parser can read: well-formed, bounded,
// only what we know, in our names; long and odd texts are kept aside.
type digest struct {
	format    *xmlFormat
	root      string // local name of the root, lower case
	version   string // its version attribute
	nativeURI string // uri of the first native namespace, tells versions apart
	src       []byte
	lexer     lexer
	out       []byte
	cut       bool
	page      bool // it begins like a web page

	placeholders []placeholder
	made         []string
	bases        map[int]string // of lifts whose element has an xml:base of its own

	bindings []binding
	html     []string // prefixes of XHTML
	home     string   // namespace of unprefixed names in the root
	own      string   // the root's prefix
	stack    []frame
	heads    []head
	inItem   bool
	start    int // of the current item in out
	kept     int // lifts before the current item
	channels int
	unclosed int
	known    func(raw uint64) bool
	ending   int // of the next end tag of an item, see glance
	scratch  []byte
	strayed  bool // a skipped element had a quote without its partner
}

// frame is an element that is open.
type frame struct {
	name     []byte // as the document has it
	out      string // as the parser is told; empty: it is not told
	mode     mode
	bindings int // in force before it
	children int
	base     string
	lang     string
}

// head is what the parser has no place for: of the document, and of each item.
type head struct {
	about string // rdf:about
	base  string
	lang  string
	from  int
	raw   uint64 // 0: not to be known again
	known bool

	around uint64
	before before
}

func (d *digest) top() *frame { return &d.stack[len(d.stack)-1] }

// read goes through the document. It ends at the end of the input, of the
// root, or at a limit.
func (d *digest) read() error {
	for len(d.stack) > 0 {
		t := d.lexer.next()
		var err error
		switch t.kind {
		case open, empty:
			err = d.begin(t)
		case closing:
			d.close(t)
		case unterminated, end:
			d.cut = d.inItem || !d.lone()
			return nil
		}
		if err != nil || d.cut {
			return err
		}
	}
	return nil
}

// lone says that an item is the whole document.
func (d *digest) lone() bool { return d.root == "item" || d.root == "entry" }

// finish closes what is open. An item that is not complete is taken back.
func (d *digest) finish() {
	if d.inItem {
		d.takeBack()
		d.heads = d.heads[:len(d.heads)-1]
		d.inItem = false
		for len(d.stack) > 0 && d.top().mode != item {
			d.stack = d.stack[:len(d.stack)-1]
		}
		d.stack = d.stack[:len(d.stack)-1]
	}
	for len(d.stack) > 0 {
		d.pop(d.lexer.at)
	}
	d.out = append(d.out, d.format.tail...)
}

func (d *digest) begin(t token) error {
	f := frame{name: t.name, bindings: len(d.bindings), base: d.top().base, lang: d.top().lang}
	d.bind(t.attrs)
	r := d.rule(t.name)
	if r.name == "link" && r.mode == text && d.related(t.attrs) {
		r = rule{tag, "atom:link"}
	}
	if r.mode == ignored {
		d.bindings = d.bindings[:f.bindings]
		return d.skip(t)
	}
	own := d.scope(&f, t.attrs)
	err := d.emit(t, f, r, own)
	if len(d.stack) > maxDepth {
		return &Problem{Text: "elements are nested more than 128 deep"}
	}
	return err
}

func (d *digest) emit(t token, f frame, r rule, own bool) error {
	switch {
	case r.mode == channel:
		d.channels++
		d.push(f, t.kind)
		return nil
	case r.mode == item:
		return d.item(t, f, r)
	case d.excess():
		d.bindings = d.bindings[:f.bindings]
		return d.skip(t)
	}
	switch r.mode {
	case text, verbatimText, date:
		return d.leaf(t, f, r, own)
	}
	d.out = append(d.out, '<')
	d.out = append(d.out, r.name...)
	if err := d.attributes(t.attrs, own, false, f.base); err != nil {
		return err
	}
	if r.mode == tag || t.kind == empty {
		d.out = append(d.out, '/', '>')
	} else {
		d.out = append(d.out, '>')
		f.out = r.name
	}
	d.push(f, t.kind)
	return nil
}

func (d *digest) push(f frame, k kind) {
	if k == empty {
		d.bindings = d.bindings[:f.bindings]
		return
	}
	d.stack = append(d.stack, f)
}

// pop closes the innermost element, whose end is before at.
func (d *digest) pop(at int) {
	f := d.top()
	if f.out != "" {
		d.out = append(d.out, '<', '/')
		d.out = append(d.out, f.out...)
		d.out = append(d.out, '>')
	}
	if f.mode == item {
		d.sealItem(at)
	}
	d.bindings = d.bindings[:f.bindings]
	d.stack = d.stack[:len(d.stack)-1]
}

// close closes the element that an end tag names, and what stands open in it.
// An end tag that belongs to nothing is passed over.
func (d *digest) close(t token) {
	i := d.isOpen(t.name)
	if i < 0 {
		return
	}
	for len(d.stack) > i {
		d.pop(t.end)
	}
}

// isOpen finds the innermost open element of that name; -1 when there is none.
func (d *digest) isOpen(name []byte) int {
	for i := len(d.stack) - 1; i >= 0; i-- {
		if bytes.EqualFold(d.stack[i].name, name) {
			return i
		}
	}
	return -1
}

// excess counts a child of the innermost element, and says whether it is one too
// many. What a second channel says of itself is too much as well.
func (d *digest) excess() bool {
	d.top().children++
	return d.top().children > maxChildren || d.channels > 1 && !d.inItem
}

// item begins an item. Those that begin inside another end that one: its end
// tag is missing.
func (d *digest) item(t token, f frame, r rule) error {
	for d.inItem {
		d.pop(t.start)
	}
	if len(d.heads) > maxItems {
		d.cut = true
		return nil
	}
	h := head{base: f.base, from: t.start, around: d.around(), before: d.before()}
	if raw, end, ok := d.glance(t, h.around); ok {
		d.heads = append(d.heads, head{raw: raw, known: true, before: h.before})
		d.bindings = d.bindings[:f.bindings]
		d.lexer.at = end
		return nil
	}
	if f.lang != d.top().lang {
		h.lang = f.lang
	}
	h.about = d.value(t.attrs, "about")
	d.heads = append(d.heads, h)
	d.inItem, d.start, d.kept = true, len(d.out), len(d.placeholders)
	d.out = append(d.out, '<')
	d.out = append(d.out, r.name...)
	d.out = append(d.out, '>')
	f.out, f.mode = r.name, item
	d.stack = append(d.stack, f)
	if t.kind == empty {
		d.pop(t.end)
	}
	return nil
}

// rule says what becomes of an element.
func (d *digest) rule(name []byte) rule {
	var buf [64]byte
	key := buf[:0]
	if s := d.space(name); s != "" {
		key = append(append(key, s...), ':')
	}
	for _, c := range local(name) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		key = append(key, c)
	}
	r, ok := d.format.rules[string(key)]
	if !ok {
		r, ok = common[string(key)]
	}
	if ok && r.name == "" {
		r.name = string(key)
	}
	return r
}

// skip passes over an element and all in it. Where its end is missing, it alone is
// passed over.
func (d *digest) skip(t token) error {
	if t.kind == empty || d.unclosed > maxUnclosed {
		return nil
	}
	depth := 1
	l := lexer{src: d.src, at: t.end}
	defer func() { d.strayed = d.strayed || l.lone != [2]bool{} }()
	for {
		n := l.next()
		switch n.kind {
		case open:
			if bytes.Equal(n.name, t.name) {
				depth++
			}
		case closing:
			if bytes.Equal(n.name, t.name) {
				depth--
			} else if d.isOpen(n.name) >= 0 {
				d.unclosed++
				return nil
			}
		case end, unterminated:
			d.unclosed++
			return nil
		}
		if depth == 0 {
			d.lexer.at = n.end
			return nil
		}
		if len(d.stack)+depth > maxDepth {
			return &Problem{Text: "elements are nested more than 128 deep"}
		}
	}
}

// scope takes xml:base and xml:lang. own says that the element has a base of its own.
func (d *digest) scope(f *frame, attrs []byte) (own bool) {
	if !bytes.Contains(attrs, []byte("xml:")) {
		return false
	}
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		switch string(a.name) {
		case "xml:base":
			f.base, own = resolve(f.base, d.decode(a.value)), true
		case "xml:lang":
			f.lang = d.decode(a.value)
		}
	}
	return own
}

// value is an attribute by its local name.
func (d *digest) value(attrs []byte, name string) string {
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		if string(local(a.name)) == name {
			return d.decode(a.value)
		}
	}
	return ""
}

// related says that a link is to something else than the page.
func (d *digest) related(attrs []byte) bool {
	rel := d.value(attrs, "rel")
	return rel != "" && !strings.EqualFold(rel, "alternate")
}

// resolve makes ref absolute where base says how; else it stays as it is.
func resolve(base, ref string) string {
	ref = strings.TrimSpace(ref)
	if base == "" || ref == "" {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := url.Parse(ref)
	if err != nil || r.IsAbs() {
		return ref
	}
	return b.ResolveReference(r).String()
}
