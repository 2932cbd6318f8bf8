package poll

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

// secrets holds the parts of a source's address that only its server may see: environment
// values and credentials. Nothing that is filed, stored or shown contains one.
type secrets struct {
	values   []string // in every form that a document may write them, the longest first
	variable bool     // the address has environment values in it
	address  string   // the address that is visited, without credentials
	folder   string   // the folder above the first environment value; empty: the value is in the host
}

var variable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$?\$\{[^{}]*\}`) })

// minSecret is how many bytes a value must have: a shorter one occurs in texts by chance.
const minSecret = 4

// secretsOf finds the secrets by comparing the address in feeds.yaml with the one that is
// visited.
func secretsOf(written, visited string) secrets {
	s := secrets{address: withoutUser(visited)}
	if user := credentials(visited); user != nil {
		host, end := hostSpan(visited)
		at := strings.LastIndexByte(visited[host:end], '@')
		s.add(user.String()+"@", visited[host:host+at+1])
	}
	spans := variableSpans(written, s.address)
	for _, at := range spans {
		s.addSpan(at[0], at[1])
	}
	if len(spans) > 0 {
		s.variable, s.folder = true, folderOf(s.address, spans[0][0])
	}
	slices.SortFunc(s.values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	s.values = slices.Compact(s.values)
	return s
}

// variableSpans returns the offsets in the address of the values of the variables.
func variableSpans(written, whole string) (spans [][2]int) {
	if !strings.Contains(written, "${") {
		return nil
	}
	pattern, rest, n := "(?s)^", written, 0
	for _, at := range variable().FindAllStringIndex(written, -1) {
		from := len(written) - len(rest)
		name := written[at[0]:at[1]]
		pattern += regexp.QuoteMeta(written[from:at[0]])
		if strings.HasPrefix(name, "$$") {
			pattern += regexp.QuoteMeta(name[1:])
		} else {
			pattern += "(.*?)"
			n++
		}
		rest = written[at[1]:]
	}
	if n == 0 {
		return nil
	}
	var m []int
	if re, err := regexp.Compile(pattern + regexp.QuoteMeta(rest) + "$"); err == nil {
		m = re.FindStringSubmatchIndex(whole)
	}
	if m == nil { // not the same address: all of it may be secret
		return [][2]int{{0, len(whole)}}
	}
	for i := 2; i < len(m); i += 2 {
		spans = append(spans, [2]int{m[i], m[i+1]})
	}
	return spans
}

// addSpan adds the value at [from, to) of the address, unless the value only says which
// site is visited: every link of the site has that.
func (s *secrets) addSpan(from, to int) {
	host, end := hostSpan(s.address)
	domain := host
	if i := strings.LastIndex(strings.ToLower(s.address[host:end]), fetch.Domain(s.address)); i > 0 {
		domain = host + i
	}
	value := s.address[from:to]
	switch {
	case from >= end, to <= domain && from >= host:
		s.add(value)
	case to > end: // the value is an address or the end of one
		s.add(value)
		if u, err := url.Parse(s.address[:to]); err == nil {
			for _, values := range u.Query() {
				s.add(values...)
			}
		}
	}
}

// add adds values in every form that a document may write them.
func (s *secrets) add(values ...string) {
	for _, v := range values {
		plain, err := url.QueryUnescape(v)
		if err != nil {
			plain = v
		}
		for _, form := range []string{v, plain, url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v)} {
			if len(form) >= minSecret {
				s.values = append(s.values, form)
			}
		}
	}
}

// contains reports whether an address has a secret in it.
func (s *secrets) contains(address string) bool {
	if len(s.values) == 0 || address == "" {
		return false
	}
	address = strings.ToLower(address)
	plain, err := url.PathUnescape(address)
	if err != nil {
		plain = address
	}
	return slices.ContainsFunc(s.values, func(v string) bool {
		v = strings.ToLower(v)
		return strings.Contains(address, v) || strings.Contains(plain, v)
	})
}

// clearURLs empties the addresses that have a secret in them.
func (s *secrets) clearURLs(addresses ...*string) {
	for _, a := range addresses {
		if s.contains(*a) {
			*a = ""
		}
	}
}

// redact removes the secrets from texts.
func (s *secrets) redact(texts ...*string) {
	for _, t := range texts {
		for _, v := range s.values {
			*t = strings.ReplaceAll(*t, v, "")
		}
	}
}

// baseURL returns the part of a document's address that relative addresses may be resolved
// against.
func (s *secrets) baseURL(address string) string {
	address = withoutUser(address)
	if !s.variable {
		return address
	}
	if sameAddress(address, s.address) {
		return s.folder
	}
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i] // a redirect may have copied the secret
	}
	for _, v := range s.values {
		if i := strings.Index(address, v); i >= 0 {
			address = folderOf(address, i)
		}
	}
	s.clearURLs(&address)
	return address
}

// sameAddress reports whether two addresses are the same, leaving spelling and fragment
// aside.
func sameAddress(a, b string) bool {
	u, err := weburl.Parse(a)
	w, err2 := weburl.Parse(b)
	if err != nil || err2 != nil {
		return a == b
	}
	u.Fragment, u.RawFragment, w.Fragment, w.RawFragment = "", "", "", ""
	return u.String() == w.String()
}

// cleanHints returns the hints for parsing a document without secrets.
func (s *secrets) cleanHints(h feed.Hints) feed.Hints {
	h.URL = s.baseURL(h.URL)
	h.ContentLocation = withoutUser(h.ContentLocation)
	s.clearURLs(&h.ContentLocation)
	return h
}

// cleanResult removes the secrets from an answer.
func (s *secrets) cleanResult(res *fetch.Result) {
	res.MovedTo = s.publicURL(res.MovedTo)
	s.clearURLs(&res.Hub, &res.Self)
}

// cleanProblem removes the secrets from a problem.
func (s *secrets) cleanProblem(p *fetch.Problem) {
	p.MovedTo = s.publicURL(p.MovedTo)
	s.redact(&p.Text)
}

// publicURL returns an address, or nothing if it has a secret in it. A source whose new
// address is secret is always visited at the address in feeds.yaml.
func (s *secrets) publicURL(to string) string {
	if s.contains(to) || hasCredentials(to) {
		return ""
	}
	return to
}

// cleanDocument removes the secrets from a document. It is called before keys are made, so
// that a new value of the variable does not make new entries.
func (s *secrets) cleanDocument(d *feed.Document) {
	if len(s.values) == 0 {
		return
	}
	s.clearURLs(&d.Site, &d.Icon, &d.Hub, &d.Self, &d.Base, &d.Next)
	s.clearURLs(&d.License)
	s.redact(&d.Title, &d.Description, &d.Author, &d.Rights)
	for i := range d.Items {
		it := &d.Items[i]
		s.clearURLs(&it.Link, &it.Comments, &it.Base, &it.SourceURL, &it.License)
		s.redact(&it.ID, &it.Title, &it.Author, &it.Summary, &it.Content, &it.Source, &it.Rights)
		for k := range it.Categories {
			s.redact(&it.Categories[k])
		}
		for k := range it.Media {
			s.clearURLs(&it.Media[k].URL)
			s.redact(&it.Media[k].Title, &it.Media[k].Alt, &it.Media[k].Credit)
		}
	}
}

// cleanState removes a secret address from the state of a source.
func (s *secrets) cleanState(spot *news.VisitState) {
	if spot.Moved != s.publicURL(spot.Moved) {
		setMoved(spot, "", time.Time{})
	}
}

// withoutUser returns an address without user and password.
func withoutUser(address string) string {
	host, end := hostSpan(address)
	return address[:host] + address[host:end][strings.LastIndexByte(address[host:end], '@')+1:] + address[end:]
}

// hostSpan returns where the host of an address begins and ends, with credentials and
// port.
func hostSpan(address string) (from, to int) {
	i := strings.Index(address, "//")
	if i < 0 {
		return 0, 0
	}
	from = i + len("//")
	if n := strings.IndexAny(address[from:], "/?#"); n >= 0 {
		return from, from + n
	}
	return from, len(address)
}

// folderOf returns the folder of an address that ends before i, or nothing if i is in the
// host.
func folderOf(address string, i int) string {
	_, end := hostSpan(address)
	if i < end || end == 0 {
		return ""
	}
	address = address[:i]
	if n := strings.IndexAny(address, "?#"); n >= 0 {
		address = address[:n]
	}
	path := address[end:]
	return address[:end] + cmp.Or(path[:strings.LastIndexByte(path, '/')+1], "/")
}
