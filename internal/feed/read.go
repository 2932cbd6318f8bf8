package feed

import (
	"bytes"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
)

// Read reads a feed document. An error is a *Problem: the document is at fault.
func Read(body []byte, h Hints) (doc *Document, err error) {
	if len(body) > maxBytes {
		return nil, &Problem{Text: "the document is larger than 8 MB"}
	}
	defer func() {
		if r := recover(); r != nil {
			// The parser is not ours, and what it reads is a stranger's.
			doc, err = nil, &Problem{Text: fmt.Sprintf("the parser gave up: %v", r), stack: string(debug.Stack())}
		}
	}()
	src := toUTF8(body, h.ContentType)
	start := bytes.TrimLeft(src, " \t\r\n\v\f\x00\ufeff")
	switch {
	case len(start) == 0:
		return nil, &Problem{Text: "the document is empty"}
	case start[0] == '{' || bytes.HasPrefix(start, []byte(")]}'")):
		doc, err = readJSON(start)
	case start[0] == '[' && !bytes.Contains(start, []byte("<")):
		return nil, &Problem{Text: "this is a JSON list, not a feed"}
	default:
		doc, err = readXML(src, h)
	}
	if err != nil {
		return nil, err
	}
	doc.resolveAddresses(h)
	return doc, nil
}

// resolveAddresses makes addresses absolute where the document or its address says how.
func (d *Document) resolveAddresses(h Hints) {
	if d.Base == "" {
		d.Base = h.base()
	}
	if d.Language == "" {
		d.Language = h.ContentLanguage
	}
	for _, p := range []*string{&d.Site, &d.Icon, &d.Hub, &d.Self, &d.Next} {
		*p = resolve(d.Base, *p)
	}
	for i := range d.Items {
		d.Items[i].resolveAddresses(d.Base)
	}
}

func (h Hints) base() string {
	if h.ContentLocation == "" {
		return h.URL
	}
	return resolve(h.URL, h.ContentLocation)
}

func (i *Item) resolveAddresses(base string) {
	if i.Base == "" {
		i.Base = base
	}
	for _, p := range []*string{&i.Link, &i.Comments, &i.SourceURL} {
		*p = resolve(i.Base, *p)
	}
	for k := range i.Media {
		i.Media[k].URL = resolve(i.Base, i.Media[k].URL)
	}
}

// buffers hold what the parser reads, for one document after the other.
var buffers = sync.Pool{New: func() any { return new(digest) }}

func readXML(src []byte, h Hints) (*Document, error) {
	d := buffers.Get().(*digest)
	defer func() {
		d.reset(nil)
		buffers.Put(d)
	}()
	d.reset(src)
	d.known = h.Known
	if err := d.prolog(h); err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	d.finish()
	if d.doubtful() {
		h.Known = nil
		return readXML(src, h)
	}
	if d.format == atomFormat {
		return d.atom()
	}
	return d.rss()
}

// reset makes the digest fit for another document; what it has allocated stays.
func (d *digest) reset(src []byte) {
	*d = digest{
		src: src, lexer: lexer{src: src},
		out: d.out[:0], placeholders: d.placeholders[:0], stack: d.stack[:0], heads: d.heads[:0], bindings: d.bindings[:0],
	}
	clear(d.made)
	d.made = d.made[:0]
}

// prolog goes to the root of a feed, over whatever stands before it.
func (d *digest) prolog(h Hints) error {
	other := ""
	for {
		t := d.lexer.next()
		switch t.kind {
		case end, unterminated:
			return d.noFeed(other)
		case doctype:
			if err := d.doctype(t); err != nil {
				return err
			}
		case open, empty:
			if f := formatOf(t, other != ""); f != nil {
				d.format = f
				return d.rootTag(t, h.base())
			}
			if other == "" {
				other = strings.ToLower(string(local(t.name)))
			}
		}
	}
}

func (d *digest) doctype(t token) error {
	low := bytes.ToLower(t.body)
	if bytes.Contains(low, []byte("<!entity")) {
		return &Problem{Text: "the document defines entities of its own; such documents are refused"}
	}
	if bytes.HasPrefix(bytes.TrimSpace(low[9:]), []byte("html")) {
		d.page = true
	}
	return nil
}

// noFeed says what a document is that is no feed.
func (d *digest) noFeed(root string) error {
	head := bytes.ToLower(d.src[:min(len(d.src), 1024)])
	switch {
	case d.page, root == "html", root == "head", root == "body", bytes.Contains(head, []byte("<html")):
		return &Problem{Text: "this is a web page, not a feed", IsWebPage: true}
	case root == "opml":
		return &Problem{Text: "this is a list of feeds (OPML), not a feed"}
	case root == "urlset", root == "sitemapindex":
		return &Problem{Text: "this is a site map, not a feed"}
	case root != "":
		return &Problem{Text: fmt.Sprintf("this is XML, but not a feed: it begins with <%s>", clip(root, 40))}
	case bytes.HasPrefix(d.src, []byte("%PDF")), bytes.IndexByte(head, 0) >= 0:
		return &Problem{Text: "this is not text, and not a feed"}
	}
	return &Problem{Text: "this is plain text, not a feed"}
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

// formatOf is the format that a tag begins; nil when it begins none. Inside
// something else it must say more than its name.
func formatOf(t token, inside bool) *xmlFormat {
	root := strings.ToLower(string(local(t.name)))
	switch {
	case inside && len(t.attrs) == 0:
		return nil
	case root == "rss" || root == "rdf" || !inside && (root == "channel" || root == "item"):
		return rssFormat
	case root == "feed" || !inside && root == "entry":
		return atomFormat
	}
	return nil
}

func (d *digest) rootTag(t token, base string) error {
	d.root = strings.ToLower(string(local(t.name)))
	d.out = append(d.out, d.format.head...)
	d.bind(t.attrs)
	d.adopt(t)
	f := frame{name: t.name, base: base}
	d.scope(&f, t.attrs)
	d.heads = append(d.heads, head{base: f.base, lang: f.lang})
	if d.root == "item" || d.root == "entry" {
		d.stack = append(d.stack, frame{base: f.base})
		return d.begin(t)
	}
	if d.root == "channel" {
		f.mode = channel
		d.channels = 1
	}
	d.stack = append(d.stack, f)
	if t.kind == empty {
		d.stack = d.stack[:0]
	}
	return nil
}

// adopt takes the root's own namespace for the format's.
func (d *digest) adopt(t token) {
	for _, b := range d.bindings {
		if b.prefix == "" {
			d.home = b.space
		} else if b.prefix == string(prefix(t.name)) && b.space != "rdf" {
			d.own = b.prefix
		}
	}
	for a, rest, ok := nextAttribute(t.attrs); ok; a, rest, ok = nextAttribute(rest) {
		switch name := string(a.name); {
		case name == "version":
			d.version = strings.TrimSpace(string(a.value))
		case strings.HasPrefix(name, "xmlns") && d.nativeURI == "":
			if s, _ := spaceName(string(a.value)); s == d.format.space {
				d.nativeURI = string(a.value)
			}
		}
	}
}

// isAddress says whether s is an absolute http or https address.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
