package canon

import "strings"

// Limits of an entry.
const (
	maxHeadline = 500 // characters
	maxSummary  = 600
	maxAuthor   = 200
	maxRights   = 300
	maxBody     = 256 << 10 // bytes
	maxMedia    = 10
	maxTags     = 30
)

// htmlText returns the text of HTML, about limit bytes of it: without tags, with
// references decoded once, and with a space where a line would end. What bodyReader takes
// for text is text.
func htmlText(s string, limit int) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var out strings.Builder
	out.Grow(min(len(s), limit+64))
	r := bodyReader{s: s}
	for at := 0; at < len(s) && out.Len() < limit; {
		n := strings.IndexByte(s[at:], '<')
		if n < 0 {
			n = len(s) - at
		}
		writeDecoded(&out, s[at:at+min(n, limit+64)])
		if at += n; at == len(s) {
			break
		}
		end, what := r.read(at)
		switch what {
		case textual:
			out.WriteByte('<')
			end = at + 1
		case breaking:
			out.WriteByte(' ')
		}
		at = end
	}
	return out.String()
}

// bodyReader tells the tags of a body from text. Tags that HTML has are tags, even if
// their end tag is missing, but nothing is hidden without its end tag: a <script>, a
// <select> or a <title> alone is text, and of <iframe src="..."/> only the tag is hidden.
// Tags that HTML does not have, such as <String>, are text unless their end tag follows.
type bodyReader struct {
	s        string
	missing  map[string]bool // names without an end tag in the rest of s
	opened   map[string]bool // names that HTML does not have, with an end tag
	searched int             // bytes that were searched for end tags

	lastTag, lastComment int // where the last > and the last --> are, plus 2; 0 when not known yet
}

// maxSearches is how often as many bytes as a body has may be searched for end tags. It
// keeps the time linear.
const maxSearches = 32

// read reads what begins with the < at s[at]. It returns where the text continues, and
// what has been skipped: textual when it is no tag.
func (r *bodyReader) read(at int) (end int, what element) {
	if !r.canEnd(at) {
		return at, textual
	}
	t, ok := tagAt(r.s, at)
	if !ok {
		return r.readDeclaration(at)
	}
	switch what := elementNamed(t.name); {
	case t.name == "":
		return t.end, inline
	case what == inline || what == breaking, what == void && (t.closing || t.hasAttributes(r.s)):
		return t.end, what
	case what == void, what == textual && t.closing && !r.opened[t.name]:
		return at, textual
	case t.closing, what == textual && t.closesItself(r.s) && (t.hasAttributes(r.s) || strings.Contains(t.name, ":")):
		return t.end, inline
	case what != textual && t.closesItself(r.s) && t.hasAttributes(r.s):
		return t.end, stray
	default:
		return r.readElement(&t, what)
	}
}

// canEnd reports whether a tag or comment that begins at s[at] may have an end. It keeps
// the time linear.
func (r *bodyReader) canEnd(at int) bool {
	if r.lastTag == 0 {
		r.lastTag = strings.LastIndexByte(r.s, '>') + 2
	}
	if !strings.HasPrefix(r.s[at:], "<!--") {
		return at < r.lastTag
	}
	if r.lastComment == 0 {
		r.lastComment = strings.LastIndex(r.s, "-->") + 2
	}
	return at < r.lastComment
}

// readElement reads the start tag of an element that needs its end tag: one that is
// hidden, which it skips, or one that HTML does not have.
func (r *bodyReader) readElement(t *tag, what element) (int, element) {
	end, ok := r.afterEndTag(t, what)
	switch {
	case !ok && what != textual && t.hasAttributes(r.s):
		return t.end, stray
	case !ok:
		return t.start, textual
	case what != textual:
		return end, inline
	case r.opened == nil:
		r.opened = map[string]bool{}
	}
	r.opened[t.name] = true
	return t.end, inline
}

// readDeclaration is read for what begins with <! or <?. Only some of it has a meaning in
// a body.
func (r *bodyReader) readDeclaration(at int) (int, element) {
	s := r.s[at:]
	switch {
	case strings.HasPrefix(s, cdataMark):
		return at + len(cdataMark), inline
	case strings.HasPrefix(s, "<!["), hasPrefixFold(s, "<?xml"), hasPrefixFold(s, "<!doctype") && strings.TrimSpace(r.s[:at]) == "":
		if n := strings.IndexByte(s, '>'); n >= 0 {
			return at + n + 1, inline
		}
	}
	return at, textual
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// afterEndTag returns where the element ends that begins with t. ok is false when it does
// not end.
func (r *bodyReader) afterEndTag(t *tag, what element) (end int, ok bool) {
	if r.missing[t.name] || r.searched >= maxSearches*len(r.s) {
		return 0, false
	}
	depth, found := 1, false
	for at := t.end; ; at++ {
		n := strings.IndexByte(r.s[at:], '<')
		if n < 0 {
			break
		}
		at += n
		name, closing := tagName(r.s[at:])
		switch {
		case name != t.name:
		case !closing && what != raw:
			depth++
		case closing:
			found = true
			if depth--; depth == 0 {
				r.searched += at - t.end
				return at + max(tagEnd(r.s[at:]), len("</")), true
			}
		}
	}
	r.searched += len(r.s) - t.end
	if !found {
		if r.missing == nil {
			r.missing = map[string]bool{}
		}
		r.missing[t.name] = true
	}
	return 0, false
}

// element says how the text of an HTML element is read.
type element uint8

const (
	textual  element = iota // HTML has no such element
	inline                  // its text belongs to the line
	breaking                // begins a new line
	void                    // has no text; without attributes it means nothing
	hidden                  // its content is not for reading
	raw                     // hidden, and its content contains no tags
	stray                   // a start tag of one of these that is markup, and what follows it is not
)

// elementNamed is elements, but faster for those that most tags are of.
func elementNamed(name string) element {
	switch name {
	case "p", "br", "div", "li", "ul":
		return breaking
	case "a", "b", "i", "em", "strong", "span":
		return inline
	}
	return elements[name]
}

// elements are those of HTML and MathML.
var elements = func() map[string]element {
	all := map[string]element{}
	for what, names := range map[element]string{
		inline: `a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd mark marquee nobr q rb rp rt rtc ruby s samp
			small span strike strong sub sup time tt u var label wbr center source track param area path g use tbody thead tfoot col colgroup
			math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mstyle mfenced mpadded semantics`,
		breaking: `address article aside audio blockquote body br caption dd details div dl dt fieldset figcaption figure footer form
			h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol p picture pre search section summary table td th tr ul video`,
		void:   "img input embed link meta base",
		hidden: "object select svg canvas map button template annotation dialog option applet frameset",
		raw:    "script style iframe noscript noembed noframes textarea title xmp",
	} {
		for n := range strings.FieldsSeq(names) {
			all[n] = what
		}
	}
	return all
}()
