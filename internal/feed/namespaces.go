package feed

import (
	"bytes"
	"slices"
	"strings"
)

// spaces gives known namespaces one short name each, whatever prefix a document
// binds them to. Compared in lower case, without a final slash.
var spaces = map[string]string{
	"http://www.w3.org/2005/atom":                     "atom",
	"https://www.w3.org/2005/atom":                    "atom",
	"http://purl.org/atom/ns#":                        "atom",
	"http://purl.org/atom":                            "atom",
	"http://example.com/necho":                        "atom",
	"http://purl.org/echo":                            "atom",
	"uri/of/echo/namespace#":                          "atom",
	"http://purl.org/pie":                             "atom",
	"http://purl.org/net/rss1.1#":                     "rss",
	"http://purl.org/net/rss1.1":                      "rss",
	"http://purl.org/rss/1.0":                         "rss",
	"http://channel.netscape.com/rdf/simple/0.9":      "rss",
	"http://my.netscape.com/rdf/simple/0.9":           "rss",
	"http://my.netscape.com/publish/formats/rss-0.91": "rss",
	"http://backend.userland.com/rss":                 "rss",
	"http://backend.userland.com/rss2":                "rss",
	"http://backend.userland.com/rss091":              "rss",
	"http://blogs.law.harvard.edu/tech/rss":           "rss",
	"http://cyber.law.harvard.edu/rss":                "rss",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns#":     "rdf",
	"http://purl.org/dc/elements/1.1":                 "dc",
	"http://purl.org/dc/elements/1.0":                 "dc",
	"http://purl.org/dc/terms":                        "dcterms",
	"http://purl.org/rss/1.0/modules/content":         "content",
	"http://purl.org/rss/1.0/modules/syndication":     "sy",
	"http://search.yahoo.com/mrss":                    "media",
	"https://search.yahoo.com/mrss":                   "media",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":      "itunes",
	"http://example.com/dtds/podcast-1.0.dtd":         "itunes",
	"http://purl.org/syndication/history/1.0":         "fh",
	"http://www.w3.org/1999/xhtml":                    "xhtml",
	"http://www.w3.org/xml/1998/namespace":            "xml",
}

// binding is a namespace declaration in force.
type binding struct{ prefix, space string }

func spaceName(uri string) (string, bool) {
	uri = strings.TrimSpace(uri)
	if s, ok := spaces[uri]; ok {
		return s, true
	}
	s, ok := spaces[strings.TrimSuffix(strings.ToLower(uri), "/")]
	return s, ok
}

// space gives the short name of a name's namespace. Native names of the format
// that is read have the empty one; a prefix bound to nothing known speaks for itself.
func (d *digest) space(name []byte) string {
	p := prefix(name)
	for i := len(d.bindings) - 1; i >= 0; i-- {
		if b := &d.bindings[i]; b.prefix == string(p) {
			return d.native(p, b.space)
		}
	}
	return d.native(p, string(p))
}

func (d *digest) native(prefix []byte, space string) string {
	switch {
	case space == d.format.space,
		len(prefix) == 0 && space == d.home,
		len(prefix) > 0 && string(prefix) == d.own:
		return ""
	}
	return space
}

// bind takes the namespace declarations among a tag's attributes.
func (d *digest) bind(attrs []byte) {
	if !bytes.Contains(attrs, []byte("xmlns")) {
		return
	}
	for rest := attrs; ; {
		a, more, ok := nextAttribute(rest)
		if !ok {
			return
		}
		rest = more
		if string(a.name) == "xmlns" {
			d.declare("", string(a.value))
		} else if p := string(a.name); strings.HasPrefix(p, "xmlns:") {
			d.declare(p[6:], string(a.value))
		}
	}
}

func (d *digest) declare(prefix, uri string) {
	space, ok := spaceName(uri)
	if !ok && prefix != "" {
		space = prefix
	} else if !ok {
		space = uri
	}
	if space == "xhtml" && prefix != "" && len(d.html) < maxPrefixes && !slices.Contains(d.html, prefix) {
		d.html = append(d.html, prefix)
	}
	d.bindings = append(d.bindings, binding{prefix, space})
}

// mode says what becomes of an element on its way to the parser.
type mode uint8

const (
	ignored      mode = iota
	text              // its inside is text
	verbatimText      // text that the parser must not touch: ids
	date              // text that says when
	tag               // its attributes are all
	group             // its children are read
	item              // an item
	channel           // what holds the items
)

// rule is a mode, and the name that the parser is told; "" is the same name.
type rule struct {
	mode mode
	name string
}

// common rules hold in every XML format. Names are in lower case.
var common = map[string]rule{
	"dc:creator": {text, ""}, "dc:author": {text, ""}, "dc:date": {date, ""}, "dc:subject": {text, ""},
	"dc:title": {text, ""}, "dc:description": {text, ""}, "dc:language": {text, ""}, "dc:identifier": {verbatimText, ""},
	"dcterms:issued": {date, ""}, "dcterms:created": {date, ""}, "dcterms:modified": {date, ""}, "dcterms:date": {date, ""},
	"content:encoded": {text, ""},
	"media:group":     {group, ""}, "media:content": {group, ""}, "media:thumbnail": {tag, ""},
	"media:title": {text, ""}, "media:description": {text, ""}, "media:text": {text, ""},
	"itunes:author": {text, ""}, "itunes:duration": {text, ""}, "itunes:image": {tag, ""}, "itunes:title": {text, ""},
	"itunes:summary": {text, ""}, "itunes:subtitle": {text, ""},
	"sy:updateperiod": {text, "sy:updatePeriod"}, "sy:updatefrequency": {text, "sy:updateFrequency"},
	"fh:complete": {tag, ""}, "xhtml:body": {text, ""}, "xhtml:div": {text, ""},
	"podcast:alternateenclosure": {ignored, ""},
}

var rssRules = map[string]rule{
	"channel": {channel, ""}, "item": {item, ""},
	"title": {text, ""}, "description": {text, ""}, "link": {text, ""}, "language": {text, ""},
	"managingeditor": {text, "managingEditor"}, "pubdate": {date, "pubDate"}, "lastbuilddate": {date, "lastBuildDate"},
	"ttl": {text, ""}, "skiphours": {group, "skipHours"}, "hour": {text, ""}, "skipdays": {group, "skipDays"}, "day": {text, ""},
	"category": {text, ""}, "image": {group, ""}, "url": {text, ""}, "author": {text, ""}, "comments": {text, ""},
	"source": {text, ""}, "enclosure": {tag, ""}, "guid": {verbatimText, ""},
	"encoded": {text, "content:encoded"}, "body": {text, "xhtml:body"}, "content": {text, "atom:content"},
	"summary": {text, "atom:summary"}, "id": {verbatimText, "atom:id"}, "date": {date, "dc:date"}, "published": {date, "atom:published"},
	"updated": {date, "atom:updated"}, "modified": {date, "atom:updated"},
	"atom:link": {tag, ""}, "atom:id": {verbatimText, ""}, "atom:published": {date, ""}, "atom:issued": {date, "atom:published"},
	"atom:updated": {date, ""}, "atom:modified": {date, "atom:updated"}, "atom:author": {group, ""}, "atom:name": {text, ""},
	"atom:title": {text, ""}, "atom:summary": {text, ""}, "atom:content": {text, ""}, "atom:category": {tag, ""},
}

var atomRules = map[string]rule{
	"entry": {item, ""}, "title": {text, ""}, "subtitle": {text, ""}, "tagline": {text, ""}, "id": {verbatimText, ""},
	"updated": {date, ""}, "modified": {date, ""}, "published": {date, ""}, "issued": {date, ""}, "created": {date, "dcterms:created"},
	"link": {tag, ""}, "category": {tag, ""}, "author": {group, ""}, "name": {text, ""}, "email": {text, ""},
	"summary": {text, ""}, "content": {text, ""}, "icon": {verbatimText, ""}, "logo": {verbatimText, ""}, "source": {group, ""},
}
