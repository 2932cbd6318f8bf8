package feed

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FoundFeed is a feed that a web page offers.
type FoundFeed struct {
	URL   string // absolute
	Title string
	Type  string // media type as the page has it
}

// maxFoundFeeds is how many feeds of a page are found.
const maxFoundFeeds = 50

// FindFeeds returns the feeds that a web page offers, at most 50, in the page's order:
// those of its link elements or, if it has none, anchors whose address looks like a
// feed's. base is the address of the page.
func FindFeeds(page []byte, base string) []FoundFeed {
	f := linkFinder{base: base}
	f.readPage(page)
	return f.found()
}

// FindHub returns the WebSub hub that a web page names in its link elements, and the
// topic that it is the hub of (WebSub section 4). Both are empty when it names none.
func FindHub(page []byte, base string) (hub, self string) {
	f := linkFinder{base: base}
	f.readPage(page)
	return f.hub, f.self
}

// linkFinder collects the links of a web page.
type linkFinder struct {
	base            string // of relative addresses
	based           bool   // the page has named its base, which it may do once
	hub, self       string
	linked, guessed []FoundFeed // by link elements, by anchors
	inAnchor        bool        // of the last guessed feed
}

func (f *linkFinder) readPage(page []byte) {
	z := html.NewTokenizer(bytes.NewReader(toUTF8(page[:min(len(page), maxBytes)], "")))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			f.tag(z)
		case html.EndTagToken:
			f.inAnchor = false
		case html.TextToken:
			f.text(z)
		}
	}
}

func (f *linkFinder) found() []FoundFeed {
	if len(f.linked) > 0 {
		return f.linked
	}
	return f.guessed
}

func (f *linkFinder) tag(z *html.Tokenizer) {
	name, more := z.TagName()
	a := atom.Lookup(name)
	f.inAnchor = false
	if a != atom.Link && a != atom.A && (a != atom.Base || f.based) {
		return
	}
	attrs := map[string]string{}
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, twice := attrs[string(k)]; !twice && len(attrs) < maxAttributes {
			attrs[string(k)] = string(v)
		}
	}
	href := strings.TrimSpace(attrs["href"])
	if href == "" {
		return
	}
	l := FoundFeed{URL: resolve(f.base, href), Title: strings.Join(strings.Fields(attrs["title"]), " "), Type: strings.ToLower(attrs["type"])}
	switch {
	case a == atom.Base: // only the first counts (HTML section 4.2.3): if all did, each could make the next one longer
		f.base, f.based = l.URL, true
	case !isAddress(l.URL):
	case a == atom.Link:
		f.link(attrs["rel"], l)
	case a == atom.A && looksLikeFeed(l.URL):
		n := len(f.guessed)
		f.guessed = appendNew(f.guessed, l)
		f.inAnchor = len(f.guessed) > n
	}
}

// link reads a link element, which can have several relations at once.
func (f *linkFinder) link(rels string, l FoundFeed) {
	if f.hub == "" && hasRel(rels, "hub") {
		f.hub = l.URL
	}
	if f.self == "" && hasRel(rels, "self") {
		f.self = l.URL
	}
	if isFeedLink(rels, l.Type) {
		f.linked = appendNew(f.linked, l)
	}
}

// text makes the text of an anchor the title of its guessed feed.
func (f *linkFinder) text(z *html.Tokenizer) {
	if n := len(f.guessed); f.inAnchor && f.guessed[n-1].Title == "" {
		f.guessed[n-1].Title = clip(strings.Join(strings.Fields(string(z.Text())), " "), 200)
	}
}

// appendNew appends l unless its address is in the list or the list is full.
func appendNew(all []FoundFeed, l FoundFeed) []FoundFeed {
	for _, o := range all {
		if o.URL == l.URL {
			return all
		}
	}
	if len(all) == maxFoundFeeds {
		return all
	}
	return append(all, l)
}

// hasRel reports whether one is among the relations of a link.
func hasRel(rels, one string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(rels)), one)
}

// isFeedLink reports whether a link element is to a feed.
func isFeedLink(rel, kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	for _, r := range strings.Fields(strings.ToLower(rel)) {
		switch r {
		case "feed":
			return true
		case "alternate":
			switch strings.TrimSpace(kind) {
			case TypeRSS, TypeAtom, TypeJSON, "application/rdf+xml", "text/rss+xml", "text/atom+xml":
				return true
			}
		}
	}
	return false
}

// looksLikeFeed judges an address by its ending.
func looksLikeFeed(url string) bool {
	path, _, _ := strings.Cut(strings.ToLower(url), "?")
	path = strings.TrimSuffix(path, "/")
	for _, end := range []string{".rss", ".atom", ".rdf", "/rss", "/feed", "/atom", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}
