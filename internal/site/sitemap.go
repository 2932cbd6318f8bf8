package site

import (
	"encoding/xml"
	"net/http"
	"slices"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// maxSitemapStories is how many stories of each topic the sitemap has. With all topics it
// stays below the limit of 50,000 addresses (sitemaps.org).
const maxSitemapStories = 500

// urlset is the root element of a sitemap.
type urlset struct {
	XMLName struct{}     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// sitemap answers /sitemap.xml.
func (s *Site) sitemap(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		e, err := s.sitemapFile(set)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		return reply.Send(w, r, e)
	}
}

// sitemapFile returns the sitemap. It is cached until the next record.
func (s *Site) sitemapFile(set *settings) (*edition.Edition, error) {
	p, err := set.pages.Get("sitemap", func() (*reply.Page, error) {
		e, err := s.renderSitemap(set)
		return &reply.Page{Edition: e}, err
	})
	if err != nil {
		return nil, err
	}
	return p.Edition, nil
}

// renderSitemap reads the addresses and writes the sitemap.
func (s *Site) renderSitemap(set *settings) (*edition.Edition, error) {
	list := urlset{URLs: []sitemapURL{{Loc: set.site.URL + "/"}}}
	err := s.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set}
		stories, err := d.sitemapStories()
		list.URLs = append(list.URLs, stories...)
		return err
	})
	if err != nil {
		return nil, err
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return nil, err
	}
	return reply.NewEdition("application/xml; charset=utf-8", append([]byte(xml.Header), body...)), nil
}

// sitemapStories returns the addresses of topics and of stories with at least two outlets.
// The canonical page of a story with one outlet is that outlet's.
func (d *publicReader) sitemapStories() ([]sitemapURL, error) {
	var topics, stories []sitemapURL
	seen := map[string]bool{}
	for _, t := range d.set.publicTopics() {
		topics = append(topics, sitemapURL{d.set.site.URL + "/topics/" + t.Name, t.Changed.UTC().Format("2006-01-02T15:04:05Z")})
		list, err := d.topicStories(t, maxSitemapStories)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if takes := d.visibleTakes(p.Story); seen[p.ID] || voices(takes) < 2 || p.IsHidden(t.Name) {
				continue
			}
			seen[p.ID] = true
			stories = append(stories, sitemapURL{d.set.site.URL + "/stories/" + p.ID, p.Last.UTC().Format("2006-01-02T15:04:05Z")})
		}
	}
	return slices.Concat(topics, stories), nil
}

// robots answers /robots.txt. Search engines should not list embeds.
func (s *Site) robots(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		return reply.Send(w, r, reply.NewEdition("text/plain; charset=utf-8", set.robots()))
	}
}

func (st *settings) robots() []byte {
	return []byte("User-agent: *\nDisallow: " + st.base + "/embed/\nDisallow: " + st.base + "/oembed\n\nSitemap: " + st.site.URL + "/sitemap.xml\n")
}
