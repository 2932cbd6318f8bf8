package feed

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/slugline/slugline/internal/weburl"
)

// WebPage is what a web page says about feeds. Its addresses are absolute.
type WebPage struct {
	URL       string
	Feeds     []FoundFeed // that it offers, at most 50: in the page's order, but feeds of comments last
	Hub, Self string      // the WebSub hub that it names, and the topic that it is the hub of (WebSub section 4)
	Refresh   string      // where it sends its visitors at once (meta refresh)
	Generator string      // the program that made it, as it says, in lower case
}

// FoundFeed is a feed that a web page offers.
type FoundFeed struct {
	URL      string // absolute
	Title    string
	Type     string // media type as the page has it, in lower case
	Comments bool   // it seems to have the comments of readers, not the articles
	Guessed  bool   // the page only refers to it, by an anchor
}

// PageLink is a link in the header of a page's answer. It means what a link element in the
// page does (RFC 8288 section 3).
type PageLink struct{ URL, Rel, Type, Title string }

// Limits of what is read of a web page.
const (
	maxFoundFeeds = 50
	maxPageLinks  = 500 // of each sort, before those that name the same feed are left out
)

// ReadPage reads what a web page and the header of its answer say about feeds. The page
// offers the feeds that link elements name or, if these name none with articles, anchors
// whose address looks like a feed's.
func ReadPage(page []byte, h Hints, header ...PageLink) *WebPage {
	f := linkFinder{page: WebPage{URL: h.URL}}
	for _, l := range header {
		f.addLink(pageLink{href: l.URL, rel: l.Rel, kind: l.Type, title: l.Title})
	}
	f.readPage(toUTF8(page[:min(len(page), defaultBytes)], h.ContentType))
	f.resolve()
	return &f.page
}

// asWebPage returns the problem of a document that is no feed. If its server says that it
// is HTML and it begins with an HTML element, it is a web page without html, head and body,
// which may be left out (HTML section 13.1.2.4).
func asWebPage(err error, src []byte, h Hints) error {
	var p *Problem
	if !strings.Contains(strings.ToLower(h.ContentType), "html") || !errors.As(err, &p) || p.IsWebPage {
		return err
	}
	for l := (lexer{src: src}); ; {
		switch t := l.next(); t.kind {
		case open, empty:
			if atom.Lookup(bytes.ToLower(t.name)) == 0 {
				return err
			}
			return &Problem{Text: "this is a web page, not a feed", IsWebPage: true}
		case end, unterminated:
			return err
		}
	}
}

// pageLink is a link element or an anchor, as the page has it.
type pageLink struct {
	href, rel, kind, title string
	variant                bool // of the page, for a language or a device
}

// linkFinder collects the links of a web page. Their addresses are resolved at its end,
// because a base element counts for the links before it, too.
type linkFinder struct {
	page           WebPage
	base           *string // href of the base element
	refresh        string  // as the page has it
	links, anchors []pageLink
	inAnchor       bool // of the last of anchors
	templates      int  // template elements that are open: their content is no part of the page
}

func (f *linkFinder) readPage(page []byte) {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			f.tag(z)
		case html.EndTagToken:
			f.inAnchor = false
			if name, _ := z.TagName(); f.templates > 0 && atom.Lookup(name) == atom.Template {
				f.templates--
			}
		case html.TextToken:
			f.text(z)
		}
	}
}

func (f *linkFinder) tag(z *html.Tokenizer) {
	name, more := z.TagName()
	a := atom.Lookup(name)
	f.inAnchor = false
	if a == atom.Template {
		f.templates++
	}
	if f.templates > 0 || a != atom.Link && a != atom.A && a != atom.Base && a != atom.Meta {
		return
	}
	attrs := tagAttributes(z, more)
	href := strings.TrimSpace(attrs["href"])
	switch {
	case a == atom.Meta:
		f.meta(attrs)
	case href == "":
	case a == atom.Base && f.base == nil: // only the first counts (HTML section 4.2.3)
		f.base = &href
	case a == atom.Link:
		f.addLink(linkOf(href, attrs))
	case a == atom.A:
		f.anchor(linkOf(href, attrs))
	}
}

// tagAttributes returns the attributes of a tag. Of two with one name the first counts.
func tagAttributes(z *html.Tokenizer, more bool) map[string]string {
	attrs := map[string]string{}
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, twice := attrs[string(k)]; !twice && len(attrs) < maxAttributes {
			attrs[string(k)] = string(v)
		}
	}
	return attrs
}

func linkOf(href string, attrs map[string]string) pageLink {
	return pageLink{
		href: href, rel: attrs["rel"], kind: attrs["type"], title: strings.Join(strings.Fields(attrs["title"]), " "),
		variant: attrs["hreflang"] != "" || attrs["media"] != "",
	}
}

func (f *linkFinder) addLink(l pageLink) {
	l.kind = strings.ToLower(strings.TrimSpace(l.kind))
	if len(f.links) < maxPageLinks && (l.isFeed() || hasRel(l.rel, "hub") || hasRel(l.rel, "self")) {
		f.links = append(f.links, l)
	}
}

func (f *linkFinder) anchor(l pageLink) {
	l.kind = strings.ToLower(strings.TrimSpace(l.kind))
	kind, params, _ := strings.Cut(l.kind, ";")
	isFeed := !isEntry(params) && (isFeedType(kind) || looksLikeFeed(l.href))
	if f.inAnchor = isFeed && len(f.anchors) < maxPageLinks; f.inAnchor {
		f.anchors = append(f.anchors, l)
	}
}

// text makes the text of an anchor its title.
func (f *linkFinder) text(z *html.Tokenizer) {
	if n := len(f.anchors); f.inAnchor && f.anchors[n-1].title == "" {
		f.anchors[n-1].title = clip(strings.Join(strings.Fields(string(z.Text())), " "), 200)
	}
}

// meta reads the program that made the page, and where the page leads at once.
func (f *linkFinder) meta(attrs map[string]string) {
	switch {
	case f.page.Generator == "" && strings.EqualFold(attrs["name"], "generator"):
		f.page.Generator = strings.ToLower(clip(attrs["content"], 200))
	case f.refresh == "" && strings.EqualFold(attrs["http-equiv"], "refresh"):
		f.refresh = refreshAddress(attrs["content"])
	}
}

// maxRefresh is the longest wait of a page that only leads to another one, in seconds.
// Others reload themselves, or show advertisements.
const maxRefresh = 10

// refreshAddress returns the address in a meta refresh, such as "0; url='/news/'".
func refreshAddress(content string) string {
	wait, rest, _ := strings.Cut(strings.TrimSpace(content), ";")
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(wait), 64); err != nil || seconds > maxRefresh {
		return ""
	}
	rest = strings.TrimSpace(rest)
	if len(rest) > 3 && strings.EqualFold(rest[:3], "url") {
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[3:]), "="))
	}
	return strings.Trim(rest, `"'`)
}

// resolve makes the addresses absolute and completes the page.
func (f *linkFinder) resolve() {
	base := f.baseURL()
	if to := weburl.Resolve(base, f.refresh); !isSamePage(to, f.page.URL) {
		f.page.Refresh = to
	}
	var feeds offers
	for _, l := range f.links {
		to := weburl.Resolve(base, l.href)
		switch {
		case to == "":
			continue
		case f.page.Hub == "" && hasRel(l.rel, "hub"):
			f.page.Hub = to
		case f.page.Self == "" && hasRel(l.rel, "self"):
			f.page.Self = to
		}
		if l.isFeed() && !isSamePage(to, f.page.URL) {
			feeds.add(l.found(to))
		}
	}
	if len(feeds.articles) == 0 {
		for _, l := range f.anchors {
			if to := weburl.Resolve(base, l.href); to != "" && !isSamePage(to, f.page.URL) && !isReaderService(to) {
				feed := l.found(to)
				feed.Guessed = true
				feeds.add(feed)
			}
		}
	}
	f.page.Feeds = append(feeds.articles, feeds.comments...)
}

// baseURL returns the address that the page's links are relative to. A base that leads to
// the machine that made the page was forgotten there.
func (f *linkFinder) baseURL() string {
	if f.base == nil {
		return f.page.URL
	}
	base := weburl.Resolve(f.page.URL, *f.base)
	if base == "" || weburl.IsLocal(base) && !weburl.IsLocal(f.page.URL) {
		return f.page.URL
	}
	return base
}

func (l *pageLink) found(to string) FoundFeed {
	return FoundFeed{URL: to, Title: l.title, Type: l.kind, Comments: hasComments(l.title, to) || hasRel(l.rel, "replies")}
}

// offers is the list of feeds that a page offers, each of them once.
type offers struct{ articles, comments []FoundFeed }

func (o *offers) add(feed FoundFeed) {
	list := &o.articles
	if feed.Comments {
		list = &o.comments
	}
	for i := range *list {
		if known := &(*list)[i]; isSamePage(known.URL, feed.URL) {
			if strings.HasPrefix(feed.URL, "https:") && strings.HasPrefix(known.URL, "http:") {
				known.URL = "https" + strings.TrimPrefix(known.URL, "http")
			}
			return
		}
	}
	if len(o.articles)+len(o.comments) < maxFoundFeeds {
		*list = append(*list, feed)
	}
}

// isSamePage reports whether two addresses differ only in http and https, in a slash at the
// end, or in what is behind a #.
func isSamePage(a, b string) bool { return pageKey(a) == pageKey(b) }

func pageKey(url string) string {
	url, _, _ = strings.Cut(url, "#")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	return strings.TrimSuffix(url, "/")
}
