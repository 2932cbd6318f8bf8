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

	"github.com/slugline/slugline/internal/weburl"
)

// plainWords are words in addresses that do not tell the feeds of a site apart.
var plainWords = map[string]bool{
	"www": true, "feed": true, "feeds": true, "rss": true, "rss2": true, "rss20": true, "atom": true, "xml": true, "rdf": true, "json": true,
	"index": true, "feedburner": true, "php": true, "html": true, "htm": true, "aspx": true, "ashx": true, "rssfeed": true, "rssfeeds": true,
	"http": true, "https": true, "cms": true, "ext": true, "services": true, "default": true, "com": true,
}

// nameOf makes a source's name from its address: the site's registered word, then the words
// of host and path that tell its feeds apart. It depends on the address alone, so a name
// stays the same when other lines of the file change.
func nameOf(address string) string {
	if strings.Contains(address, "$") {
		address = variable().ReplaceAllString(address, "")
	}
	u, err := url.Parse(address)
	if err != nil {
		u, err = weburl.Parse(address) // refuses less, but has hosts in ASCII
	}
	if err != nil {
		return "source"
	}
	words := hostWords(u.Hostname())
	for _, w := range strings.Split(Slug(u.Path), "-") {
		words = addWord(words, w)
	}
	var query url.Values
	if u.RawQuery != "" {
		query = u.Query()
	}
	for _, values := range query {
		if len(query) > 1 {
			break // no way to know which of several parameters names the feed
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

// hostWords returns the words of a host, the registered one first: feeds.bbci.co.uk gives
// bbci and leaves out plain words.
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

// join joins words with - as long as they fit in limit bytes.
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

// Slug makes a name from a text: Middle East & Élysée becomes middle-east-elysee. It has at
// most 63 bytes, and is empty if the text has no Latin letter and no digit.
func Slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(withoutMarks(text)), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	return join(words, 63)
}

// withoutMarks removes the marks on letters: é becomes e. It returns ASCII as it is, because
// a file may have ten thousand addresses.
func withoutMarks(text string) string {
	if strings.IndexFunc(text, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return text
	}
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn))), text)
	if err != nil {
		return text
	}
	return plain
}
