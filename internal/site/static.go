package site

import (
	"bytes"
	"context"
	"html"
	"math"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/store"
)

// Static is the public site for a static host, as of the last record. It is what the
// handler answers to a reader without a key, but for pages that need a server: search,
// oEmbed for any address, newsletters.
type Static struct {
	site *Site
	set  *settings
}

// Static returns the site for a static host.
func (s *Site) Static() (*Static, error) {
	c := &Site{Store: s.Store, Editions: s.Editions, Dir: s.Dir, Now: s.Now, Log: s.Log, static: true}
	c.recent.limit = math.MaxInt // there is no search to find older ones
	set, err := c.settings()
	if err != nil {
		return nil, err
	}
	return &Static{c, set}, nil
}

// File is what the site answers for a path.
type File struct {
	Status int
	Body   []byte
	HTML   bool   // whether it is a page
	MoveTo string // path that a redirect leads to; empty: none
}

// needsServer are the beginnings of paths that a static host can't answer.
var needsServer = []string{"/search", "/opensearch.xml", "/oembed", "/newsletters/", "/websub"}

// Get returns the file at a path below site.url. An error is one of the server: a path
// without a file has another status than 200.
func (st *Static) Get(p string) (*File, error) {
	for _, prefix := range needsServer {
		if strings.HasPrefix(p, prefix) {
			p = "/404"
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, st.set.base+p, nil)
	if err != nil {
		return &File{Status: http.StatusNotFound}, nil // not an address of ours
	}
	w := &fileWriter{header: http.Header{}}
	st.site.ServeHTTP(w, r)
	if w.status >= http.StatusInternalServerError {
		return nil, w.err
	}
	f := &File{Status: w.status, Body: w.body.Bytes(), HTML: strings.HasPrefix(w.header.Get("Content-Type"), "text/html")}
	if to := w.header.Get("Location"); to != "" {
		f.MoveTo = st.set.belowBase(to)
	}
	return f, nil
}

// fileWriter keeps an answer, and the error that fail turned into a page.
type fileWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error
}

func (w *fileWriter) Header() http.Header { return w.header }

func (w *fileWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *fileWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Roots returns the paths from which links lead to all other pages and feeds.
func (st *Static) Roots() []string {
	all := []string{"/", "/topics.opml", "/sitemap.xml", "/robots.txt", "/style.css", "/embed.js", "/player.js"}
	for _, t := range st.set.topics {
		if t.Removed || t.Keyed {
			continue
		}
		all = append(all, "/topics/"+t.Name, "/embed/"+t.Name, "/embed/"+t.Name+storiesJSON, "/embed/"+t.Name+eventsJSON)
		for _, f := range feed.Formats {
			all = append(all, "/topics/"+t.Name+f.Ext())
		}
	}
	return all
}

// PrivateTopics returns the names of the topics that are no longer public: removed, or with
// a key.
func (st *Static) PrivateTopics() []string {
	var names []string
	for _, t := range st.set.topics {
		if t.Removed || t.Keyed {
			names = append(names, t.Name)
		}
	}
	return names
}

// KnownTopics returns the names of all topics that there ever were.
func (st *Static) KnownTopics() map[string]bool {
	all := map[string]bool{}
	for _, t := range st.set.topics {
		all[t.Name] = true
	}
	return all
}

// IsFeed tells whether a path is that of a feed.
func IsFeed(p string) bool {
	for _, f := range feed.Formats {
		if path.Ext(p) == f.Ext() {
			return true
		}
	}
	return false
}

var attributeLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?:href|src)="([^"]*)"`) })

// Links returns the paths of the site that a file links to.
func (st *Static) Links(f *File) []string {
	var all []string
	add := func(address string) {
		p, ours := strings.CutPrefix(address, st.set.site.URL)
		if !ours && f.HTML && strings.HasPrefix(address, "/") {
			p, ours = strings.CutPrefix(address, st.set.base)
		}
		if ours && strings.HasPrefix(p, "/") {
			p, _, _ = strings.Cut(p, "#")
			p, _, _ = strings.Cut(p, "?")
			all = append(all, p)
		}
	}
	if f.HTML {
		for _, m := range attributeLink().FindAllSubmatch(f.Body, -1) {
			add(html.UnescapeString(string(m[1])))
		}
		return all
	}
	for rest := f.Body; ; {
		i := bytes.Index(rest, []byte(st.set.site.URL+"/"))
		if i < 0 {
			return all
		}
		rest = rest[i:]
		end := bytes.IndexAny(rest, "\"'<>&\\ \n\t")
		if end < 0 {
			end = len(rest)
		}
		add(string(rest[:end]))
		rest = rest[end:]
	}
}

// HasStory tells whether a story is kept.
func (st *Static) HasStory(id string) (found bool, err error) {
	err = st.site.Store.View(func(tx *store.Tx) error {
		s, err := tx.Stories.Get(id)
		found = s != nil
		return err
	})
	return found, err
}

// Redirect returns a page that leads to a path, because a static host can't answer 301.
func (st *Static) Redirect(to string) ([]byte, error) {
	page := st.site.newPage(st.set)
	page.Name, page.Path, page.Title, page.Index, page.Today = "moved", to, page.Locale.Moved, true, stamp{}
	return page.render()
}
