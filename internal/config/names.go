package config

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// plainWords say nothing about which feed of its site an address is.
var plainWords = map[string]bool{
	"www": true, "feed": true, "feeds": true, "rss": true, "rss2": true, "rss20": true, "atom": true, "xml": true, "rdf": true, "json": true,
	"index": true, "feedburner": true, "php": true, "html": true, "htm": true, "aspx": true, "ashx": true, "rssfeed": true, "rssfeeds": true,
	"http": true, "https": true, "cms": true, "ext": true, "services": true, "default": true, "com": true,
}

// nameOf makes a source's name of its address: the site's own word, then what
// of host and path tells its feeds apart. It depends on the address alone, so
// that a name stays when the lines around it change.
func nameOf(address string) string {
	if strings.Contains(address, "$") {
		address = variable.ReplaceAllString(address, "")
	}
	u, err := url.Parse(address)
	if err != nil {
		return "source"
	}
	words := hostWords(u.Hostname())
	for _, w := range strings.Split(Slug(u.Path), "-") {
		words = addWord(words, w)
	}
	query := u.Query()
	for _, values := range query {
		if len(query) > 1 {
			break // which of several says it can't be told
		}
		for _, w := range strings.Split(Slug(strings.Join(values, " ")), "-") {
			words = addWord(words, w)
		}
	}
	if name := join(words, 40); name != "" {
		return name
	}
	return "source"
}

// hostWords puts the registered word first: bbci, then what stood before it.
func hostWords(host string) []string {
	if a, err := netip.ParseAddr(host); err == nil {
		return []string{Slug(a.String())}
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return []string{Slug(host)}
	}
	label, _, _ := strings.Cut(site, ".")
	words := []string{Slug(label)}
	for _, w := range strings.Split(strings.TrimSuffix(strings.TrimSuffix(host, site), "."), ".") {
		words = addWord(words, Slug(w))
	}
	return words
}

func addWord(words []string, w string) []string {
	if w == "" || plainWords[w] || len(w) > 24 {
		return words
	}
	for _, known := range words {
		if known == w {
			return words
		}
	}
	return append(words, w)
}

// join strings words together as far as they fit.
func join(words []string, limit int) string {
	out := ""
	for _, w := range words {
		if w == "" {
			continue
		}
		if len(out)+len(w) >= limit {
			break
		}
		if out != "" {
			out += "-"
		}
		out += w
	}
	return out
}

// Slug makes a name of a text: Middle East & Élysée becomes middle-east-elysee.
// It is empty when the text has no Latin letter or digit in it.
func Slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(bare(text)), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	return join(words, 63)
}

// bare is a text without the marks on its letters. Most addresses have none, and
// there may be ten thousand.
func bare(text string) string {
	if strings.IndexFunc(text, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return text
	}
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn))), text)
	if err != nil {
		return text
	}
	return plain
}
