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

// maxSitemapStories is how many stories of each topic a sitemap has: with all topics it
// stays below the 50,000 addresses that one may hold (sitemaps.org).
const maxSitemapStories = 500

// urlset is a sitemap.
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

// sitemapFile is made once between two records.
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

// sitemapStories are the topics, and the stories whose page is nobody else's: what one outlet
// has is that outlet's.
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

// robots answers /robots.txt. Frames and players are no pages to be found.
func (s *Site) robots(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		return reply.Send(w, r, reply.NewEdition("text/plain; charset=utf-8", set.robots()))
	}
}

func (st *settings) robots() []byte {
	return []byte("User-agent: *\nDisallow: " + st.base + "/embed/\nDisallow: " + st.base + "/oembed\n\nSitemap: " + st.site.URL + "/sitemap.xml\n")
}
