package feed

import (
	"bytes"
	"fmt"
	"strings"
)

// findRoot scans to the root element of a feed, past anything before it.
func (s *scanner) findRoot() error {
	other := "" // name of the first element that is not a feed's root
	bare := token{}
	for {
		t := s.lexer.next()
		switch t.kind {
		case end, unterminated:
			if bare.name != nil && s.couldHoldFeed(other) {
				s.lexer, s.inside = lexer{src: s.src, at: bare.end}, other
				return s.startRoot(bare, formatOf(bare, false))
			}
			return s.notAFeed(other)
		case doctype:
			if err := s.readDoctype(t); err != nil {
				return err
			}
		case open, empty:
			if f := formatOf(t, other != ""); f != nil {
				s.inside = other
				return s.startRoot(t, f)
			}
			if name := strings.ToLower(string(local(t.name))); other == "" {
				other = name
			} else if bare.name == nil && formatOf(t, false) != nil && !isItemName(name) {
				bare = t
			}
			if isSitemap(other) {
				return errSitemap
			}
		}
	}
}

// couldHoldFeed reports whether a document that begins with an element called root may
// have a feed inside, whose root has no attributes. Web pages and lists may not.
func (s *scanner) couldHoldFeed(root string) bool {
	err, _ := s.notAFeed(root).(*Problem)
	return err != nil && strings.HasPrefix(err.Text, notFeedXML)
}

// readDoctype applies a document type declaration: references to entities that it
// declares are replaced in the rest of the document.
func (s *scanner) readDoctype(t token) error {
	if len(t.body) < len("<!doctype") {
		return nil
	}
	if bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(t.body[len("<!doctype"):])), []byte("html")) {
		s.isWebPage = true
	}
	own, err := ownEntities(t.body)
	if err != nil || len(own) == 0 || s.expanded {
		return err
	}
	s.expanded = true
	s.src = expandEntities(s.src[t.end:], own)
	s.lexer, s.digest.src = lexer{src: s.src}, s.src
	return nil
}

// notFeedXML begins what is said about a document of an unknown kind.
const notFeedXML = "this is XML, but not a feed: it begins with "

// notAFeed says what a document is that is not a feed. root is the name of its first
// element.
func (s *scanner) notAFeed(root string) error {
	beginning := bytes.ToLower(s.src[:min(len(s.src), 1024)])
	switch {
	case s.isWebPage, root == "html", root == "head", root == "body", bytes.Contains(beginning, []byte("<html")):
		return &Problem{Text: "this is a web page, not a feed", IsWebPage: true}
	case root == "opml":
		return &Problem{Text: "this is a list of feeds (OPML), not a feed"}
	case root != "":
		return &Problem{Text: fmt.Sprintf(notFeedXML+"<%s>", clip(root, 40))}
	case bytes.HasPrefix(s.src, []byte("%PDF")), bytes.IndexByte(beginning, 0) >= 0:
		return &Problem{Text: "this is not text, and not a feed"}
	}
	return &Problem{Text: "this is plain text, not a feed"}
}

// clip returns at most n bytes of s, and an ellipsis if that is not all.
func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

// formatOf returns the format whose root a tag can be; nil when it is none. Inside
// another document the name alone is not enough: the tag must have attributes.
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

func (s *scanner) startRoot(t token, f *xmlFormat) error {
	d := &s.digest
	if s.lenient {
		f = lenientFormat(s.src[t.end:], f)
	}
	d.format, s.names.format, s.names.lenient = f, f, s.lenient
	s.lexer.simple = true
	d.root = strings.ToLower(string(local(t.name)))
	d.xml = append(d.xml, d.format.head...)
	s.names.bind(t.attrs)
	s.names.adoptRoot(t.name)
	d.readVersion(t.attrs)
	e := element{name: t.name}
	s.applyXMLAttributes(&e, t.attrs)
	d.base, d.lang = e.base, e.lang
	if isItemName(d.root) {
		s.stack = append(s.stack, element{base: e.base})
		return s.startElement(t)
	}
	if d.root == "channel" {
		e.mode = channel
		s.channels = 1
	}
	s.stack = append(s.stack, e)
	if t.kind == empty {
		s.stack = s.stack[:0]
	}
	return nil
}

// readVersion reads what tells the versions of a format apart.
func (d *digest) readVersion(attrs []byte) {
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
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
