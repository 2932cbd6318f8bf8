package web

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
)

// Site is the public side: pages and topic feeds. Its fields are not changed once
// it serves.
type Site struct {
	Store   *store.Store
	Press   *edition.Press
	Told    *Readers                  // takes note of subscribers; nil: nobody does
	Keys    func(topic string) string // the key that a topic asks for; empty: nobody gets in
	Frames  func() []string           // sites that may frame embeds (CSP source expressions); nil or none: anyone
	Dir     string                    // folder of feeds.yaml: site.icon and site.style are relative to it
	Letters *notify.Notifier          // takes who wants a newsletter; nil: there are none
	Proxies []netip.Prefix            // whose X-Forwarded-For counts
	Now     func() time.Time          // nil: time.Now; only the date in the masthead depends on it
	Log     *slog.Logger              // nil: silent

	asking asking

	mu  sync.Mutex // guards the field below
	set *setting
}

// answer is what one public address does.
type answer func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP serves the site, under the path of site.url too when that has one.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	secure(h)
	if isFeed(r.URL.Path) && lend(w, r) {
		return
	}
	err := s.mayAsk(w, r)
	if err == nil {
		err = s.serve(w, r)
	}
	if err == nil {
		return
	}
	f := FaultOf(s.Log, r, err)
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

func (s *Site) serve(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path == "/healthz" {
		return s.healthz(w, r)
	}
	set, err := s.setting()
	if err != nil {
		return err
	}
	p := r.URL.Path
	if set.base != "" && (p == set.base || strings.HasPrefix(p, set.base+"/")) {
		p = cmp.Or(strings.TrimPrefix(p, set.base), "/")
	}
	slashed := strings.HasSuffix(p, "/") && strings.Trim(p, "/") != ""
	if slashed {
		p = path.Clean(p)
	}
	a := s.route(set, p)
	switch {
	case a == nil:
		return errNowhere
	case slashed:
		return moved(w, r, set.base+p)
	}
	return a(w, r)
}

// route returns nil when there is nothing at the path.
func (s *Site) route(set *setting, p string) answer {
	switch p {
	case "/":
		return s.page(set, s.front)
	case "/topics.opml":
		return s.opml
	case "/embed.js":
		return s.element
	case "/player.js":
		return s.playerScript
	case "/sitemap.xml":
		return s.sitemap(set)
	case "/robots.txt":
		return s.robots(set)
	case "/oembed":
		return s.oembed(set)
	case "/style.css":
		return s.style(set)
	case set.icon():
		return s.icon(set)
	case "/favicon.ico": // where those look who read no page
		return func(w http.ResponseWriter, r *http.Request) error { return moved(w, r, set.base+set.icon()) }
	}
	if rest, in := strings.CutPrefix(p, lettersPath); in {
		return s.letters(set, rest)
	}
	dir, name, ok := strings.Cut(p[1:], "/")
	if topic, n, in := cutPage(name); in && dir == "topics" {
		return s.archive(set, topic, n)
	}
	if topic, in := strings.CutSuffix(name, "/embed"); in && dir == "topics" && !strings.Contains(topic, "/") {
		return s.embedPage(set, topic)
	}
	if story, n, in := strings.Cut(name, "/player/"); in && dir == "stories" {
		return s.playerPage(set, story, n)
	}
	switch {
	case !ok || strings.Contains(name, "/"):
		return nil
	case dir == "stories":
		if id, atom := strings.CutSuffix(name, ".atom"); atom {
			return s.follow(set, id)
		}
		return s.story(set, name)
	case dir == "topics":
		return s.topic(set, name)
	case dir == "embed":
		return s.embed(set, name)
	}
	return nil
}

// keyOf is the key that a request brings along.
func keyOf(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("key")
}

func moved(w http.ResponseWriter, r *http.Request, to string) error {
	if key := keyOf(r); key != "" {
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
		return Public(Unreadable)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
	return nil
}

// setting returns what all pages share, as of the last record.
func (s *Site) setting() (*setting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != nil && s.set.seq == s.Store.Seq() {
		return s.set, nil
	}
	err := s.Store.View(func(tx *store.Tx) error {
		set, err := readSetting(tx)
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
func (s *Site) topic(set *setting, file string) answer {
	name, format := cutFormat(file)
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.open(name, keyOf(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return moved(w, r, set.base+"/topics/"+t.Name+strings.TrimPrefix(file, name))
		}
		if format != "" {
			return s.feed(set, t, format, w, r)
		}
		w.Header().Add("Vary", "Accept")
		if format := negotiated(r); format != "" {
			w.Header().Set("Content-Location", set.base+"/topics/"+t.Name+"."+string(format))
			return s.feed(set, t, format, w, r)
		}
		return s.page(set, s.topicPage(t))(w, r)
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

func (s *Site) feed(set *setting, t *news.TopicState, format edition.Format, w http.ResponseWriter, r *http.Request) error {
	e, err := s.Press.Topic(t.Name, format)
	if errors.Is(err, edition.ErrGone) { // since it was opened
		return Public(TopicRemoved)
	}
	if err != nil {
		return err
	}
	if t.Keyed {
		if e, err = set.opened(t, e, keyOf(r)); err != nil {
			return err
		}
	}
	if s.Told != nil {
		s.Told.note(t.Name, format, r.UserAgent(), s.now())
	}
	return set.head(t, e, codingFor(r, e)).send(w, r, e)
}

// caching lets shared caches keep what anyone may read, a minute: a story is to
// appear within minutes of its first outlet.
func caching(t *news.TopicState) string {
	if t != nil && t.Keyed {
		return "private, max-age=60"
	}
	return "public, max-age=60"
}

// opml lists the topics that anyone may read.
func (s *Site) opml(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Press.OPML()
	if err != nil {
		return err
	}
	published(w.Header(), list, "public, max-age=300")
	return send(w, r, list)
}

// published tells who else may use an edition, where it is and how long it keeps.
func published(h http.Header, e *edition.Edition, caching string) {
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

func (s *Site) style(set *setting) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := s.css(set)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		return send(w, r, sheet("text/css; charset=utf-8", body))
	}
}

// css is our style with the site's own after it. A site.style that can't be
// read is worth a line in the log, not a site without style.
func (s *Site) css(set *setting) ([]byte, error) {
	ours, err := files.ReadFile("assets/style.css")
	if err != nil || set.site.Style == "" {
		return ours, err
	}
	theirs, err := os.ReadFile(filepath.Join(s.Dir, set.site.Style))
	if err != nil {
		if s.Log != nil {
			s.Log.Warn("read site.style", "error", err)
		}
		return ours, nil
	}
	return append(append(ours, '\n'), theirs...), nil
}

func (s *Site) icon(set *setting) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := s.picture(set)
		if errors.Is(err, fs.ErrNotExist) {
			return errNowhere
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		kind := cmp.Or(mime.TypeByExtension(path.Ext(set.icon())), "application/octet-stream")
		return send(w, r, sheet(kind, body))
	}
}

func (s *Site) picture(set *setting) ([]byte, error) {
	if set.site.Icon == "" {
		return files.ReadFile("assets/icon.svg")
	}
	return os.ReadFile(filepath.Join(s.Dir, set.site.Icon))
}
