package feed

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FindFeeds finds the feeds that a web page at base offers, in the page's order: those
// of its link elements, else anchors that look like feeds.
func FindFeeds(page []byte, base string) []FoundFeed {
	page = page[:min(len(page), maxBytes)]
	z := html.NewTokenizer(bytes.NewReader(toUTF8(page, "")))
	f := linkFinder{base: base}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return f.found()
		case html.StartTagToken, html.SelfClosingTagToken:
			f.tag(z)
		case html.EndTagToken:
			f.inAnchor = false
		case html.TextToken:
			f.text(z)
		}
	}
}

// FindHub finds the hub that a web page at base names in its link elements, and the
// topic that it is the hub of (WebSub section 4); empty where it names none.
func FindHub(page []byte, base string) (hub, self string) {
	page = page[:min(len(page), maxBytes)]
	z := html.NewTokenizer(bytes.NewReader(toUTF8(page, "")))
	f := linkFinder{base: base}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return f.hub, f.self
		case html.StartTagToken, html.SelfClosingTagToken:
			f.tag(z)
		}
	}
}

type linkFinder struct {
	base            string
	based           bool // the page named its base, which it may do once
	hub, self       string
	linked, guessed []FoundFeed
	inAnchor        bool
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
	case a == atom.Base: // the first counts (HTML section 4.2.3); if each did, each might make the next one longer
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

// link takes a link element for what it says it is; it may be several things.
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

// text gives a guessed feed without a title its anchor's text.
func (f *linkFinder) text(z *html.Tokenizer) {
	if n := len(f.guessed); f.inAnchor && f.guessed[n-1].Title == "" {
		f.guessed[n-1].Title = clip(strings.Join(strings.Fields(string(z.Text())), " "), 200)
	}
}

func appendNew(all []FoundFeed, l FoundFeed) []FoundFeed {
	for _, o := range all {
		if o.URL == l.URL {
			return all
		}
	}
	if len(all) == 50 {
		return all
	}
	return append(all, l)
}

func hasRel(rels, one string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(rels)), one)
}

func isFeedLink(rel, kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	for _, r := range strings.Fields(strings.ToLower(rel)) {
		switch r {
		case "feed":
			return true
		case "alternate":
			switch strings.TrimSpace(kind) {
			case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/rss+xml", "text/atom+xml":
				return true
			}
		}
	}
	return false
}

// looksLikeFeed judges an address that nobody says is a feed.
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
