package site

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// The sitemaps (sitemaps.org). The index lists one for each day, which hardly changes once
// the day is over, one for topics and outlets, and one for search engines of news.
const (
	sitemapPages   = "/sitemap-pages.xml"
	sitemapNews    = "/sitemap-news.xml"
	daySitemap     = "/sitemap-2006-01-02.xml"
	maxSitemapDays = 20_000 // of the 50,000 that an index may have
	maxDayStories  = 45_000 // in the sitemap of a day, below the 50,000 that it may have
	newsAge        = 48 * time.Hour
	maxNewsRead    = 5_000 // stories that the sitemap of news is made from
	maxNews        = 1_000 // as search engines read
)

// sitemapIndex is the root element of the index.
type sitemapIndex struct {
	XMLName  struct{}     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Sitemaps []sitemapURL `xml:"sitemap"`
}

// urlset is the root element of a sitemap.
type urlset struct {
	XMLName struct{}     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	News    string       `xml:"xmlns:news,attr,omitempty"` // the namespace of sitemapStory
	URLs    []sitemapURL `xml:"url"`
}

const newsNamespace = "http://www.google.com/schemas/sitemap-news/0.9"

type sitemapURL struct {
	Loc     string        `xml:"loc"`
	LastMod string        `xml:"lastmod,omitempty"`
	News    *sitemapStory `xml:"news:news"`
}

// sitemapStory is a story in a sitemap of news.
type sitemapStory struct {
	Name     string `xml:"news:publication>news:name"`
	Language string `xml:"news:publication>news:language"`
	Date     string `xml:"news:publication_date"`
	Title    string `xml:"news:title"`
}

// lastMod returns a time as sitemaps have it, empty for the zero time.
func lastMod(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// sitemap answers /sitemap.xml and the other sitemaps.
func (s *Site) sitemap(set *settings, r *http.Request) handler {
	read, cached := s.sitemapReader(set, r.URL.Path)
	if read == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.recent.update(s.Store, set); err != nil {
			return err
		}
		p, err := set.pages.Get("sitemap "+r.URL.Path, func() (*reply.Page, error) {
			e, err := s.renderSitemap(set, read)
			return &reply.Page{Edition: e, CacheControl: cached}, err
		})
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", p.CacheControl)
		return reply.Send(w, r, p.Edition)
	}
}

// sitemapReader returns the function that reads a sitemap, and how long it is cached; nil
// for another path.
func (s *Site) sitemapReader(set *settings, path string) (read func(*publicReader) (any, error), cached string) {
	cached = "public, max-age=300"
	switch path {
	case "/sitemap.xml":
		return s.readSitemapIndex, cached
	case sitemapPages:
		return s.readSitemapPages, cached
	case sitemapNews:
		return s.readSitemapNews, cached
	}
	day, err := time.Parse(daySitemap, path)
	if err != nil || day.Format(daySitemap) != path {
		return nil, ""
	}
	y, m, d := day.Date()
	sp := set.daySpan(time.Date(y, m, d, 12, 0, 0, 0, set.zone))
	return func(d *publicReader) (any, error) { return readSitemapDay(d, sp) }, cached
}

// renderSitemap reads and writes a sitemap.
func (s *Site) renderSitemap(set *settings, read func(*publicReader) (any, error)) (*edition.Edition, error) {
	var body []byte
	err := s.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set}
		list, err := read(d)
		if err == nil {
			body, err = xml.Marshal(list)
		}
		return cmp.Or(err, d.Err)
	})
	if err != nil {
		return nil, err
	}
	return reply.NewEdition("application/xml; charset=utf-8", append([]byte(xml.Header), body...)), nil
}

// readSitemapIndex reads the index: the newest day first.
func (s *Site) readSitemapIndex(d *publicReader) (any, error) {
	base := d.set.site.URL
	list := sitemapIndex{Sitemaps: []sitemapURL{{Loc: base + sitemapPages}}}
	newest, err := d.placeBefore(endOfTime)
	if err != nil {
		return nil, err
	}
	if newest.After(s.now().Add(-newsAge)) {
		list.Sitemaps = append(list.Sitemaps, sitemapURL{Loc: base + sitemapNews})
	}
	from := d.set.daySpan(s.now().Add(-settled)).from
	days, err := d.daysBetween(from, endOfTime)
	if err != nil {
		return nil, err
	}
	older, err := s.settled.before(d, from, s.now())
	for _, sp := range slices.Concat(days, older) {
		if len(list.Sitemaps) == maxSitemapDays {
			break
		}
		list.Sitemaps = append(list.Sitemaps, sitemapURL{Loc: base + sp.from.Format(daySitemap), LastMod: lastMod(s.changed(sp))})
	}
	return list, err
}

// endOfTime is later than all stories.
var endOfTime = time.Unix(1<<40, 0)

// placeBefore returns the newest place in any public topic before a time.
func (d *publicReader) placeBefore(before time.Time) (newest time.Time, err error) {
	for _, t := range d.set.publicTopics() {
		at, err := d.Tx.Stories.PlaceBefore(t.Name, before)
		if err != nil {
			return newest, err
		}
		if newest = news.Later(newest, at); !newest.IsZero() && d.set.daySpan(newest).to.Equal(before) {
			break // no day is between
		}
	}
	return newest, nil
}

// changed returns when the stories of a day last changed. If that was too long ago to be
// known, it is the end of the day.
func (s *Site) changed(sp span) time.Time {
	at := sp.to
	if now := s.now(); at.After(now) {
		at = now.Truncate(time.Minute)
	}
	if known := s.recent.changedIn(sp.from, sp.to); !known.IsZero() {
		return known
	}
	return at
}

// readSitemapDay reads the stories whose first place in a public topic is in a day, and the
// pages of topics about that day.
func readSitemapDay(d *publicReader, sp span) (any, error) {
	var list urlset
	seen := map[string]bool{}
	for _, t := range d.set.publicTopics() {
		ids, err := d.Tx.Stories.IDsBetween(t.Name, sp.from, sp.to, maxDayStories)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			continue
		}
		list.URLs = append(list.URLs, sitemapURL{Loc: d.set.site.URL + "/topics/" + t.Name + sp.path()})
		for _, id := range ids {
			if seen[id] || len(list.URLs) >= maxDayStories {
				continue
			}
			seen[id] = true
			s, err := d.Tx.Stories.Get(id)
			if err != nil {
				return nil, err
			}
			if s == nil || len(d.publicTakes(s)) == 0 {
				continue
			}
			if first := d.firstPlace(s); !first.Before(sp.from) && first.Before(sp.to) {
				list.URLs = append(list.URLs, sitemapURL{Loc: d.set.site.URL + "/stories/" + id, LastMod: lastMod(s.Last)})
			}
		}
	}
	if len(list.URLs) == 0 {
		return nil, errNotFound
	}
	return list, nil
}

// firstPlace returns the time of the oldest place of a story in a public topic.
func (d *publicReader) firstPlace(s *news.Story) (first time.Time) {
	for _, t := range d.set.publicTopics() {
		if p, in := s.Standing(t.Name); in && (first.IsZero() || p.At.Before(first)) {
			first = p.At
		}
	}
	return first
}

// readSitemapPages reads the front page, the topics and the outlets.
func (s *Site) readSitemapPages(d *publicReader) (any, error) {
	list := urlset{URLs: []sitemapURL{{Loc: d.set.site.URL + "/"}, {Loc: d.set.site.URL + "/outlets"}}}
	for _, t := range d.set.publicTopics() {
		list.URLs = append(list.URLs, sitemapURL{Loc: d.set.site.URL + "/topics/" + t.Name, LastMod: lastMod(t.Changed)})
	}
	for _, o := range s.outlets(d) {
		if len(list.URLs) == maxDayStories {
			break
		}
		isPublic, err := s.hasPublicStory(d, o.id)
		if err != nil {
			return nil, err
		}
		if isPublic {
			list.URLs = append(list.URLs, sitemapURL{Loc: d.set.site.URL + "/outlets/" + o.name})
		}
	}
	return list, nil
}

// readSitemapNews reads the stories of the last two days, the newest first, as search
// engines of news ask for them. The canonical page of a story with one outlet is that
// outlet's, so they are not among them.
func (s *Site) readSitemapNews(d *publicReader) (any, error) {
	from := s.now().Add(-newsAge)
	ids, err := d.placedSince(from)
	if err != nil {
		return nil, err
	}
	var found []*news.Story
	for _, id := range ids {
		story, err := d.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if story != nil && !story.First.Before(from) && voices(d.publicTakes(story)) > 1 {
			found = append(found, story)
		}
	}
	slices.SortStableFunc(found, func(a, b *news.Story) int { return cmp.Or(b.First.Compare(a.First), strings.Compare(a.ID, b.ID)) })
	list := urlset{News: newsNamespace}
	for _, story := range found[:min(len(found), maxNews)] {
		list.URLs = append(list.URLs, d.sitemapStory(story))
	}
	return list, nil
}

// placedSince returns the ids of the stories that have a place in a public topic since a
// time, of many the newest.
func (d *publicReader) placedSince(from time.Time) (all []string, _ error) {
	seen := map[string]bool{}
	for _, t := range d.set.publicTopics() {
		ids, err := d.Tx.Stories.IDsBetween(t.Name, from, endOfTime, maxNewsRead)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !seen[id] && len(all) < maxNewsRead {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	return all, nil
}

// sitemapStory returns a story for a sitemap of news.
func (d *publicReader) sitemapStory(s *news.Story) sitemapURL {
	lead, _ := edition.LeadTake(s, d.publicTakes(s))
	base, _ := language.Make(cmp.Or(lead.Language, d.set.site.Language)).Base()
	return sitemapURL{Loc: d.set.site.URL + "/stories/" + s.ID, News: &sitemapStory{
		Name: d.set.site.Title, Language: base.String(), Date: lastMod(s.First), Title: cmp.Or(lead.Headline, lead.Link),
	}}
}

// robots answers /robots.txt. Search engines should not list embeds, nor follow searches.
func (s *Site) robots(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		return reply.Send(w, r, reply.NewEdition("text/plain; charset=utf-8", set.robots()))
	}
}

func (st *settings) robots() []byte {
	return []byte("User-agent: *\nDisallow: " + st.base + "/embed/\nDisallow: " + st.base + "/oembed\nDisallow: " + st.base + "/search\n\nSitemap: " + st.site.URL + "/sitemap.xml\n")
}
