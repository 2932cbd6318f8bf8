package config

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/http/httpguts"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// source is a source with the places in the file that later checks point to.
type source struct {
	Source
	at    *yaml.Node // its address
	named *yaml.Node // its name, or nil
	keyed *yaml.Node // its headers, or the address that holds credentials
}

var slug = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

func (r *reader) source(n *yaml.Node) {
	s := source{Source: Source{Source: news.Source{Show: news.ShowSummary, Fold: news.FoldStory}}}
	if n.Kind == yaml.ScalarNode {
		r.visited(n, s)
		return
	}
	var feeds []*yaml.Node
	var one, several *yaml.Node
	show, fold := string(s.Show), string(s.Fold)
	r.mapping(n, "a source", fields{
		"feed":       func(n *yaml.Node) { one = r.real(n); feeds = append(feeds, one) },
		"feeds":      func(n *yaml.Node) { several = r.real(n); r.each(n, func(f *yaml.Node) { feeds = append(feeds, f) }) },
		"name":       func(n *yaml.Node) { s.named = r.real(n); r.name(&s.Name)(n) },
		"title":      r.text(&s.Title),
		"tags":       r.texts(&s.Tags),
		"owner":      r.text(&s.Owner),
		"language":   r.language(&s.Language),
		"rank":       r.whole(&s.Rank, -1_000_000, 1_000_000),
		"show":       r.choice(&show, "headline", "summary", "full"),
		"match":      r.query(func(q string) { s.Match = q }),
		"fold":       r.choice(&fold, "none", "story"),
		"every":      r.span(&s.Every, time.Second),
		"wire":       r.yes(&s.Wire),
		"paused":     r.yes(&s.Paused),
		"user_agent": r.userAgent(&s.UserAgent),
		"headers":    func(n *yaml.Node) { s.keyed = r.real(n); s.Header = r.headers(n) },
	})
	s.Show, s.Fold = news.Show(show), news.FoldMode(fold)
	s.Tags, s.Keyed = unique(s.Tags), len(s.Header) > 0
	if n.Kind == yaml.MappingNode {
		r.feeds(n, one, several, s.named)
	}
	if len(feeds) > 1 {
		s.Name = ""
	}
	for _, f := range feeds {
		r.visited(f, s)
	}
}

// feeds checks that a source says where it is, in one way.
func (r *reader) feeds(n, one, several, named *yaml.Node) {
	switch {
	case !r.has(n, "feed") && !r.has(n, "feeds"):
		r.fail(n, "a source needs `feed`, its address")
	case one != nil && several != nil:
		r.fail(several, "a source has `feed` or `feeds`, not both")
	case several != nil && len(several.Content) == 0 && several.Kind != yaml.ScalarNode:
		r.fail(several, "`feeds` is empty")
	case several != nil && named != nil && len(several.Content) > 1:
		r.fail(named, "a name is for one feed; these are %d", len(several.Content))
	}
}

// visited adds the source whose address stands at n.
func (r *reader) visited(n *yaml.Node, s source) {
	address, ok := r.address(n)
	if !ok {
		return
	}
	s.at, s.URL = n, address
	s.Address = strings.TrimSpace(n.Value)
	if u, err := url.Parse(address); err == nil && u.User != nil {
		s.Keyed = true
		if s.keyed == nil {
			s.keyed = n
		}
		s.Address = withoutUser(s.Address)
	}
	r.sources = append(r.sources, &s)
}

// withoutUser cuts user and password out of an address that may still hold
// variables, which no parser of addresses would take.
func withoutUser(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, path := rest, ""
	if i := strings.IndexAny(variable.ReplaceAllStringFunc(rest, blanked), "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + path
}

func blanked(s string) string { return strings.Repeat("x", len(s)) }

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

func (r *reader) name(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		if !slug.MatchString(s) {
			hint := ""
			if !secret(r.real(n)) {
				if made := Slug(s); made != "" && made != s {
					hint = meant(made)
				}
			}
			r.fail(n, "%q is no name: a-z, 0-9 and -, at most 63 of them%s", r.real(n).Value, hint)
			return
		}
		*dst = s
	}
}

// query reads one query and has it parsed.
func (r *reader) query(take func(string)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n = r.real(n)
		switch {
		case n.Kind == yaml.MappingNode, n.Kind == yaml.SequenceNode && len(n.Content) > 0:
			r.fail(n, "a query is one value, not %s; put the whole query in single quotes", kind(n))
			return
		case n.Kind == yaml.SequenceNode || strings.TrimSpace(n.Value) == "" || null(n):
			r.fail(n, "match is empty: leave it out to take everything, or write the query in single quotes")
			return
		}
		q, ok := r.value(n)
		if !ok {
			return
		}
		if err := r.parse(n, q); err {
			return
		}
		take(q)
	}
}

// parse reports what is wrong with a query at its place in the file.
func (r *reader) parse(n *yaml.Node, q string) (wrong bool) {
	_, err := topic.Parse(q)
	if err == nil {
		return false
	}
	e, ok := err.(*topic.Error)
	switch {
	case secret(n):
		r.fail(n, "the query is wrong once the environment values are in it")
	case !ok:
		r.fail(n, "%s", err)
	default:
		if column := r.inside(n, e.Column); column > 0 {
			r.failAt(n.Line, column, e.Text)
		} else {
			r.fail(n, "column %d of the query: %s", e.Column, e.Text)
		}
	}
	return true
}

// inside gives the column in the file of a character of a value that stands on
// one line, plain or in quotes; 0 when it doesn't.
func (r *reader) inside(n *yaml.Node, column int) int {
	if n.Line < 1 || n.Line > len(r.lines) {
		return 0
	}
	line := []rune(r.lines[n.Line-1])
	if n.Column < 1 || n.Column > len(line) {
		return 0
	}
	rest := string(line[n.Column-1:])
	value := []rune(n.Value)
	before := string(value[:min(max(column-1, 0), len(value))])
	switch {
	case n.Style == 0 && strings.HasPrefix(rest, n.Value):
		return n.Column + column - 1
	case strings.HasPrefix(rest, "'"+strings.ReplaceAll(n.Value, "'", "''")+"'"):
		return n.Column + column + strings.Count(before, "'")
	case strings.HasPrefix(rest, `"`+n.Value+`"`):
		return n.Column + column
	}
	return 0
}

func (r *reader) userAgent(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if ok && !httpguts.ValidHeaderFieldValue(s) {
			r.fail(n, "a user agent is one line of text")
			return
		}
		*dst = s
	}
}

// unsendable are headers that are the connection's or fetch's own.
var unsendable = map[string]bool{
	"Host": true, "Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Te": true, "Upgrade": true, "Trailer": true,
	"If-None-Match": true, "If-Modified-Since": true, "Accept-Encoding": true,
}

func (r *reader) headers(n *yaml.Node) http.Header {
	n = r.real(n)
	h := http.Header{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "headers are `Name: value` lines, not %s", kind(n))
		return h
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.real(n.Content[i])
		value, ok := r.value(n.Content[i+1])
		name := http.CanonicalHeaderKey(key.Value)
		switch {
		case !httpguts.ValidHeaderFieldName(key.Value):
			r.fail(key, "%q is no name of a header", key.Value)
		case name == "User-Agent":
			r.fail(key, "user_agent is a key of its own")
		case unsendable[name]:
			r.fail(key, "the header %s is not yours to set", name)
		case h.Get(name) != "":
			r.fail(key, "the header %s stands twice", name)
		case ok && !httpguts.ValidHeaderFieldValue(value):
			r.fail(n.Content[i+1], "the value of %s has a character that a header can't have", name)
		case ok:
			h.Set(name, value)
		}
	}
	return h
}

// names gives each source without a name one made from its address.
func (r *reader) names() {
	taken := map[string]bool{}
	for _, s := range r.sources {
		for _, t := range s.Tags {
			taken[t] = true
		}
	}
	lines := map[string]int{}
	for _, s := range r.sources {
		if s.Name == "" {
			continue
		}
		if line := lines[s.Name]; line > 0 {
			r.fail(s.named, "the name %q is taken on line %d", s.Name, line)
		} else if s.named != nil {
			lines[s.Name] = s.named.Line
		}
		taken[s.Name] = true
	}
	for _, s := range r.sources {
		if s.Name != "" {
			continue
		}
		base := nameOf(s.Address)
		s.Name = base
		for i := 2; taken[s.Name]; i++ {
			s.Name = fmt.Sprintf("%s-%d", base, i)
		}
		taken[s.Name] = true
	}
}
