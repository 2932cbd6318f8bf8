package poll

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// secrets is what stands in a source's address for its server alone: environment
// values and credentials. Nothing that is filed, stored or shown holds one.
type secrets struct {
	values   []string // as they may be written, the longest first
	variable bool     // environment values stand in the address
	address  string   // the address that is visited, credentials cut
	folder   string   // the folder above the first environment value; empty: it is in the host
}

var variable = regexp.MustCompile(`\$?\$\{[^{}]*\}`)

// minSecret is how long a value must be: a shorter one stands everywhere by chance.
const minSecret = 4

// secretsOf holds the address as feeds.yaml has it against the one that is visited.
func secretsOf(written, visited string) secrets {
	s := secrets{address: withoutUser(visited)}
	if u, err := url.Parse(visited); err == nil && u.User != nil {
		s.add(u.User.String() + "@")
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

// variableSpans gives where in the address the values of the variables stand.
func variableSpans(written, whole string) (spans [][2]int) {
	pattern, rest, n := "(?s)^", written, 0
	for _, at := range variable.FindAllStringIndex(written, -1) {
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
	if m == nil { // not the same address: none of it is known to be open
		return [][2]int{{0, len(whole)}}
	}
	for i := 2; i < len(m); i += 2 {
		spans = append(spans, [2]int{m[i], m[i+1]})
	}
	return spans
}

// addSpan takes the value at [from, to) of the address for a secret, unless all it
// says is which site is visited: that stands in each link of the site.
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
	case to > end: // an address, or the rest of one
		s.add(value)
		if u, err := url.Parse(s.address[:to]); err == nil {
			for _, values := range u.Query() {
				s.add(values...)
			}
		}
	}
}

// add takes values in, in all the ways in which a document may write them.
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

// contains says whether an address holds a secret.
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

// clearURLs empties the addresses that hold a secret.
func (s *secrets) clearURLs(addresses ...*string) {
	for _, a := range addresses {
		if s.contains(*a) {
			*a = ""
		}
	}
}

// redact takes the secrets out of texts.
func (s *secrets) redact(texts ...*string) {
	for _, t := range texts {
		for _, v := range s.values {
			*t = strings.ReplaceAll(*t, v, "")
		}
	}
}

// baseURL is the part of a document's address that relative ones may be resolved
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
		address = address[:i] // a redirect may have taken the secret along
	}
	for _, v := range s.values {
		if i := strings.Index(address, v); i >= 0 {
			address = folderOf(address, i)
		}
	}
	s.clearURLs(&address)
	return address
}

// sameAddress compares addresses but for how they are spelt.
func sameAddress(a, b string) bool {
	u, err := url.Parse(a)
	w, err2 := url.Parse(b)
	if err != nil || err2 != nil {
		return a == b
	}
	u.Fragment, u.RawFragment, w.Fragment, w.RawFragment = "", "", "", ""
	return u.String() == w.String()
}

// cleanHints keeps what is secret from whoever reads the document.
func (s *secrets) cleanHints(h feed.Hints) feed.Hints {
	h.URL = s.baseURL(h.URL)
	h.ContentLocation = withoutUser(h.ContentLocation)
	s.clearURLs(&h.ContentLocation)
	return h
}

// cleanResult keeps what is secret from all who hear of an answer.
func (s *secrets) cleanResult(res *fetch.Result) {
	res.MovedTo = s.publicURL(res.MovedTo)
	s.clearURLs(&res.Hub, &res.Self)
}

func (s *secrets) cleanProblem(p *fetch.Problem) {
	p.MovedTo = s.publicURL(p.MovedTo)
	s.redact(&p.Text)
}

// publicURL is where a source moved, unless that may not be written down: then it is
// always visited where feeds.yaml says.
func (s *secrets) publicURL(to string) string {
	if s.contains(to) || hasCredentials(to) {
		return ""
	}
	return to
}

// cleanDocument keeps what is secret out of all that a document says. Done before keys
// are made, another value of the variable makes no other entries.
func (s *secrets) cleanDocument(d *feed.Document) {
	if len(s.values) == 0 {
		return
	}
	s.clearURLs(&d.Site, &d.Icon, &d.Hub, &d.Self, &d.Base, &d.Next)
	s.redact(&d.Title, &d.Description, &d.Author)
	for i := range d.Items {
		it := &d.Items[i]
		s.clearURLs(&it.Link, &it.Comments, &it.Base, &it.SourceURL)
		s.redact(&it.ID, &it.Title, &it.Author, &it.Summary, &it.Content, &it.Source)
		for k := range it.Categories {
			s.redact(&it.Categories[k])
		}
		for k := range it.Media {
			s.clearURLs(&it.Media[k].URL)
			s.redact(&it.Media[k].Title, &it.Media[k].Alt)
		}
	}
}

// cleanState empties an account of what it may not hold.
func (s *secrets) cleanState(spot *news.VisitState) {
	if spot.Moved != s.publicURL(spot.Moved) {
		setMoved(spot, "", time.Time{})
	}
}

// withoutUser is an address without user and password.
func withoutUser(address string) string {
	host, end := hostSpan(address)
	return address[:host] + address[host:end][strings.LastIndexByte(address[host:end], '@')+1:] + address[end:]
}

// hostSpan gives where the host of an address begins and ends, credentials and port
// included.
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

// folderOf is the folder of an address that ends before i; empty when that is in the
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
