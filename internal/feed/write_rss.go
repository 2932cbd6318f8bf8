package feed

import (
	"cmp"
	"encoding/xml"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/feeds"

	"github.com/slugline/slugline/internal/news"
)

type rssDocument struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	Content string   `xml:"xmlns:content,attr"`
	DC      string   `xml:"xmlns:dc,attr"`
	Media   string   `xml:"xmlns:media,attr"`
	CC      string   `xml:"xmlns:creativeCommons,attr"`
	Channel *rssChannel
}

// rssChannel and rssItem embed types of gorilla/feeds. A field beside an embedded
// struct hides the one of the same element there, which stays empty. Extra holds the
// elements for which gorilla/feeds has no field.
type rssChannel struct {
	Title rawXML `xml:"title"`
	feeds.RssFeed
	Description rawXML    `xml:"description"`
	Extra       string    `xml:",innerxml"`
	Items       []rssItem `xml:"item"` // last: validators warn about elements behind the items
}

type rssItem struct {
	Title       rawXML `xml:"title"`
	Link        string `xml:"link,omitempty"`
	Description rawXML `xml:"description"`
	feeds.RssItem
	Extra string `xml:",innerxml"`
}

// FeedXml implements feeds.XmlFeed.
func (c *rssChannel) FeedXml() any {
	return &rssDocument{
		Version: "2.0",
		Atom:    "http://www.w3.org/2005/Atom",
		Content: "http://purl.org/rss/1.0/modules/content/",
		DC:      "http://purl.org/dc/elements/1.1/",
		Media:   "http://search.yahoo.com/mrss/",
		CC:      "http://backend.userland.com/creativeCommonsRssModule",
		Channel: c,
	}
}

// WriteRSS writes c as RSS 2.0. Its error is w's.
func WriteRSS(w io.Writer, c *Channel) error {
	return feeds.WriteXML(newRSS(c.Tidy()), w)
}

func newRSS(c *Channel) *rssChannel {
	r := &rssChannel{
		Title: plainXML(c.Title),
		RssFeed: feeds.RssFeed{
			Link:          c.HomePage,
			Language:      c.Language,
			LastBuildDate: rssTime(c.Updated),
			Generator:     generator,
			Docs:          "http://www.rssboard.org/rss-specification",
			Ttl:           minutes(c.TTL),
		},
		Description: plainXML(cmp.Or(c.Description, c.Title)),
		Extra:       c.rssExtra(),
		Items:       make([]rssItem, len(c.Posts)),
	}
	more := renderEach(c.Posts, rssPostExtra)
	for i := range c.Posts {
		r.Items[i] = newRSSItem(&c.Posts[i], more[i])
	}
	return r
}

// rasterImage matches the images that an RSS channel may have.
var rasterImage = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\.(png|gif|jpe?g)$`) })

func (c *Channel) rssExtra() string {
	var m markup
	c.links(&m, "atom:link", c.RSS)
	if rasterImage().MatchString(path.Base(c.Icon)) {
		m.open("image")
		m.text("url", c.Icon)
		m.inner("title", plainXML(c.Title).Text)
		m.text("link", c.HomePage)
		m.close("image")
	}
	return m.String()
}

func newRSSItem(p *Post, more string) rssItem {
	i := rssItem{
		Title:       plainXML(p.Title),
		Link:        p.Link,
		Description: rawXML{htmlInXML(p.Summary)},
		RssItem: feeds.RssItem{
			Content: &feeds.RssContent{Content: p.content()},
			Guid:    &feeds.RssGuid{Id: p.ID, IsPermaLink: "false"},
			PubDate: rssTime(p.Published),
		},
		Extra: more,
	}
	if m, ok := p.enclosure(); ok {
		i.Enclosure = &feeds.RssEnclosure{Url: m.URL, Length: strconv.FormatInt(m.Length, 10), Type: enclosureType(m)}
	}
	return i
}

// enclosure returns the enclosure of an RSS item. It is the first one: validators warn
// about a second, so the others are written as media:content.
func (p *Post) enclosure() (news.Media, bool) {
	enclosures, _ := splitMedia(p.Media)
	if len(enclosures) == 0 || !hasDottedHost(enclosures[0].URL) {
		return news.Media{}, false
	}
	return enclosures[0], true
}

func rssPostExtra(m *markup, p *Post) {
	enclosures, pictures := splitMedia(p.Media)
	if _, ok := p.enclosure(); ok {
		enclosures = enclosures[1:]
	}
	m.text("atom:updated", atomTime(p.Updated))
	m.text("dc:creator", p.Author)
	m.text("dc:language", p.Language)
	for _, c := range p.Categories {
		m.inner("category", plainXML(c).Text)
	}
	p.rssRights(m)
	if name, address := p.origin(); address != "" {
		m.inner("source", plainXML(name).Text, "url", address)
	}
	p.related(m, "atom:link")
	m.thumbnails(pictures)
	m.credits(pictures)
	for i := range enclosures {
		m.mediaContent(&enclosures[i])
	}
}

// rssRights writes notices of rights: that of the post, else of the feed that it comes from.
func (p *Post) rssRights(m *markup) {
	rights := p.Rights
	if rights == "" && len(p.Outlets) > 0 {
		rights = p.Outlets[0].Rights
	}
	m.text("dc:rights", breakMarkupStrict(rights))
	m.text("creativeCommons:license", p.License)
}

// origin returns name and address of the feed that a post comes from: the one that the
// first outlet took it from, else the outlet's own.
func (p *Post) origin() (name, address string) {
	if len(p.Outlets) == 0 {
		return "", ""
	}
	if o := p.Outlets[0].Origin; o.Feed != "" {
		return o.Name, o.Feed
	}
	return p.Outlets[0].Name, p.Outlets[0].Feed
}

func (m *markup) thumbnails(pictures []news.Media) {
	for _, p := range pictures {
		m.empty("media:thumbnail", "url", p.URL, "width", positive(p.Width), "height", positive(p.Height))
	}
}

// credits names who made the pictures. An element of its own is needed, because a
// thumbnail can't contain any.
func (m *markup) credits(pictures []news.Media) {
	for i := range pictures {
		c := pictures[i].Credit
		if c != "" && !slices.ContainsFunc(pictures[:i], func(p news.Media) bool { return p.Credit == c }) {
			m.inner("media:credit", plainXML(c).Text)
		}
	}
}

func (m *markup) mediaContent(c *news.Media) {
	m.open("media:content", "url", c.URL, "type", c.Type, "medium", medium(c.Type), "fileSize", positive(c.Length),
		"duration", positive(c.Duration/time.Second), "width", positive(c.Width), "height", positive(c.Height))
	if c.Title != "" {
		m.inner("media:title", plainXML(c.Title).Text, "type", "plain")
	}
	if c.Credit != "" {
		m.inner("media:credit", plainXML(c.Credit).Text)
	}
	m.close("media:content")
}

// content returns the content, or the title when there is none: Atom and JSON Feed
// demand one.
func (p *Post) content() string {
	if strings.TrimSpace(p.Content) != "" {
		return p.Content
	}
	return "<p>" + plainHTML(p.Title) + "</p>"
}

// hasDottedHost reports whether the host has a dot, as validators demand of an RSS
// enclosure.
func hasDottedHost(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.Contains(host, ".") && !strings.ContainsAny(host, "_[")
}

func enclosureType(m news.Media) string {
	if m.Type != "" {
		return m.Type
	}
	return "application/octet-stream"
}

func minutes(d time.Duration) int {
	return int(math.Ceil(d.Minutes()))
}

func rssTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC1123Z)
}
