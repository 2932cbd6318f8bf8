package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

func (r *reader) site(n *yaml.Node) {
	s := &r.cfg.Site
	r.mapping(n, "site", fields{
		"title":    r.filled(&s.Title),
		"motto":    r.text(&s.Motto),
		"url":      r.siteURL,
		"id":       r.authority,
		"language": r.language(&s.Language),
		"zone":     r.timeZone,
		"icon":     r.text(&s.Icon),
		"style":    r.text(&s.Style),
		"links":    func(n *yaml.Node) { r.each(n, r.link) },
	})
}

// filled is text that may not be empty when its key is there.
func (r *reader) filled(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if s = strings.TrimSpace(s); ok && s == "" {
			r.fail(n, "this is empty; leave the key out or give it a value")
			return
		}
		*dst = s
	}
}

func (r *reader) siteURL(n *yaml.Node) {
	s, ok := r.address(n)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		r.fail(n, "the site's url is only scheme, host and path")
		return
	}
	r.cfg.Site.URL = strings.TrimRight(s, "/")
}

var authority = regexp.MustCompile(`^[A-Za-z0-9.-]+(@[A-Za-z0-9.-]+)?$`)

func (r *reader) authority(n *yaml.Node) {
	s, ok := r.value(n)
	if ok && !authority.MatchString(s) {
		r.fail(n, "%q is no host name such as press.example", r.real(n).Value)
		return
	}
	r.cfg.Site.ID = s
}

func (r *reader) timeZone(n *yaml.Node) {
	s, ok := r.value(n)
	if !ok {
		return
	}
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		r.fail(n, "%q is no time zone such as Asia/Dubai or UTC", r.real(n).Value)
		return
	}
	r.cfg.Site.Zone = s
}

func (r *reader) language(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		tag, err := language.Parse(s)
		if _, unknown := err.(language.ValueError); err != nil && !unknown || s == "" {
			r.fail(n, "%q is no language such as ar, en or pt-BR", r.real(n).Value)
			return
		}
		*dst = s
		if err == nil {
			*dst = tag.String()
		}
	}
}

func (r *reader) link(n *yaml.Node) {
	var l news.Link
	r.mapping(n, "a link", fields{
		"title": r.filled(&l.Title),
		"url": func(n *yaml.Node) {
			if s, ok := r.address(n); ok {
				l.URL = s
			}
		},
	})
	if !r.has(n, "title") || !r.has(n, "url") {
		r.fail(n, "a link needs a title and a url")
	}
	r.cfg.Site.Links = append(r.cfg.Site.Links, l)
}

// address reads an absolute http or https address.
func (r *reader) address(n *yaml.Node) (string, bool) {
	s, ok := r.value(n)
	if !ok {
		return "", false
	}
	s = strings.TrimSpace(s)
	raw := r.real(n).Value
	u, err := url.Parse(s)
	switch {
	case s == "":
		r.fail(n, "an address is missing here")
	case strings.ContainsAny(s, " \t\n"):
		r.fail(n, "%q has a space in it: an address has none", raw)
	case !strings.Contains(s, "://") && strings.Contains(s, ".") && !secret(r.real(n)):
		r.fail(n, "%q is no whole address%s", raw, meant("https://"+strings.TrimPrefix(raw, "feed:")))
	case err != nil || u.Host == "" || u.Hostname() == "":
		r.fail(n, "%q is no address such as https://press.example/feed.xml", raw)
	case u.Scheme == "feed" && !secret(r.real(n)):
		r.fail(n, "only http and https addresses are visited%s", meant("https"+strings.TrimPrefix(raw, "feed")))
	case u.Scheme != "http" && u.Scheme != "https":
		r.fail(n, "only http and https addresses are visited")
	default:
		return s, true
	}
	return "", false
}

// listen reads HOST:PORT; an empty host is every address of the machine.
func (r *reader) listen(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		raw := r.real(n).Value
		if digits.MatchString(s) && !secret(r.real(n)) {
			r.fail(n, "%q lacks the host%s", raw, meant("127.0.0.1:"+raw))
			return
		}
		host, port, err := net.SplitHostPort(s)
		p, perr := strconv.Atoi(port)
		if err != nil || perr != nil || p < 0 || p > 65535 || strings.ContainsAny(host, "/ ") {
			r.fail(n, "%q is no host:port such as 127.0.0.1:8080", raw)
			return
		}
		*dst = s
	}
}

func (r *reader) proxies(n *yaml.Node) {
	r.each(n, func(item *yaml.Node) {
		s, ok := r.value(item)
		if !ok {
			return
		}
		p, ok := network(s)
		if !ok {
			r.fail(item, "%q is no address such as 127.0.0.1 or 10.0.0.0/8", item.Value)
			return
		}
		r.cfg.Proxies = append(r.cfg.Proxies, p)
	})
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

func (r *reader) archive(n *yaml.Node) {
	if s, ok := r.value(n); ok && s == "forever" {
		r.cfg.Archive = 0
		return
	}
	r.span(&r.cfg.Archive, time.Minute)(n)
}

func (r *reader) backup(n *yaml.Node) {
	b := Backup{Every: 24 * time.Hour, Keep: 7}
	r.mapping(n, "backup", fields{
		"to":    r.filled(&b.To),
		"every": r.span(&b.Every, time.Minute),
		"keep":  r.whole(&b.Keep, 1, 10_000),
	})
	if !r.has(n, "to") {
		r.fail(n, "backup needs `to`, the folder for the copies")
		return
	}
	b.To = r.beside(b.To)
	r.cfg.Backup = &b
}

func (r *reader) fetch(n *yaml.Node) {
	f := &r.cfg.Fetch
	r.mapping(n, "fetch", fields{
		"contact":  r.contact,
		"budget":   r.whole(&f.Budget, 1, 1_000_000_000),
		"floor":    r.span(&f.Floor, time.Second),
		"per_host": r.whole(&f.PerHost, 1, 100),
		"allow":    func(n *yaml.Node) { r.each(n, r.allow) },
	})
}

func (r *reader) contact(n *yaml.Node) {
	s, ok := r.value(n)
	if s = strings.TrimSpace(s); ok && strings.ContainsAny(s, "\r\n()") {
		r.fail(n, "a contact is an address of one line without brackets")
		return
	}
	r.cfg.Fetch.Contact = s
}

func (r *reader) allow(n *yaml.Node) {
	s, ok := r.value(n)
	if !ok {
		return
	}
	if fetch.CheckAllow(s) == nil {
		r.cfg.Fetch.Allow = append(r.cfg.Fetch.Allow, s)
		return
	}
	r.fail(n, "%q is neither a range such as 10.1.0.0/16 nor an address:port such as 127.0.0.1:8900", n.Value)
}

// visitKey is equal for addresses that are one.
func visitKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "http" {
		u.Host = strings.TrimSuffix(u.Host, ":80")
	} else {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	return u.String()
}

// reachable is how this machine reaches a listen address.
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
