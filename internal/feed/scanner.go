package feed

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/slugline/slugline/internal/weburl"
)

// Limits of a document. One beyond them is refused, or read up to the limit. Feeds
// that mean no harm stay far below.
const (
	defaultBytes  = 8 << 20
	maxBytes      = 64 << 20
	maxDepth      = 128
	maxItems      = 2000
	maxChildren   = 1000
	maxElements   = 400_000 // in the digest
	maxAttributes = 256
	maxUnclosed   = 64 // unknown elements whose end tag is searched for without success
)

// xmlFormat is a kind of XML feed for which gofeed has a parser.
type xmlFormat struct {
	space      string // short name of its own namespace
	item       string // name of an item
	rules      map[string]rule
	head, tail string // how a digest begins and ends
}

var (
	rssFormat  = &xmlFormat{"rss", "item", rssRules, "<rss><channel>", "</channel></rss>"}
	atomFormat = &xmlFormat{"atom", "entry", atomRules, "<feed>", "</feed>"}
)

// digest is a document reduced to what gofeed parses, with the texts that gofeed
// does not see. It lives until the Document is made.
type digest struct {
	placeholders
	format    *xmlFormat
	root      string // local name of the root element, in lower case
	version   string // the root's version attribute
	nativeURI string // of the format's namespace, as the document has it: tells versions apart
	base      string
	lang      string
	xml       []byte // what gofeed parses
	items     []itemInfo
	truncated bool
	cut       string // see survey
}

// itemInfo is what the scanner knows about an item and gofeed does not.
type itemInfo struct {
	about   string // rdf:about
	base    string
	lang    string
	rawHash uint64 // see Item.RawHash
	known   bool   // the digest does not contain it

	start       int // in the input
	contextHash uint64
	before      carriedState // when the item began
}

// scanner reads an XML document once from front to back and writes its digest.
type scanner struct {
	src     []byte
	fetched string // address of the document
	base    string // the same, or what its Content-Location says
	site    string // link of the channel (RSS), against which addresses are read when there is no xml:base

	lexer  lexer
	digest digest
	names  namespaces
	stack  elements // that are open

	inItem    bool
	looked    int // what was looked at to read the current item ends here in the input
	itemStart int // of the current item in digest.xml
	itemTexts int // number of placeholders before the current item
	itemMade  int // number of composed texts before the current item
	elements  int // in the digest so far

	overflow bool    // there are more than maxItems
	survey   *survey // of a document with too many items

	channels  int  // channel elements so far
	unclosed  int  // skipped elements without an end tag so far
	isWebPage bool // the DOCTYPE is HTML's
	expanded  bool // src has the texts of the document's own entities

	inside string // name of the element around the feed's root, if there is one

	lenient    bool   // see lenientFormat; the fields below are only used then
	inList     bool   // an element called items has begun
	searched   int    // bytes of elements that were searched for items
	rootClosed bool   // the root has ended
	unfinished bool   // the document ends inside an item, a text or a tag
	unread     string // name of an element that is not understood and has others in it
	notice     string // text of an element that is not understood
	hasText    bool   // items are written as text, in a CDATA section

	known    func(rawHash uint64) bool // Hints.Known
	itemEnd  int                       // start of the next end tag of an item called itemName, see peekKnown
	itemName []byte
	scratch  []byte // of contextHash
}

// element is an element that is open.
type element struct {
	name     []byte // as the document has it
	out      string // name in the digest; empty when it is not in the digest
	mode     mode
	bindings int // number of namespace bindings outside it
	children int
	base     string // the xml:base in scope; empty when there is none
	ownBase  bool   // it has an xml:base attribute
	lang     string
}

// elements is a stack of open elements, the innermost last.
type elements []element

func (s elements) top() *element { return &s[len(s)-1] }

// find returns the index of the innermost element of that name; -1 when none is open.
func (s elements) find(name []byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if bytes.EqualFold(s[i].name, name) {
			return i
		}
	}
	return -1
}

// item returns the name of the innermost item; nil outside of items.
func (s elements) item() []byte {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].mode == item {
			return s[i].name
		}
	}
	return nil
}

// reset prepares the scanner for a document. It keeps the memory it has allocated.
func (s *scanner) reset(src []byte) {
	d := &s.digest
	clear(d.composed)
	*s = scanner{
		src: src, lexer: lexer{src: src}, stack: s.stack[:0], scratch: s.scratch[:0],
		names: namespaces{bindings: s.names.bindings[:0]},
		digest: digest{
			xml: d.xml[:0], items: d.items[:0],
			placeholders: placeholders{src: src, texts: d.texts[:0], composed: d.composed[:0]},
		},
	}
}

// scan reads the document behind the root's start tag. It stops at the end of the
// root, at the end of the input, or at a limit.
func (s *scanner) scan() error {
	for len(s.stack) > 0 {
		s.lexer.reach = 0
		t := s.lexer.next()
		if t.kind != open && t.kind != empty { // else startElement does
			s.look(&s.lexer)
		}
		var err error
		switch t.kind {
		case open, empty:
			err = s.startElement(t)
		case closing:
			s.endElement(t)
		case cdata:
			s.hasText = s.hasText || s.lenient && hasItem(t.body)
		case unterminated, end:
			s.digest.truncated = s.inItem || !s.rootClosed && !isItemName(s.digest.root)
			s.unfinished = s.inItem || t.kind == unterminated
			return nil
		}
		if err != nil || s.digest.truncated || s.overflow {
			return err
		}
	}
	return nil
}

// isItemName reports whether a root of this name is an item, which is then the
// whole document.
func isItemName(root string) bool { return root == "item" || root == "entry" }

// finish closes all open elements and completes the digest. It leaves out an item
// that is incomplete.
func (s *scanner) finish() {
	if s.inItem {
		s.discardItem()
		s.digest.items = s.digest.items[:len(s.digest.items)-1]
		s.inItem = false
		for len(s.stack) > 0 && s.stack.top().mode != item {
			s.stack = s.stack[:len(s.stack)-1]
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	for len(s.stack) > 0 {
		s.pop(s.lexer.at)
	}
	s.digest.xml = append(s.digest.xml, s.digest.format.tail...)
	s.digest.xhtml = s.names.xhtml
}

// newElement returns the element that begins with t inside the innermost one, and binds its
// namespaces.
func (s *scanner) newElement(t token) element {
	parent := s.stack.top()
	e := element{name: t.name, bindings: len(s.names.bindings), base: parent.base, lang: parent.lang}
	s.names.bind(t.attrs)
	return e
}

func (s *scanner) startElement(t token) error {
	e := s.newElement(t)
	r := s.names.rule(t.name)
	if r.name == "link" {
		r = s.linkRule(t, r)
	}
	if s.lenient {
		r = s.lenientRule(t, r)
	}
	if r.mode != item { // which is not part of the item before it
		s.look(&s.lexer)
	}
	if r.mode == ignored && s.lenient && !s.inItem {
		return s.unwrap(t, e)
	}
	if r.mode == ignored {
		s.names.unbind(e.bindings)
		return s.skip(t)
	}
	s.applyXMLAttributes(&e, t.attrs)
	err := s.write(t, e, r)
	if len(s.stack) > maxDepth {
		return errTooDeep
	}
	return err
}

var errTooDeep = &Problem{Text: "elements are nested more than 128 deep"}

// write writes a start tag and, of an element that contains text, the text and the
// end tag.
func (s *scanner) write(t token, e element, r rule) error {
	switch {
	case r.mode == channel:
		s.channels++
		if e.mode = channel; e.ownBase {
			s.digest.base = e.base
		}
		s.push(e, t.kind)
		return nil
	case r.mode == item:
		return s.startItem(t, e, r)
	case s.tooMany():
		s.names.unbind(e.bindings)
		return s.skip(t)
	case r.mode == text || r.mode == verbatimText || r.mode == date:
		return s.textElement(t, e, r)
	}
	d := &s.digest
	d.xml = append(d.xml, '<')
	d.xml = append(d.xml, r.name...)
	if err := s.attributes(t.attrs, &e, false); err != nil {
		return err
	}
	if r.mode == tag || t.kind == empty {
		d.xml = append(d.xml, '/', '>')
	} else {
		d.xml = append(d.xml, '>')
		e.out = r.name
	}
	s.push(e, t.kind)
	return nil
}

func (s *scanner) push(e element, k kind) {
	if k == empty {
		s.names.unbind(e.bindings)
		return
	}
	s.stack = append(s.stack, e)
}

// pop closes the innermost element. In the input it ends before at.
func (s *scanner) pop(at int) {
	e := s.stack.top()
	if e.out != "" {
		s.digest.xml = appendEndTag(s.digest.xml, e.out)
	}
	if e.mode == item {
		s.endItem(at)
	}
	s.names.unbind(e.bindings)
	s.stack = s.stack[:len(s.stack)-1]
}

func appendEndTag(xml []byte, name string) []byte {
	xml = append(xml, '<', '/')
	xml = append(xml, name...)
	return append(xml, '>')
}

// endElement closes the element that an end tag names, and all elements in it. An
// end tag without a start tag is ignored.
func (s *scanner) endElement(t token) {
	i := s.stack.find(t.name)
	if i == 0 && s.lenient { // items may follow
		i, s.rootClosed = 1, true
	}
	if i < 0 {
		return
	}
	for len(s.stack) > i {
		s.pop(t.end)
	}
}

// look notes that l has looked at a part of the current item.
func (s *scanner) look(l *lexer) { s.looked = max(s.looked, l.looked()) }

// tooMany counts a child of the innermost element and reports whether to leave it
// out: because there are more than maxChildren, or because it is about a second
// channel.
func (s *scanner) tooMany() bool {
	parent := s.stack.top()
	parent.children++
	s.elements++
	return parent.children > maxChildren || s.elements > maxElements || s.channels > 1 && !s.inItem
}

// startItem begins an item. Inside another, or inside an element of the feed, it ends that
// one, whose end tag is missing.
func (s *scanner) startItem(t token, e element, r rule) error {
	if s.inItem {
		s.digest.items[len(s.digest.items)-1].contextHash ^= withoutEndTag
	}
	if s.inItem || s.stack.top().out != "" {
		for s.inItem || s.stack.top().out != "" {
			s.pop(t.start)
		}
		e = s.newElement(t)
		s.applyXMLAttributes(&e, t.attrs)
	}
	d := &s.digest
	if v := s.survey; v != nil && v.keep != nil {
		if end, ok := v.skips(t.start); ok {
			s.names.unbind(e.bindings)
			s.lexer.at = end
			return nil
		}
	}
	if len(d.items) >= maxItems {
		s.overflow = s.survey == nil
		d.truncated = !s.overflow
		return nil
	}
	info := itemInfo{base: e.base, start: t.start, contextHash: s.contextHash(), before: s.carriedState()}
	if hash, end, ok := s.peekKnown(t, info.contextHash); ok {
		d.items = append(d.items, itemInfo{rawHash: hash, known: true, before: info.before})
		s.names.unbind(e.bindings)
		s.lexer.at = end
		return nil
	}
	if e.lang != s.stack.top().lang {
		info.lang = e.lang
	}
	info.about = attributeNamed(t.attrs, "about")
	d.items = append(d.items, info)
	s.looked = s.lexer.looked()
	s.inItem, s.itemStart, s.itemTexts, s.itemMade = true, len(d.xml), len(d.texts), len(d.composed)
	d.xml = append(d.xml, '<')
	d.xml = append(d.xml, r.name...)
	d.xml = append(d.xml, '>')
	e.out, e.mode = r.name, item
	s.stack = append(s.stack, e)
	if t.kind == empty {
		s.pop(t.end)
	}
	return nil
}

// skip continues behind an element and its content. When the end tag is missing, it
// skips only the start tag.
func (s *scanner) skip(t token) error {
	if t.kind == empty || s.unclosed > maxUnclosed {
		return nil
	}
	depth := 1
	l := lexer{src: s.src, at: t.end, simple: true}
	defer s.look(&l)
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
			} else if s.stack.find(n.name) >= 0 {
				s.unclosed++
				return nil
			}
		case end, unterminated:
			s.unclosed++
			return nil
		}
		if depth == 0 {
			s.lexer.at = n.end
			return nil
		}
		if len(s.stack)+depth > maxDepth {
			return errTooDeep
		}
	}
}

// applyXMLAttributes applies xml:base and xml:lang.
func (s *scanner) applyXMLAttributes(e *element, attrs []byte) {
	if !bytes.Contains(attrs, []byte("xml:")) {
		return
	}
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		switch string(a.name) {
		case "xml:base":
			base := weburl.Resolve(cmp.Or(e.base, s.base), decodeText(a.value))
			if base != "" && !isLeftover(base, s.fetched) {
				e.base, e.ownBase = base, true
			}
		case "xml:lang":
			e.lang = decodeText(a.value)
		}
	}
}

// attributeNamed returns the value of the attribute with that local name.
func attributeNamed(attrs []byte, name string) string {
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		if n := local(a.name); len(n) == len(name) && strings.EqualFold(string(n), name) {
			return decodeText(a.value)
		}
	}
	return ""
}

// linkRule returns what to do with a link. In RSS it is a text, and in Atom an attribute;
// but feeds mix that up.
func (s *scanner) linkRule(t token, r rule) rule {
	switch {
	case r.mode == text && isRelatedLink(t.attrs):
		return rule{tag, "atom:link"}
	case r.mode == tag && !bytes.Contains(t.attrs, []byte("href")) && attributeNamed(t.attrs, "href") == "":
		return rule{text, "link"}
	}
	return r
}

// isRelatedLink reports whether a link leads to something other than the page of
// the item or the feed.
func isRelatedLink(attrs []byte) bool {
	rel := attributeNamed(attrs, "rel")
	return rel != "" && !isRel(rel, "alternate")
}
