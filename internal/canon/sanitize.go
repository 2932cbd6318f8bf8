package canon

import (
	stdhtml "html"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Safe returns the HTML of a source in a form that is safe on a page: without scripts,
// styles, forms, frames and tracking pixels. All elements are closed, and all addresses
// are absolute, resolved against base. Safe does not change its own output. Of markup
// longer than 256 KB it reads the beginning.
func Safe(markup, base string) string {
	if len(markup) > maxBody {
		markup = strings.ToValidUTF8(markup[:maxBody], "")
	}
	out := sanitizeOnce(escapeStrays(markup), base)
	for range 4 {
		again := sanitizeOnce(out, "")
		if again == out {
			return out
		}
		out = again
	}
	// It changes each time it is parsed, so a browser could read it in yet another way.
	return stdhtml.EscapeString(cleanLine(htmlText(out, maxBody)))
}

// escapeStrays escapes what bodyReader takes for text, because a parser would not show it:
// to the parser, each < before a name begins a tag, and a <title> without an end tag
// contains the rest of the body. Stray tags are left out for the same reason.
func escapeStrays(markup string) string {
	var out strings.Builder
	r := bodyReader{s: markup}
	written := 0
	for at := 0; ; {
		n := strings.IndexByte(markup[at:], '<')
		if n < 0 {
			break
		}
		at += n
		end, what := r.read(at)
		switch {
		case what == textual:
			out.WriteString(markup[written:at] + "&lt;")
			end = at + 1
			written = end
		case what == stray, strings.HasPrefix(markup[at:], cdataMark), r.isOpenForm(at):
			out.WriteString(markup[written:at])
			written = end
		}
		at = end
	}
	if written == 0 {
		return markup
	}
	return out.String() + markup[written:]
}

// isOpenForm reports whether a form begins at r.s[at] that does not end.
func (r *bodyReader) isOpenForm(at int) bool {
	if !hasPrefixFold(r.s[at:], "<form") {
		return false
	}
	t, ok := tagAt(r.s, at)
	_, ends := r.afterEndTag(&t, hidden)
	return ok && !ends
}

// sanitizeOnce parses markup, prunes it and applies the policy.
func sanitizeOnce(markup string, base string) string {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(markup), body)
	if err != nil {
		return stdhtml.EscapeString(cleanLine(htmlText(markup, maxBody)))
	}
	var out strings.Builder
	for _, n := range nodes {
		body.AppendChild(n)
	}
	p := pruner{base, maxElements}
	p.prune(body)
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if html.Render(&out, n) != nil {
			return ""
		}
	}
	return strings.TrimSpace(policy().Sanitize(out.String()))
}

// maxElements is how many elements a body may have. No news has more; a body that has is
// an attack that costs time.
const maxElements = 20_000

// pruner removes elements and attributes from a tree and makes addresses absolute. The
// policy is applied afterwards and does not depend on it.
type pruner struct {
	base         string
	elementsLeft int // how many more elements are allowed
}

func (p *pruner) prune(parent *html.Node) {
	for n := parent.FirstChild; n != nil; {
		next := n.NextSibling
		switch {
		case p.elementsLeft == 0:
			parent.RemoveChild(n)
		case n.Type == html.TextNode:
			n.Data = removeInvisible(n.Data)
		case n.Type != html.ElementNode || n.Namespace != "" || removedElements[n.DataAtom] || !prepareElement(n, p.base):
			parent.RemoveChild(n)
		default:
			p.elementsLeft--
			p.prune(n)
		}
		n = next
	}
}

// removeInvisible removes the characters that would affect the page around the text.
func removeInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == 0xad || isJoiner(r) || r == 0x200b || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0000:
			return r
		case isInvisible(r, 0):
			return -1
		}
		return r
	}, s)
}

// removedElements are removed together with their content.
var removedElements = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Iframe: true, atom.Noscript: true, atom.Noembed: true,
	atom.Noframes: true, atom.Object: true, atom.Embed: true, atom.Form: true, atom.Button: true, atom.Select: true, atom.Textarea: true,
	atom.Input: true, atom.Svg: true, atom.Math: true, atom.Canvas: true, atom.Map: true, atom.Title: true, atom.Link: true, atom.Meta: true,
	atom.Base: true, atom.Plaintext: true, atom.Xmp: true, atom.Frameset: true, atom.Applet: true, atom.Dialog: true, atom.Option: true,
}

// prepareElement leaves an element only the attributes that it may have. It is false
// when the element must be removed.
func prepareElement(n *html.Node, base string) bool {
	old := map[string]string{}
	for _, a := range n.Attr {
		if _, twice := old[a.Key]; a.Namespace == "" && !twice && len(old) < 64 {
			old[a.Key] = a.Val
		}
	}
	n.Attr = nil
	copyAttrs := func(names ...string) {
		for _, name := range names {
			if v, ok := old[name]; ok {
				setAttribute(n, name, removeInvisible(v))
			}
		}
	}
	copyAttrs("dir", "lang", "title")
	switch n.DataAtom {
	case atom.A:
		if to := absolute(base, old["href"]); to != "" {
			setAttribute(n, "href", to)
			setAttribute(n, "rel", "noopener nofollow ugc")
		}
	case atom.Img:
		return prepareImage(n, old, base, copyAttrs)
	case atom.Audio, atom.Video, atom.Source:
		return prepareMedia(n, old, base, copyAttrs)
	case atom.Td, atom.Th:
		copyAttrs("colspan", "rowspan", "scope")
	case atom.Ol:
		copyAttrs("start", "reversed")
	case atom.Time:
		copyAttrs("datetime")
	}
	return true
}

func setAttribute(n *html.Node, key, val string) {
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

func prepareImage(n *html.Node, old map[string]string, base string, copyAttrs func(...string)) bool {
	src := pictureAddress(base, func(name string) string { return old[name] })
	w, errW := strconv.Atoi(old["width"])
	h, errH := strconv.Atoi(old["height"])
	if src == "" || isTrackingPixel(src, w, h) || errW == nil && w <= 0 || errH == nil && h <= 0 || isHiddenStyle(old["style"]) {
		return false
	}
	setAttribute(n, "src", src)
	copyAttrs("alt", "width", "height")
	setAttribute(n, "loading", "lazy")
	setAttribute(n, "referrerpolicy", "no-referrer")
	return true
}

func isHiddenStyle(style string) bool {
	style = strings.ReplaceAll(strings.ToLower(style), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

func prepareMedia(n *html.Node, old map[string]string, base string, copyAttrs func(...string)) bool {
	src := absolute(base, old["src"])
	if src != "" {
		setAttribute(n, "src", src)
	}
	copyAttrs("type", "width", "height")
	if n.DataAtom == atom.Source {
		return src != "" && n.Parent != nil && (n.Parent.DataAtom == atom.Audio || n.Parent.DataAtom == atom.Video)
	}
	if to := absolute(base, old["poster"]); to != "" {
		setAttribute(n, "poster", to)
	}
	setAttribute(n, "controls", "")
	setAttribute(n, "preload", "none")
	return true
}

// policy says which elements and attributes may be on a page. No HTML leaves Safe
// without it.
var policy = sync.OnceValue(newPolicy)

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(strings.Fields(`p br hr div span h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code kbd samp var
		em strong b i u s del ins sub sup small mark abbr cite dfn q time ruby rb rp rt bdi bdo wbr figure figcaption picture details summary
		section article aside header footer main address table caption thead tbody tfoot tr th td`)...)
	p.AllowElements("a", "img", "audio", "video", "source")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`(?i)^(ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)).Globally()
	p.AllowAttrs("title").OnElements("abbr", "dfn", "a", "img", "time")
	p.AllowAttrs("href", "rel").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	number := regexp.MustCompile(`^[0-9]{1,5}$`)
	p.AllowAttrs("width", "height").Matching(number).OnElements("img", "video")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("referrerpolicy").Matching(regexp.MustCompile(`^no-referrer$`)).OnElements("img")
	p.AllowAttrs("src", "type").OnElements("source", "audio", "video")
	p.AllowAttrs("poster").Matching(regexp.MustCompile(`^https?://[^\s"'<>]+$`)).OnElements("video")
	p.AllowAttrs("controls", "preload").OnElements("audio", "video")
	p.AllowAttrs("colspan", "rowspan", "start").Matching(number).OnElements("td", "th", "ol")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(row|col|rowgroup|colgroup)$`)).OnElements("th")
	p.AllowAttrs("reversed").Matching(regexp.MustCompile(`^$`)).OnElements("ol")
	p.AllowAttrs("datetime").Matching(regexp.MustCompile(`^[0-9TZ:.+-]{4,40}$`)).OnElements("time")
	p.AllowNoAttrs().OnElements("a", "img", "audio", "video", "source")
	p.AllowURLSchemes("http", "https")
	p.RequireParseableURLs(true)
	return p
}
