package feed

import (
	"bytes"
	"slices"
	"strings"
)

// spaces gives each known namespace one short name, whatever prefix a document
// binds to it. The keys are in lower case and without a final slash.
var spaces = map[string]string{
	"http://www.w3.org/2005/atom":                                    "atom",
	"https://www.w3.org/2005/atom":                                   "atom",
	"http://purl.org/atom/ns#":                                       "atom",
	"http://purl.org/atom":                                           "atom",
	"http://example.com/necho":                                       "atom",
	"http://purl.org/echo":                                           "atom",
	"uri/of/echo/namespace#":                                         "atom",
	"http://purl.org/pie":                                            "atom",
	"http://purl.org/net/rss1.1#":                                    "rss",
	"http://purl.org/net/rss1.1":                                     "rss",
	"http://purl.org/rss/1.0":                                        "rss",
	"http://channel.netscape.com/rdf/simple/0.9":                     "rss",
	"http://my.netscape.com/rdf/simple/0.9":                          "rss",
	"http://my.netscape.com/publish/formats/rss-0.91":                "rss",
	"http://backend.userland.com/rss":                                "rss",
	"http://backend.userland.com/rss2":                               "rss",
	"http://backend.userland.com/rss091":                             "rss",
	"http://blogs.law.harvard.edu/tech/rss":                          "rss",
	"http://cyber.law.harvard.edu/rss":                               "rss",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns#":                    "rdf",
	"http://purl.org/dc/elements/1.1":                                "dc",
	"http://purl.org/dc/elements/1.0":                                "dc",
	"http://purl.org/dc/terms":                                       "dcterms",
	"http://purl.org/rss/1.0/modules/content":                        "content",
	"http://purl.org/rss/1.0/modules/syndication":                    "sy",
	"http://search.yahoo.com/mrss":                                   "media",
	"https://search.yahoo.com/mrss":                                  "media",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":                     "itunes",
	"http://example.com/dtds/podcast-1.0.dtd":                        "itunes",
	"http://purl.org/syndication/history/1.0":                        "fh",
	"http://backend.userland.com/creativecommonsrssmodule":           "cc",
	"http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "cc",
	"http://web.resource.org/cc":                                     "cc",
	"http://creativecommons.org/ns#":                                 "cc",
	"https://creativecommons.org/ns#":                                "cc",
	"http://www.w3.org/1999/xhtml":                                   "xhtml",
	"http://www.w3.org/xml/1998/namespace":                           "xml",
}

// spaceName returns the short name of a known namespace.
func spaceName(uri string) (string, bool) {
	uri = strings.TrimSpace(uri)
	if s, ok := spaces[uri]; ok {
		return s, true
	}
	s, ok := spaces[strings.TrimSuffix(strings.ToLower(uri), "/")]
	return s, ok
}

// binding is a namespace declaration that applies to the innermost element.
type binding struct{ prefix, space string }

// namespaces knows which namespace each prefix stands for at the scanner's place in
// the document.
type namespaces struct {
	format     *xmlFormat
	bindings   []binding // the innermost last
	rootSpace  string    // namespace of names without a prefix in the root
	rootPrefix string    // prefix of the root's name
	xhtml      []string  // prefixes that were bound to XHTML anywhere so far
	lenient    bool      // a name of an unknown default namespace is the format's own
}

// maxBindings is how many namespace declarations may apply to one element.
const maxBindings = 1000

// maxPrefixes is how many prefixes of one document may stand for XHTML.
const maxPrefixes = 8

// space returns the short name of a name's namespace. It is empty for the names of
// the format itself. A prefix that is bound to no known namespace is its own short
// name.
func (n *namespaces) space(name []byte) string {
	p := prefix(name)
	for i := len(n.bindings) - 1; i >= 0; i-- {
		if b := &n.bindings[i]; b.prefix == string(p) {
			return n.orNative(p, b.space)
		}
	}
	return n.orNative(p, string(p))
}

// orNative returns space, or nothing when it is the format's own. The root's
// namespace counts as the format's own, even when it is an unknown one.
func (n *namespaces) orNative(prefix []byte, space string) string {
	switch {
	case space == n.format.space,
		len(prefix) == 0 && space == n.rootSpace,
		len(prefix) > 0 && string(prefix) == n.rootPrefix:
		return ""
	}
	return space
}

// bind adds the namespace declarations among a tag's attributes.
func (n *namespaces) bind(attrs []byte) {
	if !bytes.Contains(attrs, []byte("xmlns")) {
		return
	}
	for a, rest, ok := nextAttribute(attrs); ok; a, rest, ok = nextAttribute(rest) {
		if string(a.name) == "xmlns" {
			n.declare("", string(a.value))
		} else if p, ok := strings.CutPrefix(string(a.name), "xmlns:"); ok {
			n.declare(p, string(a.value))
		}
	}
}

func (n *namespaces) declare(prefix, uri string) {
	space, ok := spaceName(uri)
	if !ok && prefix != "" {
		space = prefix
	} else if !ok {
		space = uri
	}
	if len(n.bindings) >= maxBindings {
		return
	}
	if space == "xhtml" && prefix != "" && len(n.xhtml) < maxPrefixes && !slices.Contains(n.xhtml, prefix) {
		n.xhtml = append(n.xhtml, prefix)
	}
	n.bindings = append(n.bindings, binding{prefix, space})
}

// unbind removes the bindings of an element: all but the first count.
func (n *namespaces) unbind(count int) { n.bindings = n.bindings[:count] }

// adoptRoot makes the namespace of the root the format's own.
func (n *namespaces) adoptRoot(root []byte) {
	for _, b := range n.bindings {
		if b.prefix == "" {
			n.rootSpace = b.space
		} else if b.prefix == string(prefix(root)) && b.space != "rdf" {
			n.rootPrefix = b.prefix
		}
	}
}

// adopt makes the namespace of an element, and of all in it without another one, the
// format's own.
func (n *namespaces) adopt(name []byte) {
	if n.space(name) == "" {
		return
	}
	n.bindings = append(n.bindings, binding{string(prefix(name)), n.format.space})
}

// rule returns what to do with an element.
func (n *namespaces) rule(name []byte) rule {
	var buf [64]byte
	key := buf[:0]
	if s := n.space(name); s != "" {
		key = append(append(key, s...), ':')
	}
	for _, c := range local(name) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		key = append(key, c)
	}
	r, ok := n.format.rules[string(key)]
	if !ok {
		r, ok = commonRules[string(key)]
	}
	if !ok && n.lenient && prefix(name) == nil {
		r, ok = n.format.rules[string(key[len(key)-len(name):])]
	}
	if ok && r.name == "" {
		r.name = string(key)
	}
	return r
}

// appendRoot and appendBindings append what contextHash hashes. Callers store the
// hashes: another order of these bytes would make every known item unknown.
func (n *namespaces) appendRoot(b []byte) []byte {
	b = append(append(b, n.format.space...), 0)
	b = append(append(b, n.rootSpace...), 0)
	return append(append(b, n.rootPrefix...), 0)
}

func (n *namespaces) appendBindings(b []byte) []byte {
	for i := range n.bindings {
		b = append(append(b, n.bindings[i].prefix...), 0)
		b = append(append(b, n.bindings[i].space...), 0)
	}
	for _, p := range n.xhtml {
		b = append(append(b, p...), 0)
	}
	return b
}
