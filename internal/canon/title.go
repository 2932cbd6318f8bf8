package canon

import (
	"slices"
	"strings"
)

// titleText returns the text of a title that may be HTML or plain text: nobody says so.
// It takes for markup only what can't be meant as text: elements of running text and
// blocks that have both tags, line breaks, comments. In "Styling the new <select>" and
// "List<Object>" there is none. A title without markup may have been escaped twice; what
// is markup then is removed too.
func titleText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	tags := titleTags(s)
	text := decodeAgain(withoutTags(s, tags, decode))
	switch {
	case len(tags) == 1 && strings.TrimSpace(text) == "" && !tags[0].hasAttributes(s):
		return s // the title is the name of a tag
	case len(tags) > 0 || !strings.Contains(text, "</"):
		return text
	}
	tags = slices.DeleteFunc(titleTags(text), func(t titleTag) bool { return t.what == hidden })
	return withoutTags(text, tags, func(s string) string { return s })
}

// withoutTags returns s without tags and with its text read by read.
func withoutTags(s string, tags []titleTag, read func(string) string) string {
	var out strings.Builder
	at := 0
	for _, t := range tags {
		if t.start < at {
			continue // inside a hidden element
		}
		out.WriteString(read(s[at:t.start]))
		if t.what == breaking {
			out.WriteByte(' ')
		}
		at = t.end
	}
	out.WriteString(read(s[at:]))
	return out.String()
}

// titleTag is a tag in a title, or the whole of a hidden element or a comment.
type titleTag struct {
	tag
	what   element // textual when it is no markup
	paired bool    // its other tag is in the title too
}

// maxTitleTags is how many signs in a title are looked at to find tags.
const maxTitleTags = 128

// titleTags returns the markup in a title.
func titleTags(s string) []titleTag {
	var all []titleTag
	r := bodyReader{s: s}
	at := 0
	for range maxTitleTags {
		n := strings.IndexByte(s[at:], '<')
		if n < 0 {
			break
		}
		at += n
		t, needsPartner := readTitleTag(&r, at)
		if t.end <= at {
			at++
			continue
		}
		if at = t.end; needsPartner && t.closing {
			pair(all, &t)
		}
		t.paired = t.paired || !needsPartner
		all = append(all, t)
	}
	unwrapTitle(s, all)
	return slices.DeleteFunc(all, func(t titleTag) bool { return !t.paired || t.what == textual })
}

// pair finds the start tag that the end tag t closes.
func pair(all []titleTag, t *titleTag) {
	for i := len(all) - 1; i >= 0; i-- {
		if o := &all[i]; !o.paired && !o.closing && o.name == t.name {
			o.paired, t.paired = true, true
			return
		}
	}
}

// unwrapTitle takes the first and the last tag for markup, whatever they are, if they
// enclose the rest of the title.
func unwrapTitle(s string, all []titleTag) {
	if len(all) < 2 {
		return
	}
	first, last := &all[0], &all[len(all)-1]
	if first.start == 0 && last.end == len(s) && first.paired && last.closing && first.name == last.name && first.end < last.start {
		first.what, last.what = inline, inline
	}
}

// readTitleTag reads what begins with the < at r.s[at]; t.end is 0 when it is text. A tag
// that needs its partner is text without it.
func readTitleTag(r *bodyReader, at int) (t titleTag, needsPartner bool) {
	s, ok := r.s, false
	if t.tag, ok = tagAt(s, at); !ok {
		return readTitleRest(s, at), false
	}
	t.what = titleElement(t.name)
	switch {
	case t.name == "", t.name == "br":
		return t, false
	case t.name == "img" && t.hasAttributes(s), t.name == "wbr" && isInsideWord(s, at, t.end):
		t.what = inline
		return t, false
	case t.what == hidden && !t.closing:
		t.end, _ = r.afterEndTag(&t.tag, raw)
		return t, false
	}
	return t, true
}

// readTitleRest is readTitleTag for what is no complete tag. A link or the like that is
// cut off inside an attribute at the end of the title is markup, and so are Word's
// declarations of namespaces.
func readTitleRest(s string, at int) titleTag {
	rest := s[at:]
	t := titleTag{tag: tag{start: at}, what: inline}
	if n := strings.IndexByte(rest, '>'); n >= 0 {
		if hasPrefixFold(rest, "<?xml:") {
			t.end = at + n + 1
		}
		return t
	}
	name, closing := tagName(rest)
	attr := strings.IndexAny(rest, `"'`)
	if !closing && (name == "a" || name == "img" || name == "span" || name == "font") && attr > 0 && rest[attr-1] == '=' {
		t.end = len(s)
	}
	return t
}

// isInsideWord reports whether there is text directly before from and at to.
func isInsideWord(s string, from, to int) bool {
	return from > 0 && to < len(s) && s[from-1] > ' ' && s[to] > ' '
}

// titleElement returns what an element is in a title. An element of the vocabularies in
// which word processors and publishers write titles has their prefix.
func titleElement(name string) element {
	if prefix, rest, ok := strings.Cut(name, ":"); ok {
		switch prefix {
		case "mml", "jats", "ce", "o", "st1", "w":
			return max(titleElements[rest], inline)
		}
	}
	return titleElements[name]
}

// titleElements are the elements that titles contain. Others are what a title is about.
var titleElements = func() map[string]element {
	all := map[string]element{"": inline}
	for what, names := range map[element]string{
		inline: `a abbr acronym b bdi bdo big blink cite code del dfn em font i ins kbd mark marquee nobr q rb rp rt rtc ruby s samp
			small span strike strong sub sup time tt u var label
			math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mstyle mfenced mpadded semantics`,
		breaking: "address article blockquote br center dd div dl dt h1 h2 h3 h4 h5 h6 header hgroup li ol p pre section table tbody td th tr ul",
		hidden:   "script style iframe noscript svg annotation",
	} {
		for n := range strings.FieldsSeq(names) {
			all[n] = what
		}
	}
	return all
}()
