package feed

import (
	"bytes"
	"fmt"
	"strings"
)

// A document in which no item is found is read again, leniently. Its items may be inside
// wrappers (<items>, <articles>), in a namespace that is not the format's own, behind the
// end of the root, or those of the other format. What a feed with items contains besides
// them is never read so: a lenient reading would take too much for an item.

// lenientFormat returns the format in which a document is read leniently: that of its
// first item or entry, or format if it has neither.
func lenientFormat(src []byte, format *xmlFormat) *xmlFormat {
	for l := (lexer{src: src, simple: true}); ; {
		switch t := l.next(); {
		case t.kind == end || t.kind == unterminated:
			return format
		case t.kind != open && t.kind != empty:
		case bytes.EqualFold(local(t.name), []byte("item")):
			return rssFormat
		case bytes.EqualFold(local(t.name), []byte("entry")):
			return format
		}
	}
}

// lenientRule returns what a lenient reading does with an element whose rule is r.
func (s *scanner) lenientRule(t token, r rule) rule {
	if s.inItem {
		return r
	}
	switch name := strings.ToLower(string(local(t.name))); {
	case name == "item", name == "entry", name == "items" && s.inItems(t):
		r = rule{item, s.digest.format.item}
	case name == "channel":
		r = rule{channel, name}
	}
	if r.mode == item || r.mode == channel {
		s.names.adopt(t.name)
	}
	return r
}

// inItems reports whether an element called items is itself an item: it is in another of
// that name, as some serializers of objects write lists.
func (s *scanner) inItems(t token) bool {
	before := s.inList
	s.inList = true
	return before && t.kind == open && bytes.Contains(s.src[t.end:min(len(s.src), t.end+512)], []byte("<title"))
}

// unwrap decides what a lenient reading does with an unknown element outside of items. If
// items are in it, the element itself is passed over, and its content is read.
func (s *scanner) unwrap(t token, e element) error {
	if t.kind == open && s.holdsItem(t) {
		s.names.adopt(t.name)
		return nil
	}
	s.noteUnread(t)
	s.names.unbind(e.bindings)
	return s.skip(t)
}

// holdsItem reports whether an element contains an item, or a channel.
func (s *scanner) holdsItem(t token) bool {
	depth, l := 1, lexer{src: s.src, at: t.end, simple: true}
	defer func() { s.searched += l.at - t.end }()
	for depth > 0 && s.searched < maxUnclosed*len(s.src) {
		n := l.next()
		switch n.kind {
		case end, unterminated:
			return false
		case open, empty:
			switch name := local(n.name); strings.ToLower(string(name)) {
			case "item", "entry", "channel":
				return true
			case "items":
				if bytes.EqualFold(name, local(t.name)) {
					return true
				}
			}
			if n.kind == open {
				depth++
			}
		case closing:
			depth--
		}
	}
	return false
}

// noteUnread notes the first element of the feed that is not understood. Elements of
// other formats, and those that feeds without items have, are none of our business.
func (s *scanner) noteUnread(t token) {
	name := strings.ToLower(string(local(t.name)))
	if s.unread != "" || s.names.space(t.name) != "" || unreadable[name] {
		return
	}
	l := lexer{src: s.src, at: t.end, simple: true}
	switch n := l.next(); {
	case t.kind == empty:
	case n.kind == open || n.kind == empty:
		s.unread = name
	case n.kind == closing && s.notice == "":
		s.notice = decodeText(s.src[t.end:n.start])
	}
}

// unreadable are the elements of a feed that we have no use for.
var unreadable = map[string]bool{
	"copyright": true, "webmaster": true, "generator": true, "docs": true, "cloud": true, "rating": true, "textinput": true,
	"items": true, "rights": true, "contributor": true, "image": true, "author": true, "owner": true, "publisher": true,
}

// hasItem reports whether a text looks like items.
func hasItem(text []byte) bool {
	return bytes.Contains(text, []byte("<item")) || bytes.Contains(text, []byte("<entry"))
}

// emptyProblem returns what is wrong with a feed without items; nil if it is just empty.
func (s *scanner) emptyProblem(doc *Document) error {
	switch {
	case s.digest.truncated && s.unfinished:
		return errBrokenOff
	case s.inside != "":
		return s.notAFeed(s.inside)
	case s.unread != "":
		return &Problem{Text: fmt.Sprintf("the feed has no items that can be read, but unknown elements called <%s>", clip(s.unread, 40))}
	case s.hasText, bytes.Contains(s.src, []byte("&lt;item")), bytes.Contains(s.src, []byte("&lt;entry")):
		return &Problem{Text: "the feed has no items that can be read: they are written as text"}
	case s.notice != "" && doc.Title == "" && doc.Site == "":
		return &Problem{Text: "the feed has no items; it says: " + clip(s.notice, 200)}
	}
	return nil
}
