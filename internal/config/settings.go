package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// settingsReader reads the top level of the file. It has the lists whose items refer to
// each other, and checks those references at the end.
type settingsReader struct {
	*reader
	cfg         *Config
	sources     []*source
	bare        *sourceReader // what an address alone means; nil: not read yet
	topics      []*topicNode
	newsletters []*newsletterNode
	mailed      []*yaml.Node // targets of alerts that need a mail server
	alertAt     []*yaml.Node // the names of cfg.Alerts
}

// read reads the file and reports what does not fit together in it.
func (s *settingsReader) read(root *yaml.Node) {
	var database, auth, front string
	site, fetch := s.site(), s.fetch()
	s.setDefaults("site", site.fields())
	s.setDefaults("fetch", fetch.fields())
	s.mapping(root, "", "feeds.yaml", s.fields(&database, &auth, &front))
	if s.bomb != nil {
		s.errs = nil // a file that is read in part gives errors everywhere
		s.fail(s.bomb, "the aliases of this file make it too large")
		return
	}
	s.cfg.DeskAuth = auth == "always"
	if front != string(news.FrontEvents) { // left empty, the default is the same in rules of older versions
		s.cfg.Front = news.Front(front)
	}
	s.cfg.Database = s.resolve(database)
	s.check(root)
}

func (s *settingsReader) fields(database, auth, front *string) fields {
	c := s.cfg
	return fields{
		"site":            plainly(func(n *yaml.Node) { s.mapping(n, "site", "site", s.site().fields()) }),
		"listen":          s.listener(&c.Listen),
		"desk":            s.listener(&c.Desk),
		"desk_auth":       s.choice(auth),
		"trusted_proxies": plainly(func(n *yaml.Node) { s.each(n, s.proxy) }),
		"database":        s.text(database),
		"keep":            s.span(&c.Keep),
		"archive":         s.archive,
		"backup":          plainly(s.backup),
		"fetch":           plainly(func(n *yaml.Node) { s.mapping(n, "fetch", "fetch", s.fetch().fields()) }),
		"sources":         plainly(func(n *yaml.Node) { s.each(n, s.source) }),
		"topics":          plainly(func(n *yaml.Node) { s.each(n, s.topic) }),
		"alerts":          plainly(func(n *yaml.Node) { s.each(n, s.alert) }),
		"targets":         plainly(func(n *yaml.Node) { s.each(n, s.namedTarget) }),
		"mail":            plainly(s.mail),
		"newsletters":     plainly(func(n *yaml.Node) { s.each(n, s.newsletter) }),
		"not":             s.queries(&c.Not),
		"front":           s.choice(front),
		"embeds":          plainly(func(n *yaml.Node) { s.mapping(n, "embeds", "embeds", s.embeds()) }),
		"websub":          plainly(func(n *yaml.Node) { s.mapping(n, "websub", "websub", s.webSub()) }),
		"cluster":         plainly(s.cluster),
	}
}

// archive reads a duration or `forever`.
func (s *settingsReader) archive(k *Key, n *yaml.Node) {
	if v, ok := s.value(n); ok && v == "forever" {
		s.cfg.Archive = 0
		return
	}
	s.span(&s.cfg.Archive)(k, n)
}

// proxy reads the address or the network of a proxy.
func (s *settingsReader) proxy(n *yaml.Node) {
	v, ok := s.value(n)
	if !ok {
		return
	}
	p, ok := network(v)
	if !ok {
		s.fail(n, "%q is not an address such as 127.0.0.1 or 10.0.0.0/8", n.Value)
		return
	}
	s.cfg.Proxies = append(s.cfg.Proxies, p)
}

func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

func (s *settingsReader) backup(n *yaml.Node) {
	var b Backup
	s.mapping(n, "backup", "backup", s.backupFields(&b))
	if !s.has(n, "to") {
		s.fail(n, "backup needs `to`, the folder for the copies")
		return
	}
	b.To = s.resolve(b.To)
	s.cfg.Backup = &b
}

func (s *settingsReader) backupFields(b *Backup) fields {
	return fields{
		"to":    s.filled(&b.To),
		"every": s.span(&b.Every),
		"keep":  s.whole(&b.Keep),
	}
}

const siteExpression = `(https?://)(\*\.)?[A-Za-z0-9.-]+(:[0-9]+)?/?`

var sitePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^" + siteExpression + "$") })

func (s *settingsReader) embeds() fields {
	return fields{"sites": plainly(func(n *yaml.Node) {
		s.each(n, func(n *yaml.Node) {
			v, ok := s.value(n)
			if ok && !sitePattern().MatchString(v) {
				s.fail(n, "%q is not a site such as https://press.example or https://*.press.example", n.Value)
				return
			}
			s.cfg.Embeds.Sites = append(s.cfg.Embeds.Sites, strings.TrimSuffix(v, "/"))
		})
	})}
}

// check finds what is wrong with the file as a whole, and completes the settings.
func (s *settingsReader) check(root *yaml.Node) {
	c := s.cfg
	if len(s.sources) == 0 && len(s.errs) == 0 {
		s.fail(root, "there are no sources: list addresses below `sources:`, or try `slugline import FILE.opml`")
	}
	s.nameSources()
	s.checkAddresses()
	s.checkTopics()
	s.checkKeys()
	s.checkNewsletters()
	s.checkAlerts()
	for _, src := range s.sources {
		c.Sources = append(c.Sources, src.SourceConfig)
	}
	for _, t := range s.topics {
		c.Topics = append(c.Topics, t.Topic)
	}
	if len(c.Topics) == 0 {
		c.Topics = []Topic{s.allTopic()}
	}
	if c.Listen == c.Desk && !strings.HasSuffix(c.Listen, ":0") {
		s.fail(root, "listen and desk are both %s: give each its own port", c.Listen)
	}
	if c.Fetch.Budget == 0 {
		c.Fetch.Budget = defaultVisits * len(c.Sources)
	}
	if c.Site.URL == "" {
		c.Site.URL = "http://" + reachable(c.Listen)
	}
}

// reachable returns the host and port at which this machine reaches a listen address.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if port == "80" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// siteReader reads the section site.
type siteReader struct {
	*reader
	site *news.Site
}

func (s *settingsReader) site() siteReader {
	if s.cfg.Site.Zone == "" {
		s.cfg.Site.Zone = machineZone(s.env)
	}
	return siteReader{s.reader, &s.cfg.Site}
}

func (r siteReader) fields() fields {
	s := r.site
	return fields{
		"title":    r.filled(&s.Title),
		"motto":    r.text(&s.Motto),
		"url":      plainly(r.url),
		"id":       plainly(r.id),
		"language": r.language(&s.Language),
		"zone":     plainly(r.zone),
		"icon":     r.text(&s.Icon),
		"style":    r.text(&s.Style),
		"links":    plainly(func(n *yaml.Node) { r.each(n, r.siteLink) }),
	}
}

func (r siteReader) url(n *yaml.Node) {
	s, ok := r.address(n)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		r.fail(n, "the site's url may only have a scheme, a host and a path")
		return
	}
	r.site.URL = strings.TrimRight(s, "/")
}

var authority = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9.-]+(@[A-Za-z0-9.-]+)?$`) })

func (r siteReader) id(n *yaml.Node) {
	s, ok := r.value(n)
	if ok && !authority().MatchString(s) {
		r.fail(n, "%q is not a host name such as press.example", r.real(n).Value)
		return
	}
	r.site.ID = s
}

func (r siteReader) zone(n *yaml.Node) {
	s, ok := r.value(n)
	if !ok {
		return
	}
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		r.fail(n, "%q is not a time zone such as Asia/Dubai or UTC", r.real(n).Value)
		return
	}
	r.site.Zone = s
}

func (r siteReader) siteLink(n *yaml.Node) {
	var l news.Link
	r.mapping(n, "site.links[]", "a link", r.linkFields(&l))
	if !r.has(n, "title") || !r.has(n, "url") {
		r.fail(n, "a link needs a title and a url")
	}
	r.site.Links = append(r.site.Links, l)
}

func (r siteReader) linkFields(l *news.Link) fields {
	return fields{"title": r.filled(&l.Title), "url": r.link(&l.URL)}
}

// machineZone returns the machine's time zone by its IANA name.
func machineZone(env func(string) (string, bool)) string {
	if tz, ok := env("TZ"); ok && tz != "" {
		if _, err := time.LoadLocation(tz); err == nil {
			return tz
		}
	}
	if to, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(to), "/zoneinfo/"); ok {
			if _, err := time.LoadLocation(name); err == nil {
				return name
			}
		}
	}
	return "UTC"
}

// fetchReader reads the section fetch.
type fetchReader struct {
	*reader
	fetch *Fetch
}

func (s *settingsReader) fetch() fetchReader { return fetchReader{s.reader, &s.cfg.Fetch} }

func (r fetchReader) fields() fields {
	f := r.fetch
	return fields{
		"contact":  plainly(r.contact),
		"budget":   r.whole(&f.Budget),
		"floor":    r.span(&f.Floor),
		"per_host": r.whole(&f.PerHost),
		"allow":    r.allowed(&f.Allow),
	}
}

func (r fetchReader) contact(n *yaml.Node) {
	s, ok := r.value(n)
	if s = strings.TrimSpace(s); ok && strings.ContainsAny(s, "\r\n()") {
		r.fail(n, "a contact is one line without brackets, such as a mail address")
		return
	}
	r.fetch.Contact = s
}

func (s *settingsReader) webSub() fields { return fields{"allow": s.allowed(&s.cfg.WebSub.Allow)} }

// allowed reads a list of private addresses.
func (r *reader) allowed(to *[]string) field {
	return plainly(func(n *yaml.Node) {
		r.each(n, func(n *yaml.Node) {
			s, ok := r.value(n)
			switch {
			case !ok:
			case fetch.CheckAllow(s) == nil:
				*to = append(*to, s)
			default:
				r.fail(n, "%q is neither a network such as 10.1.0.0/16 nor an address:port such as 127.0.0.1:8900", n.Value)
			}
		})
	})
}
