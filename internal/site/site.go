// Package site serves the public site: pages, topic feeds, embeds, oEmbed, newsletters and
// sitemaps.
//
// Pages are rendered from the store and work without script. Feeds are editions, byte for
// byte. A page contains no markup of a source that has not passed canon.Safe. Nothing that
// needs a key is shown without it. The package decides nothing about the news: it shows
// what is stored.
//
//	site.go, settings.go      addresses, and what all pages share
//	page.go, templates.go     how pages are read and rendered; topics
//	front.go, weight.go       the front page, and which events lead it
//	picture.go                pictures of outlets
//	story.go, changes.go, share.go, related.go, languages.go, media.go, headings.go, metadata.go  a story's page
//	embed.go, embed_help.go, oembed.go  what other sites embed
//	newsletters.go            sign-up, confirmation, unsubscribing
//	wrong_keys.go             limits guesses of the keys of topics
//	days.go, counts.go, span.go  days and months of topics
//	outlets.go, outlet_list.go, recent.go  outlets and their stories
//	search.go, opensearch.go  search for readers
//	story_feed.go, archive.go, keyed_feed.go  feeds that are not editions of topics
//	sitemap.go, assets.go     sitemap, robots.txt, style sheets, scripts, icon
//	subscribers.go            how many subscribers aggregators report
//	static.go, static_archive.go  the same pages as files, for site/export
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
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
)

// Site serves the public site. Its exported fields are set before its first use.
type Site struct {
	Store          *store.Store
	Editions       *edition.Press
	Subscribers    *Subscribers              // counts subscribers; nil: they are not counted
	Keys           func(topic string) string // the key of a topic; empty or nil: nobody can read it
	FrameAncestors func() []string           // CSP expressions of the sites that may frame embeds; nil or none: anyone
	Dir            string                    // folder of feeds.yaml: site.icon and site.style are relative to it
	Newsletters    *notify.Notifier          // sign-ups for newsletters; nil: there are none
	Search         *search.Index             // nil: readers can't search
	QueryTime      time.Duration             // processor time for one search; 0 means 250ms
	Proxies        []netip.Prefix            // proxies whose forwarding headers are trusted
	Now            func() time.Time          // nil: time.Now
	Log            *slog.Logger              // nil: silent

	static bool // the pages are for a static host, see Static

	once      sync.Once
	signUps   *signUpLimits
	wrongKeys *wrongKeys
	recent    recentStories
	counts    placeCounts
	settled   settledDays
	searches  *searchLimits
	searching chan struct{} // has one element during a search
	mux       *http.ServeMux

	languagesMu  sync.Mutex // guards the fields below
	languageTags []string
	languagesAt  time.Time // when they were read

	mu  sync.Mutex // guards the field below
	set *settings
}

// handler answers a request. Its error becomes an error page.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is a pattern of http.ServeMux and the handler of a request that matches it. A nil
// handler means 404.
type route struct {
	pattern string
	handler func(set *settings, r *http.Request) handler
}

// routes are the addresses of the site.
func (s *Site) routes() []route {
	static, letters, frames := assets{s}, newsletters{s}, embeds{s}
	return []route{
		{"GET /{$}", func(set *settings, _ *http.Request) handler { return s.page(set, s.fillFront) }},
		{"GET /topics.opml", func(*settings, *http.Request) handler { return s.opml }},
		{"GET /topics/{file}", func(set *settings, r *http.Request) handler { return s.topic(set, r.PathValue("file")) }},
		{"GET /topics/{name}/oembed.json", func(set *settings, r *http.Request) handler { return frames.topicOEmbed(set, r.PathValue("name")) }},
		{"GET /topics/{name}/embed", func(set *settings, r *http.Request) handler { return frames.embedHelp(set, r.PathValue("name")) }},
		{"GET /topics/{name}/archive/{file}", func(set *settings, r *http.Request) handler {
			return s.archive(set, r.PathValue("name"), r.PathValue("file"))
		}},
		{"GET /topics/{name}/{year}/{month}", s.days},
		{"GET /topics/{name}/{year}/{month}/page/{page}", s.days},
		{"GET /topics/{name}/{year}/{month}/{day}", s.days},
		{"GET /topics/{name}/{year}/{month}/{day}/page/{page}", s.days},
		{"GET /search", s.search},
		{"GET /opensearch.xml", s.openSearch},
		{"GET /outlets", s.outletList},
		{"GET /outlets/page/{page}", s.outletList},
		{"GET /outlets/{name}", s.outlet},
		{"GET /outlets/{name}/page/{page}", s.outlet},
		{"GET /stories/{file}", func(set *settings, r *http.Request) handler { return s.story(set, r.PathValue("file")) }},
		{"GET /stories/{id}/player/{n}", func(set *settings, r *http.Request) handler {
			return s.playerPage(set, r.PathValue("id"), r.PathValue("n"))
		}},
		{"GET /embed/{name}", func(set *settings, r *http.Request) handler { return frames.embed(set, r.PathValue("name")) }},
		{"GET /embed/{name}/wordpress", func(set *settings, r *http.Request) handler { return frames.wordpress(set, r.PathValue("name")) }},
		{"GET /oembed", func(set *settings, _ *http.Request) handler { return frames.oembed(set) }},
		{"GET /newsletters/{name}", letters.handler},
		{"POST /newsletters/{name}", letters.handler},
		{"GET /newsletters/{name}/{action}", letters.handler},
		{"POST /newsletters/{name}/{action}", letters.handler},
		{"GET /sitemap.xml", s.sitemap},
		{"GET /robots.txt", func(set *settings, _ *http.Request) handler { return s.robots(set) }},
		{"GET /embed.js", func(*settings, *http.Request) handler { return static.element }},
		{"GET /site.js", func(*settings, *http.Request) handler { return static.script(pageScriptFile) }},
		{"GET /player.js", func(*settings, *http.Request) handler { return static.script(playerScriptFile) }},
		{"GET /style.css", func(set *settings, _ *http.Request) handler { return static.style(set) }},
		{"GET /favicon.ico", func(set *settings, _ *http.Request) handler { // browsers request it without reading a page
			return func(w http.ResponseWriter, r *http.Request) error { return redirect(w, r, set.base+set.icon()) }
		}},
		{"/", s.unmatched},
	}
}

func (s *Site) build() {
	s.signUps, s.wrongKeys, s.searches, s.searching = newSignUpLimits(), newWrongKeys(), newSearchLimits(), make(chan struct{}, 1)
	s.mux = http.NewServeMux()
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) {
			if err := s.handle(r, w, req); err != nil {
				s.fail(w, req, err)
			}
		})
	}
}

// handle answers a request with the handler of a route.
func (s *Site) handle(to route, w http.ResponseWriter, r *http.Request) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	h := to.handler(set, r)
	if h == nil {
		return errNotFound
	}
	return h(w, r)
}

// unmatched returns the handler of requests that match no other pattern: for the icon,
// whose name depends on the settings, a sitemap, an unknown address, or a method that the
// address does not allow.
func (s *Site) unmatched(set *settings, r *http.Request) handler {
	icon := r.URL.Path == set.icon()
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case icon && get:
		return assets{s}.icon(set)
	case get:
		return s.sitemap(set, r)
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

// ServeHTTP serves the site at the root and, if site.url has a path, also below that.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply.SetSecurityHeaders(w.Header())
	if reply.IsFeedPath(r.URL.Path) && reply.AllowOrigins(w, r) {
		return
	}
	if err := s.serve(w, r); err != nil {
		s.fail(w, r, err)
	}
}

// maxBody is the most bytes that the body of any request may have.
const maxBody = 16 << 10

// serve answers a request, after redirecting addresses with superfluous slashes.
func (s *Site) serve(w http.ResponseWriter, r *http.Request) error {
	s.once.Do(s.build)
	if r.URL.Path == "/healthz" {
		return s.healthz(w, r)
	}
	set, err := s.settings()
	if err != nil {
		return err
	}
	if err := reply.LimitBody(w, r, maxBody); err != nil {
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

// withPath returns the request with another path.
func withPath(r *http.Request, path string) *http.Request {
	if r.URL.Path == path {
		return r
	}
	c, u := *r, *r.URL
	u.Path, u.RawPath = path, ""
	c.URL = &u
	return &c
}

// fail answers a request with the error page of an error.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if file, ok := w.(*fileWriter); ok {
		file.err = err
	}
	f, h := reply.FaultOf(s.Log, r, err), w.Header()
	if wait := s.countWrongKey(r, f); wait > 0 {
		f = reply.FaultWithCode(reply.TooManyKeys)
		reply.SetRetryAfter(h, wait)
	}
	f.SetRetry(h)
	h.Del("ETag")
	h.Del("Last-Modified")
	h.Set("Cache-Control", "no-cache")
	if _, format := cutFormat(r.URL.Path); format != "" {
		h.Set("Access-Control-Allow-Origin", "*") // so that scripts of other sites learn that a feed has ended
	}
	if err := s.faultPage(w, r, f); err != nil {
		http.Error(w, f.Text, f.Status)
	}
}

// keyFrom returns the key in a request's query.
func keyFrom(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("key")
}

// redirect redirects permanently and keeps the key.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	return redirectCached(w, r, to, "public, max-age=3600")
}

// redirectMerged redirects to the story that another was merged into. Caches keep that no
// longer than a page: an editor may undo the merge.
func redirectMerged(w http.ResponseWriter, r *http.Request, to string) error {
	return redirectCached(w, r, to, cacheControlOf(nil))
}

func redirectCached(w http.ResponseWriter, r *http.Request, to, caching string) error {
	if key := keyFrom(r); key != "" {
		to += "?" + url.Values{"key": {key}}.Encode()
	}
	w.Header().Set("Cache-Control", caching)
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// healthz answers /healthz with 200 if the database can be read.
func (s *Site) healthz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if err := s.Store.View(func(*store.Tx) error { return nil }); err != nil {
		return reply.FaultWithCode(reply.Unreadable)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
	return nil
}

// settings returns the settings as of the last record.
func (s *Site) settings() (*settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != nil && s.set.seq == s.Store.Seq() {
		return s.set, nil
	}
	err := s.Store.View(func(tx *store.Tx) error {
		set, err := readSettings(tx)
		if err == nil {
			if s.set != nil {
				set.gists = s.set.gists
			}
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

// cutFormat splits a file name into the topic and the format of the feed, which is empty
// for a page.
func cutFormat(file string) (name string, format edition.Format) {
	for _, f := range edition.Formats {
		if name, ok := strings.CutSuffix(file, "."+string(f)); ok {
			return name, f
		}
	}
	return file, ""
}

// feed answers with a topic's feed in a format.
func (s *Site) feed(set *settings, t *news.TopicState, format edition.Format, w http.ResponseWriter, r *http.Request) error {
	e, err := s.Editions.Topic(t.Name, format)
	if errors.Is(err, edition.ErrGone) { // it was removed since findTopic
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

// cacheControlOf returns the Cache-Control of a topic's pages and feeds: a minute, so that
// a story appears soon, and only in private caches if the topic has a key.
func cacheControlOf(t *news.TopicState) string {
	if t != nil && t.Keyed {
		return "private, max-age=60"
	}
	return "public, max-age=60"
}

// opml answers /topics.opml with the feeds of all public topics.
func (s *Site) opml(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Editions.OPML()
	if err != nil {
		return err
	}
	setFeedHeaders(w.Header(), list, "public, max-age=300")
	return reply.Send(w, r, list)
}

// setFeedHeaders sets the headers of an edition: CORS, caching, and links to itself and its
// hubs (WebSub section 4).
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
