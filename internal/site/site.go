// Package site serves the public side: pages, topic feeds, embeds, oEmbed, newsletters
// and sitemaps.
//
// Pages are rendered from the store and work without script; feeds are editions, byte
// for byte. A page never holds markup that a source sent unless it went through
// canon.Safe. Nothing that a key protects is shown without it. The package decides
// nothing about the news: what it shows is what is stored.
//
//	site.go, settings.go   addresses, and what all pages share
//	page.go, templates.go  how a page is made; story.go, related.go, media.go its parts
//	embed.go, embed_help.go, oembed.go  what other sites embed
//	newsletters.go         sign-up, confirmation and leaving
//	story_feed.go, archive.go, keyed_feed.go  feeds beside the editions of topics
//	static.go              the same pages for site/export
package site

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
)

// Site is the public side: pages and topic feeds. Its fields are not changed once
// it serves.
type Site struct {
	Store          *store.Store
	Editions       *edition.Press
	Subscribers    *Subscribers              // takes note of subscribers; nil: nobody does
	Keys           func(topic string) string // the key that a topic asks for; empty: nobody gets in
	FrameAncestors func() []string           // sites that may frame embeds (CSP source expressions); nil or none: anyone
	Dir            string                    // folder of feeds.yaml: site.icon and site.style are relative to it
	Newsletters    *notify.Notifier          // takes who wants a newsletter; nil: there are none
	Proxies        []netip.Prefix            // whose X-Forwarded-For counts
	Now            func() time.Time          // nil: time.Now; only the date in the masthead depends on it
	Log            *slog.Logger              // nil: silent

	signUpLimits signUpLimits
	once         sync.Once
	mux          *http.ServeMux

	mu  sync.Mutex // guards the field below
	set *settings
}

// handler is what one public address does.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is a pattern of http.ServeMux and what answers it. An answer of nil means that
// there is nothing at the address.
type route struct {
	pattern string
	handler func(set *settings, r *http.Request) handler
}

func (s *Site) routes() []route {
	static, letters := assets{s}, newsletters{s}
	return []route{
		{"GET /{$}", func(set *settings, _ *http.Request) handler { return s.page(set, s.fillFront) }},
		{"GET /topics.opml", func(*settings, *http.Request) handler { return s.opml }},
		{"GET /topics/{file}", func(set *settings, r *http.Request) handler { return s.topic(set, r.PathValue("file")) }},
		{"GET /topics/{name}/embed", func(set *settings, r *http.Request) handler { return s.embedHelp(set, r.PathValue("name")) }},
		{"GET /topics/{name}/archive/{file}", func(set *settings, r *http.Request) handler {
			return s.archive(set, r.PathValue("name"), r.PathValue("file"))
		}},
		{"GET /stories/{file}", func(set *settings, r *http.Request) handler { return s.story(set, r.PathValue("file")) }},
		{"GET /stories/{id}/player/{n}", func(set *settings, r *http.Request) handler {
			return s.playerPage(set, r.PathValue("id"), r.PathValue("n"))
		}},
		{"GET /embed/{name}", func(set *settings, r *http.Request) handler { return s.embed(set, r.PathValue("name")) }},
		{"GET /oembed", func(set *settings, _ *http.Request) handler { return s.oembed(set) }},
		{"GET /newsletters/{name}", letters.handler},
		{"POST /newsletters/{name}", letters.handler},
		{"GET /newsletters/{name}/{way}", letters.handler},
		{"POST /newsletters/{name}/{way}", letters.handler},
		{"GET /sitemap.xml", func(set *settings, _ *http.Request) handler { return s.sitemap(set) }},
		{"GET /robots.txt", func(set *settings, _ *http.Request) handler { return s.robots(set) }},
		{"GET /embed.js", func(*settings, *http.Request) handler { return static.element }},
		{"GET /player.js", func(*settings, *http.Request) handler { return static.playerScript }},
		{"GET /style.css", func(set *settings, _ *http.Request) handler { return static.style(set) }},
		{"GET /favicon.ico", func(set *settings, _ *http.Request) handler { // for those who ask without reading a page
			return func(w http.ResponseWriter, r *http.Request) error { return redirect(w, r, set.base+set.icon()) }
		}},
		{"/", s.unmatched},
	}
}

func (s *Site) buildMux() {
	s.mux = http.NewServeMux()
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) {
			if err := s.handle(r, w, req); err != nil {
				s.fail(w, req, err)
			}
		})
	}
}

func (s *Site) handle(to route, w http.ResponseWriter, r *http.Request) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	a := to.handler(set, r)
	if a == nil {
		return errNotFound
	}
	return a(w, r)
}

// unmatched answers what no other pattern does: the icon, whose name the settings
// give, an unknown address, or a method that the address does not take.
func (s *Site) unmatched(set *settings, r *http.Request) handler {
	icon := r.URL.Path == set.icon()
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case icon && get:
		return assets{s}.icon(set)
	case get:
		return nil
	}
	other := *r
	other.Method = http.MethodGet
	if _, pattern := s.mux.Handler(&other); pattern == "/" && !icon {
		return nil
	}
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Allow", "GET, HEAD")
		return reply.FaultWithCode(reply.BadMethod)
	}
}

// ServeHTTP serves the site, under the path of site.url too when that has one.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply.SetSecurityHeaders(w.Header())
	if reply.IsFeedPath(r.URL.Path) && reply.AllowOrigins(w, r) {
		return
	}
	if err := s.serve(w, r); err != nil {
		s.fail(w, r, err)
	}
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request) error {
	s.once.Do(s.buildMux)
	if r.URL.Path == "/healthz" {
		return s.healthz(w, r)
	}
	set, err := s.settings()
	if err != nil {
		return err
	}
	r = withPath(r, set.belowBase(r.URL.Path))
	clean := path.Clean(r.URL.Path)
	switch {
	case r.URL.Path == clean:
		s.mux.ServeHTTP(w, r)
		return nil
	case !strings.HasSuffix(r.URL.Path, "/"):
		return errNotFound
	}
	if _, pattern := s.mux.Handler(withPath(r, clean)); pattern == "/" && clean != set.icon() {
		return errNotFound
	}
	return redirect(w, r, set.base+clean)
}

// withPath is a request for another path of ours.
func withPath(r *http.Request, to string) *http.Request {
	if r.URL.Path == to {
		return r
	}
	c, u := *r, *r.URL
	u.Path, u.RawPath = to, ""
	c.URL = &u
	return &c
}

func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, h := reply.FaultOf(s.Log, r, err), w.Header()
	h.Del("ETag")
	h.Del("Last-Modified")
	h.Set("Cache-Control", "no-cache")
	if _, format := cutFormat(r.URL.Path); format != "" {
		h.Set("Access-Control-Allow-Origin", "*") // who shows a feed elsewhere is to know that it ended
	}
	if err := s.faultPage(w, r, f); err != nil {
		http.Error(w, f.Text, f.Status)
	}
}

// keyFrom is the key that a request brings along.
func keyFrom(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("key")
}

func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	if key := keyFrom(r); key != "" {
		to += "?" + url.Values{"key": {key}}.Encode()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// healthz is 200 while the store can be read.
func (s *Site) healthz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if err := s.Store.View(func(*store.Tx) error { return nil }); err != nil {
		return reply.FaultWithCode(reply.Unreadable)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
	return nil
}

// settings returns what all pages share, as of the last record.
func (s *Site) settings() (*settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != nil && s.set.seq == s.Store.Seq() {
		return s.set, nil
	}
	err := s.Store.View(func(tx *store.Tx) error {
		set, err := readSettings(tx)
		if err == nil {
			s.set = set
		}
		return err
	})
	return s.set, err
}

func (s *Site) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// topic answers /topics/NAME and its feeds.
func (s *Site) topic(set *settings, file string) handler {
	name, format := cutFormat(file)
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirect(w, r, set.base+"/topics/"+t.Name+strings.TrimPrefix(file, name))
		}
		if format != "" {
			return s.feed(set, t, format, w, r)
		}
		w.Header().Add("Vary", "Accept")
		if format := reply.Negotiate(r); format != "" {
			w.Header().Set("Content-Location", set.base+"/topics/"+t.Name+"."+string(format))
			return s.feed(set, t, format, w, r)
		}
		return s.page(set, s.fillTopic(t))(w, r)
	}
}

// cutFormat cuts the ending of a feed's address; a page has none.
func cutFormat(file string) (name string, format edition.Format) {
	for _, f := range edition.Formats {
		if name, ok := strings.CutSuffix(file, "."+string(f)); ok {
			return name, f
		}
	}
	return file, ""
}

func (s *Site) feed(set *settings, t *news.TopicState, format edition.Format, w http.ResponseWriter, r *http.Request) error {
	e, err := s.Editions.Topic(t.Name, format)
	if errors.Is(err, edition.ErrGone) { // since it was opened
		return reply.FaultWithCode(reply.TopicRemoved)
	}
	if err != nil {
		return err
	}
	if t.Keyed {
		if e, err = set.editionWithKey(t, e, keyFrom(r)); err != nil {
			return err
		}
	}
	if s.Subscribers != nil {
		s.Subscribers.Count(t.Name, format, r.UserAgent(), s.now())
	}
	return set.encode(t, e, reply.PreferredCoding(r, e)).Send(w, r, e)
}

// cacheControlOf lets shared caches keep what anyone may read, a minute: a story is to
// appear within minutes of its first outlet.
func cacheControlOf(t *news.TopicState) string {
	if t != nil && t.Keyed {
		return "private, max-age=60"
	}
	return "public, max-age=60"
}

// opml lists the topics that anyone may read.
func (s *Site) opml(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Editions.OPML()
	if err != nil {
		return err
	}
	setFeedHeaders(w.Header(), list, "public, max-age=300")
	return reply.Send(w, r, list)
}

// setFeedHeaders tells who else may use an edition, where it is and how long it keeps.
func setFeedHeaders(h http.Header, e *edition.Edition, caching string) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", caching)
	links := []string{"<" + e.Self + `>; rel="self"`}
	for _, hub := range e.Hubs {
		links = append(links, "<"+hub+`>; rel="hub"`)
	}
	h.Set("Link", strings.Join(links, ", "))
}
