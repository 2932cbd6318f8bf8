package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/http/httpguts"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

// source is a source with the nodes that later checks point to.
type source struct {
	news.SourceConfig
	at    *yaml.Node // its address
	named *yaml.Node // its name, or nil
	keyed *yaml.Node // its headers, or the address that holds credentials
}

var slug = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9-]{1,63}$`) })

// sourceReader reads one item of sources, which may have several feeds.
type sourceReader struct {
	*reader
	source
	show, fold   string
	feeds        []*yaml.Node // the addresses of feed and feeds
	one, several *yaml.Node   // the values of feed and feeds, or nil
}

func (s *settingsReader) source(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		r := s.bareSource()
		r.feeds = []*yaml.Node{n}
		s.sources = append(s.sources, r.result()...)
		return
	}
	r := &sourceReader{reader: s.reader}
	r.mapping(n, "sources[]", "a source", r.fields())
	if n.Kind == yaml.MappingNode {
		r.checkFeeds(n)
	}
	s.sources = append(s.sources, r.result()...)
}

// bareSource returns a reader of a source that is an address alone, with the defaults. They
// are read once, because a file may have ten thousand such lines.
func (s *settingsReader) bareSource() sourceReader {
	if s.bare == nil {
		s.bare = &sourceReader{reader: s.reader}
		s.bare.setDefaults("sources[]", s.bare.fields())
	}
	return *s.bare
}

func (r *sourceReader) fields() fields {
	s := &r.source
	return fields{
		"feed": plainly(func(n *yaml.Node) { r.one = r.real(n); r.feeds = append(r.feeds, r.one) }),
		"feeds": plainly(func(n *yaml.Node) {
			r.several = r.real(n)
			r.each(n, func(f *yaml.Node) { r.feeds = append(r.feeds, f) })
		}),
		"name":       func(k *Key, n *yaml.Node) { s.named = r.real(n); r.name(&s.Name)(k, n) },
		"title":      r.text(&s.Title),
		"tags":       r.texts(&s.Tags),
		"owner":      r.text(&s.Owner),
		"language":   r.language(&s.Language),
		"rank":       r.whole(&s.Rank),
		"show":       r.choice(&r.show),
		"match":      func(k *Key, n *yaml.Node) { r.query(k, func(q string) { s.Match = q })(n) },
		"fold":       r.choice(&r.fold),
		"every":      r.span(&s.Every),
		"wire":       r.truth(&s.Wire),
		"paused":     r.truth(&s.Paused),
		"user_agent": plainly(r.userAgent),
		"timeout":    r.span(&s.Timeout),
		"limit":      r.size(&s.MaxBytes),
		"ca":         plainly(r.authority),
		"paywall":    r.truth(&s.Paywall),
		"headers":    plainly(r.headers),
	}
}

// result returns a source for each address that was read.
func (r *sourceReader) result() []*source {
	s := r.source
	s.Show, s.Fold = news.Show(r.show), news.FoldMode(r.fold)
	s.Tags, s.Keyed = unique(s.Tags), len(s.Header) > 0
	if len(r.feeds) > 1 {
		s.Name = ""
	}
	var all []*source
	for _, f := range r.feeds {
		if one := r.at(f, s); one != nil {
			all = append(all, one)
		}
	}
	return all
}

// at returns s with the address at n, or nil if that is no address.
func (r *sourceReader) at(n *yaml.Node, s source) *source {
	address, ok := r.address(n)
	if !ok {
		return nil
	}
	s.at, s.URL = n, address
	s.Address = weburl.WithoutFeedScheme(strings.TrimSpace(n.Value))
	if hasUser(address) {
		s.Keyed = true
		if s.keyed == nil {
			s.keyed = n
		}
		if hasUser(withoutUser(address)) {
			r.fail(n, "user and password must be directly behind the scheme: https://USER:PASSWORD@HOST/")
			return nil
		}
		s.Address = withoutUser(s.Address)
	}
	return &s
}

// checkFeeds checks that a source has an address, given in one way.
func (r *sourceReader) checkFeeds(n *yaml.Node) {
	switch several := r.several; {
	case !r.has(n, "feed") && !r.has(n, "feeds"):
		r.fail(n, "a source needs `feed`, its address")
	case r.one != nil && several != nil:
		r.fail(several, "a source has `feed` or `feeds`, not both")
	case several != nil && len(several.Content) == 0 && several.Kind != yaml.ScalarNode:
		r.fail(several, "`feeds` is empty: list addresses here, or remove the source")
	case several != nil && r.named != nil && len(several.Content) > 1:
		r.fail(r.named, "`name` is for a single feed, and `feeds` has %d: give each an item of its own", len(several.Content))
	}
}

func (r *sourceReader) userAgent(n *yaml.Node) {
	s, ok := r.value(n)
	if ok && !httpguts.ValidHeaderFieldValue(s) {
		r.fail(n, "a user agent is one line of text")
		return
	}
	r.UserAgent = s
}

// maxAuthority is how many bytes the file of an authority may have.
const maxAuthority = 1 << 20

// authority reads the file of an authority. Only a regular file is opened: others may never
// end.
func (r *sourceReader) authority(n *yaml.Node) {
	name, ok := r.value(n)
	if name = strings.TrimSpace(name); !ok || name == "" {
		return
	}
	raw, path := r.real(n).Value, r.resolve(name)
	info, err := os.Stat(path)
	var pem []byte
	if err == nil && info.Mode().IsRegular() && info.Size() <= maxAuthority {
		pem, err = os.ReadFile(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.fail(n, "there is no file %q: the path is relative to the folder of feeds.yaml", raw)
	case err != nil:
		r.fail(n, "the file %q can't be read", raw)
	case fetch.CheckAuthority(pem) != nil:
		r.fail(n, "the file %q has no certificate in it: it needs one in PEM, which starts with -----BEGIN CERTIFICATE-----", raw)
	default:
		r.Authority = string(pem)
	}
}

// reservedHeaders are set by the connection or by fetch itself.
var reservedHeaders = map[string]bool{
	"Host": true, "Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Te": true, "Upgrade": true, "Trailer": true,
	"If-None-Match": true, "If-Modified-Since": true, "Accept-Encoding": true,
}

func (r *sourceReader) headers(n *yaml.Node) {
	n = r.real(n)
	r.keyed, r.Header = n, http.Header{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "headers needs `Name: value` lines, not %s", kind(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		r.header(r.real(n.Content[i]), n.Content[i+1])
	}
}

func (r *sourceReader) header(key, at *yaml.Node) {
	value, ok := r.value(at)
	name := http.CanonicalHeaderKey(key.Value)
	switch {
	case !httpguts.ValidHeaderFieldName(key.Value):
		r.fail(key, "%q is not a header name", key.Value)
	case name == "User-Agent":
		r.fail(key, "write the User-Agent as `user_agent`, beside `headers`")
	case reservedHeaders[name]:
		r.fail(key, "the header %s can't be set here: it is set for each request", name)
	case r.Header.Get(name) != "":
		r.fail(key, "the header %s appears twice", name)
	case ok && !httpguts.ValidHeaderFieldValue(value):
		r.fail(at, "the value of %s has a character that headers can't have", name)
	case ok:
		r.Header.Set(name, value)
	}
}

// withoutUser removes user and password from an address. The address may still have
// variables in it, so url.Parse would refuse it.
func withoutUser(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, path := rest, ""
	if i := strings.IndexAny(variable().ReplaceAllStringFunc(rest, placeholder), "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + path
}

func hasUser(address string) bool {
	if !strings.Contains(address, "@") {
		return false
	}
	u, err := weburl.Parse(address)
	return err == nil && u.User != nil
}

func placeholder(s string) string { return strings.Repeat("x", len(s)) }

func unique(words []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			out = append(out, w)
		}
		seen[w] = true
	}
	return out
}

// nameSources checks the names of sources and gives each source without one a name made
// from its address, which is neither a tag nor the name of another source.
func (s *settingsReader) nameSources() {
	used := s.checkNames()
	for _, src := range s.sources {
		for _, t := range src.Tags {
			used[t] = true
		}
	}
	for _, src := range s.sources {
		if src.Name != "" {
			continue
		}
		base := nameOf(src.Address)
		src.Name = base
		for i := 2; used[src.Name]; i++ {
			src.Name = fmt.Sprintf("%s-%d", base, i)
		}
		used[src.Name] = true
	}
}

// checkNames reports names that two sources have, and returns all names.
func (s *settingsReader) checkNames() (used map[string]bool) {
	used = make(map[string]bool, len(s.sources))
	lines := map[string]int{}
	for _, src := range s.sources {
		if src.Name == "" {
			continue
		}
		if line := lines[src.Name]; line > 0 {
			s.fail(src.named, "the name %q is already used on line %d", src.Name, line)
		} else if src.named != nil {
			lines[src.Name] = src.named.Line
		}
		used[src.Name] = true
	}
	return used
}

// checkAddresses reports sources that have the same address.
func (s *settingsReader) checkAddresses() {
	seen := make(map[string]*source, len(s.sources))
	for _, src := range s.sources {
		key := visitKey(src.URL)
		if first := seen[key]; first != nil {
			s.fail(src.at, "the same address as on line %d", first.at.Line)
			continue
		}
		seen[key] = src
	}
}

// checkKeys makes sure that what is fetched with credentials is not published to
// everybody.
func (s *settingsReader) checkKeys() {
	for _, src := range s.sources {
		if !src.Keyed {
			continue
		}
		if len(s.topics) == 0 {
			s.fail(src.keyed, "a source with headers or a password may only be in topics with a `key`, and there are no topics")
		}
		for _, t := range s.topics {
			if !t.Keyed && t.Carries(&src.SourceConfig) {
				s.fail(t.at, "the topic %q needs a `key`: it carries %q, which is fetched with headers or a password (or exclude that source with `not`)", t.Name, src.Name)
			}
		}
	}
}

// visitKey returns the same text for addresses that are spelled differently but are one.
func visitKey(address string) string {
	if _, path, _, ok := weburl.Split(address); ok && path != "" && !strings.Contains(address, "#") {
		return address // in normal form already, as nearly all are
	}
	u, err := weburl.Parse(address)
	if err != nil {
		return address
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	return u.String()
}
